"""Arguments are replaced by what they were compared with."""

import collections
from types import MappingProxyType
from typing import Any

import pytest

from aitestgen_guest.arguments import inputs
from aitestgen_guest.search.operands import Misses, missed, substituted
from aitestgen_guest.tracing.probes import Recorder


def replaced(given: Any, old: Any, new: Any) -> list[Any]:
    case: dict[str, Any] = {"receiver": None, "calls": [], "arguments": [inputs.data(given)], "keywords": {}}
    return [inputs.value_of(other["arguments"][0]) for other in substituted(case, old, new)]


@pytest.mark.parametrize(
    ("given", "old", "new", "expected"),
    [
        ("a", "a", "b", ["b"]),
        ("say a b now", ["a", "b"], ["if", "c"], ["say if c now"]),
        ("{% a %}", ["a"], ["else"], ["{% else %}"]),
        ("{% a %}", ["b"], ["else"], []),
        ("{% %}", [], ["else"], []),
        ("abc", 3, 5, ["abcab", "abcabc", "abca"]),
        ("x", "x", {"b": 1, "a": 2}.keys(), ["a", "b"]),
        ("x", "x", {"b": object(), "a": 2}, ["a", "b"]),
        (0, 0, {"b": 7, "c": object()}.values(), [7]),
        ("x", "x", [*map(str, range(30))], ["0", "1", "2", "3", "4", "5"]),
        ("x", "x", {*map(str, range(10, 40))}, ["10", "11", "12", "13", "14", "15"]),
        ({"a"}, {"a"}, "b", [{"a", "b"}]),
        (["a"], ["a"], "b", [["a", "b"]]),
        ("x", "x", MappingProxyType({"_kept": len, 3: 4}), ["_kept"]),
    ],
)
def test_an_argument_is_replaced_by_what_it_was_compared_with(given: Any, old: Any, new: Any, expected: Any) -> None:
    assert replaced(given, old, new) == expected


@pytest.mark.parametrize(
    ("given", "message", "expected"),
    [
        ([{"a": 1}], "'b'", [({"a": 1}, "b")]),
        ([[{"a": {"c": 2}}]], "'b'", [({"a": {"c": 2}}, "b"), ({"c": 2}, "b")]),
        ([{"a": 1}], "'a'", []),
        ([{"a": 1}], "(1, 2)", []),
        ([{"a": 1}], "no such thing", []),
        ([3], "'b'", []),
    ],
)
def test_a_key_that_was_missing_is_paired_with_the_mappings_without_it(
    given: list[Any], message: str, expected: Any
) -> None:
    case = {"receiver": None, "calls": [], "arguments": [*map(inputs.data, given)], "keywords": {}}
    observation = {"outcome": "raises", "facts": {"error": "KeyError", "message": repr(message)}}
    assert missed(case, observation) == expected
    assert missed(case, {"outcome": "returns", "facts": {}}) == []


def test_what_a_returned_function_is_called_with_is_replaced_too() -> None:
    case = {"receiver": None, "calls": [], "arguments": [], "keywords": {}, "then": [inputs.data({"a": 1})]}
    given = [inputs.value_of(other["then"][0]) for other in substituted(case, {"a": 1}, "b")]
    assert given == [{"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": None}]


def test_keys_that_are_there_take_the_place_of_one_that_is_not_a_few_times() -> None:
    case = {"receiver": None, "calls": [], "arguments": [inputs.data("x")], "keywords": {}}
    recorder = Recorder()
    recorder.operands = [({"b": 1, "a": 2}, "x", 0), ({}, "x", 0), ({"x": 1}, "x", 0), ([1], "x", 0)]
    misses, seen = Misses(), {"outcome": "returns", "facts": {}}
    rounds = [[inputs.value_of(o["arguments"][0]) for o in misses.followed(case, seen, recorder)] for _ in range(5)]
    assert rounds == [["a", "b"]] * 3 + [[]] * 2


def test_what_an_object_was_given_is_replaced_too() -> None:
    user = ("call", "User", [inputs.data("bob")], {"roles": inputs.data({"a"})})
    team = ("call", "Team", [("many", "[", [user], "]")], {})
    case: dict[str, Any] = {"receiver": None, "calls": [], "arguments": [user, team], "keywords": {}}
    found = [inputs.source(one) for other in substituted(case, {"a"}, "admin") for one in other["arguments"]]
    assert "User('bob', roles={'a', 'admin'})" in [text.replace("'admin', 'a'", "'a', 'admin'") for text in found]
    found = [inputs.source(other["arguments"][1]) for other in substituted(case, "bob", "ada")]
    assert any("[User('ada'" in text for text in found)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (-1, 1000.0, {"1000.0", "1001.0", "999.0"}),
        (-1, 7, set()),
        (-1, float("nan"), set()),
        (-1, 10**400, set()),
        (10.0, 10**9, {f"{10**9 + step}" for step in (-1, 0, 1)}),
    ],
    ids=["far", "near", "no number", "huge", "large"],
)
def test_numbers_that_an_object_was_given_are_replaced_by_what_is_far_from_them(
    old: Any, new: Any, expected: set[str]
) -> None:
    function = ("many", "FakeFunction(", [inputs.data(old)], ")")
    case: dict[str, Any] = {
        "receiver": ("call", "Cache", [function], {}),
        "calls": [],
        "arguments": [],
        "keywords": {},
    }
    found = {inputs.source(other["receiver"]) for other in substituted(case, old, new)}
    assert found == {f"Cache(FakeFunction({text}))" for text in expected}


def test_what_a_given_function_gives_is_replaced_too() -> None:
    function = ("text", "lambda *args: -1")
    case: dict[str, Any] = {"receiver": None, "calls": [], "arguments": [function], "keywords": {}}
    found = [inputs.source(other["arguments"][0]) for other in substituted(case, -1, 1000)]
    assert found == ["lambda *args: 1000", "lambda *args: 1001", "lambda *args: 999"]
    case["arguments"] = [("text", "lambda *args: args"), ("text", "lambda x: -1"), ("text", "lambda")]
    assert substituted(case, -1, 1000) == []


class Odd(list[int]):
    def __iter__(self) -> Any:
        raise TypeError("not iterable")


def test_the_items_of_a_container_with_code_of_its_own_are_left_alone() -> None:
    assert replaced("a", "a", Odd([1])) == []
    assert replaced("a", "a", collections.OrderedDict(b=object())) == ["b"]
