"""Nested data with all left out that is not needed."""

from typing import Any

import pytest

from aitestgen_guest.arguments import inputs
from aitestgen_guest.search.pruning import fewest, pruned


def test_only_what_is_needed_stays_at_any_depth() -> None:
    value = {"a": 1, "b": [3, {"c": 4, "d": {"e": [5, 6]}}, 7], "f": {}}

    def works(other: Any) -> bool:
        return "6" in repr(other) and "b" in other

    assert fewest(value, works) == {"b": [{"d": {"e": [6]}}]}


@pytest.mark.parametrize(
    ("text", "needed", "left"),
    [
        ('{"a": [1, {"b": "x", "c": 2}], "d": 3}', "x", '{"a": [{"b": "x"}]}'),
        ('<r k="1"><a>one</a><b m="2" n="3"><c>two</c></b>tail</r>', "two", "<r><b><c>two</c></b></r>"),
        ("[1, 2", "1", "[1, 2"),
        ("<a><b></a>", "b", "<a><b></a>"),
        ("{plain}", "p", "{plain}"),
    ],
)
def test_of_documents_only_what_is_needed_stays(text: str, needed: str, left: str) -> None:
    case = {"receiver": None, "calls": [], "arguments": [inputs.data(text)], "keywords": {}}
    [argument] = pruned(case, lambda other: needed in str(other["arguments"]))["arguments"]
    assert inputs.value_of(argument) == left


def test_a_case_keeps_data_that_a_reader_takes_in_at_once() -> None:
    small, large = inputs.data([1, 2, 3]), inputs.data([1, 2, 3, 4])
    case = {"receiver": None, "calls": [], "arguments": [small, large], "keywords": {}}
    assert [text for _, text in pruned(case, lambda _: True)["arguments"]] == ["[1, 2, 3]", "[]"]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ('(200, b\'{"a": 1, "b": [2, 3]}\')', "(200, b'{\"b\": [3]}')"),
        ('httpx.Response(200, content=b\'{"a": 3, "b": 4}\')', "httpx.Response(200, content=b'{\"a\": 3}')"),
        ('TimeoutError("3 s")', 'TimeoutError("3 s")'),
    ],
)
def test_of_what_a_fake_answers_only_what_is_needed_stays(answer: str, left: str) -> None:
    world = {"answers": {"web": ["(404, b'')", answer]}}
    case = {"receiver": None, "calls": [], "arguments": [], "keywords": {}, "world": world}
    kept = pruned(case, lambda other: "3" in other["world"]["answers"]["web"][1])
    assert kept["world"]["answers"]["web"] == ["(404, b'')", left]
