"""What a parameter's name, and what its docstring says of it, tell about its type."""

import re
from collections.abc import Iterable

from aitestgen.analyse.hints.tables import BOOLEAN_PREFIXES, CALLABLE_PREFIXES, COUNT_PREFIXES, NAMES

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GOOGLE = r"^\s*\*{{0,2}}{name}\s*\((?P<type>[^)]*)\)\s*:"
_NUMPY = r"^\s*\*{{0,2}}{name}\s+:\s*(?P<type>[^\n]+)$"
_REST = r":type\s+{name}\s*:\s*(?P<type>[^\n]+)|:param\s+(?P<type2>[^:\n]+?)\s+{name}\s*:"
_SAID = (
    (re.compile(r"\b(?:list|sequence|iterable|array|collection)s?\s*(?:of|\[)\s*(?:int|float|num)"), "list[int]"),
    (re.compile(r"\b(?:list|sequence|iterable|array|collection)s?\s*(?:of|\[)\s*(?:str|word|name)"), "list[str]"),
    (re.compile(r"\b(?:list|sequence|iterable|array|collection|array[-_]like)\b"), "list[Any]"),
    (re.compile(r"\bbool(?:ean)?\b"), "bool"),
    (re.compile(r"\bint(?:eger)?\b"), "int"),
    (re.compile(r"\b(?:float|double|number|numeric)\b"), "float"),
    (re.compile(r"\b(?:str|string|text)\b"), "str"),
    (re.compile(r"\bbytes\b"), "bytes"),
    (re.compile(r"\b(?:dict|dictionary|mapping)\b"), "dict"),
    (re.compile(r"\bset\b"), "set"),
    (re.compile(r"\btuple\b"), "tuple"),
    (re.compile(r"\b(?:callable|function)\b"), "callable"),
    (re.compile(r"\bdatetime(?:\.datetime)?\b"), "datetime"),
    (re.compile(r"\bdate\b"), "date"),
    (re.compile(r"\btimedelta\b"), "timedelta"),
    (re.compile(r"\b(?:path|filename)\b"), "path"),
    (re.compile(r"\bfile(?:-like)?\b"), "file"),
    (re.compile(r"\bNone\b|\boptional\b"), "none"),
)


def from_name(name: str, classes: Iterable[str]) -> tuple[str, float]:
    """Type names that fit a parameter's name, and how much that weighs: little next to how it is used."""
    parts = _CAPITAL.sub("_", name).lower().strip("_").split("_")
    for owner in classes:
        words = _CAPITAL.sub("_", owner.rpartition(".")[2]).lower()
        if "_".join(parts) == words or (len(words) > 3 and parts[-1] == words.split("_")[-1]):
            return f"class:{owner}", 3.5
    if "_".join(parts) in NAMES:
        types = NAMES["_".join(parts)]
        short = len(name) == 1
        return types, 1 if short else 3 if types.startswith("float") else 2
    return _from_parts(parts)


def from_docstring(name: str, docstring: str) -> tuple[str, ...]:
    """The type names that a docstring in Google, NumPy or reST style gives for a parameter, in order."""
    for style in (_REST, _GOOGLE, _NUMPY):
        found = re.search(style.format(name=re.escape(name)), docstring, re.MULTILINE)
        if found:
            return _said(next(filter(None, found.groupdict().values()), ""))
    return ()


def _from_parts(parts: list[str]) -> tuple[str, float]:
    first, last = parts[0], parts[-1]
    if len(parts) > 1 and first in BOOLEAN_PREFIXES:
        return "bool", 2
    if len(parts) > 1 and first in COUNT_PREFIXES:
        return "int float", 1.8
    if len(parts) > 1 and first in CALLABLE_PREFIXES:
        return "callable", 2
    if last in NAMES:
        return NAMES[last], 2.4 if NAMES[last].startswith("float") else 1.6
    is_plural = len(last) > 3 and last.endswith("s") and not last.endswith(("ss", "us", "is"))
    types = NAMES.get(last[:-1], "").split() if is_plural else []
    if {"str", "int", "float"}.intersection(types):
        return ("list[str]" if "str" in types else "list[int]"), 1.4
    return ("list[Any]", 0.8) if is_plural else ("", 0)


def _said(text: str) -> tuple[str, ...]:
    found: list[tuple[int, str]] = []
    for pattern, name in _SAID:
        match = pattern.search(text)
        if match and not (name == "list[Any]" and any(one.startswith("list[") for _, one in found)):
            found.append((match.start() if name != "none" else len(text), name))
    inside_list = any(name.startswith("list[") for _, name in found)
    return tuple(name for _, name in sorted(found) if not inside_list or name not in {"int", "float", "str"})
