"""Arguments that repeat what earlier calls were given: the account that was opened is the one that is booked on."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from random import Random
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.shapes import Expression

OFTEN = 0.6
"""How often a text or number inside of an argument is one that was given before."""
Seen = dict[str, list[Expression]]
"""By the parameter's name, what earlier calls were given for it."""


def alike(seen: Seen, expression: Expression) -> "list[Expression]":
    """What was given that is of the kind of this one; of texts and numbers also those inside of what was given."""
    kind = _kind(expression)
    given = [item for items in seen.values() for item in items]
    parts = map(inputs.data, _values(given))
    return [item for item in (*given, *parts) if _kind(item) == kind]


def echoed(seen: Seen, expression: Expression, random: Random) -> Expression:
    """The list, tuple or mapping with some of its texts and numbers replaced by such as were given before."""
    if expression[0] != "data":
        return expression
    value = inputs.value_of(expression)
    known = list(_values(item for items in seen.values() for item in items))
    if not known or not isinstance(value, (list, tuple, dict)):
        return expression
    return inputs.data(_echoed(value, known, random))


def _echoed(value: Any, known: "list[Any]", random: Random) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_echoed(item, known, random) for item in value])
    if isinstance(value, dict):
        return {_echoed(key, known, random): _echoed(item, known, random) for key, item in value.items()}
    same = [other for other in known if type(other) is type(value)]
    return random.choice(same) if same and random.random() < OFTEN else value


def _values(expressions: "Iterable[Expression]") -> "Iterator[Any]":
    """The texts and numbers in expressions, at any depth."""
    for expression in expressions:
        kind = expression[0]
        if kind == "data":
            yield from _scalars(inputs.value_of(expression))
        elif kind == "many":
            yield from _values(expression[2])
        elif kind == "pairs":
            yield from _values(part for pair in expression[1] for part in pair)
        elif kind == "call":
            yield from _values([*expression[2], *expression[3].values()])


def _scalars(value: Any) -> "Iterator[Any]":
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _scalars(item)
    elif isinstance(value, dict):
        yield from _scalars([part for pair in value.items() for part in pair])
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield value


def _kind(expression: Expression) -> str:
    if expression[0] == "data":
        return _kind_of_data(str(expression[1]))
    return str(expression[1]) if expression[0] == "call" else str(expression[0])


@lru_cache(maxsize=4096)
def _kind_of_data(text: str) -> str:
    try:
        return type(inputs.value_of(("data", text))).__name__
    except ValueError:
        return text
