"""Values become plainer as long as they are good for the same."""

import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.entries import Entry, weight
from aitestgen_guest.search.kill import Hunter, measuring
from aitestgen_guest.search.near import plain_slots
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.search.plain import Plain, Worth, needed, plainer, replaced, worded
from aitestgen_guest.search.shrink import with_fewer_parts
from aitestgen_guest.search.world import World

from .test_search import MODULE, search_of


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


CODE = """
    def cut(text: str, limit: int = 10):
        if limit < 1:
            raise ValueError("no room")
        return text if len(text) <= limit else text[:limit] + "..."
"""


def plainer_of(
    world: World, search: Search, case: "dict[str, Any]", kills: "dict[int, list[str]]", told: "tuple[int, ...]" = ()
) -> "Plain | None":
    observation = search.stage.observe(search.target, case)
    entry = Entry(case, observation, frozenset(search.stage.recorder.features()))
    probed = measuring(search.stage, vars(world.module))
    hunter = Hunter(search, world.stage(world.switchable, None), probed, 0)
    search.stage = hunter.stage
    return plainer(hunter, entry, needed([entry], {0: kills})[0], told, 400)


def made_plainer(
    *arguments: str, kills: "dict[int, list[str]] | None" = None, told: "tuple[int, ...]" = (), **keywords: str
) -> "list[Any]":
    world, search = search_of(CODE, "cut", 1)
    case = {
        "target": "cut", "receiver": None, "calls": [], "arguments": [("data", item) for item in arguments],
        "keywords": {name: ("data", item) for name, item in keywords.items()}, "then": None, "oddness": 0,
    }  # fmt: skip
    found = plainer_of(world, search, case, kills or {}, told)
    if told:
        return [number for number, _ in found.kills]
    return [[inputs.source(item) for item in found.case["arguments"]]] if found else []


def test_an_odd_text_becomes_a_plain_word_that_takes_the_same_way() -> None:
    assert made_plainer("', , é'") == [["'a'"]]
    assert made_plainer("'##=#=#=#=#=#=#'") == [["'hello world'"]]


def test_a_plain_value_is_left_alone() -> None:
    assert made_plainer("'a'") == []


def test_a_value_that_tells_a_mutant_goes_on_telling_it() -> None:
    world, _ = search_of(CODE, "cut", 1)
    (boundary,) = [m["id"] for m in world.mutants if m["after"] == "len(text) < limit"]
    ((text,),) = made_plainer("'é,é,é,é,é,'", kills={boundary: ["result"]})
    assert len(text.strip("'")) == 10


def test_a_plainer_case_is_known_to_tell_other_mutants_too() -> None:
    world, _ = search_of(CODE, "cut", 1)
    shorter = [m["id"] for m in world.mutants if "limit" in m["after"]]
    told = made_plainer("'##=#=#=#=#=#=#'", told=(*shorter, 999_999))
    assert told
    assert {*told} < {*shorter}


def test_entries_are_needed_for_what_only_they_bring() -> None:
    observation = {"outcome": "returns", "facts": {}, "shown": []}

    def entry(size: int, *features: int) -> Entry:
        case = {"receiver": None, "calls": [], "arguments": [("data", "1" * size)], "keywords": {}, "oddness": 0}
        return Entry(case, observation, frozenset(features))

    entries = [entry(1, 1), entry(2, 1, 2), entry(3, 2), entry(4)]
    assert needed(entries, {0: {}, 1: {}, 2: {}, 3: {7: []}}) == {
        1: Worth(frozenset({1, 2}), []),
        3: Worth(frozenset(), [7]),
    }


KEYS = """
    def needed_by(name: str, needs: dict[str, list[str]]) -> list[str]:
        return [other for other, direct in needs.items() if name in direct]
"""


def test_a_text_that_stands_in_several_values_becomes_the_same_word_everywhere() -> None:
    _, search = search_of(KEYS, "needed_by", 1)
    case = {
        "target": "needed_by", "receiver": None, "calls": [], "keywords": {}, "then": None,
        "arguments": [("data", "'->: ;'"), ("data", "{'x=1\\nb:': ['', '->: ;']}")],
    }  # fmt: skip
    renamed = [[inputs.source(item) for item in other["arguments"]] for other in chain.from_iterable(replaced(case))]
    assert ["'abc'", "{'x=1\\nb:': ['', 'abc']}"] in renamed
    assert search.fitting.oddness({**case, "arguments": [("data", "'a'"), ("data", "{}")]}) < search.fitting.oddness(
        case
    )


def test_gaps_between_signs_are_filled_with_words() -> None:
    assert list(worded(":,"))[:2] == ["a:a,a", "a:b,c"]
    assert list(worded("a:b")) == []


def test_parts_of_a_nested_call_are_left_out_or_made_plainer() -> None:
    case = {
        "target": "f", "receiver": None, "calls": [], "keywords": {}, "then": None,
        "arguments": [["many", "[", [["call", "Sale", [["data", "7"]], {"day": ["data", "'x'"]}]], "]"]],
    }  # fmt: skip
    assert [value for _, value in plain_slots(case)] == [7, "x"]
    shorter = [inputs.source(other["arguments"][0]) for other in with_fewer_parts(case)]
    assert shorter == ["[]", "[Sale(7)]"]


def test_the_year_of_a_moment_stays() -> None:
    moment = ("call", "dt.datetime", [inputs.data(2024), inputs.data(12)], {})
    case = {"receiver": None, "calls": [], "arguments": [moment, inputs.data(2024)], "keywords": {}}
    made = [other["arguments"] for other in chain.from_iterable(replaced(case))]
    assert {inputs.value_of(arguments[0][2][0]) for arguments in made} == {2024}
    assert {inputs.value_of(arguments[1]) for arguments in made} > {1, 2024}


BOXES = """
    class Box:
        def __init__(self, size):
            if not isinstance(size, int) or size % 7919 != 12:
                raise ValueError("no such size")
            self.size = size


    def volume(box):
        return box.size ** 3 if box.size else 0
"""


def test_a_stand_in_becomes_an_object_of_the_module_s_class() -> None:
    world, search = search_of(BOXES, "volume", 1)
    box = ("call", "Box", [("data", "7931")], {})
    search.callables.known["Box"] = [box]
    stand_in = ("call", "SimpleNamespace", [], {"size": ("data", "2")})
    case = {
        "target": "volume", "receiver": None, "calls": [], "arguments": [stand_in], "keywords": {}, "then": None,
        "oddness": 60,
    }  # fmt: skip
    found = plainer_of(world, search, case, {})
    assert found is not None
    assert inputs.source(found.case["arguments"][0]) == "Box(7931)"


@pytest.mark.parametrize(("empty", "small"), [("[]", "[0]"), ("{}", "{'a': 1}"), ("''", "'abc'"), ("b''", "b'abc'")])
def test_a_small_example_is_plainer_than_nothing(empty: str, small: str) -> None:
    assert weight(("data", small)) < weight(("data", empty))
