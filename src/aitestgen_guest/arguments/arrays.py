"""Arrays and tables of NumPy and pandas, where the code under test has imported these: specs of what a test makes."""

import re
import sys
from collections.abc import Sequence
from random import Random
from typing import Any

from aitestgen_guest.arguments.asking import answer
from aitestgen_guest.shapes import Namespace, Spec

_NUMBERS: "tuple[Spec, ...]" = (("float",), ("float",), ("int",))
_ROWS: Spec = (
    "union", (*(("list", number) for number in _NUMBERS), ("list", ("list", ("int",))), ("list", ("list", ("float",)))),
)  # fmt: skip
COLUMNS: Spec = ("columns",)
_MADE: "dict[tuple[str, str], tuple[str, Spec]]" = {
    ("numpy", "ndarray"): ("array", _ROWS),
    ("pandas", "DataFrame"): ("DataFrame", COLUMNS),
    ("pandas", "Series"): ("Series", ("union", (*(("list", number) for number in _NUMBERS), ("list", ("str",))))),
}
"""By package and class: the function that makes one, and what it is given."""
ALIASES = {"numpy": "np", "pandas": "pd"}
_TOLD = {
    ("numpy", "ndarray"): {
        "shape",
        "ndim",
        "dtype",
        "astype",
        "mean",
        "std",
        "T",
        "flatten",
        "ravel",
        "argmax",
        "argmin",
    },
    ("pandas", "DataFrame"): {
        "columns",
        "groupby",
        "iloc",
        "loc",
        "dropna",
        "fillna",
        "iterrows",
        "reset_index",
        "merge",
    },
}
"""Attributes by which one is told that has no annotation."""
_OF_NAMES: "tuple[tuple[str, tuple[str, ...]], ...]" = (
    (r"date|day|time|month|when", ("'2024-01-31'", "'2024-02-29'", "'2024-01-01'")),
    (r"amount|price|total|value|score|rate|salary|cost|weight|x$|y$", ("1.5", "2.0", "10.0", "0.0", "-3.0")),
    (r"count|quantity|qty|year|age|number|id$|rank|level", ("1", "2", "10", "0")),
    (r"is_|has_|flag|active|enabled", ("True", "False")),
)
_CELLS = (("1", "2", "10", "0"), ("1.5", "2.0", "None"), ("'a'", "'b'", "'a'"))
MOST_ROWS = 4
MISSING = 0.1


def spec_of(hint: Any, namespace: Namespace, imports: "dict[str, str]") -> "Spec | None":
    """The spec of an array, a table or a column of one; None for any other class."""
    home = getattr(hint, "__module__", "")
    return _made((home.partition(".")[0] if isinstance(home, str) else "", _name(hint)), namespace, imports)


def used_as(names: "frozenset[str]", namespace: Namespace, imports: "dict[str, str]") -> "Spec | None":
    """The spec of what has all of these names and is told by one; None where its package was not imported."""
    for (package, name), told in _TOLD.items():
        kind = getattr(sys.modules.get(package), name, None)
        if names & told and kind is not None and all(hasattr(kind, one) for one in names):
            return _made((package, name), namespace, imports)
    return None


def in_package(thing: Any, namespace: Namespace) -> "str | None":
    """`np.ndarray`, where the namespace has the package by such a name; None for what is of no such package."""
    name = _name(thing)
    home = str(answer(thing, "__module__") or "").partition(".")[0]
    alias = ALIASES.get(home, "")
    package = sys.modules.get(home)
    is_there = alias and namespace.get(alias) is package and getattr(package, name, None) is thing
    return f"{alias}.{name}" if is_there else None


def columns(names: "Sequence[str]", random: Random) -> str:
    """Source text of a mapping of columns of one length: those that the code asks for, mostly, or a few."""
    chosen = [name for name in names if random.random() < 1 - MISSING] or ["a", "b"]
    rows = random.choice((0, 1, 2, 3, MOST_ROWS))
    cells = {name: _cells(name, random) for name in chosen}
    return (
        "{"
        + ", ".join(
            f"{name!r}: [{', '.join(random.choice(known) for _ in range(rows))}]" for name, known in cells.items()
        )
        + "}"
    )


def _cells(name: str, random: Random) -> "tuple[str, ...]":
    return next((cells for pattern, cells in _OF_NAMES if re.search(pattern, name.lower())), random.choice(_CELLS))


def _name(hint: Any) -> str:
    name = getattr(hint, "__name__", "")
    return name if isinstance(name, str) else ""


def _made(kind: "tuple[str, str]", namespace: Namespace, imports: "dict[str, str]") -> "Spec | None":
    package = sys.modules.get(kind[0])
    if kind not in _MADE or package is None:
        return None
    called, given = _MADE[kind]
    alias = next((name for name in (ALIASES[kind[0]], kind[0]) if namespace.get(name) is package), "")
    if not alias:
        alias = ALIASES[kind[0]]
        if namespace.setdefault(alias, package) is not package:
            return None
        imports.setdefault(alias, f"import {kind[0]} as {alias}")
    return ("around", f"{alias}.{called}(", given, ")")
