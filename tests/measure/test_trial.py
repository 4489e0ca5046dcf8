"""A trial's time limit is that of its untraced runs: tracing never uses it up, and no hang lasts longer for it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import anyio
import anyio.lowlevel
import pytest

from aitestgen.cores import usable_cores
from aitestgen.measure.test_runs import TRACING_FACTOR, untraced
from aitestgen.measure.test_runs import test_run as run_of_tests
from aitestgen.measure.trial import try_out
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.seams import OnFrame
from aitestgen.testing import FixedSandbox
from aitestgen.values import Limits, Outcome, Run, RunResult, SourceFile, TestOutcome, Verdict

LIMITS = Limits(wall_seconds=2.0, cpu_cores=1.0)
RUN = run_of_tests(SourceFile(text="", module="m"), own_interpreter(), "test_m.py", "def test_a(): ...\n", LIMITS)


class Slow:
    """A sandbox in which traced runs never end by themselves, if they are said to hang; untraced ones end at once."""

    def __init__(self, untraced: Verdict, *, hangs: bool) -> None:
        self.untraced = RunResult(verdict=untraced, cpu_seconds=2.0)
        self.hangs = hangs
        self.limits: list[tuple[bool, float]] = []
        self.cancelled = False

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002  # the seam's
        traced = bool(run.job["trace"])
        self.limits.append((traced, run.limits.wall_seconds))
        if not traced:
            return self.untraced
        try:
            if self.hangs:
                await anyio.sleep_forever()
        finally:
            self.cancelled = self.hangs
        return RunResult(verdict=Verdict.PASSED)


def test_traced_run_has_its_own_time_and_untraced_ones_the_plain_limit() -> None:
    sandbox = Slow(Verdict.PASSED, hangs=False)
    trial = anyio.run(try_out, sandbox, RUN, (), (1, 2))
    assert trial.first.verdict is Verdict.PASSED
    assert sorted(sandbox.limits) == [(False, 2.0), (False, 2.0), (True, 2.0 * TRACING_FACTOR)]


def test_trial_ends_with_the_untraced_run_that_is_over_the_limit() -> None:
    sandbox = Slow(Verdict.TIMED_OUT, hangs=True)
    trial = anyio.run(try_out, sandbox, RUN, (), (1,))
    assert trial.first.verdict is Verdict.TIMED_OUT
    assert sandbox.cancelled


class Crowded:
    """A sandbox that cuts runs within the plain limit for want of a processor; with more time those that end pass."""

    def __init__(self, *, hangs: bool) -> None:
        self.hangs = hangs
        self.running = 0
        self.repeated_beside: list[int] = []

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002  # the seam's
        self.running += 1
        try:
            await anyio.lowlevel.checkpoint()
            if run.job["trace"]:
                return RunResult(verdict=Verdict.PASSED)
            if run.limits.wall_seconds == LIMITS.wall_seconds:
                return RunResult(verdict=Verdict.TIMED_OUT, cpu_seconds=0.4)
            self.repeated_beside.append(self.running - 1)
            return RunResult(verdict=Verdict.TIMED_OUT if self.hangs else Verdict.PASSED)
        finally:
            self.running -= 1


@pytest.mark.parametrize("hangs", [True, False])
def test_a_run_that_had_no_processor_is_repeated_once_and_alone(hangs: bool) -> None:
    sandbox = Crowded(hangs=hangs)
    trial = anyio.run(try_out, sandbox, untraced(RUN), (), (1, 2))
    assert sandbox.repeated_beside == [0, 0, 0]
    assert trial.first.verdict is (Verdict.TIMED_OUT if hangs else Verdict.PASSED)


@contextmanager
def crowd() -> Iterator[Callable[[], None]]:
    """More processes that compute than this machine has cores for; the function ends them, and so does the exit."""
    command = [sys.executable, "-c", "import time; end = time.monotonic() + 60\nwhile time.monotonic() < end: pass"]
    with ExitStack() as stack:
        for _ in range(10 * usable_cores()):
            one = stack.enter_context(subprocess.Popen(command, start_new_session=True))
            stack.callback(one.kill)
        yield stack.close


class UntilCut:
    """A real jail on a machine that is busy until a run was cut."""

    def __init__(self, quiet: Callable[[], None]) -> None:
        self.jail = BubblewrapSandbox()
        self.quiet = quiet
        self.verdicts: list[Verdict] = []

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        result = await self.jail.run(run, on_frame)
        self.verdicts.append(result.verdict)
        if result.verdict is Verdict.TIMED_OUT:
            self.quiet()
        return result


@pytest.mark.jail
def test_a_test_that_only_a_busy_machine_cut_is_stable_all_the_same() -> None:
    text = (
        "import time\n\ndef test_a():\n    end = time.process_time() + 1.0\n    while time.process_time() < end: pass\n"
    )
    limits = Limits(wall_seconds=4.0, cpu_cores=1.0)
    run = run_of_tests(SourceFile(text="", module="m"), own_interpreter(), "test_m.py", text, limits)
    with crowd() as quiet:
        sandbox = UntilCut(quiet)
        trial = anyio.run(try_out, sandbox, untraced(run), (("test_a", ("a",)),), ())
    assert sandbox.verdicts == [Verdict.TIMED_OUT, Verdict.PASSED]
    assert trial.stable == ("test_m.py::test_a",)


def test_expected_failure_is_green_for_an_existing_test_and_not_for_one_of_ours() -> None:
    names = ("test_m.py::test_old", "test_m.py::test_new")
    outcomes = tuple(TestOutcome(id=name, outcome=Outcome.XFAILED, seconds=0.0) for name in names)
    frames = ({"ev": "collected", "ids": [*names]},)
    sandbox = FixedSandbox(RunResult(verdict=Verdict.PASSED, outcomes=outcomes, frames=frames))
    trial = anyio.run(try_out, sandbox, RUN, (("test_new", ("new",)),), (1,))
    assert trial.stable == ("test_m.py::test_old",)
    assert trial.rejected.keys() == {"test_m.py::test_new"}
