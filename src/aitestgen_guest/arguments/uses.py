"""What single expressions say of a piece of data: what it is compared with, given to and written as."""

import ast

from aitestgen_guest.arguments.built import Built
from aitestgen_guest.arguments.module_data import Function

_SAME = frozenset({"str", "list", "sorted", "reversed", "iter", "tuple", "set", "dict", "copy", "deepcopy", "cast"})
"""Functions that give what they are given, or something built alike."""
_PICKING = frozenset({"max", "min", "next", "choice", "heappop", "heappushpop", "heapreplace"})
_READS_MOMENT = frozenset({"fromisoformat", "strptime"})
_NUMBERS = frozenset({"int", "float", "Decimal", "round", "abs", "Fraction"})
_OF_CLASSES = frozenset({"issubclass", "isclass"})
CLASS_ATTRIBUTES = frozenset({"__mro__", "__bases__", "__subclasses__", "mro"})
"""What only classes have."""
_OF_NUMBERS = ("f", "d", "e", "g", "%")
"""How formats end that only numbers can be written with."""
NAMED = {"str": "str", "int": "int", "float": "float", "bool": "bool", "list": "list"}


def meets(found: "Built | None", other: ast.expr, *, ordered: bool) -> None:
    """Note that the data is compared with the other side, by an order or for being equal."""
    if found is None:
        return
    if isinstance(other, ast.Constant) and other.value is not None and not isinstance(other.value, bool):
        values = (
            [other.value, other.value + 1, other.value - 1] if isinstance(other.value, (int, float)) else [other.value]
        )
        found.is_compared_with(values)
        found.is_used_as(*{type(other.value).__name__} & set(NAMED))
    elif isinstance(other, ast.Constant):
        found.is_used_as("none" if other.value is None else "bool")
    elif ordered:
        found.is_used_as("computed")


def of_function(first: Built, name: str) -> "Built | None":
    """Note that the data is the first argument of a function of that name; what this gives, if it is known."""
    if name == "loads":
        return first.as_json()
    if name in _NUMBERS:
        first.is_used_as("number")
    elif name in _READS_MOMENT:
        first.is_used_as("moment")
    elif name in _OF_CLASSES:
        first.is_used_as("class")
    elif name in _PICKING:
        return first.member()
    return first if name in _SAME else None


def is_numeric(part: ast.FormattedValue) -> bool:
    """Whether the part of a text is written as a number."""
    last = part.format_spec.values[-1] if isinstance(part.format_spec, ast.JoinedStr) else None
    return isinstance(last, ast.Constant) and str(last.value).endswith(_OF_NUMBERS)


def is_static(function: Function) -> bool:
    """Whether it is a static method."""
    return any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in function.decorator_list)
