"""Annotations as expressions that test a value."""

import collections.abc
import datetime as dt
import typing
from typing import Any

import pytest

from aitestgen_guest.findings.type_tests import ANYTHING, law_of_annotation, law_of_type_name, type_test


class Colour(typing.TypedDict):
    name: str


UserId = typing.NewType("UserId", int)


def holds(hint: Any, value: Any) -> bool:
    text = type_test(hint, "value", lambda cls: cls.__name__)
    assert text is not None
    return bool(eval(text, {"value": value, "date": dt.date}))  # noqa: S307 - an expression made from a type of this test


@pytest.mark.parametrize(
    ("hint", "fitting", "other"),
    [
        (int, 3, "3"),
        (int, True, None),
        (float, 3, "3.0"),
        (bool, False, 0),
        (str, "", None),
        (None, None, 0),
        (int | None, None, "x"),
        (typing.Optional[str], "x", 1),  # noqa: UP045 - the older spelling is a case of its own
        (list[int], [1], [1, "2"]),
        (dict[str, list[int]], {"a": [1]}, {"a": [None]}),
        (tuple[int, str], (1, "a"), (1, 2)),
        (tuple[int, ...], (1, 2, 3), (1, None)),
        (typing.Literal["a", "b"], "a", "c"),
        (UserId, 4, None),
        (Colour, {"name": "red"}, {"name": 1}),
        (dt.date, dt.date(2024, 1, 1), "2024-01-01"),
        (collections.abc.Sequence[int], (1, 2), 5),
    ],
)
def test_a_value_of_the_type_fits_and_another_does_not(hint: Any, fitting: Any, other: Any) -> None:
    assert holds(hint, fitting)
    assert not holds(hint, other)


@pytest.mark.parametrize(
    "hint", [typing.TypeVar("T"), collections.abc.Callable[[int], int], typing.Iterator[int], "int"]
)
def test_what_is_not_understood_says_nothing(hint: Any) -> None:
    assert type_test(hint, "value", lambda cls: cls.__name__) is None


def test_any_is_never_contradicted() -> None:
    assert type_test(Any, "value", lambda _: None) == ANYTHING
    assert type_test(list[Any], "value", lambda _: None) == "isinstance(value, list)"


def test_comparisons_are_left_out_as_they_may_return_notimplemented() -> None:
    def same(_one: int) -> bool:
        return True

    assert law_of_annotation("__eq__", same, "bool", lambda _: None, streams=False) is None
    assert law_of_annotation("same", same, "bool", lambda _: None, streams=False) is not None


def test_plain_type_names_of_docstrings_are_understood() -> None:
    law = law_of_type_name("int or None", "int or None")
    assert law is not None
    assert law.test == "isinstance(result, int) or result is None"
    assert law_of_type_name("a list of things", "") is None
