"""Smaller neighbours of a case: parts left out, numbers nearer to zero, texts and collections cut."""

from collections.abc import Iterator
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.shapes import Arguments, Case, Expression, Keywords


def smaller(case: Case) -> "Iterator[Case]":
    """Cases with one thing less, the boldest first. Whether they are valid is for the caller to judge."""
    for place in range(len(case["calls"])):
        yield {**case, "calls": case["calls"][:place] + case["calls"][place + 1 :]}
    yield from ({**case, "arguments": a, "keywords": k} for a, k in _less_given(case["arguments"], case["keywords"]))
    receiver = case["receiver"]
    if receiver is not None and receiver[0] == "call":
        given = _less_given(receiver[2], receiver[3])
        yield from ({**case, "receiver": ("call", receiver[1], a, k)} for a, k in given)


def _less_given(arguments: Arguments, keywords: Keywords) -> "Iterator[tuple[Arguments, Keywords]]":
    """Arguments with one keyword left out, or one value made smaller."""
    for name in keywords:
        yield arguments, {other: item for other, item in keywords.items() if other != name}
    for place, item in enumerate(arguments):
        yield from (([*arguments[:place], less, *arguments[place + 1 :]], keywords) for less in _less(item))
    for name, item in keywords.items():
        yield from ((arguments, {**keywords, name: less}) for less in _less(item))


def _less(expression: Expression) -> "Iterator[Expression]":
    try:
        value = inputs.value_of(expression)
    except ValueError:
        return
    for less in _less_than(value):
        yield inputs.data(less)


def _less_than(value: Any) -> "Iterator[Any]":
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float)):
        yield from (n for n in _numbers(value) if abs(n) < abs(value) or (value < 0 and n == -value))
    elif isinstance(value, (str, bytes)):
        yield from _cut(value)
    elif isinstance(value, (list, tuple)):
        yield from _cut(value)
        for place, item in enumerate(value):
            yield from (type(value)([*value[:place], less, *value[place + 1 :]]) for less in _less_than(item))
    elif isinstance(value, dict):
        yield from ({other: item for other, item in value.items() if other != key} for key in value)
        for key, item in value.items():
            yield from ({**value, key: less} for less in _less_than(item))


def _numbers(value: "int | float") -> "tuple[int | float, ...]":
    if isinstance(value, float):
        whole = float(int(value)) if abs(value) < 1e15 else 1e6
        return (0.0, 1.0, -1.0, whole, value / 2)
    return (0, 1, -1, 2, int(value / 2) if abs(value) < 1e15 else value // 2, value - 1 if value > 0 else value + 1)


def _cut(value: Any) -> "Iterator[Any]":
    if len(value) > 3:
        yield value[: len(value) // 2]
        yield value[len(value) // 2 :]
    for place in range(len(value)):
        yield value[:place] + value[place + 1 :]
