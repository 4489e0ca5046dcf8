"""Verdicts from what came out of a jail, without one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitestgen.sandbox.cgroups import Usage
from aitestgen.sandbox.verdict import Ending, judge
from aitestgen.values import Interpreter, Outcome, Run, Verdict

A, B = "t.py::test_a", "t.py::test_b[1]"
PYTHON = Interpreter(executable=Path("/python"), version=(3, 11), folders=(), path=())
FINE: Mapping[str, Any] = {"stopped": None, "status": 0, "returned": True, "error": {}}


def run_of(program: str = "run_tests", expected: tuple[str, ...] | None = None) -> Run:
    return Run(program=program, job={}, interpreter=PYTHON, expected=expected)


def one_test(name: str, outcome: str = "passed", **more: Any) -> list[dict[str, Any]]:
    end = {"ev": "end", "id": name, "outcome": outcome, "seconds": 0.5, "message": ""} | more
    return [{"ev": "start", "id": name}, end]


def canary(name: str, want: str, got: str) -> list[dict[str, Any]]:
    return [*one_test(name, got), {"ev": "canary", "id": name, "want": want}]


COLLECTED = {"ev": "collected", "ids": [A, B]}
CANARIES = [*canary("t.py::test_1", "failed", "failed"), *canary("t.py::test_2", "passed", "passed")]
PASSED = [COLLECTED, *one_test(A), *CANARIES, *one_test(B), {"ev": "session", "status": 0}]


def ending(frames: list[dict[str, Any]] = PASSED, **more: Any) -> Ending:
    return Ending(**({"began": True, "frames": tuple(frames), "record": FINE} | more))


def verdict(frames: list[dict[str, Any]] = PASSED, expected: tuple[str, ...] | None = None, **more: Any) -> Verdict:
    return judge(run_of(expected=expected), ending(frames, **more)).verdict


def test_complete_records_in_order_pass_and_canaries_are_no_outcomes() -> None:
    result = judge(run_of(expected=(A, "t.py::test_b")), ending())
    assert result.verdict is Verdict.PASSED
    assert [(outcome.id, outcome.outcome) for outcome in result.outcomes] == [(A, Outcome.PASSED), (B, Outcome.PASSED)]


def test_arcs_belong_to_their_test() -> None:
    arcs = {"ev": "arcs", "id": A, "arcs": [[1, 2], [-1, 1]]}
    result = judge(run_of(), ending([*PASSED[:3], arcs, *PASSED[3:]]))
    assert result.outcomes[0].arcs == {(1, 2), (-1, 1)}


@pytest.mark.parametrize("at", range(len(PASSED)))
def test_a_missing_record_never_passes(at: int) -> None:
    assert verdict(PASSED[:at] + PASSED[at + 1 :]) in {Verdict.FORGED, Verdict.INCOMPLETE}


@pytest.mark.parametrize("at", range(len(PASSED)))
def test_a_doubled_record_is_forged(at: int) -> None:
    assert verdict(PASSED[: at + 1] + PASSED[at:]) is Verdict.FORGED


@pytest.mark.parametrize("at", range(len(PASSED) - 1))
def test_two_records_exchanged_never_pass_unless_they_are_whole_tests(at: int) -> None:
    swapped = [*PASSED[:at], PASSED[at + 1], PASSED[at], *PASSED[at + 2 :]]
    assert verdict(swapped) is not Verdict.PASSED


@pytest.mark.parametrize(
    "frame",
    [
        {"ev": "end"},
        {"ev": "unknown"},
        {},
        {"ev": "start", "id": 7},
        {"ev": "collected", "ids": 7},
        {"ev": "arcs", "id": A, "arcs": [[1]]},
        {"ev": "arcs", "id": A, "arcs": [[1, "2"]]},
        {"ev": "arcs", "id": "t.py::test_z", "arcs": []},
        {"ev": "session", "status": True},
        {"ev": "end", "id": A, "outcome": "great", "seconds": 0, "message": ""},
        {"ev": "arcs", "id": A, "arcs": [[1, 10**3000]]},
        {"ev": "tampered", "what": "pytest"},
        {"ev": "canary", "id": A, "want": "passed"},
    ],
)
def test_a_record_that_cannot_be_is_forged(frame: dict[str, Any]) -> None:
    assert verdict([*PASSED[:-1], frame, PASSED[-1]]) is Verdict.FORGED


@pytest.mark.parametrize("seconds", [10**400, float("nan"), float("inf"), -1, "1", True, None])
def test_a_time_that_cannot_be_is_forged(seconds: object) -> None:
    assert verdict([COLLECTED, *one_test(A, seconds=seconds), *CANARIES, *one_test(B), PASSED[-1]]) is Verdict.FORGED


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([A, B, "passed"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["ids", "id", "text", "outcome", "seconds", "message", "arcs", "want", "what", "status", "exhausted"]
)


@given(
    at=st.integers(0, len(PASSED)),
    kind=st.sampled_from([frame["ev"] for frame in PASSED]) | VALUES,
    fields=st.dictionaries(NAMES, VALUES, max_size=5),
    error=st.dictionaries(st.sampled_from(["type", "text"]), VALUES),
)
def test_whatever_a_guest_says_is_a_verdict(
    at: int, kind: object, fields: dict[str, Any], error: dict[str, Any]
) -> None:
    frames = [*PASSED[:at], {"ev": kind, **fields}, *PASSED[at + 1 :]]
    assert verdict(frames) in Verdict
    assert verdict(frames, record={"status": 0, "returned": False, "error": error}) in Verdict


def test_a_canary_that_passed_where_it_must_fail_is_forged() -> None:
    lying = [*canary("t.py::test_1", "failed", "passed"), *canary("t.py::test_2", "passed", "passed")]
    assert verdict([COLLECTED, *one_test(A), *lying, *one_test(B), PASSED[-1]]) is Verdict.FORGED


@pytest.mark.parametrize(
    ("outcome", "status", "wanted"),
    [
        ("failed", 1, Verdict.FAILED),
        ("error", 1, Verdict.ERRORED),
        ("failed", 0, Verdict.FORGED),
        ("passed", 1, Verdict.FORGED),
        ("skipped", 0, Verdict.PASSED),
        ("xfailed", 0, Verdict.PASSED),
        ("incomplete", 0, Verdict.INCOMPLETE),
    ],
)
def test_outcomes_and_exit_status_must_agree(outcome: str, status: int, wanted: Verdict) -> None:
    frames = [COLLECTED, *one_test(A), *CANARIES, *one_test(B, outcome), {"ev": "session", "status": status}]
    assert verdict(frames) is wanted


@pytest.mark.parametrize(
    ("expected", "wanted"),
    [((A,), Verdict.FORGED), ((A, "t.py::test_b", "t.py::test_c"), Verdict.NOT_COLLECTED), ((), Verdict.FORGED)],
)
def test_other_tests_than_expected_never_pass(expected: tuple[str, ...], wanted: Verdict) -> None:
    assert verdict(expected=expected) is wanted


def test_a_collection_error_is_not_collected() -> None:
    error = {"ev": "collect_error", "id": "t.py", "text": "NameError"}
    frames = [error, {"ev": "collected", "ids": []}, {"ev": "session", "status": 2}]
    result = judge(run_of(expected=(A,)), ending(frames))
    assert (result.verdict, result.detail) == (Verdict.NOT_COLLECTED, "t.py: NameError")


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (None, Verdict.CRASHED),
        ({"stopped": None, "status": -11}, Verdict.CRASHED),
        ({"stopped": None, "status": 0}, Verdict.INCOMPLETE),
        ({"stopped": None, "status": 3, "returned": True, "error": {}}, Verdict.INCOMPLETE),
        ({"stopped": None, "status": 0, "returned": False, "error": {"type": "OSError"}}, Verdict.ERRORED),
        ({"stopped": None, "status": 0, "returned": False, "error": {"type": []}}, Verdict.ERRORED),
        ({"stopped": None, "status": 0, "returned": False, "error": {"type": "MemoryError"}}, Verdict.OUT_OF_MEMORY),
        ({"stopped": "timed_out", "status": None}, Verdict.TIMED_OUT),
        ({"stopped": "malformed", "status": None}, Verdict.FORGED),
        ({"stopped": "too_many_frames", "status": None}, Verdict.OUTPUT_LIMIT),
        ({"stopped": "frame_too_long", "status": None}, Verdict.OUTPUT_LIMIT),
        ({"stopped": "process_limit", "status": None}, Verdict.PROCESS_LIMIT),
    ],
)
def test_how_the_process_ended_outweighs_what_it_said(record: Mapping[str, Any] | None, wanted: Verdict) -> None:
    assert verdict(record=record) is wanted


@pytest.mark.parametrize(
    ("memory", "processes", "wanted"),
    [(True, True, Verdict.OUT_OF_MEMORY), (False, True, Verdict.PROCESS_LIMIT), (False, False, Verdict.PASSED)],
)
def test_what_the_control_group_counted_comes_first(memory: bool, processes: bool, wanted: Verdict) -> None:
    usage = Usage(cpu_seconds=1.5, peak_bytes=7, out_of_memory=memory, out_of_processes=processes)
    result = judge(run_of(), ending(usage=usage))
    assert (result.verdict, result.cpu_seconds, result.peak_bytes) == (wanted, 1.5, 7)


@pytest.mark.parametrize(("what", "wanted"), [("memory", Verdict.OUT_OF_MEMORY), ("processes", Verdict.PROCESS_LIMIT)])
def test_a_test_that_failed_for_want_of_something_says_so(what: str, wanted: Verdict) -> None:
    frames = [
        COLLECTED,
        *one_test(A, "failed", exhausted=what),
        *CANARIES,
        *one_test(B),
        {"ev": "session", "status": 1},
    ]
    assert verdict(frames) is wanted


def test_another_program_passes_when_it_returned() -> None:
    assert judge(run_of("explore"), ending([{"ev": "case"}])).verdict is Verdict.PASSED
    assert judge(run_of("explore"), ending([], record={"status": 0})).verdict is Verdict.INCOMPLETE
