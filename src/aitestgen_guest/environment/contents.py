"""What files, variables and answers may hold: documents, tables, lines and values, made from the words of the code."""

import ast
import functools
import json
import re
from html import escape
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.named import by_name
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.environment.document_shape import ITEM, document_shape
from aitestgen_guest.environment.documents import elements_sought, kinds_read, toml_of
from aitestgen_guest.shapes import Spec

MAX_TEXT = 500
FITTING = 0.85
"""How often a cell holds what its column is read as."""
_READERS = {
    "int": ("1", "2", "10", "0"), "float": ("0.5", "2", "10"), "Decimal": ("1.50", "2"),
    "fromisoformat": ("2024-01-01", "2024-02-29", "2023-12-31"), "strptime": ("2024-01-01", "2024-02-29"),
}  # fmt: skip
"""What functions and methods can read."""
_KINDS = ("json", "csv", "tsv", "ini", "cfg", "toml")
_KIND_OF = {"json": "json", "csv": "csv", "configparser": "ini"}
_BY_NAME = tuple(
    (re.compile(rf"(^|_){name}s?(_|$)", re.IGNORECASE), values)
    for name, values in (
        ("host", ("localhost", "example.org")), ("port", ("8080", "5432")), ("user", ("alice",)),
        ("url", ("https://example.org/a",)), ("(email|mail)", ("alice@example.org",)),
        ("(name|title|label)", ("alice", "first")), ("(dir|home|path)", ("folder",)),
        ("(debug|verbose|enabled)", ("1", "true", "0")), ("(timeout|limit|count|workers|size|level)", ("3", "10", "0")),
    )
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z_]\w{1,20}")
FEW = 2
NAMED = 0.75
"""How often a value of a document is what its key says."""
LISTED = 0.45
"""Up to which roll a document is a list of records."""
SHAPELY = 0.8
"""How often a document is built as the code reads it."""
_BY_COLUMN = ("groupby", "sort_values", "set_index", "drop_duplicates", "nlargest", "nsmallest")
_ASKING = ("get", "getint", "getboolean", "getfloat", "has_option", "has_section", "options", "items")
_LINES = (
    "alpha",
    "beta gamma",
    "1",
    "42",
    "",
    "# comment",
    "a=1",
    "name = value",
    "key: value",
    "a,b,c",
    "-3",
    "x 2.5",
)


