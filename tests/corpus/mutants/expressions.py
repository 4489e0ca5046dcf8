"""Docs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, TypeVar, cast, overload

if TYPE_CHECKING:
    LIMIT = 1 + 1

__all__ = ["grade", "slices"]
T = TypeVar("T", bound="int")
TABLE = {"a": 1, "b": [2, 3]}
Level = Literal["low", "high"]


@overload
def grade(points: int) -> str: ...
@overload
def grade(points: str) -> None: ...
def grade(points, top=100, *, names=("bad", "good")):
    "Docs."
    ratio: float = points / top
    if 0 <= ratio < 0.5 or points == 99:
        return names[0]
    elif ratio >= 1 and top != 0:
        return f"{names[-1]}: {ratio:>{5}.1f} {'!' * 2}"
    return "so" "-so" if points & 1 else None


def slices(items):
    middle = items[1:-1]
    items[0], items[-1] = items[-1], items[0]
    items[1:2] = [~x for x in middle]
    return middle[::2], items, items[-2] if len(items) > 1 else b"none"


def numbers(x):
    x **= 2
    x |= 1 << 3
    x ^= 0b101
    y = x // 3 if x % 4 else x >> 1
    return [x, y, -y, +y, not y, x is y, x is not None, y in (1, 2), y not in {23}, 1.5 * y, 2j, True]


def truths(a, b):
    assert a is not b or not b, "same"
    return a and b, a or not b, (a or b) and (not a), bool(a) is True


def typed(value):
    kept = cast("int", value)  # the type is no behaviour
    ignored = 3  # pragma: no cover
    return kept + 1, ignored, sys.maxsize > 2**31


def match_it(value):
    match value:
        case 0 | 1:
            return "small"
        case [x, *rest] if x > len(rest):
            return "list", x
        case {"k": v, **others} if v and not others:
            return "dict", v
        case str() as text:
            return text * 2
        case _:
            return None


def tuples(a, b):
    match a, b + 1:
        case 1, 2:
            return "one two"
        case (x, y):
            return x - y


if __name__ == "__main__":
    print(grade(1 + 1))


def observe():
    for points in (0, 50, 51, 99, 100, 150):
        yield grade, (points,), {}
    yield slices, ([1, 2, 3, 4],), {}
    yield slices, ([1],), {}
    for x in (0, 1, 7):
        yield numbers, (x,), {}
    for pair in ((1, 2), (0, 3), (2, 0), (0, 0)):
        yield truths, pair, {}
    yield typed, (3,), {}
    for value in (0, 1, [3, 1], [1, 1, 1], {"k": 2}, {"k": 0}, {"k": 1, "z": 1}, "ab", 2.5):
        yield match_it, (value,), {}
    yield tuples, (1, 1), {}
    yield tuples, (5, 1), {}
