"""Candidates that end the whole run are found and left out; the others are kept. Runs are told by a small sandbox."""

import anyio

from aitestgen.measure.test_runs import test_run as run_of_tests
from aitestgen.render.pytest_file import Setting, TestFile, render
from aitestgen.salvage import Rig, Salvaged, runnable, settled
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.seams import OnFrame
from aitestgen.values import Candidate, Limits, Outcome, Run, RunResult, SourceFile, TestOutcome, Verdict

NAME = "test_m.py"
SOURCE = SourceFile(text="def f(n):\n    return n\n", module="m")


class Telling:
    """A sandbox whose runs depend on words in the test file: `crash`, `broken`, `flaky` (in shuffled runs only)."""

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002  # the seam's
        text = run.files[NAME].decode()
        ids = [f"{NAME}::{line[4:].partition('(')[0]}" for line in text.splitlines() if line.startswith("def test")]
        if "broken" in text:
            return RunResult(verdict=Verdict.NOT_COLLECTED)
        outcomes = [TestOutcome(id=item, outcome=self.outcome(item, run), seconds=0.1) for item in ids]
        ended = next((n for n, item in enumerate(outcomes) if item.outcome is Outcome.INCOMPLETE), None)
        failed = any(item.outcome is Outcome.FAILED for item in outcomes)
        verdict = Verdict.CRASHED if ended is not None else Verdict.FAILED if failed else Verdict.PASSED
        shown = outcomes if ended is None else outcomes[: ended + 1]
        return RunResult(verdict=verdict, outcomes=tuple(shown), frames=({"ev": "collected", "ids": ids},))

    @staticmethod
    def outcome(test_id: str, run: Run) -> Outcome:
        if "crash" in test_id:
            return Outcome.INCOMPLETE
        return Outcome.FAILED if "flaky" in test_id and run.job["shuffle"] else Outcome.PASSED


def candidates(*words: str) -> list[Candidate]:
    return [
        Candidate(id=word, target_id="f", name=f"test_{word}", code=f"def test_{word}():\n    assert f(1) == 1\n")
        for word in words
    ]


def rig() -> Rig:
    setting = Setting(module="m", names=frozenset({"f"}))

    def run_of(file: TestFile) -> Run:
        return run_of_tests(SOURCE, own_interpreter(), NAME, file.text, Limits())

    return Rig(sandbox=Telling(), written=lambda items: render(items, setting), run_of=run_of)


def kept(done: Salvaged) -> list[str]:
    return [item.id for item in done.candidates]


def test_a_test_that_ends_the_run_takes_no_other_with_it() -> None:
    done = anyio.run(runnable, rig(), candidates("one", "crash", "two"), (1,))
    assert kept(done) == ["one", "two"]
    assert [(item.name, item.reason) for item in done.rejected] == [("test_crash", "ended the run as crashed")]


def test_a_file_that_cannot_be_collected_is_halved_until_the_cause_is_found() -> None:
    done = anyio.run(runnable, rig(), candidates("a", "b", "broken", "c", "d"), (1,))
    assert kept(done) == ["a", "b", "c", "d"]
    assert [item.name for item in done.rejected] == ["test_broken"]


def test_a_flaky_test_is_left_out_and_the_rest_run_again() -> None:
    done = anyio.run(settled, rig(), candidates("one", "flaky"), (2, 3))
    assert kept(done) == ["one"]
    assert done.trial.all_green
    assert done.rejected[0].reason.startswith("flaky: failed in another order")


def test_nothing_is_left_of_candidates_that_all_end_the_run() -> None:
    done = anyio.run(runnable, rig(), candidates("crash_a", "crash_b"), (1,))
    assert kept(done) == []
