"""Smaller neighbours of a case: parts left out, numbers nearer to zero, texts and collections cut."""

from collections.abc import Iterator
from typing import Any

from aitestgen_guest import inputs
from aitestgen_guest.shapes import Case, Expression


def smaller(case: Case) -> "Iterator[Case]":
    """Cases with one thing less, the boldest first. Whether they are valid is for the caller to judge."""
    for place in range(len(case["calls"])):
        yield {**case, "calls": case["calls"][:place] + case["calls"][place + 1 :]}
    for name in case["keywords"]:
        yield {**case, "keywords": {other: item for other, item in case["keywords"].items() if other != name}}
    for place, item in enumerate(case["arguments"]):
        for less in _less(item):
            yield {**case, "arguments": [*case["arguments"][:place], less, *case["arguments"][place + 1 :]]}
    for name, item in case["keywords"].items():
        for less in _less(item):
            yield {**case, "keywords": {**case["keywords"], name: less}}
    receiver = case["receiver"]
    if receiver is not None and receiver[0] == "call":
        for less in _less_of_call(receiver):
            yield {**case, "receiver": less}


def _less_of_call(call: Expression) -> "Iterator[Expression]":
    _, path, arguments, keywords = call
    for name in keywords:
        yield ("call", path, arguments, {other: item for other, item in keywords.items() if other != name})
    for place, item in enumerate(arguments):
        for less in _less(item):
            yield ("call", path, [*arguments[:place], less, *arguments[place + 1 :]], keywords)


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
        if isinstance(value, str) and value != "a" and len(value) == 1 and value.isprintable():
            yield from (letter for letter in "a" if letter < value)
    elif isinstance(value, (list, tuple)):
        yield from _cut(value)
        for place, item in enumerate(value):
            yield from (type(value)([*value[:place], less, *value[place + 1 :]]) for less in _less_than(item))
    elif isinstance(value, dict):
        for key in value:
            yield {other: item for other, item in value.items() if other != key}
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
