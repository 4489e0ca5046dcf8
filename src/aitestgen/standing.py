"""What the test files of the project already bring, and new tests put beside theirs."""

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aitestgen.choose import Offer
from aitestgen.measure.coverage import Possible
from aitestgen.measure.gains import Gain, kill_gains, reached_targets, run_gains
from aitestgen.measure.test_runs import IMPORT, TRACING_FACTOR, test_run
from aitestgen.measure.trial import Trial, try_out
from aitestgen.render.insert import clashes, inserted, names_bound_in
from aitestgen.render.pytest_file import Setting, TestFile, names_used_by, prints_in, prints_of, render
from aitestgen.render.written import written_tests
from aitestgen.seams import Sandbox
from aitestgen.values import (
    Arc,
    Candidate,
    Limits,
    MutantFate,
    Mutation,
    Rejected,
    Request,
    Run,
    RunResult,
    Subject,
    TestModule,
    Verdict,
)

Judge = Callable[[Run, Trial], Awaitable[Mutation]]
"""Judges mutants by the stable tests of a trial of a run."""
MOST_NAMES = 3
MOST_SECONDS_AGAIN = 1.0
"""Of existing tests that are run again beside new ones: more might use up the time limit of a run."""
LEAST_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One test file of the project after a run of it."""

    file: TestModule
    trial: Trial
    mutation: Mutation


@dataclass(frozen=True, slots=True)
class Standing:
    """The test files of the project that test the module, measured; empty where it has none."""

    measured: tuple[Measured, ...] = ()

    @property
    def tests(self) -> int:
        """How many of them pass."""
        return sum(len(one.trial.stable) for one in self.measured)

    @property
    def codes(self) -> tuple[str, ...]:
        """The source of those that are functions of their file."""
        return tuple(item.code for one in self.measured for item in written_tests(one.file.text, one.trial.stable))

    @property
    def arcs(self) -> list[frozenset[Arc]]:
        """What each test that passes runs in the module, and what the imports run."""
        return [one.trial.arcs.get(item, frozenset()) for one in self.measured for item in (IMPORT, *one.trial.stable)]

    @property
    def mutation(self) -> Mutation:
        return combined([one.mutation for one in self.measured])

    @property
    def result(self) -> RunResult:
        """Of the run of all files: passed, with every test that passes."""
        outcomes = tuple(
            item for one in self.measured for item in one.trial.first.outcomes if item.id in one.trial.stable
        )
        first = self.measured[0].trial.first
        return dataclasses.replace(first, verdict=Verdict.PASSED, outcomes=outcomes, frames=(), output="", detail="")

    @property
    def notes(self) -> tuple[str, ...]:
        """Which tests do not count, and why."""
        return tuple(note for one in self.measured if (note := _note(one)))

    def ran(self, possible: Possible) -> frozenset[Gain]:
        """The lines and branches that its tests run."""
        return frozenset[Gain]().union(*(run_gains(possible, arcs) for arcs in self.arcs))

    def gains(self, subject: Subject, possible: Possible, mutant_lines: Mapping[int, int]) -> frozenset[Gain]:
        """What needs no new test."""
        killed = frozenset[int]().union(*self.mutation.kills.values())
        called = frozenset[Gain]()
        for one in self.measured:
            for item in one.trial.stable:
                reached = run_gains(possible, one.trial.arcs.get(item, ()))
                called |= reached_targets(reached, subject)
        return self.ran(possible) | called | kill_gains(killed, mutant_lines)

    def insertion(self, request: Request, limits: Limits) -> "Insertion | None":
        """What puts new tests into the file that they are wanted in; None where they get one of their own."""
        if request.into is None:
            return None
        kept = tuple(item for one in self.measured if one.file is request.into for item in _quick(one.trial))
        return Insertion(request=request, file=request.into, kept=kept, limits=limits)

    def written(self, candidates: Iterable[Candidate], offers: Mapping[str, Offer]) -> dict[str, Offer]:
        """The offers of the candidates that one of the files holds already, whatever their tests are called there."""
        offered = [item for item in candidates if item.id in offers]
        new = {item.id for item in self.without_written(offered)}
        return {item.id: offers[item.id] for item in offered if item.id not in new}

    def without_written(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """The candidates that none of the files holds."""
        prints = frozenset[str]().union(*(prints_in(one.file.text) for one in self.measured))
        return [item for item in candidates if prints.isdisjoint(prints_of(item))]


async def standing_of(request: Request, sandbox: Sandbox, limits: Limits, judge: Judge) -> Standing:
    """Run each test file as it is, and measure what its passing tests cover and kill.

    A file gets as long as the search's whole budget, and 10 seconds at least; what has not passed then is not counted.
    """
    files = request.known_tests
    longest = max(LEAST_SECONDS, request.options.budget_seconds)
    limits = dataclasses.replace(limits, wall_seconds=longest / TRACING_FACTOR)
    measured = []
    for file in files:
        run = run_of_module(request, file, file.text, limits)
        trial = await try_out(sandbox, run, (), ())
        measured.append(Measured(file=file, trial=trial, mutation=await judge(run, trial)))
    return Standing(tuple(measured))


def run_of_module(request: Request, file: TestModule, text: str, limits: Limits) -> Run:
    """A traced run of a test file of the project, with this text in its place."""
    source = request.source
    shown = dataclasses.replace(
        source,
        roots=tuple(dict.fromkeys((*source.roots, *file.roots))),
        binds=tuple(dict.fromkeys((*source.binds, *file.binds))),
    )
    name = file.path.name
    run = test_run(shown, request.interpreter, name, "", limits)
    job = {**run.job, "conftests": [{"file": str(one.path), "text": one.text} for one in file.conftests]}
    return dataclasses.replace(run, job=job, files={**run.files, name: text.encode(file.encoding)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """New tests on their way into a test file of the project, of which `kept` are tests that pass today."""

    request: Request
    file: TestModule
    kept: tuple[str, ...]
    limits: Limits

    def misfits(self, candidates: Sequence[Candidate], setting: Setting) -> dict[str, Rejected]:
        """By id, the candidates whose names mean something else in the file, or which its encoding cannot hold."""
        name, encoding = self.file.path.name, self.file.encoding
        together = render(candidates, dataclasses.replace(setting, taken=self.taken), is_formatted=False)
        wrong = clashes(self.file.text, together.text)
        found = {}
        for item in candidates:
            if bad := sorted(wrong & names_used_by(item)):
                found[item.id] = Rejected(name=item.name, reason=f"{', '.join(bad)} means something else in {name}")
            elif not _fits(item.code, encoding):
                found[item.id] = Rejected(name=item.name, reason=f"{encoding} has no such characters")
        return found

    @property
    def taken(self) -> frozenset[str]:
        return names_bound_in(self.file.text)

    def written(self, candidates: Sequence[Candidate], setting: Setting) -> TestFile:
        """The whole file as it will be; only its passing tests are `existing`."""
        fresh = render(candidates, dataclasses.replace(setting, taken=self.taken))
        return dataclasses.replace(
            fresh,
            text=inserted(self.file.text, fresh.text, setting.style) if candidates else self.file.text,
            existing=tuple(dict.fromkeys(item.partition("::")[2].partition("[")[0] for item in self.kept)),
            encoding=self.file.encoding,
        )

    def run_of(self, file: TestFile) -> Run:
        """A run of the new tests, and of those that pass without them."""
        run = run_of_module(self.request, self.file, file.text, self.limits)
        name = self.file.path.name
        new = [f"{name}::{test}" for test, _ in file.places]
        job = {**run.job, "select": [*self.kept, *new]}
        return dataclasses.replace(run, job=job, expected=file.base_ids(name))


def combined(mutations: Sequence[Mutation]) -> Mutation:
    """Several analyses of the same mutants as one: killed is what any suite kills."""
    order = (MutantFate.KILLED, MutantFate.TIMED_OUT, MutantFate.SURVIVED, MutantFate.UNREACHED, MutantFate.INVALID)
    mutants = {mutant.id: mutant for mutation in mutations for mutant in mutation.mutants}
    fates: dict[int, MutantFate] = {}
    for mutation in mutations:
        for number, fate in mutation.fates.items():
            fates[number] = min(fate, fates.get(number, fate), key=order.index)
    kills: dict[str, frozenset[int]] = {}
    for mutation in mutations:
        for test, killed in mutation.kills.items():
            kills[test] = kills.get(test, frozenset()) | killed
    return Mutation(mutants=tuple(mutants[number] for number in sorted(mutants)), fates=fates, kills=kills)


def _quick(trial: Trial) -> Iterator[str]:
    """The tests that pass, in file order, as far as they take no more than a second together."""
    seconds = {item.id: item.seconds for item in trial.first.outcomes}
    left = MOST_SECONDS_AGAIN
    for item in trial.stable:
        left -= seconds.get(item, 0.0)
        if left >= 0:
            yield item


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _note(one: Measured) -> str:
    if not one.trial.stable:
        why = one.trial.first.detail or f"{one.trial.first.verdict}"
        return f"no test of {one.file.path.name} counts: none passed in the jail ({why})"
    bad = [item.partition("::")[2] for item in one.trial.rejected]
    if not bad:
        return ""
    more = f" and {len(bad) - MOST_NAMES} more" if len(bad) > MOST_NAMES else ""
    return f"not counted of {one.file.path.name}, as they do not pass in the jail: {', '.join(bad[:MOST_NAMES])}{more}"
