"""The flow: analyse → propose → run in the sandbox → measure → choose → render. Data goes one way."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aitestgen.analyse import understand
from aitestgen.analyse.existing import imports_of
from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.choose import Offer, cover, first_gains
from aitestgen.errors import NothingToTest, PolicyRefused
from aitestgen.measure.coverage import Possible, analyse_text, covered, total
from aitestgen.measure.mutation import mutation_of
from aitestgen.measure.test_runs import IMPORT, test_run
from aitestgen.measure.trial import Trial, rejections, try_out
from aitestgen.propose.by_search.generator import SearchGenerator, judged
from aitestgen.propose.by_search.observed import Exploration, read
from aitestgen.render.pytest_file import Setting, TestFile, render, unknown_names
from aitestgen.seams import Sandbox
from aitestgen.values import (
    Arc,
    Candidate,
    Event,
    Evidence,
    Finding,
    Limits,
    MutantFate,
    Mutation,
    Policy,
    Rejected,
    Report,
    Request,
    Spend,
    Outcome,
    Stage,
    Subject,
    Verdict,
)

SEARCH_SHARE = 0.4
SPARE_SECONDS = 0.5
MIN_MUTATION_SECONDS = 1.0
SPARE_COVER = 2
"""Each gain that the search claims is covered twice over in the trial, so that one flaky test does not lose it."""
ENGINE = "search"
RAN = (Verdict.PASSED, Verdict.FAILED, Verdict.ERRORED)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What the flow works with; made by wiring."""

    sandbox: Sandbox
    search_limits: Limits = Limits(cpu_cores=1.0, memory_bytes=512 * 1024 * 1024)
    run_limits: Limits = Limits()
    workers: int = 2
    clock: Callable[[], float] = time.monotonic


async def generate(request: Request, workshop: Workshop, stop: asyncio.Event | None = None) -> AsyncGenerator[Event, None]:
    """Generate, verify and choose tests for one module; yields progress, at last an event with the report.

    Setting `stop` ends the search and the mutation analysis early: what was found by then is still verified. Raises
    CodeInvalid, PolicyRefused, NothingToTest or SandboxError.
    """
    flow = _Flow(request, workshop, stop or asyncio.Event())
    async for event in flow.events():
        yield event


