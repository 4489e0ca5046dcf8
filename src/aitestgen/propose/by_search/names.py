"""Names for tests that say what is tested and what comes out, in words taken from the code and from the values."""

import ast
import re
from collections.abc import Iterable

from aitestgen.values import Target

_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|[a-z]+|\d+")
_PUNCTUATION = {" ": "space", ",": "comma", ".": "dot", "-": "dash", "\n": "newline", "\t": "tab", "_": "underscore"}
_MADE = re.compile(r"([A-Z]\w*)\(")
MAX_NAME = 72
MAX_DIGITS = 8
MAX_SAID = 24
_ARTICLES = frozenset({"a", "an", "the"})
_HANGING = _ARTICLES | {
    "and", "as", "at", "be", "been", "but", "by", "can", "cannot", "could", "do", "does", "for", "from", "had", "has",
    "have", "if", "in", "into", "is", "it", "its", "least", "may", "more", "most", "must", "no", "not", "of", "on",
    "one", "or", "should", "so", "some", "such", "than", "that", "there", "this", "to", "was", "were", "when", "where",
    "which", "will", "with", "would",
}  # fmt: skip
"""Words after which a reader expects another."""


def snake(name: str) -> str:
    """`BankAccount.apply_interest` → `bank_account_apply_interest`; leading underscores are dropped."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z](?!\d))", "_", name.replace(".", "_"))
    return re.sub(r"_+", "_", spaced).strip("_").lower()


def words(text: str, limit: int = 5) -> str:
    """The first words of a message, each once, as part of a name; empty where there are none.

    A sentence that is longer is not left hanging on a word such as `the` or `must`.
    """
    found = list(dict.fromkeys(word.lower() for word in _WORD.findall(text) if not word.isdigit()))
    kept = [word for word in found if word not in _ARTICLES] or found
    return "_".join(kept if len(kept) <= limit else _not_hanging(kept[:limit]))


def of_output(text: str) -> str:
    """What was printed, as part of a name: its first words, or the number that it is."""
    return words(text, 4) or (of_value(text.strip()) if _NUMBER.fullmatch(text.strip()) else "")


def _not_hanging(said: list[str]) -> list[str]:
    """The words without those at the end that need another after them; all where no other is left."""
    size = len(said)
    while size and said[size - 1] in _HANGING:
        size -= 1
    return said[:size] or said


def of_value(text: str) -> str:
    """A short name of a literal: `""` → `empty_string`, `[1]` → `one_item_list`, `Pair(1)` → `pair`."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        made = _MADE.match(text)
        return snake(made[1]) if made else words(text, 3)
    return _of(value)


def returned(result: str) -> str:
    """What a call gave, as part of a name."""
    if result in ("True", "False"):
        return f"is_{result.lower()}"
    if result == "{self}":
        return "returns_itself"
    return f"returns_{of_value(result)}"


_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_READING = re.compile(r"(?<=\w)\.(tolist|to_dict|item|getvalue)\([^()]*\)$")
"""How the contents of an attribute are read."""


def of_views(views: Iterable[str]) -> list[str]:
    """What an object shows by these templates, each in a word."""
    said = {"len({})": "length", "list({})": "items", "dict({})": "items", "str({})": "text", "repr({})": "text"}
    plain = (_READING.sub("", view) or view for view in views)
    read = (view.removeprefix("len(").removesuffix(")") if view.startswith("len({}.") else view for view in plain)
    return list(dict.fromkeys(said.get(view, "") or snake(view.replace("{}.", "").removesuffix("()")) for view in read))


def _of(value: object) -> str:
    match value:
        case None | True | False:
            return str(value).lower()
        case int():
            return (
                f"minus_{-value}"
                if value < 0
                else "zero"
                if value == 0
                else str(value)
                if value < 10**6
                else "large_number"
            )
        case float():
            return _of_float(value)
        case bytes() if value and not value.isascii():
            return "one_byte" if len(value) == 1 else f"{len(value)}_bytes"
        case str() | bytes():
            return _of_text(value if isinstance(value, str) else value.decode("latin-1"))
        case list() | tuple() | set() | dict() | frozenset():
            return f"{_count(len(value))}_{type(value).__name__}"
    return type(value).__name__


def _of_float(value: float) -> str:
    if value.is_integer() and abs(value) < 10**6:
        return _of(int(value))
    about = "about_" if len(str(value)) > MAX_DIGITS and abs(value) >= 0.01 else ""
    value = round(value, 2) if about else value
    digits = about + str(abs(value)).replace(".", "_point_").replace("e-", "_e_minus_").replace("+", "")
    return f"minus_{digits}" if value < 0 else digits


def _of_text(value: str) -> str:
    if not value:
        return "empty_string"
    if value in _PUNCTUATION:
        return _PUNCTUATION[value]
    if value.isspace():
        return "blank_string"
    found = list(dict.fromkeys(word.lower() for word in re.findall(r"[A-Za-z]+|\d+", value)))[:3]
    while len("_".join(found)) > MAX_SAID and len(found) > 1:
        found.pop()
    return "_".join(found)[:MAX_SAID] or "punctuation"


def _count(size: int) -> str:
    return ("empty", "one_item", "two_item", "three_item")[size] if size < 4 else "long"


def fitting(text: str) -> str:
    """The text as a part of an identifier: what cannot stand in one becomes an underscore."""
    fit = "".join(letter if f"a{letter}".isidentifier() else "_" for letter in text)
    return re.sub(r"_+", "_", fit).strip("_")


def joined(*parts: str) -> str:
    """`test_` and the parts, cut at a word to MAX_NAME characters."""
    name = "_".join(["test", *(part for part in parts if part)])
    name = fitting(name)
    if len(name) <= MAX_NAME:
        return name
    while len(name) > MAX_NAME and "_" in name:
        name = name.rpartition("_")[0]
    return "_".join(_not_hanging(name.split("_")))


def listed(items: Iterable[str]) -> str:
    """`balance`, `history` → `balance_and_history`; of more than two, the first two."""
    return "_and_".join([*items][:2])


def of_parameters(target: Target, count: int) -> tuple[str, ...] | None:
    """Names for `count` positional arguments; None where the signature has no name for one of them."""
    positional = [p.name for p in target.parameters if p.kind in ("normal", "positional")]
    return tuple(positional[:count]) if count <= len(positional) else None
