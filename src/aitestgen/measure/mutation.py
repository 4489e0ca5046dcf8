"""The mutation analysis of a suite: the runs of the guest program `mutate`, and what its frames are worth.

The frames come from a process that ran untrusted code. What does not fit the expected shapes, speaks of mutants or
tests that do not exist, or says something a second time, is left out and counted.
"""

import asyncio
import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aitestgen.measure.test_runs import IMPORT
from aitestgen.measure.trial import Trial
from aitestgen.seams import OnFrame, Sandbox
from aitestgen.values import Arc, Limits, Mutant, MutantFate, Mutation, Run, RunResult, Subject, Verdict

STARTING_SECONDS = 5.0
"""What the jail gets on top of the time for the analysis: to start, and to end by itself."""
PATIENCE_SECONDS = 0.4
"""The least time that a mutant gets: its tests usually take a few milliseconds."""
ENOUGH_TO_TELL = 5
MAX_TEXT = 10_000


async def mutation_of(  # noqa: PLR0913 - four parts to work with, three named bounds, and who listens
    sandbox: Sandbox,
    run: Run,
    subject: Subject,
    trial: Trial,
    *,
    seconds: float,
    limits: Limits,
    workers: int = 1,
    on_frame: OnFrame | None = None,
) -> Mutation:
    """Judge the mutants of the subject by the trial's stable tests, within `seconds`, in `workers` jails at a time.

    `run` is the traced run of the test file; `on_frame` sees each message of the guests as it arrives.
    Raises SandboxError only for the sandbox's own failure.
    """
    runs = mutation_runs(run, subject, trial, seconds=seconds, limits=limits, workers=workers)
    results = await asyncio.gather(*(sandbox.run(item, on_frame) for item in runs))
    return read_mutation(results, trial.stable).mutation


def mutation_runs(
    run: Run, subject: Subject, trial: Trial, *, seconds: float, limits: Limits, workers: int = 1
) -> list[Run]:
    """The runs of `mutate` that share the work; each judges another part of the same mutants."""
    arcs = trial.arcs
    job = {
        **run.job,
        "module": subject.source.module,
        "file": str(subject.source.path) if subject.source.path else None,
        "source": subject.source.text,
        "skip_lines": sorted(subject.test_lines),
        "reach": {test: _lines(arcs.get(test, frozenset())) for test in trial.stable},
        "import_lines": _lines(arcs.get(IMPORT, frozenset())),
        "seconds": seconds,
        "patience": PATIENCE_SECONDS,
    }
    longer = dataclasses.replace(limits, wall_seconds=seconds + STARTING_SECONDS)
    return [
        dataclasses.replace(
            run, program="mutate", job={**job, "part": [part, workers]}, limits=longer, hash_seed=0, expected=None
        )
        for part in range(workers)
    ]


def with_only(run: Run, mutants: Iterable[int]) -> Run:
    """The run, of which `mutation_runs` makes some that judge these mutants alone."""
    return dataclasses.replace(run, job={**run.job, "only": sorted(mutants)})


def _lines(arcs: Iterable[Arc]) -> list[int]:
    return sorted({line for arc in arcs for line in arc if line > 0})


@dataclass(slots=True, kw_only=True)
class Reading:
    """What is known after some frames. `ignored` counts what was not believed."""

    tests: frozenset[str]
    mutants: dict[int, Mutant] = field(default_factory=dict)
    fates: dict[int, MutantFate] = field(default_factory=dict)
    kills: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    ignored: int = 0

    @property
    def mutation(self) -> Mutation:
        kills = {test: frozenset(killed) for test, killed in self.kills.items()}
        return Mutation(
            mutants=tuple(mutant for _, mutant in sorted(self.mutants.items())), fates=dict(self.fates), kills=kills
        )

    def take(self, frame: Mapping[str, Any]) -> None:
        """Add what one frame of a guest says; frames of other kinds say nothing."""
        if frame.get("ev") == "mutants":
            _read_mutants(self, frame)
        elif frame.get("ev") == "fate":
            _read_fate(self, frame)


