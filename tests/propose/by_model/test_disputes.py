"""Where a model and the code disagree: merged, ranked, shown by a program, and not blessed by a test."""

import dataclasses

import pytest
from tests.propose.by_model.facts import facts

from aitestgen.propose.by_model.disputes import Dispute, blesses, disputes_of, findings_of
from aitestgen.propose.by_model.recapture import Disagreement
from aitestgen.values import Candidate, Confidence, Finding, FindingKind

MODULE = '''
def half(number):
    """Half of it, rounded down; of a negative number ValueError is raised."""
    return number / 2


def bare(number):
    return number
'''
SUBJECT, EXPLORATION, _ = facts(MODULE, ["half", "bare"])
QUOTED = Disagreement(
    call="half(3)", setup=(), imports=(), claim="assert half(3) == 1", expected="1", observed="1.5",
    reason="it is rounded", quote="Half of it, rounded down",
)  # fmt: skip


def only(*heard: tuple[int, Disagreement]) -> Dispute:
    (found,) = disputes_of(heard, SUBJECT)
    return found


def finding(dispute: Dispute) -> Finding:
    (found,) = findings_of([dispute], EXPLORATION, SUBJECT)
    return found


@pytest.mark.parametrize(
    ("quote", "answers", "confirmed", "confidence"),
    [
        ("Half of it, rounded down", (1, 2), "yes", Confidence.HIGH),
        ('"half of it,  Rounded down;"', (1, 2), "", Confidence.MEDIUM),
        ("Half of it, rounded down", (1,), "yes", Confidence.MEDIUM),
        ("Half of it, rounded down", (1,), "", Confidence.LOW),
        ("Half of it, rounded up", (1, 2), "yes", Confidence.LOW),
        ("half", (1, 2), "yes", Confidence.LOW),
        ("", (1, 2), "yes", Confidence.LOW),
    ],
)
def test_confidence_needs_the_docstrings_own_words_and_to_be_told_twice(
    quote: str, answers: tuple[int, ...], confirmed: str, confidence: Confidence
) -> None:
    item = dataclasses.replace(QUOTED, quote=quote)
    dispute = dataclasses.replace(only(*((number, item) for number in answers)), confirmed=confirmed)
    assert finding(dispute).confidence is confidence


def test_answers_that_contradict_each_other_are_no_dispute() -> None:
    other = dataclasses.replace(QUOTED, expected="2", claim="assert half(3) == 2")
    assert disputes_of([(1, QUOTED), (2, other)], SUBJECT) == []


def test_what_is_no_target_is_no_dispute() -> None:
    assert disputes_of([(1, dataclasses.replace(QUOTED, call="len('a')"))], SUBJECT) == []


def test_a_finding_holds_the_reason_the_words_and_a_program() -> None:
    found = finding(only((1, QUOTED)))
    assert (found.kind, found.target_id, found.input) == (FindingKind.EXPECTATION, "half", "half(3)")
    assert (found.expected, found.observed, found.quote) == ("1", "1.5", "Half of it, rounded down")
    assert found.why == "a language model expected otherwise: it is rounded"
    assert found.reproducer == "from user_code import half\nassert half(3) == 1"


def test_no_target_floods_the_report() -> None:
    heard = [(1, dataclasses.replace(QUOTED, call=f"bare({n})", claim=f"assert bare({n}) == 0")) for n in range(50)]
    assert len(findings_of(disputes_of(heard, SUBJECT), EXPLORATION, SUBJECT)) == 3


def candidate(code: str) -> Candidate:
    return Candidate(id="a", target_id="half", name="test_half", code=code)


@pytest.mark.parametrize(
    ("body", "is_blessing"),
    [
        ("assert half(3) == 1.5", True),
        ("assert half( 3 )==1.5", True),
        ("assert half(5) == 2.5", False),
        ("assert half(3) > 1", False),
    ],
)
def test_a_test_blesses_what_it_states_as_right(body: str, is_blessing: bool) -> None:
    found = finding(only((1, QUOTED)))
    assert blesses(candidate(f"def test_half():\n    {body}\n"), found) is is_blessing


def test_a_test_blesses_an_exception_that_was_not_to_come() -> None:
    item = dataclasses.replace(QUOTED, call="half('a')", observed="raises TypeError: no halves of texts")
    code = "def test_half():\n    with pytest.raises(TypeError):\n        half('a')\n"
    assert blesses(candidate(code), finding(only((1, item))))
