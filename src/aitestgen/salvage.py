"""Running candidates together so that one that kills the run takes no other with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aitestgen.measure.test_runs import untraced
from aitestgen.measure.trial import Trial, rejections, try_out
from aitestgen.render.pytest_file import TestFile
from aitestgen.seams import Sandbox
from aitestgen.values import Candidate, Outcome, Rejected, Run, Verdict

RAN = (Verdict.PASSED, Verdict.FAILED, Verdict.ERRORED)
Candidates = Sequence[Candidate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """How candidates become a file, and a file a run in the sandbox. `written` may raise PolicyRefused."""

    sandbox: Sandbox
    written: Callable[[Candidates], TestFile]
    run_of: Callable[[TestFile], Run]

    async def trial(self, file: TestFile, seeds: Sequence[int]) -> Trial:
        return await try_out(self.sandbox, self.run_of(file), file.places, seeds)

    async def quick_trial(self, file: TestFile) -> Trial:
        """One run, untraced, and thus within the plain time limit."""
        return await try_out(self.sandbox, untraced(self.run_of(file)), file.places, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """The candidates that ran, their file and trial, and why the others did not."""

    candidates: tuple[Candidate, ...]
    file: TestFile
    trial: Trial
    rejected: tuple[Rejected, ...]


async def runnable(rig: Rig, candidates: Candidates, seeds: Sequence[int]) -> Salvaged:
    """The candidates that can be run in one file: those that end the run for all are found and left out."""
    rejected: list[Rejected] = []
    while True:
        file = rig.written(candidates)
        trial = await rig.trial(file, seeds)
        if trial.first.verdict in RAN or not candidates:
            rejected += rejections(trial)
            return Salvaged(candidates=tuple(candidates), file=file, trial=trial, rejected=tuple(rejected))
        bad = _culprits(trial) or await _misfits(rig, candidates)
        reason = f"ended the run as {trial.first.verdict}"
        rejected += [Rejected(name=item.name, reason=reason) for item in candidates if item.id in bad]
        candidates = [item for item in candidates if item.id not in bad]


async def settled(rig: Rig, candidates: Candidates, seeds: Sequence[int]) -> Salvaged:
    """The candidates that pass every time: whatever does not is left out, and the rest run again."""
    rejected: list[Rejected] = []
    while True:
        done = await runnable(rig, candidates, seeds)
        rejected += done.rejected
        bad = {done.trial.owner[item] for item in done.trial.rejected if item in done.trial.owner}
        if not bad:
            return Salvaged(
                candidates=done.candidates, file=done.file, trial=done.trial, rejected=tuple(dict.fromkeys(rejected))
            )
        candidates = [item for item in done.candidates if item.id not in bad]


def _culprits(trial: Trial) -> set[str]:
    """The candidates in the midst of which the run ended."""
    started = [item.id for item in trial.first.outcomes if item.outcome is Outcome.INCOMPLETE]
    return {trial.owner[item] for item in started if item in trial.owner}


async def _misfits(rig: Rig, candidates: Candidates) -> set[str]:
    """The candidates without which the others run, found by halving."""
    if len(candidates) == 1:
        return {candidates[0].id}
    found: set[str] = set()
    middle = len(candidates) // 2
    for half in (candidates[:middle], candidates[middle:]):
        trial = await rig.quick_trial(rig.written(half))
        if trial.first.verdict not in RAN:
            found |= _culprits(trial) or await _misfits(rig, half)
    return found or {item.id for item in candidates}
