"""A docstring as statements: sentences, and what its fields and sections (Sphinx, Google, NumPy) say of what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FIELD = re.compile(r"^:(?P<field>\w+)\s*(?P<name>[^:\n]*):[ \t]*(?P<text>.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_HEADING = re.compile(
    r"^(?P<name>Args|Arguments|Parameters|Params|Returns?|Yields?|Raises|Examples?|Notes?|See Also|Attributes|Warnings?"
    r"|References|Usage|Todo|Other Parameters)\s*:?\s*$",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"^\s*(?P<name>\*{0,2}[A-Za-z_][\w.]*)\s*(?:\((?P<type>[^)]*)\))?\s*:\s*(?P<text>.*)$")
_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+(?=[A-Z`'\"(*])|;\s+|\n\s*\n|\n\s*[-*]\s+")
_ABOUT_RESULT = re.compile(r"^(?:always\s+)?(?:returns?|gives?|yields?|the results?|results?|the returned|"
                           r"the return value|return value|every result)\b", re.IGNORECASE)  # fmt: skip
_TYPE = re.compile(r"^[\w.\[\], |]+$")
RETURNS, RAISES, PARAMETER, TEXT, RTYPE = "returns", "raises", "parameter", "text", "rtype"


@dataclass(frozen=True)
class Statement:
    """One thing that a docstring says. `name` is the exception or the parameter that it is about."""

    kind: str
    text: str
    name: str = ""
    first: bool = False


def statements(docstring: str) -> "list[Statement]":
    """What the docstring says, its examples left out; statements of results begin with `Returns`."""
    text = _without_examples(docstring)
    fields = [_of_field(match) for match in _FIELD.finditer(text)]
    prose, sections = _split_sections(_FIELD.sub("", text))
    found = [item for item in fields if item is not None]
    for heading, lines in sections:
        found += _of_section(heading, lines)
    found += _of_prose(prose)
    return found


def _without_examples(docstring: str) -> str:
    kept, skipping = [], False
    for line in docstring.expandtabs().splitlines():
        stripped = line.strip()
        skipping = stripped.startswith(">>>") or (skipping and bool(stripped))
        if not skipping:
            kept.append(line)
    return "\n".join(_dedented(kept))


def _dedented(lines: "list[str]") -> "list[str]":
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    return [lines[0].strip(), *(line[margin:] for line in lines[1:])] if lines else []


def _of_field(match: "re.Match[str]") -> "Statement | None":
    field, name, text = match["field"].lower(), match["name"].strip(), " ".join(match["text"].split())
    if field in ("return", "returns"):
        return Statement(RETURNS, f"Returns {text}")
    if field in ("raise", "raises", "except", "exception"):
        return Statement(RAISES, text, name)
    if field == "rtype":
        return Statement(RTYPE, text)
    if field in ("param", "parameter", "arg"):
        return Statement(PARAMETER, text, name.rpartition(" ")[2])
    return None


def _split_sections(text: str) -> "tuple[str, list[tuple[str, list[str]]]]":
    """The prose, and (heading, lines) of each section."""
    prose: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    underlined = False
    lines = text.splitlines()
    for number, line in enumerate(lines):
        heading = _HEADING.match(line)
        below = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if heading and (line.rstrip().endswith(":") or set(below) == {"-"}):
            underlined = set(below) == {"-"}
            sections.append((heading["name"].lower(), []))
        elif sections and (underlined or not line.strip() or line.startswith(" ")):
            sections[-1][1].append(line)
        else:
            prose.append(line)
    return "\n".join(prose), sections


def _of_section(heading: str, lines: "list[str]") -> "Iterator[Statement]":
    lines = [line for line in lines if set(line.strip()) != {"-"} and line.strip()]
    if heading in ("returns", "return"):
        yield from _returned(lines)
    elif heading == "raises":
        for name, text in _entries(lines):
            yield Statement(RAISES, text, name)
    elif heading in ("args", "arguments", "parameters", "params"):
        for name, text in _entries(lines):
            yield Statement(PARAMETER, text, name)
    elif heading in ("note", "notes"):
        yield from _of_prose("\n".join(lines))


def _returned(lines: "list[str]") -> "Iterator[Statement]":
    if not lines:
        return
    first, _, rest = lines[0].strip().partition(":")
    if _TYPE.match(first) and (rest or (len(lines) > 1 and _depth(lines[1]) > _depth(lines[0]))):
        yield Statement(RTYPE, first.strip())
        lines = [rest, *lines[1:]]
    text = " ".join(" ".join(lines).split())
    for sentence in _sentences(text):
        yield Statement(RETURNS, sentence if _ABOUT_RESULT.match(sentence) else f"Returns {sentence}")


def _entries(lines: "list[str]") -> "Iterator[tuple[str, str]]":
    """(name, text) of each entry: `name: text` in one line, or a name and its text indented below."""
    depth = _depth(lines[0]) if lines else 0
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        entry = _ENTRY.match(line) if _depth(line) == depth else None
        if entry:
            found.append((entry["name"], [entry["text"]]))
        elif _depth(line) == depth:
            found.append((line.strip(), []))
        elif found:
            found[-1][1].append(line.strip())
    for name, parts in found:
        yield name, " ".join(" ".join(parts).split())


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _of_prose(text: str) -> "Iterator[Statement]":
    first = True
    for sentence in _sentences(text):
        yield Statement(RETURNS if _ABOUT_RESULT.match(sentence) else TEXT, sentence, first=first)
        first = False


def _sentences(text: str) -> "Iterator[str]":
    for part in _SENTENCE_END.split(text):
        sentence = " ".join(part.split())
        if sentence:
            yield sentence
