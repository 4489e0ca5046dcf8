"""Counts in what is printed."""

import pytest

from aitestgen.wording import counted


@pytest.mark.parametrize(
    ("count", "noun", "expected"),
    [
        (1, "test", "1 test"),
        (2, "test", "2 tests"),
        (0, "target", "0 targets"),
        (1, "branch", "1 branch"),
        (3, "branch", "3 branches"),
    ],
)
def test_a_count_is_told_with_its_noun_in_the_right_number(count: int, noun: str, expected: str) -> None:
    assert counted(count, noun) == expected
