"""Cases near a known one."""

from typing import Any

from aitestgen_guest.arguments.inputs import source
from aitestgen_guest.calls.entries import weight
from aitestgen_guest.search.near import (
    later,
    moved,
    neighbours,
    swept,
    swept_in_pairs,
    with_constants,
    with_options,
    with_words,
)


def case_of(*arguments: str, **keywords: str) -> dict[str, Any]:
    return {
        "target": "f",
        "receiver": None,
        "calls": [],
        "arguments": [["data", text] for text in arguments],
        "keywords": {name: ["data", text] for name, text in keywords.items()},
        "then": None,
    }


def arguments_of(case: dict[str, Any]) -> list[str]:
    return [source(item) for item in [*case["arguments"], *case["keywords"].values()]]


def test_one_argument_changes_at_a_time_and_the_case_itself_never() -> None:
    case = case_of("5", "'ab'")
    for other in neighbours(case, ()):
        assert sum(a != b for a, b in zip(arguments_of(other), ["5", "'ab'"], strict=False)) <= 1
    assert case == case_of("5", "'ab'")


def test_neighbours_hold_the_next_numbers_the_other_letters_and_the_constants() -> None:
    found = {tuple(arguments_of(other)) for other in neighbours(case_of("5", "'ab'"), (77, "key"))}
    assert {("6", "'ab'"), ("4", "'ab'"), ("77", "'ab'"), ("5", "'AB'"), ("5", "'key'"), ("5",)} <= found


def test_optional_arguments_are_left_out() -> None:
    found = [arguments_of(other) for other in neighbours(case_of("5", strict="True"), ())]
    assert ["5"] in found
    assert ["5", "False"] in found


def test_numbers_within_a_call_are_moved_too() -> None:
    case = case_of()
    case["arguments"] = [["text", "dt.timedelta(days=40, hours=-2)"]]
    found = {source(other["arguments"][0]) for other in moved(case, 10)}
    assert {"dt.timedelta(days=50, hours=-2)", "dt.timedelta(days=40, hours=-1)"} <= found


def test_lengths_are_moved() -> None:
    found = {source(other["arguments"][0]) for other in moved(case_of("[1, 2]"), 2)}
    assert found == {"[1, 2, 1, 2]", "[]", "[1, 2, 1]", "[1]"}


def test_each_literal_of_a_parameter_is_tried_in_the_first_case_that_gives_it_a_plain_value() -> None:
    stood_in = case_of("1", mode="'a'")
    stood_in["arguments"] = [["text", "FakeFunction(1)"]]
    parameters = [
        {"name": "text", "constants": ["'x'", "'y'"]},
        {"name": "mode", "constants": ["3"]},
        {"name": "other"},
    ]
    found = [arguments_of(other) for other in with_constants([stood_in, case_of("'t'")], parameters)]
    assert found == [["'x'"], ["'y'"], ["FakeFunction(1)", "3"]]


def test_every_place_of_a_text_is_swept_once() -> None:
    cases = [case_of("'a'", "1"), case_of("'b'", "2"), case_of("3", "'c'")]
    found = [arguments_of(other) for other in swept(cases, ["x", "y"])]
    assert found == [["'x'", "1"], ["'y'", "1"], ["3", "'x'"], ["3", "'y'"]]


def test_a_list_is_swept_by_its_first_text_and_a_text_of_parts_by_its_last() -> None:
    cases = [case_of("['a', 'b']"), case_of("['n=1', 2]"), case_of("['m=2']"), case_of("[3]")]
    found = [arguments_of(other) for other in swept(cases, ["x"])]
    assert found == [["['x', 'b']"], ["['n=x', 2]"]]
    assert [arguments_of(other) for other in swept([case_of("'k: v'")], ["x"])] == [["'x'"], ["'k: x'"]]


def test_words_are_given_to_options_that_a_case_leaves_out() -> None:
    found = [
        arguments_of(other) for other in with_words([case_of("1"), case_of("2", unit="'s'")], ["unit"], ["a", "b"])
    ]
    assert found == [["1", "'a'"], ["1", "'b'"]]


def test_plain_words_and_round_numbers_cost_less_to_read() -> None:
    def cost(text: str) -> int:
        return weight(["data", text])

    assert cost("'alice'") == cost("'hello world'") < cost("'a, b'") < cost("', , é'")
    assert cost("'a'") < cost("' a'")
    assert cost("2") < cost("7") < cost("1000") < cost("1234")


def test_time_passes_between_what_was_before_and_the_call() -> None:
    begun: dict[str, Any] = {**case_of(), "receiver": ["call", "Timer", [], {}], "calls": [["start", [], {}]]}
    given: dict[str, Any] = {**case_of(), "receiver": ["text", "descriptor"]}
    found = [case["calls"] for case in later([begun, given, case_of()], [("data", "1"), ("data", "90")])]
    assert found == [[["start", [], {}], ["clock:advance", [span], {}]] for span in (("data", "1"), ("data", "90"))]
    assert begun["calls"] == [["start", [], {}]]


def test_two_texts_are_swept_together_once_wherever_they_stand() -> None:
    machine: dict[str, Any] = {**case_of("'a'"), "receiver": ["call", "Machine", [["data", "'b'"]], {}]}
    again = {**machine, "arguments": [["data", "'c'"]]}
    found = [*swept_in_pairs([case_of("'a'"), machine, again], ["idle", "start", "stop"])]
    pairs = [(case["arguments"][0][1], case["receiver"][2][0][1]) for case in found]
    assert len(pairs) == len(set(pairs)) == 6
    assert ("'start'", "'idle'") in pairs


def test_a_state_is_given_to_the_object_where_its_method_takes_an_argument() -> None:
    fired: dict[str, Any] = {**case_of("5"), "receiver": ["call", "Machine", [["data", "1"]], {}]}
    asked: dict[str, Any] = {**case_of(), "receiver": ["call", "Machine", [], {}]}
    (made,) = with_options([fired, asked, case_of("5")], ["state"], ["name", "state"])
    assert made["receiver"] == ("call", "Machine", [["data", "1"]], {"state": ("data", "''")})
    assert made["arguments"] == [("data", "''")]
    (made,) = with_options([fired], ["state"], ["state"])
    assert made["receiver"] == ("call", "Machine", [], {"state": ("data", "''")})
