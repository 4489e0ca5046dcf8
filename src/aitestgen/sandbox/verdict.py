"""From what came out of a jail to a verdict. Pure: no clock, no I/O; stdout is never looked at.

What the host, the kernel and pid 1 saw comes first; what the guest said of itself counts only where it is complete,
in order and free of contradiction.
"""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aitestgen.sandbox.cgroups import Usage
from aitestgen.sandbox.records import Impossible, Session, read_session
from aitestgen.values import Outcome, Run, RunResult, TestOutcome, Verdict

STOPPED = {
    "timed_out": (Verdict.TIMED_OUT, "over the limit of wall-clock time"),
    "output_limit": (Verdict.OUTPUT_LIMIT, "printed several times what is kept"),
    "disk_full": (Verdict.OUTPUT_LIMIT, "wrote more to its temporary folder than it may"),
    "out_of_memory": (Verdict.OUT_OF_MEMORY, "over the limit of memory"),
    "process_limit": (Verdict.PROCESS_LIMIT, "over the limit of processes and threads"),
    "too_many_frames": (Verdict.OUTPUT_LIMIT, "sent more messages than a guest program may"),
    "frame_too_long": (Verdict.OUTPUT_LIMIT, "sent a longer message than a guest program may"),
    "malformed": (Verdict.FORGED, "sent what no guest program sends"),
}
EXHAUSTED = {"memory": "out_of_memory", "processes": "process_limit"}
CANARIES = (("failed", "failed"), ("passed", "passed"))
RAISED = {"MemoryError": "out_of_memory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a jail ended, as seen from outside the guest.

    `stopped` is why the host ended it, `record` pid 1's last word, `usage` what the control group counted.
    """

    began: bool = False
    frames: tuple[Mapping[str, Any], ...] = ()
    record: Mapping[str, Any] | None = None
    stopped: str | None = None
    usage: Usage | None = None
    seconds: float = 0.0

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel had to kill for memory."""
        return self.usage is not None and self.usage.out_of_memory

    @property
    def limit(self) -> str | None:
        """The limit that ended the run, best explanation first."""
        if self.out_of_memory:
            return "out_of_memory"
        if self.usage is not None and self.usage.out_of_processes:
            return "process_limit"
        return self.stopped or (self.record or {}).get("stopped")


def judge(run: Run, ending: Ending) -> RunResult:
    """The result of a run, but for its output and its backend."""
    verdict, outcomes, detail = verdict_of(run, ending)
    said = ending.record or {}
    return RunResult(
        verdict=verdict,
        outcomes=outcomes,
        frames=ending.frames,
        seconds=ending.seconds,
        cpu_seconds=ending.usage.cpu_seconds if ending.usage else said.get("cpu_seconds", 0.0),
        peak_bytes=ending.usage.peak_bytes if ending.usage else said.get("peak_bytes", 0),
        detail=detail,
    )


def verdict_of(run: Run, ending: Ending) -> tuple[Verdict, tuple[TestOutcome, ...], str]:
    """The verdict, what each test did as far as it is known, and why in one sentence."""
    if run.program != "run_tests":
        verdict, detail = _of_limits(ending) or _of_exit(ending) or (Verdict.PASSED, "")
        return verdict, (), detail
    try:
        session = read_session(ending.frames)
    except Impossible as error:
        verdict, detail = _of_limits(ending) or (Verdict.FORGED, str(error))
        return verdict, (), detail
    seen = _of_limits(ending) or _of_exhaustion(session) or _of_exit(ending)
    verdict, detail = seen or _of_session(session, run)
    return verdict, session.outcomes, detail


def _of_limits(ending: Ending) -> tuple[Verdict, str] | None:
    return STOPPED[ending.limit] if ending.limit is not None else None


def _of_exhaustion(session: Session) -> tuple[Verdict, str] | None:
    """A test that failed for want of memory or processes where no control group counts them."""
    for what, limit in EXHAUSTED.items():
        if what in session.exhausted:
            return STOPPED[limit]
    return None


def _of_exit(ending: Ending) -> tuple[Verdict, str] | None:
    """None where the program returned and its process then ended as it should."""
    record = ending.record
    if record is None or record.get("status") is None:
        return Verdict.CRASHED, "the jail ended without a last word"
    status = int(record["status"])
    if status < 0:
        return Verdict.CRASHED, f"ended by {_signal_name(-status)}"
    if "returned" not in record:
        return Verdict.INCOMPLETE, f"the process ended itself with status {status} before the program was done"
    if not record["returned"]:
        error = record.get("error") or {}
        if limit := RAISED.get(str(error.get("type"))):
            return STOPPED[limit]
        return Verdict.ERRORED, str(error.get("text", ""))
    return None if status == 0 else (Verdict.INCOMPLETE, f"the process ended with status {status}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _of_session(session: Session, run: Run) -> tuple[Verdict, str]:
    """What a session that ran to its end shows."""
    if session.tampered:
        return Verdict.FORGED, f"{session.tampered} was altered"
    if session.collect_errors:
        return Verdict.NOT_COLLECTED, session.collect_errors[0]
    if not session.collected:
        return Verdict.NOT_COLLECTED, "no test was found"
    if run.expected is not None and (wrong := _unexpected(session.collected, frozenset(run.expected))) is not None:
        return wrong
    if session.unfinished:
        return Verdict.INCOMPLETE, f"{session.unfinished} did not report the end of its call"
    return _of_outcomes(session, len(run.job.get("falsified", ())))


def _unexpected(collected: tuple[str, ...], expected: frozenset[str]) -> tuple[Verdict, str] | None:
    there = {name.split("[", 1)[0] for name in collected}
    if there - expected:
        return Verdict.FORGED, f"{min(there - expected)} was reported, but is not in the file"
    if expected - there:
        return Verdict.NOT_COLLECTED, f"{min(expected - there)} was not collected"
    return None


def _of_outcomes(session: Session, falsified: int) -> tuple[Verdict, str]:
    """Whether canaries, outcomes and pytest's own exit status tell the same story."""
    if session.unknown is not None:
        return Verdict.FORGED, f"{session.unknown} was never collected"
    if session.canary_outcomes != (*(CANARIES[:1] * falsified), *CANARIES):
        return Verdict.FORGED, "a canary test did not come out as it must"
    bad = [outcome for outcome in session.outcomes if outcome.outcome in {Outcome.FAILED, Outcome.ERROR}]
    if session.status != (1 if bad else 0):
        return Verdict.FORGED, f"pytest's exit status {session.status} contradicts its reports"
    if not bad:
        return Verdict.PASSED, ""
    failed = [outcome.id for outcome in bad if outcome.outcome is Outcome.FAILED]
    return (Verdict.FAILED, failed[0]) if failed else (Verdict.ERRORED, bad[0].id)
