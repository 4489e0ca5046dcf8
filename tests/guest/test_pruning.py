"""Nested data with all left out that is not needed."""

from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.search.pruning import fewest, pruned


def test_only_what_is_needed_stays_at_any_depth() -> None:
    value = {"a": 1, "b": [3, {"c": 4, "d": {"e": [5, 6]}}, 7], "f": {}}

    def works(other: Any) -> bool:
        return "6" in repr(other) and "b" in other

    assert fewest(value, works) == {"b": [{"d": {"e": [6]}}]}


def test_a_case_keeps_data_that_a_reader_takes_in_at_once() -> None:
    small, large = inputs.data([1, 2, 3]), inputs.data([1, 2, 3, 4])
    case = {"receiver": None, "calls": [], "arguments": [small, large], "keywords": {}}
    assert [text for _, text in pruned(case, lambda _: True)["arguments"]] == ["[1, 2, 3]", "[]"]
