"""A literal is text that evaluates back to an equal value of the same type, or nothing."""

import collections
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import pathlib
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitestgen_guest.calls.literals import HELPERS, Writer, same

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.frozensets(st.integers(), max_size=4)
    ),
    max_leaves=8,
)


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: int = 0


class Pair(NamedTuple):
    left: int
    right: str


class Bare:
    pass


def writer() -> Writer:
    return Writer({**HELPERS, "Colour": Colour, "Point": Point, "Pair": Pair, "Bare": Bare}, __name__)


@given(PLAIN)
def test_plain_data_comes_back_equal_and_of_the_same_type(value: Any) -> None:
    text = writer().literal(value)
    assert text is not None
    assert same(eval(text, dict(HELPERS)), value)  # noqa: S307 - the text that was just written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Colour.RED, "Colour.RED"),
        (Point(1), "Point(x=1)"),
        (Pair(1, "a"), "Pair(left=1, right='a')"),
        (Point, "Point"),
        (dt.date(2024, 2, 29), "dt.date(2024, 2, 29)"),
        (dt.timedelta(days=1), "dt.timedelta(days=1)"),
        (decimal.Decimal("1.50"), "Decimal('1.50')"),
        (fractions.Fraction(1, 3), "Fraction(1, 3)"),
        (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
        (collections.deque([1]), "deque([1])"),
        ({3, 1}, "{1, 3}"),
        (set(), "set()"),
        ((1,), "(1,)"),
        (float("inf"), 'float("inf")'),
        (len, "len"),
        (pathlib.PurePosixPath("/srv/a"), "PurePosixPath('/srv/a')"),
        (ipaddress.ip_address("::1"), "IPv6Address('::1')"),
        (ipaddress.ip_network("10.0.0.0/8"), "IPv4Network('10.0.0.0/8')"),
        (time.gmtime(0), "struct_time((1970, 1, 1, 0, 0, 0, 3, 1, 0))"),
    ],
)
def test_known_types_are_written_as_a_person_would(value: Any, text: str) -> None:
    assert writer().literal(value) == text


@pytest.mark.parametrize(
    "value", [Bare(), object(), lambda: 1, [Bare()], "x" * 5000, 10**50, list(range(100)), iter([1])]
)
def test_what_has_no_acceptable_text_has_none(value: Any) -> None:
    assert writer().literal(value) is None


def test_a_class_from_elsewhere_is_imported_from_its_home() -> None:
    own = writer()
    assert own.literal(PermissionError) == "PermissionError"
    assert own.literal(collections.ChainMap) == "ChainMap"
    assert own.imports == {"ChainMap": "from collections import ChainMap"}


def test_true_is_not_one_and_nan_is_nan() -> None:
    assert not same(True, 1)
    assert same([float("nan")], [float("nan")])
    assert not same([1], [1, 2])
