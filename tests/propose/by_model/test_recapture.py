"""A proposal mended by what its steps came to, and what is kept of the model's opinion."""

from typing import Any

import pytest
from tests.propose.by_model.facts import facts

from aitestgen.propose.by_model.proposals import Proposal
from aitestgen.propose.by_model.recapture import Mended, mended, read_retold
from aitestgen.propose.by_model.reply_code import read_code
from aitestgen.propose.by_model.written import candidate_of

MODULE = '''
def half(number):
    """Half of it."""
    if number < 0:
        raise ValueError("too small")
    return number / 2


def crash(number):
    return [1][number]
'''
SUBJECT, _, KNOWN = facts(MODULE, ["half", "crash"])
HELD = {"came": "held"}
RAISE_LINE = 5


def raised(
    error: str, message: str = "", *, line: int = 0, within: bool = False, inside: bool = True
) -> dict[str, Any]:
    told = {"came": "raised", "error": error, "import": "", "message": message}
    return {**told, "line": line, "inside": inside, "within": within}


def proposal(body: str, head: str = "def test_half():") -> Proposal:
    found = read_code(f"{head}\n" + "".join(f"    {line}\n" for line in body.split("\n")), KNOWN).proposals
    return found[0]


def mend(body: str, *told: dict[str, Any], head: str = "def test_half():") -> Mended:
    one = proposal(body, head)
    steps = read_retold([{"ev": "retold", "number": 0, "steps": list(told)}], [one])
    return mended(one, steps[0], KNOWN)


def test_what_held_stays_as_it_is() -> None:
    found = mend("assert half(4) == 2", HELD)
    assert (found.lines, found.is_changed, found.disagreements) == (("assert half(4) == 2",), False, ())


def test_a_wrong_value_is_replaced_and_kept_as_a_disagreement() -> None:
    found = mend("assert half(4) == 3", {"came": "differs", "value": "2.0"})
    assert found.lines == ("assert half(4) == 2.0",)
    (one,) = found.disagreements
    assert (one.call, one.expected, one.observed, one.claim) == ("half(4)", "3", "2.0", "assert half(4) == 3")


@pytest.mark.parametrize(
    ("wanted", "given"), [("0.3333333", "0.3333333333333333"), ("pytest.approx(0.33333331)", "0.3333333333333333")]
)
def test_digits_of_a_float_are_no_disagreement(wanted: str, given: str) -> None:
    found = mend(f"assert half(2 / 3) == {wanted}", {"came": "differs", "value": given})
    assert found.lines == (f"assert half(2 / 3) == pytest.approx({given})",)
    assert found.disagreements == ()


def test_a_value_without_text_leaves_no_assertion() -> None:
    assert mend("assert half(4) == 3", {"came": "differs", "value": None}).dropped


def test_an_exception_that_the_code_raises_itself_is_expected_with_its_message() -> None:
    found = mend("assert half(-1) == 0", raised("ValueError", "too small", line=RAISE_LINE))
    assert found.lines == ("with pytest.raises(ValueError, match='^too small$'):\n    half(-1)",)
    assert found.disagreements[0].observed == "raises ValueError: too small"


def test_a_crash_is_not_blessed_but_told() -> None:
    found = mend("assert crash(5) == 0", raised("IndexError", "list index out of range", line=11))
    assert found.lines == ()
    assert found.disagreements[0].observed == "raises IndexError: list index out of range"


def test_what_the_test_itself_did_wrong_is_left_out_and_told_nobody() -> None:
    found = mend("x = half(4)\nassert x.real == 2\nassert x == 2", HELD, raised("AttributeError", inside=False), HELD)
    assert found.lines == ("x = half(4)", "assert x == 2")
    assert found.disagreements == ()


def test_another_exception_than_expected_is_a_disagreement() -> None:
    found = mend(
        "with pytest.raises(TypeError):\n    half(-1)", raised("ValueError", "too small", line=RAISE_LINE, within=True)
    )
    assert found.lines == ("with pytest.raises(ValueError, match='^too small$'):\n    half(-1)",)
    assert found.disagreements[0].expected == "raises TypeError"


def test_an_exception_that_did_not_come_becomes_the_value() -> None:
    found = mend("with pytest.raises(TypeError):\n    half(8)", {"came": "silent", "value": "4.0"})
    assert found.lines == ("assert half(8) == 4.0",)
    assert found.disagreements[0].claim.startswith("with pytest.raises(TypeError)")


def test_what_follows_the_last_check_is_left_out() -> None:
    assert mend("assert half(4) == 2\nhalf(3)\nx = 1", HELD, HELD, HELD).lines == ("assert half(4) == 2",)


def test_a_row_keeps_its_table_with_the_value_that_was_given() -> None:
    head = "@pytest.mark.parametrize('number, wanted', [(4, 3)])\ndef test_half(number, wanted):"
    found = mend("assert half(number) == wanted", HELD, HELD, {"came": "differs", "value": "2.0"}, head=head)
    assert (found.lines, found.row) == (("assert half(number) == wanted",), ("4", "2.0"))
    assert found.disagreements[0].call == "half(4)"


def test_a_changed_test_gets_a_name_of_what_it_says() -> None:
    item = candidate_of(mend("assert half(4) == 3", {"came": "differs", "value": "2.0"}), SUBJECT, KNOWN)
    assert item is not None
    assert item.name == "test_half_returns_2"


@pytest.mark.parametrize(
    "frame",
    [
        {"ev": "retold", "number": 1, "steps": [HELD]},
        {"ev": "retold", "number": 0, "steps": [HELD, HELD]},
        {"ev": "retold", "number": 0, "steps": [{"came": "passed"}]},
        {"ev": "retold", "number": True, "steps": [HELD]},
        {"ev": "retold", "number": 0, "steps": [{"came": "differs", "value": "x" * 5000}]},
        {"ev": "retold", "number": 0},
        {"ev": "answer", "number": 0, "steps": [HELD]},
    ],
)
def test_a_frame_that_does_not_fit_is_not_believed(frame: dict[str, Any]) -> None:
    assert read_retold([frame], [proposal("assert half(4) == 2")]) == {}