class Contents:
    """Makes and changes contents for the code of one source. Everything is drawn from the maker's seeded generator."""

    def __init__(self, source: str, maker: inputs.Maker, strings: "list[str]") -> None:
        self.maker = maker
        self.random = maker.random
        self.strings = strings
        self.reads = kinds_read(source)
        self.elements = list(elements_sought(source))
        self.speaks = {word for word in _KIND_OF if re.search(rf"\b{word}\b", source)}
        self.sought = _sought(source)
        self.read_as = _read_as(source)
        self.shape = document_shape(source)
        self.keys = list(dict.fromkeys([*self.sought, *self.read_as]))
        self.options = _options(source) if "configparser" in self.speaks else {}

    def content(self, name: str) -> str:
        """What a file of this name may hold."""
        roll = self.random.random()
        if roll < 0.06:
            return ""
        kind = name.rpartition(".")[2]
        if kind not in _KINDS and roll < 0.85:
            kind = next((_KIND_OF[word] for word in _KIND_OF if word in self.speaks), "")
        if kind == "json":
            return self.json()
        if kind in ("csv", "tsv"):
            return self._table("\t" if kind == "tsv" else ",")
        if kind in ("ini", "cfg"):
            return self._sections("{} = {}")
        if kind == "toml":
            return self._sections('{} = "{}"')
        return "".join(line + "\n" for line in self.words(self.random.choice((1, 2, 3, 4))))

    def document(self) -> str:
        """A text of a kind that the code reads: JSON, a table, sections, elements or lines."""
        kind = self.random.choice(self.reads) if self.reads else "lines"
        if kind == "json":
            return self.json()
        if kind == "toml":
            return toml_of(self._record(0))
        if kind == "xml":
            return self._element(self.elements or self._words(), 0)
        if kind == "csv":
            return self._table(",")
        if kind == "ini" or "[" in self.strings:
            return self._sections("{} = {}")
        return "".join(line + "\n" for line in self.words(self.random.choice((1, 2, 3))))

    def _element(self, names: "list[str]", depth: int) -> str:
        """XML: an element of one of these names, with some of the attributes that the code asks for."""
        tag = self.random.choice(names) if depth else "root"
        asked = [key for key in self.keys if _WORD.fullmatch(key) and self.random.random() < 0.6]
        inner = [self._element(names, depth + 1) for _ in range(self.random.choice((0, 1, 2, 3)) if depth < 2 else 0)]
        attributes = "".join(f' {key}="{escape(self.value_of(key))}"' for key in asked)
        return f"<{tag}{attributes}>{''.join(inner) or escape(self.value_of(tag))}</{tag}>"

    def json(self) -> str:
        roll = self.random.random()
        if roll < 0.06:
            return self.random.choice(("{", "[]", "null", "7", '"text"'))
        if roll < 0.12:
            return json.dumps([self.random.randint(-5, 200) for _ in range(self.random.choice((1, 2, 3)))])
        document = self._record(0)
        return json.dumps([document, self._record(0)] if roll < LISTED else document)

    def _record(self, depth: int) -> "dict[str, Any]":
        keys = list(self.shape) if self.shape and self.random.random() < SHAPELY else self.keys or self._words()
        return self._with(
            dict.fromkeys(keys[:12]) if keys is self.keys else {k: self.shape.get(k) for k in keys}, depth
        )

    def _with(self, shape: "dict[str, Any]", depth: int) -> "dict[str, Any]":
        """A record with most of these keys, what is looked up in their values in these."""
        chance = self.random.choice((0.3, 0.6, 0.9, 1.0))
        return {k: self._shaped(k, inner, depth + 1) for k, inner in shape.items() if self.random.random() < chance}

    def _shaped(self, key: str, shape: "dict[str, Any] | None", depth: int) -> Any:
        if not shape or self.random.random() > SHAPELY:
            return self._sought_value(key, depth)
        if ITEM not in shape:
            return self._with(shape, depth)
        return [self._shaped(key, shape[ITEM], depth) for _ in range(self.random.choice((0, 1, 1, 2)))]

    def _sought_value(self, key: str, depth: int) -> Any:
        known = self.sought.get(key)
        if known and self.random.random() < 0.4:
            return self.random.choice(known)
        if self.random.random() < NAMED and (said := by_name(key, ANY)) != ANY:
            return self._of_kind(key, said[1][0])
        named = any(pattern.search(key) for pattern, _ in _BY_NAME) and self.random.random() < 0.4
        return self.value_of(key) if named else self._json_value(depth)

    def _of_kind(self, key: str, kind: Spec) -> Any:
        """What JSON holds of a kind; a text is one that the key calls for."""
        return self.value_of(key) if kind == ("str",) else inputs.value_of(self.maker.make(kind, 1))

    def _json_value(self, depth: int) -> Any:
        roll = self.random.random()
        if roll < 0.35:
            return inputs.value_of(self.maker.make(("int",), 1))
        if roll < 0.62 or depth > 2:
            return self.value()
        if roll < 0.8:
            return self.random.choice((True, False, None, 0.5, 2.5))
        if roll < 0.88:
            return self._record(depth + 1)
        return [
            self.random.choice((self._record(depth + 1), self.value(), 3)) for _ in range(self.random.choice((0, 1, 2)))
        ]

    def _table(self, comma: str) -> str:
        header = list(dict.fromkeys(self.keys[:6])) or self._words()
        if self.random.random() < 0.15:
            header = header[: max(1, len(header) - 1)]
        rows = [list(map(self._cell, header)) for _ in range(self.random.choice((0, 1, 2, 3)))]
        return "".join(
            comma.join(cell.replace(comma, " ").replace("\n", " ") for cell in row) + "\n" for row in [header, *rows]
        )

    def _words(self) -> "list[str]":
        """A few keys or columns, where the code names none by itself: mostly words that it knows or has met."""
        known = [text for text in dict.fromkeys([*self.strings, *self.maker.pool.of(str)]) if _WORD.fullmatch(text)]
        if len(known) < FEW or self.random.random() < 0.3:
            return ["name", "value"]
        return self.random.sample(known, FEW)

    def _cell(self, key: str) -> str:
        wanted = self.read_as.get(key)
        if wanted and self.random.random() < FITTING:
            return self.random.choice(wanted)
        return self.value() if self.random.random() < 0.5 else str(self.random.randint(-5, 200))

    def _sections(self, line: str) -> str:
        keys = self.keys or ["name", "value"]
        names = [text for text in self.strings if re.fullmatch(r"[a-z]\w{2,20}", text)] or keys
        begun = [f"{text}first" for text in self.strings if re.fullmatch(r"[a-z][\w.-]*[.:]", text)]
        names += begun * (1 + len(names) // 3)
        known = [section for section in self.options if self.random.random() < 0.8]
        others = self.random.sample(names, min(len(names), self.random.choice((1, 1, 2))))
        text = ""
        for section in dict.fromkeys([*known[:3], *others[:3]]):
            own = [key for key in self.options.get(section, ()) if self.random.random() < 0.9]
            more = [key for key in keys if self.random.random() < (0.2 if own else 0.6)]
            text += f"[{section}]\n"
            text += "".join(line.format(key, self.value()) + "\n" for key in dict.fromkeys([*own, *more]))
        return text

    def edited_content(self, text: str) -> str:
        try:
            document = json.loads(text)
        except ValueError:
            return self.edited(text)
        if isinstance(document, dict):
            key = self.random.choice([*document, *self.keys] or ["name"])
            document = (
                {**document, key: self._sought_value(key, 1)}
                if self.random.random() < 0.8
                else {k: v for k, v in document.items() if k != key}
            )
        elif isinstance(document, list):
            document = [*document, self._record(0)] if self.random.random() < 0.6 else document[1:]
        return json.dumps(document)

    def edited(self, text: str) -> str:
        """The text with lines added, removed or changed."""
        lines = text.splitlines()
        roll = self.random.random()
        if lines and roll < 0.2:
            lines.pop(self.random.randrange(len(lines)))
        elif lines and roll < 0.5:
            place = self.random.randrange(len(lines))
            lines[place] = self.maker.editor.edited(lines[place])
        else:
            lines.insert(self.random.randint(0, len(lines)), self.words(1)[0])
        return "".join(line + "\n" for line in lines)[:MAX_TEXT]

    def words(self, count: int) -> "list[str]":
        return [self._line() for _ in range(count)]

    def _line(self) -> str:
        roll = self.random.random()
        known = [
            text for text in self.maker.pool.of(str) if text and "\n" not in text and "aitestgen" not in text
        ] or list(_LINES)
        if roll < 0.3:
            return str(self.random.choice(known))
        if roll < 0.45:
            return f"{self.random.choice(known)} {self.value()}"
        if roll < 0.65:
            separator = self.random.choice(("=", ": ", ",", " = ", " "))
            return f"{self.random.choice(self.keys or known)}{separator}{self.value()}"
        return self.random.choice(_LINES)

    def value_of(self, name: str) -> str:
        """A value that its name calls for, where it does."""
        for pattern, values in _BY_NAME:
            if pattern.search(name) and self.random.random() < 0.6:
                return self.random.choice(values)
        return self.value()

    def value(self) -> str:
        roll = self.random.random()
        known = [
            text
            for text in self.maker.pool.of(str)
            if text.isprintable() and len(text) < 40 and "aitestgen" not in text
        ]
        if known and roll < 0.4:
            return str(self.random.choice(known))
        numbers = self.maker.pool.of(int) or (1, 2)
        if roll < 0.65:
            return str(self.random.choice((*numbers, 0, 1, 5, 80)))
        return self.random.choice(("alice", "yes", "true", "no", "0.5", "a,b", "x", "", "-1"))


@functools.lru_cache(maxsize=4)
def strings_in(source: str) -> "list[str]":
    found = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return list(dict.fromkeys(text for text in found if isinstance(text, str)))


def columns_sought(source: str) -> "list[str]":
    """The texts by which the code looks something up, in data of whichever kind, or names columns of a table."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    given = [call.args[:1] for call in calls if getattr(call.func, "attr", "") in _BY_COLUMN]
    parts = [part for arguments in given for argument in arguments for part in ast.walk(argument)]
    named = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return [*dict.fromkeys([*_sought(source), *named])]


@functools.lru_cache(maxsize=4)
def _sought(source: str) -> "dict[str, list[Any]]":
    """Texts by which the code looks something up, the keys that its documents have; with what it compares them to."""
    found: dict[str, list[Any]] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for key in _looked_up(node):
            found.setdefault(key, [])
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            constants = [c.value for part in node.comparators for c in ast.walk(part) if isinstance(c, ast.Constant)]
            for part in ast.walk(node.left):
                for key in _looked_up(part):
                    found.setdefault(key, []).extend(c for c in constants if isinstance(c, (str, int, float)))
    return {key: values for key, values in found.items() if re.search(r"\w", key) and not key.isupper()}


@functools.lru_cache(maxsize=4)
def _options(source: str) -> "dict[str, list[str]]":
    """Section → options, as the code asks a configuration for both by constants."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKING:
            given = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
            texts = [text for text in given if isinstance(text, str) and text]
            if texts and len(texts) == len(node.args[:2]):
                found.setdefault(texts[0], []).extend(texts[1:])
    return found


@functools.lru_cache(maxsize=4)
def _read_as(source: str) -> "dict[str, tuple[str, ...]]":
    """Texts that can be read, by the key of what the code reads so: `int(row["count"])`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    found = {}
    for call in calls:
        values = _READERS.get(ast.unparse(call.func).rpartition(".")[2])
        for node in ast.walk(call.args[0]) if values else ():
            found.update(dict.fromkeys(_looked_up(node), values or ()))
    return found


def _looked_up(node: ast.AST) -> "list[str]":
    constants: list[Any] = []
    if isinstance(node, ast.Subscript):
        constants = [node.slice]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in (
            "get",
            "pop",
            "getint",
            "getboolean",
            "getfloat",
            "has_section",
            "has_option",
            "setdefault",
        ):
            constants = node.args[:2]
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        constants = [node.left]
    elif isinstance(node, ast.For) and isinstance(node.iter, (ast.Tuple, ast.List)):
        constants = node.iter.elts
    return [c.value for c in constants if isinstance(c, ast.Constant) and isinstance(c.value, str)]
