"""A trial's time limit is that of its untraced runs: tracing never uses it up, and no hang lasts longer for it."""

import anyio

from aitestgen.measure.test_runs import TRACING_FACTOR
from aitestgen.measure.test_runs import test_run as run_of_tests
from aitestgen.measure.trial import try_out
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.seams import OnFrame
from aitestgen.testing import FixedSandbox
from aitestgen.values import Limits, Outcome, Run, RunResult, SourceFile, TestOutcome, Verdict

LIMITS = Limits(wall_seconds=2.0)
RUN = run_of_tests(SourceFile(text="", module="m"), own_interpreter(), "test_m.py", "def test_a(): ...\n", LIMITS)


class Slow:
    """A sandbox in which traced runs never end by themselves, if they are said to hang; untraced ones end at once."""

    def __init__(self, untraced: Verdict, *, hangs: bool) -> None:
        self.untraced = untraced
        self.hangs = hangs
        self.limits: list[tuple[bool, float]] = []
        self.cancelled = False

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002  # the seam's
        traced = bool(run.job["trace"])
        self.limits.append((traced, run.limits.wall_seconds))
        if not traced:
            return RunResult(verdict=self.untraced)
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


def test_expected_failure_is_green_for_an_existing_test_and_not_for_one_of_ours() -> None:
    names = ("test_m.py::test_old", "test_m.py::test_new")
    outcomes = tuple(TestOutcome(id=name, outcome=Outcome.XFAILED, seconds=0.0) for name in names)
    frames = ({"ev": "collected", "ids": [*names]},)
    sandbox = FixedSandbox(RunResult(verdict=Verdict.PASSED, outcomes=outcomes, frames=frames))
    trial = anyio.run(try_out, sandbox, RUN, (("test_new", ("new",)),), (1,))
    assert trial.stable == ("test_m.py::test_old",)
    assert trial.rejected.keys() == {"test_m.py::test_new"}
