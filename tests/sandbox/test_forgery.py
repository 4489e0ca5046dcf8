"""The tables in the document: how they are written, and what weaker judges are taken to say."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sandbox.forgery import ATTACKS, FAIL, NOT_ASKED, PASS, judged, oracle_says, question_of
from tests.sandbox.guest import WRONG, Guest
from tests.sandbox.guests_benign import BENIGN
from tests.sandbox.hostile import GUESTS, THEMES, Row
from tests.sandbox.matrix import write_between, write_matrix

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.values import Outcome, RunResult, TestOutcome, Verdict

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/sandbox.md"
NAME = "test_user_code.py::test_add"
END = {"ev": "end", "id": NAME, "outcome": "passed"}
SESSION = {"ev": "session", "status": 0}


def columns(verdict: Verdict, **more: object) -> tuple[str, ...]:
    row = judged("x", RunResult(verdict=verdict, **more))  # type: ignore[arg-type]  # a test's shorthand
    return row.exit_code, row.stdout, row.records, row.verdict


def test_every_attack_is_a_guest_and_in_the_document() -> None:
    known = {guest.name for guest in GUESTS}
    listed = DOCUMENT.read_text(encoding="utf-8")
    assert set(ATTACKS.values()) <= known
    assert [attack for attack in ATTACKS if f"| {attack} |" not in listed] == []


def test_an_early_exit_fools_only_the_exit_status() -> None:
    detail = "the process ended itself with status 0 before the program was done"
    assert columns(Verdict.INCOMPLETE, detail=detail) == (PASS, FAIL, FAIL, "`incomplete`")


def test_forged_records_fool_whoever_believes_them() -> None:
    wrong = columns(Verdict.FORGED, frames=(END, SESSION), output="1 failed")
    assert wrong == (PASS, FAIL, PASS, "`forged`")
    assert columns(Verdict.FORGED, output="1 passed in 0.1s") == (FAIL, PASS, FAIL, "`forged`")


def test_a_guest_that_hangs_fools_nobody() -> None:
    assert columns(Verdict.TIMED_OUT, frames=(END, SESSION))[0] == FAIL


def test_only_a_test_that_passed_fools_the_verdict() -> None:
    skipped, passed = (
        (TestOutcome(id=NAME, outcome=outcome, seconds=0),) for outcome in (Outcome.SKIPPED, Outcome.PASSED)
    )
    assert columns(Verdict.PASSED, outcomes=skipped)[3] == "`passed`, its test `skipped`"
    assert columns(Verdict.PASSED, outcomes=passed)[3] == f"{PASS}, `passed`"


def test_the_oracle_is_asked_for_the_call_of_the_test_alone() -> None:
    asked = question_of(WRONG)
    assert asked is not None
    assert asked.steps == (("ask", "add(1, 2)"),)
    assert [item.text for item in asked.expected] == ["int 4"]
    assert question_of("def test_add():\n    assert True\n") is None


@pytest.mark.jail
@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("answers that equal everything", FAIL),
        ("finds the expected value in the test", FAIL),
        ("flips one test that it knows by name", FAIL),
        ("`os._exit(0)` at import", NOT_ASKED),
    ],
)
def test_what_fools_the_verdict_does_not_fool_the_value_oracle(attack: str, said: str) -> None:
    guest = next(guest for guest in GUESTS if guest.name == ATTACKS[attack])
    assert asyncio.run(oracle_says(guest, BubblewrapSandbox())) == said


@pytest.mark.jail
def test_the_oracle_passes_what_is_right() -> None:
    assert asyncio.run(oracle_says(Guest(name="right", verdicts=(Verdict.PASSED,)), BubblewrapSandbox())) == PASS


def test_the_matrix_stands_between_its_markers_and_nothing_else_changes(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("before\n<!-- guests:begin -->\nold\n<!-- guests:end -->\nafter\n", encoding="utf-8")
    guest: Guest = next(iter(THEMES.values()))[0]
    write_matrix(document, [Row(guest=guest, backend="b", verdict="passed", seconds=0.123)])
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- guests:begin -->\n1 guests, with Python")
    assert f"| {guest.name} | `passed` 120 ms |" in text
    assert "\nold\n" not in text
    assert text.endswith("<!-- guests:end -->\nafter\n")


def test_the_matrix_of_another_backend_or_guest_stays(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("<!-- guests:begin -->\n<!-- guests:end -->\n", encoding="utf-8")
    first, second = next(iter(THEMES.values()))[:2]
    for guest, backend, verdict in ((first, "old", "passed"), (second, "old", "passed"), (second, "new", "failed")):
        write_matrix(document, [Row(guest=guest, backend=backend, verdict=verdict, seconds=0.1)])
    write_matrix(document, [Row(guest=second, backend="old", verdict="forged", seconds=0.1, wrong="told")])
    lines = document.read_text(encoding="utf-8").splitlines()
    assert f"| {first.name} | not run | `passed` 100 ms |" in lines
    assert f"| {second.name} | `failed` 100 ms | `forged` 100 ms (wrong) |" in lines


def test_the_matrix_counts_the_benign_guests_where_all_were_run(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("<!-- guests:begin -->\n<!-- guests:end -->\n", encoding="utf-8")
    rows = [Row(guest=guest, backend="b", verdict="passed", seconds=0.1) for guest in BENIGN]
    write_matrix(document, [*rows[:-1], replace(rows[-1], wrong="it failed")])
    assert f"| {len(BENIGN) - 1} of {len(BENIGN)} |" in document.read_text(encoding="utf-8")


def test_a_document_without_markers_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="guests:begin"):
        write_between(document, "guests", "x")