def read_mutation(results: Iterable[RunResult], tests: Iterable[str]) -> Reading:
    """Merge what several runs of `mutate` over the same source and tests sent."""
    reading = Reading(tests=frozenset(tests))
    for result in results:
        for frame in result.frames:
            reading.take(frame)
    return reading


def _read_mutants(reading: Reading, frame: Mapping[str, Any]) -> None:
    listed = frame.get("mutants")
    if not isinstance(listed, list):
        reading.ignored += 1
        return
    for entry in listed:
        mutant = _mutant(entry)
        if mutant is None or reading.mutants.setdefault(mutant.id, mutant) != mutant:
            reading.ignored += 1


def _mutant(entry: object) -> Mutant | None:
    if not isinstance(entry, dict):
        return None
    numbers: list[Any] = [entry.get(name) for name in ("id", "line", "end_line")]
    texts: list[Any] = [entry.get(name) for name in ("operator", "before", "after")]
    if not all(_is_count(number) for number in numbers) or not all(_is_text(text) for text in texts):
        return None
    (id_, line, end_line), (operator, before, after) = numbers, texts
    if line > end_line:
        return None
    return Mutant(id=id_, operator=operator, line=line, end_line=end_line, before=before, after=after)


def _read_fate(reading: Reading, frame: Mapping[str, Any]) -> None:
    id_: Any = frame.get("id")
    killers = frame.get("killers")
    fate = next((item for item in MutantFate if item == frame.get("fate")), None)
    known = _is_count(id_) and id_ in reading.mutants and id_ not in reading.fates
    if fate is None or not known or not isinstance(killers, list):
        reading.ignored += 1
        return
    reading.fates[id_] = fate
    for killer in killers:
        if isinstance(killer, str) and killer in reading.tests:
            reading.kills[killer].add(id_)
        else:
            reading.ignored += 1


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def restricted(mutation: Mutation, trial: Trial) -> Mutation:
    """The analysis as far as it rests on the trial's stable tests alone."""
    kills = {name: killed for name, killed in mutation.kills.items() if name in trial.stable}
    still = frozenset[int]().union(*kills.values())
    claimed = (MutantFate.KILLED, MutantFate.TIMED_OUT)
    fates = {
        number: MutantFate.SURVIVED if fate in claimed and number not in still else fate
        for number, fate in mutation.fates.items()
    }
    return dataclasses.replace(mutation, kills=kills, fates=fates)


def moved(mutation: Mutation, before: Trial, after: Trial) -> Mutation:
    """The analysis of `before` as that of `after`, whose tests are some of the same, perhaps under other names."""
    by_owner = {before.owner.get(test, test): kills for test, kills in mutation.kills.items()}
    kills = {test: by_owner[owner] for test in after.stable if (owner := after.owner.get(test, test)) in by_owner}
    return dataclasses.replace(mutation, kills=kills)


def cross_checked(result: RunResult, mutation: Mutation, claimed: frozenset[int]) -> RunResult:
    """The result, `forged` where a suite that should kill mutants passes on every one of them.

    `claimed` are the mutants on which the search saw the tested calls behave differently. A verdict that survives all
    of these was not earned by running the tests (docs/sandbox.md), whatever other mutants are killed.
    """
    fates = [fate for number, fate in mutation.fates.items() if number in claimed and fate is not MutantFate.INVALID]
    killed = any(fate in (MutantFate.KILLED, MutantFate.TIMED_OUT) for fate in fates)
    if result.verdict is not Verdict.PASSED or len(fates) < ENOUGH_TO_TELL or killed:
        return result
    detail = f"the suite passes on each of {len(fates)} mutants on which the tested calls behave differently"
    return dataclasses.replace(result, verdict=Verdict.FORGED, detail=detail)
