"""What is asked, in which order, and when the asking ends: a conversation without a model and without a jail."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from tests.propose.by_model.answers import cases, code, verdicts
from tests.propose.by_model.facts import facts

from aitestgen.propose.by_model.dialogue import Ask, Progress, Question, Steps, Try, confirmed, dialogue, promising
from aitestgen.propose.by_model.disputes import Dispute
from aitestgen.propose.by_model.excerpts import excerpt, fitting, outline, tokens_in
from aitestgen.propose.by_model.prompts import CODE_TOKENS, Brief, reach
from aitestgen.propose.by_model.recapture import Disagreement
from aitestgen.propose.by_search.observed import Place

MODULE = '''
"""A module."""
import math


def area(radius):
    """The area of a circle; a negative radius raises ValueError."""
    if radius < 0:
        raise ValueError("negative")
    return math.pi * radius ** 2


class Door:
    def __init__(self, word):
        self.word = word

    def opens(self, word):
        if word == self.word:
            return True
        return False
'''
SUBJECT, _, KNOWN = facts(MODULE, ["area", "Door"], {"math": "import math"})
BRIEF = Brief(
    subject=SUBJECT,
    imports="import pytest\nfrom user_code import Door, area",
    examples=("def test_door():\n    door = Door('a')\n    assert door.opens('a') is True",),
)
MISSING = Progress(
    lines=frozenset({9}), arcs=frozenset({(18, 20)}), survivors={1: Place(id=1, line=10, before="2", after="3")}
)
NONE_MISSING = Progress(lines=frozenset(), arcs=frozenset(), survivors={})
A_TEST = code("def test_area():\n    assert area(1) > 3")
A_CASE = cases({"call": "area(1)", "returns": "3"})


def paying(now: Progress, paid: int) -> Progress:
    return Progress(lines=now.lines, arcs=now.arcs, survivors=now.survivors, disputes=now.disputes, paid=paid)


def asked(start: Progress, replies: Mapping[str, str], progress: Sequence[Progress] = ()) -> list[Ask]:
    """All questions, where each answer is the one of its kind, and each trial comes out as the next of `progress`."""
    found: list[Ask] = []
    coming = iter(progress)
    steps: Steps = dialogue(BRIEF, KNOWN, start, lambda *_: None)
    try:
        step = next(steps)
        while True:
            if isinstance(step, Ask):
                found.append(step)
                step = steps.send(replies.get(step.question, "nothing"))
            else:
                assert isinstance(step, Try)
                step = steps.send(next(coming, paying(start, 0)))
    except StopIteration:
        return found


def kinds(questions: Sequence[Ask]) -> list[Question]:
    return [one.question for one in questions]


def test_what_is_promised_is_asked_even_where_all_is_covered() -> None:
    assert kinds(asked(NONE_MISSING, {})) == [Question.SCENARIOS]


def test_calls_that_pay_nothing_twice_end_the_asking() -> None:
    found = kinds(asked(MISSING, {"tests": A_TEST, "scenarios": A_CASE}))
    assert found == [Question.SCENARIOS, Question.TESTS, Question.TESTS]


def test_as_long_as_it_pays_it_goes_on_to_branches_and_mutants() -> None:
    replies = {"tests": A_TEST, "scenarios": A_CASE, "reach": A_TEST, "kill": A_TEST}
    found = kinds(asked(MISSING, replies, [paying(MISSING, 1)] * 20))
    assert found == ["scenarios", "scenarios", "tests", "tests", "tests", "reach", "reach", "kill", "kill"]


def test_when_all_is_had_no_more_is_asked() -> None:
    found = kinds(asked(MISSING, {"scenarios": A_CASE, "tests": A_TEST}, [paying(MISSING, 1), NONE_MISSING]))
    assert found == [Question.SCENARIOS, Question.SCENARIOS]


def test_what_no_rule_could_save_goes_back_once_with_the_reason() -> None:
    failing = Progress(
        lines=frozenset({9}),
        arcs=frozenset(),
        survivors={},
        paid=1,
        failures=(("def test_bad(): ...", "no such name"),),
    )
    found = asked(MISSING, {"tests": A_TEST, "scenarios": A_CASE, "reach": A_TEST}, [failing] * 20)
    repairs = [one for one in found if one.question is Question.REPAIR]
    assert len(repairs) == 1
    assert "no such name" in repairs[0].prompt.user


def test_quoted_disputes_are_asked_about_once_more_without_the_expectation() -> None:
    disagreement = Disagreement(
        call="area(-1)", setup=(), imports=(), claim="assert area(-1) == 99", expected="99", observed="3.14"
    )
    dispute = Dispute(
        target=SUBJECT.targets[0],
        disagreement=disagreement,
        answers=frozenset({1}),
        quoted="a negative radius raises ValueError",
    )
    heard: list[tuple[Dispute, str]] = []
    disputed = Progress(lines=frozenset(), arcs=frozenset(), survivors={}, disputes=(dispute,))
    steps = dialogue(BRIEF, KNOWN, disputed, lambda *said: heard.append(said))
    assert isinstance(step := next(steps), Ask)
    assert step.question is Question.SCENARIOS
    assert isinstance(step := steps.send("nothing"), Ask)
    assert step.question is Question.DOUBT
    assert "a negative radius raises ValueError" in step.prompt.user
    assert "`area(-1)` gave `3.14`" in step.prompt.user
    assert "99" not in step.prompt.user
    with pytest.raises(StopIteration):
        steps.send(verdicts(1))
    assert heard == [(dispute, "the docstring says otherwise")]


@pytest.mark.parametrize(
    "reply", ["", "{}", '{"verdicts": [{"number": 7, "contradicts": true}]}', verdicts().replace("[]", "[1]")]
)
def test_verdicts_that_are_none_confirm_nothing(reply: str) -> None:
    assert confirmed(reply, 2) == {}


def test_functions_with_words_are_promising_and_others_are_not() -> None:
    assert [one.id for one in promising(SUBJECT.targets)] == ["area"]


# -- prompts -------------------------------------------------------------------------------------------------------
def prompt_for(question: Question) -> str:
    replies = {"tests": A_TEST, "scenarios": A_CASE, "reach": A_TEST, "kill": A_TEST}
    found = asked(MISSING, replies, [paying(MISSING, 1)] * 20)
    return next(one.prompt.user for one in found if one.question is question)


def test_what_is_promised_is_asked_about_without_what_the_code_does() -> None:
    text = prompt_for(Question.SCENARIOS)
    assert '"""The area of a circle; a negative radius raises ValueError."""\n    ...\n' in text
    assert "self.word = word" in text
    assert "def opens(self, word):\n        ...\n" in text
    for hidden in ("math.pi", "raise ValueError", "return True"):
        assert hidden not in text


def test_an_outline_that_is_too_long_keeps_the_docstrings_of_what_is_asked_about() -> None:
    others = "".join(f'def other_{n}(x):\n    """Says {n} and more."""\n    return {n}\n\n\n' for n in range(80))
    one_line = "def short(x): return x\n\n\n"
    subject, _, _ = facts(MODULE + others + one_line, ["area", "Door"])
    target = next(one for one in subject.targets if one.id == "other_3")
    text = outline(subject, (target,), tokens=tokens_in(MODULE + others) - 600)
    assert "Says 3 and more." in text
    assert "Says 4 and more." not in text
    assert "def other_4(x):\n    ...\n" in text
    assert "def short(x): return x" in text
    assert tokens_in(outline(subject, (target,), tokens=100)) <= 105


def test_whole_tests_are_asked_for_with_the_contract_and_numbers_on_the_lines_that_matter() -> None:
    text = prompt_for(Question.TESTS)
    assert "import pytest\nfrom user_code import Door, area\n" in text
    assert "do NOT repeat or redefine the module's code. At most 10 test functions" in text
    assert 'raise ValueError("negative")  # line 9: no test runs this' in text
    assert text.count("# line") == 1


def test_a_branch_is_asked_for_by_its_ends_with_a_test_that_shows_how_objects_are_built() -> None:
    replies = {"tests": A_TEST, "scenarios": A_CASE, "reach": A_TEST}
    only = Progress(lines=frozenset(), arcs=frozenset({(18, 20)}), survivors={}, paid=1)
    (one, *_) = [one for one in asked(only, replies, [only] * 9) if one.question is Question.REACH]
    assert "In Door.opens no test goes from line 18 to line 20." in one.prompt.user
    assert "door = Door('a')" in one.prompt.user


def test_a_mutant_is_asked_for_by_what_it_changes() -> None:
    assert "- line 10: `2` changed to `3`" in prompt_for(Question.KILL)


def test_what_was_tried_before_is_told_the_latest_first_and_once() -> None:
    more = code("def test_more():\n    radius = 7\n    assert area(2) > 3\n    assert area(radius) > 3")
    replies = {"tests": A_TEST, "scenarios": A_CASE, "reach": more, "kill": A_TEST}
    found = asked(MISSING, replies, [paying(MISSING, 1)] * 20)
    (one, *_) = [one.prompt.user for one in found if one.question is Question.KILL]
    assert "Tried already, and not enough:\n- `area(2)`\n- `area(1)`\nWrite 1 to 3 short pytest tests" in one


def test_of_what_nothing_calls_yet_nothing_is_told_as_tried() -> None:
    brief = replace(BRIEF, examples=(), tried=("assert area(radius) > 3",))
    target = next(one for one in SUBJECT.targets if one.id == "area")
    assert "Tried" not in reach(brief, target, {9}, ()).user
    door = next(one for one in SUBJECT.targets if one.id == "Door.opens")
    assert "- `door.opens('a')`" in reach(BRIEF, door, {18}, ()).user


def test_samples_differ_in_seed_and_temperature() -> None:
    found = asked(MISSING, {"tests": A_TEST, "scenarios": A_CASE})
    first, second = [one.prompt for one in found if one.question is Question.TESTS]
    assert (first.temperature, second.temperature) == (0.2, 0.8)
    assert first.seed != second.seed


def test_a_long_module_is_cut_to_what_is_asked_about_within_the_budget() -> None:
    filler = "".join(f"def other_{n}(x):\n    y = x + {n}\n    return y * {n}\n\n\n" for n in range(600))
    subject, _, _ = facts(MODULE + filler, ["area", "Door"])
    target = next(one for one in subject.targets if one.id == "other_3")
    text = excerpt(subject, (target,), frozenset(), tokens=CODE_TOKENS, mark="")
    assert tokens_in(text) <= CODE_TOKENS + 5
    assert "return y * 3" in text
    assert "return y * 4" not in text
    assert "def other_4(x):" in text


def test_a_text_is_cut_at_a_line() -> None:
    assert fitting("one\ntwo\nthree", 2) == "one\n..."
