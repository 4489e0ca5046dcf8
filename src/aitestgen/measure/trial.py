"""Trying a test file out: several fresh runs, in other orders and under other hash seeds, of which one is traced."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from aitestgen.measure.test_runs import (
    IMPORT,
    collected,
    import_arcs,
    owners,
    patient,
    shuffled,
    starved,
    unhurried,
)
from aitestgen.seams import Sandbox
from aitestgen.values import EXPECTED_FAILURE, Arc, Outcome, Rejected, Run, RunResult, TestOutcome, Verdict

GREEN = frozenset({Outcome.PASSED})
EXISTING_GREEN = GREEN | {Outcome.XFAILED}
"""A test that the code came with may be one that is expected to fail; ours are not: the code excuses itself there."""
FAILING = frozenset({Outcome.XFAILED})
"""What a test that shows a suspected bug has to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What several runs of one file agree on. `owner` maps node ids to candidates; existing tests have none.

    `stable` ids passed in every run (existing ones may fail as expected); `rejected` says why the others did not.
    `first` is the traced run in file order, or an untraced one that was over the time limit.
    """

    first: RunResult
    owner: Mapping[str, str]
    stable: tuple[str, ...]
    rejected: Mapping[str, str]

    @property
    def arcs(self) -> dict[str, frozenset[Arc]]:
        """Arcs of each node id; those at import under ``""``."""
        return {**{item.id: item.arcs for item in self.first.outcomes}, IMPORT: import_arcs(self.first)}

    @property
    def all_green(self) -> bool:
        return self.first.verdict is Verdict.PASSED and not self.rejected


async def try_out(
    sandbox: Sandbox, run: Run, places: Sequence[tuple[str, Sequence[str]]], seeds: Sequence[int]
) -> Trial:
    """Run the file once traced, and once shuffled for each seed; all at the same time.

    The time limit is that of the untraced runs. If one of them is over it, so is the trial; but one that had no
    processor for much of its time is first repeated alone, with a longer limit: the machine may have been slow.
    """
    first, *others = await _results(sandbox, run, seeds)
    ids = collected(first)
    owner = owners(ids, places)
    rejected = {}
    for item in ids:
        reason = _complaint(item, [first, *others], _wanted(owner.get(item)))
        if reason:
            rejected[item] = reason
    stable = tuple(item for item in ids if item not in rejected)
    return Trial(first=first, owner=owner, stable=stable, rejected=rejected)


async def _results(sandbox: Sandbox, run: Run, seeds: Sequence[int]) -> list[RunResult]:
    runs = [shuffled(run, seed) for seed in seeds]
    traced = asyncio.ensure_future(sandbox.run(patient(run)))
    try:
        others = await asyncio.gather(*map(sandbox.run, runs))
        if traced.done() or not _late(others):
            first, waited = await traced, True
        else:
            first, waited = others[0], False
    finally:
        traced.cancel()
        await asyncio.wait([traced])
    others = [await _alone(sandbox, one, result) for one, result in zip(runs, others, strict=True)]
    if waited:
        return [await _alone(sandbox, patient(run), first), *others]
    return [*(_late(others) or [await sandbox.run(patient(run))]), *others]


async def _alone(sandbox: Sandbox, run: Run, result: RunResult) -> RunResult:
    """The result; of a starved run, that of the same run again while nothing else runs."""
    return await sandbox.run(unhurried(run)) if starved(run, result) else result


def _late(results: Sequence[RunResult]) -> list[RunResult]:
    return [result for result in results if result.verdict is Verdict.TIMED_OUT]


def _wanted(owner: str | None) -> Set[Outcome]:
    """The outcomes that are right for a test of this candidate, or for an existing test."""
    if owner is None:
        return EXISTING_GREEN
    return FAILING if owner.startswith(EXPECTED_FAILURE) else GREEN


def rejections(trial: Trial) -> tuple[Rejected, ...]:
    """The tests that were not stable, by name."""
    return tuple(Rejected(name=item.partition("::")[2], reason=reason) for item, reason in trial.rejected.items())


def _complaint(test_id: str, results: Sequence[RunResult], green: Set[Outcome]) -> str:
    outcomes = [_outcome(test_id, result) for result in results]
    missing = [result for item, result in zip(outcomes, results, strict=True) if item is None]
    if missing:
        why = _last_line(missing[0].detail)
        return f"no result: the run ended as {missing[0].verdict}" + (f": {why}" if why else "")
    seen = [item for item in outcomes if item is not None]
    if all(item.outcome in green for item in seen):
        return ""
    bad = next(item for item in seen if item.outcome not in green)
    if any(item.outcome in green for item in seen):
        why = _last_line(bad.message)
        return f"flaky: {bad.outcome} in another order, under another hash seed or on another day: {why}"
    return f"{bad.outcome}: {_last_line(bad.message)}"


def _outcome(test_id: str, result: RunResult) -> TestOutcome | None:
    return next((item for item in result.outcomes if item.id == test_id), None)


def _last_line(message: str) -> str:
    lines = [line for line in message.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else ""