class _Flow:
    """One request on its way; holds what is known so far, so that a stop loses nothing."""

    def __init__(self, request: Request, workshop: Workshop, stop: asyncio.Event) -> None:
        self.request = request
        self.workshop = workshop
        self.stop = stop
        self.started = workshop.clock()
        self.stages: list[Stage] = []
        self.rejected: list[Rejected] = []
        self._seq = 0
        self._stage_started = self.started

    # -- the flow ---------------------------------------------------------------------------------------------------
    async def events(self) -> AsyncIterator[Event]:
        subject = self._analyse()
        yield self._done("analyse", f"{len(subject.targets)} targets in {subject.source.module}")
        exploration = await self._search(subject)
        candidates, findings = _sorted_out(judged(exploration, subject))
        yield self._done("search", f"{len(candidates)} calls worth a test, {len(exploration.mutant_lines)} mutants")
        setting = self._setting(subject, exploration)
        chosen = _preselected([item for item in candidates if self._can_be_written(item, setting)])
        if not chosen and not subject.existing_tests:
            raise NothingToTest(_why_nothing(subject, exploration))
        chosen, trial = await self._runnable(subject, chosen, setting)
        yield self._done("run", f"{len(trial.stable)} of {len(trial.first.outcomes)} tests are stable")
        possible = analyse_text(subject.source.text, skip_lines=subject.test_lines)
        kept = self._chosen(subject, exploration, chosen, trial, possible)
        yield self._done("choose", f"{len(kept)} tests keep every gain")
        file, final = await self._finish(subject, kept, setting)
        yield self._done("verify", f"{len(final.stable)} tests passed in every run")
        mutation = await self._mutate(subject, file, final)
        yield self._done("mutate", f"{mutation.killed} of {mutation.valid} mutants killed")
        report = self._report(subject, file, final, mutation, possible, findings)
        yield dataclasses.replace(self._done("report", "done"), report=report)

    def _analyse(self) -> Subject:
        source = self.request.source
        if self.request.options.policy is Policy.STRICT:
            self._gate(source.text)
        return understand(source, self.request.options.targets)

    def _gate(self, text: str) -> None:
        findings = judge(as_bytes(text), own_modules=(self.request.source.module.partition(".")[0],))
        if findings:
            raise PolicyRefused(findings)

    async def _search(self, subject: Subject) -> Exploration:
        heard: list[Mapping[str, Any]] = []
        options = self.request.options
        generator = SearchGenerator(
            self.workshop.sandbox, self.workshop.search_limits, options.seed, self.workshop.workers
        )
        work = generator.explore(subject, self.request.interpreter, options.budget_seconds * SEARCH_SHARE, heard.append)
        return await self._unless_stopped(work) or read(heard)

    def _can_be_written(self, item: Candidate, setting: Setting) -> bool:
        unknown = unknown_names(item, setting)
        if unknown:
            self.rejected.append(Rejected(name=item.name, reason=f"no import for {', '.join(sorted(unknown))}"))
        return not unknown

    async def _runnable(
        self, subject: Subject, chosen: list[Candidate], setting: Setting
    ) -> tuple[list[Candidate], Trial]:
        """The candidates that can be run in one file, and their trial: one that kills the run takes no other with it."""
        trial = await self._try(subject, render(chosen, setting), seeds=(1,))
        while chosen and trial.first.verdict not in RAN:
            bad = _culprits(trial) or await self._misfits(subject, chosen, setting)
            self.rejected += [
                Rejected(name=item.name, reason=f"ended the run as {trial.first.verdict}") for item in chosen if item.id in bad
            ]
            chosen = [item for item in chosen if item.id not in bad]
            trial = await self._try(subject, render(chosen, setting), seeds=(1,))
        self.rejected += rejections(trial)
        return chosen, trial

    async def _misfits(self, subject: Subject, chosen: list[Candidate], setting: Setting) -> set[str]:
        """The candidates without which the others run, found by halving."""
        if len(chosen) == 1:
            return {chosen[0].id}
        found: set[str] = set()
        middle = len(chosen) // 2
        for half in (chosen[:middle], chosen[middle:]):
            trial = await self._try(subject, render(half, setting), seeds=())
            if trial.first.verdict not in RAN:
                found |= _culprits(trial) or await self._misfits(subject, half, setting)
        return found or {item.id for item in chosen}

    async def _try(self, subject: Subject, file: TestFile, seeds: Sequence[int]) -> Trial:
        run = self._run_of(subject, file)
        return await try_out(self.workshop.sandbox, run, file.places, seeds)

    def _run_of(self, subject: Subject, file: TestFile) -> Any:
        name = test_file_name(subject.source.module)
        run = test_run(subject.source, self.request.interpreter, name, file.text, self.workshop.run_limits)
        return dataclasses.replace(run, expected=file.base_ids(name))

    async def _mutate(self, subject: Subject, file: TestFile, trial: Trial) -> Mutation:
        seconds = self._left() - SPARE_SECONDS
        if not trial.stable or self.stop.is_set():
            return Mutation()
        work = mutation_of(
            self.workshop.sandbox,
            self._run_of(subject, file),
            subject,
            trial,
            seconds=max(MIN_MUTATION_SECONDS, seconds),
            limits=self.workshop.search_limits,
            workers=self.workshop.workers,
        )
        return _by_candidate(await self._unless_stopped(work) or Mutation(), trial)

    def _chosen(
        self,
        subject: Subject,
        exploration: Exploration,
        chosen: Sequence[Candidate],
        trial: Trial,
        possible: Possible,
    ) -> list[Candidate]:
        """The candidates that together keep every gain; each adds something that none before it in the file has.

        Lines and arcs are those of the trial; kills are those that the search saw, for their number, not the clock,
        bounds that work: a seed gives the same suite again.
        """
        offers, have = _offers(subject, exploration, chosen, trial, possible)
        names = set(cover(offers.direct, have=have, limit=self.request.options.max_tests))
        kept = [item for item in chosen if item.id in names]
        new = first_gains([item.id for item in kept], offers.all, have)
        return [item for item in kept if new[item.id]]

    async def _finish(
        self, subject: Subject, kept: list[Candidate], setting: Setting
    ) -> tuple[TestFile, Trial]:
        """Run the final file until nothing in it fails: a test that does not pass every time is left out."""
        while True:
            file = render(kept, setting)
            if self.request.options.policy is Policy.STRICT:
                self._gate(file.text)
            final = await self._try(subject, file, seeds=(2, 3))
            bad = _culprits(final) or {final.owner[item] for item in final.rejected if item in final.owner}
            if not bad:
                return file, final
            self.rejected += rejections(final)
            kept = [item for item in kept if item.id not in bad]

    # -- what is told -------------------------------------------------------------------------------------------------
    def _report(
        self,
        subject: Subject,
        file: TestFile,
        final: Trial,
        mutation: Mutation,
        possible: Possible,
        findings: Sequence[Finding],
    ) -> Report:
        evidence = _evidence(final, mutation, possible)
        return Report(
            module=subject.source.module,
            tests_file=file.text,
            tests=evidence,
            rejected=tuple(self.rejected),
            coverage=total(possible, final.arcs.values()),
            mutation=_restricted(mutation, final),
            findings=tuple(findings),
            final=final.first,
            stages=tuple(self.stages),
            spend=Spend(),
            seconds=self.workshop.clock() - self.started,
            seed=self.request.options.seed,
            engine=ENGINE,
            interrupted=self.stop.is_set(),
        )

    def _setting(self, subject: Subject, exploration: Exploration) -> Setting:
        imports = {line for text in subject.existing_tests for line in imports_of(text, subject.source)}
        return Setting(
            module=subject.source.module,
            names=exploration.names,
            imports=exploration.imports,
            existing=subject.existing_tests,
            existing_imports=tuple(sorted(imports)),
        )

    def _done(self, stage: str, detail: str) -> Event:
        now = self.workshop.clock()
        self.stages.append(Stage(name=stage, seconds=now - self._stage_started))
        self._stage_started = now
        self._seq += 1
        return Event(seq=self._seq, at=now - self.started, stage=stage, detail=detail)

    def _left(self) -> float:
        return self.request.options.budget_seconds - (self.workshop.clock() - self.started)

    async def _unless_stopped(self, work: Awaitable[T]) -> T | None:
        """What `work` gives, or None where `stop` was set first; the work is then cancelled and its jail gone."""
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            stopping.cancel()
            task.cancel()
            await asyncio.gather(task, stopping, return_exceptions=True)


