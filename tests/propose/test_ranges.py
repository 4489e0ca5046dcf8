"""Runs of numbers in what a test expects."""

import pytest

from aitestgen.propose.by_search.ranges import with_ranges


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[0, 1, 2, 3, 4, 5, 6, 7]", "list(range(8))"),
        ("{3, 10, 4, 5, 6, 7, 8, 9}", "set(range(3, 11))"),
        ("(-2, -1, 0, 1, 2, 3, 4, 5)", "(-2, -1, 0, 1, 2, 3, 4, 5)"),
        ("{'a': {1, 2, 3, 4, 5, 6, 7, 8}, 'b': [1]}", "{'a': set(range(1, 9)), 'b': [1]}"),
        ("f([0, 1, 2, 3, 4, 5, 6, 7], {8, 9, 10, 11, 12, 13, 14, 15})", "f(list(range(8)), set(range(8, 16)))"),
    ],
)
def test_long_runs_are_ranges(text: str, said: str) -> None:
    assert with_ranges(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "[0, 1, 2, 3, 4, 5, 6]",
        "[7, 6, 5, 4, 3, 2, 1, 0]",
        "[0, 1, 2, 3, 4, 5, 6, 8]",
        "[0, 1, 2, 3, 4, 5, 6, True]",
        "'0, 1, 2, 3, 4, 5, 6, 7'",
        "assert [0, 1, 2, 3, 4, 5, 6, 7]",
        "'é', [0, 1, 2, 3, 4, 5, 6, 7]",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert with_ranges(text) == text