def test_file_name(module: str) -> str:
    """`humanize.time` → `test_time.py`."""
    return f"test_{module.rpartition('.')[2].strip('_')}.py"


test_file_name.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test where it is imported


def _culprits(trial: Trial) -> set[str]:
    """The candidates in the midst of which a run ended."""
    started = {item.id for item in trial.first.outcomes if item.outcome is Outcome.INCOMPLETE}
    return {trial.owner[item] for item in started if item in trial.owner} if trial.first.verdict not in RAN else set()


def _sorted_out(found: Iterable[Candidate | Finding]) -> tuple[list[Candidate], list[Finding]]:
    candidates: dict[str, Candidate] = {}
    findings = []
    for item in found:
        if isinstance(item, Finding):
            findings.append(item)
        else:
            candidates.setdefault(item.id, item)
    return list(candidates.values()), findings


def _preselected(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates worth a trial, by what the search claims of them."""
    offers = {item.id: Offer(gains=_claims(item), cost=item.cost) for item in candidates}
    wanted = set(cover(offers, times=SPARE_COVER))
    return [item for item in candidates if item.id in wanted]


def _claims(item: Candidate) -> frozenset[Hashable]:
    return frozenset({("feature", number) for number in item.features} | {("kill", number) for number in item.kills})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offers:
    """What each stable candidate brings: `direct` counts only its own target's lines, so that each target is tested by
    calling it and not by chance through another; what no such test can bring, any may. `all` counts everything.
    """

    direct: dict[str, Offer]
    all: dict[str, Offer]


def _offers(
    subject: Subject, exploration: Exploration, chosen: Sequence[Candidate], trial: Trial, possible: Possible
) -> tuple[_Offers, frozenset[Hashable]]:
    """What each stable candidate brings, and what is had without any: by the import and by existing tests."""
    by_id = {item.id: item for item in chosen}
    everything: dict[str, Offer] = {}
    have = _gains(possible, trial.arcs.get(IMPORT, frozenset()), frozenset())
    for test_id in trial.stable:
        candidate_id = trial.owner.get(test_id)
        arcs = trial.arcs.get(test_id, frozenset())
        if candidate_id is None:
            have |= _gains(possible, arcs, frozenset())
        else:
            item = by_id[candidate_id]
            gains = _gains(possible, arcs, item.kills)
            everything[candidate_id] = Offer(gains=gains | {("target", item.target_id)}, cost=item.cost)
    lines = _Lines(subject, exploration)
    own = {name: lines.own(offer.gains, by_id[name].target_id) for name, offer in everything.items()}
    reachable = frozenset[Hashable]().union(*own.values())
    direct = {
        name: Offer(gains=own[name] | (offer.gains - reachable), cost=offer.cost) for name, offer in everything.items()
    }
    return _Offers(direct=direct, all=everything), have


class _Lines:
    """Which gains lie in a target's own lines."""

    def __init__(self, subject: Subject, exploration: Exploration) -> None:
        self.spans = {target.id: target.lines for target in subject.targets}
        self.mutants = exploration.mutant_lines

    def own(self, gains: Iterable[Hashable], target_id: str) -> frozenset[Hashable]:
        first, last = self.spans[target_id]
        return frozenset(gain for gain in gains if gain[0] == "target" or first <= self._line(gain) <= last)

    def _line(self, gain: tuple[str, Any]) -> int:
        kind, value = gain
        if kind == "kill":
            return self.mutants.get(value, 0)
        return abs(value[0]) if kind == "arc" else value


def _gains(possible: Possible, arcs: frozenset[Arc], kills: frozenset[int]) -> frozenset[Hashable]:
    lines, branches = covered(possible, arcs)
    gains: set[Hashable] = {("line", line) for line in lines}
    gains |= {("arc", arc) for arc in branches}
    return frozenset(gains | {("kill", number) for number in kills})


def _by_candidate(mutation: Mutation, trial: Trial) -> Mutation:
    """The same, its kills by candidate: node ids change when the file is rendered anew, candidates do not."""
    return dataclasses.replace(mutation, kills={trial.owner.get(k, k): v for k, v in mutation.kills.items()})


def _restricted(mutation: Mutation, final: Trial) -> Mutation:
    """The mutation analysis of the delivered tests alone."""
    kept = {final.owner.get(item, item) for item in final.stable}
    kills = {name: killed for name, killed in mutation.kills.items() if name in kept}
    still = frozenset[int]().union(*kills.values())
    lost = (MutantFate.KILLED, MutantFate.TIMED_OUT)
    fates = {n: MutantFate.SURVIVED if fate in lost and n not in still else fate for n, fate in mutation.fates.items()}
    return dataclasses.replace(mutation, kills=kills, fates=fates)


def _evidence(final: Trial, mutation: Mutation, possible: Possible) -> tuple[Evidence, ...]:
    kills = {item: mutation.kills.get(final.owner.get(item, item), frozenset()) for item in final.stable}
    offers = {
        item: Offer(gains=_gains(possible, final.arcs.get(item, frozenset()), kills[item])) for item in final.stable
    }
    seconds = {item.id: item.seconds for item in final.first.outcomes}
    new = first_gains(final.stable, offers)
    return tuple(
        Evidence(
            id=item,
            new_lines=tuple(sorted(value for kind, value in new[item] if kind == "line")),
            new_arcs=tuple(sorted(value for kind, value in new[item] if kind == "arc")),
            kills=tuple(sorted(kills[item])),
            seconds=seconds.get(item, 0.0),
        )
        for item in final.stable
    )


def _why_nothing(subject: Subject, exploration: Exploration) -> str:
    names = ", ".join(target.id for target in subject.targets[:5])
    return (
        f"none of the {len(subject.targets)} targets of {subject.source.module} ({names}) could be called in a way that a "
        f"test can assert on; a longer --budget or annotations may help"
    )
