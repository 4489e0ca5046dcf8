"""The flow: analyse → propose → run in the sandbox → measure → choose → render. Data goes one way."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aitestgen.analyse import understand
from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.choose import cover, first_gains
from aitestgen.errors import NothingToTest, PolicyRefused
from aitestgen.measure.coverage import Possible, total
from aitestgen.measure.falsified import falsified
from aitestgen.measure.gains import Gain, kill_gains, reached_targets, run_gains
from aitestgen.measure.mutation import cross_checked, mutation_of, restricted
from aitestgen.measure.test_runs import IMPORT, test_run
from aitestgen.measure.trial import Trial, rejections
from aitestgen.measure.value_oracle import Oracle, Said, asked_beside, doubted, said
from aitestgen.propose.by_search.generator import SearchEngine, judged
from aitestgen.propose.by_search.observed import Exploration, read
from aitestgen.propose.by_search.suspected import expected_failure
from aitestgen.render.pytest_file import Setting, TestFile, draft, render, unknown_names
from aitestgen.salvage import Rig, Salvaged, runnable, settled
from aitestgen.seams import Sandbox
from aitestgen.standing import Insertion, Standing, combined, standing_of
from aitestgen.values import (
    Candidate,
    Confidence,
    Event,
    Finding,
    Limits,
    Mutation,
    Policy,
    Rejected,
    Report,
    Request,
    Run,
    RunResult,
    Spend,
    Stage,
    Subject,
    Verdict,
)
from aitestgen.worth import (
    claims_of,
    covered_by,
    direct_offers,
    evidence_of,
    new_alone,
    offers_of,
    own_gains,
    possible_in,
    preselected,
    setting_of,
    sorted_out,
    why_nothing,
)

SEARCH_SHARE = 0.4
EXISTING_SHARE = 0.2
SPARE_SECONDS = 0.5
MIN_MUTATION_SECONDS = 2.0
ENGINE = "search"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What the flow works with; made by wiring. `workers` is how many jails the flow has open at a time."""

    sandbox: Sandbox
    search_limits: Limits
    run_limits: Limits
    workers: int = 2
    clock: Callable[[], float] = time.monotonic


async def generate(
    request: Request, workshop: Workshop, stop: asyncio.Event | None = None
) -> AsyncGenerator[Event, None]:
    """Generate, verify and choose tests for one module; yields progress, at last an event with the report.

    Setting `stop` ends the search and the mutation analysis early: what was found by then is still verified. Raises
    CodeInvalid, PolicyRefused, NothingToTest or SandboxError.
    """
    flow = _Flow(request, workshop, stop or asyncio.Event())
    subject = flow.analyse()
    yield flow.done("analyse", f"{len(subject.targets)} targets in {subject.source.module}")
    exploration = await flow.search(subject)
    candidates, suspected = sorted_out(judged(exploration, subject))
    findings = await flow.reproduced(suspected)
    yield flow.done("search", f"{len(candidates)} calls worth a test, {len(exploration.mutant_lines)} mutants")
    if await flow.measure_standing(subject):
        yield flow.done("existing", f"{flow.standing.tests} tests of the project pass")
    rig = flow.rig(subject, exploration)
    tried = await flow.try_out(rig, subject, exploration, candidates)
    stable = f"{len(tried.trial.stable)} of {len(tried.trial.first.outcomes)} tests are stable"
    yield flow.done("run", stable, coverage=covered_by(subject, tried.trial))
    kept = await flow.choose(subject, exploration, tried)
    yield flow.done("choose", f"{len(kept)} tests keep every gain")
    kept = [*kept, *flow.expected_failures(findings)]
    if flow.standing.tests and not kept:
        yield flow.unneeded(subject, findings)
        return
    final = await flow.settle(flow.last_rig(subject, exploration), kept)
    yield flow.done(
        "verify", f"{len(final.trial.stable)} tests passed in every run", coverage=covered_by(subject, final.trial)
    )
    if flow.standing.tests and not final.candidates:
        yield flow.unneeded(subject, findings)
        return
    mutation = await flow.mutate(subject, final)
    yield flow.done("mutate", f"{mutation.killed} of {mutation.valid} mutants killed", kills=mutation.score)
    yield flow.finished(subject, final, mutation, findings)


class _Flow:
    """One request on its way: its stages, and what they have in common."""

    def __init__(self, request: Request, workshop: Workshop, stop: asyncio.Event) -> None:
        self.request = request
        self.workshop = workshop
        self.stop = stop
        self.started = self._stage_started = workshop.clock()
        self.stages: list[Stage] = []
        self.rejected: list[Rejected] = []
        self.said = Said()
        self.search_notes: tuple[str, ...] = ()
        self.standing = Standing()

    # -- the stages -------------------------------------------------------------------------------------------------
    def analyse(self) -> Subject:
        """The module understood; under the strict policy judged before that."""
        source = self.request.source
        self._gate(source.text)
        return understand(source, self.request.options.targets)

    async def search(self, subject: Subject) -> Exploration:
        """What the embedded engine found within its share of the budget, or up to the stop."""
        heard: list[Mapping[str, Any]] = []
        seconds = self.request.options.budget_seconds * SEARCH_SHARE
        work = self._engine().explore(subject, self.request.interpreter, seconds, heard.append)
        found = await self._unless_stopped(work) or read(heard)
        self.search_notes = found.notes
        return found

    async def measure_standing(self, subject: Subject) -> bool:
        """Run the test files that the project has for the module; whether there are any."""
        request = self.request
        files = len(request.tests) + (request.into is not None)
        if files and not self.stop.is_set():
            seconds = max(MIN_MUTATION_SECONDS, request.options.budget_seconds * EXISTING_SHARE / files)

            async def judge(run: Run, trial: Trial) -> Mutation:
                return await self._mutation(subject, run, trial, seconds)

            work = standing_of(request, self.workshop.sandbox, self.workshop.run_limits, judge)
            self.standing = await self._unless_stopped(work) or Standing()
        return bool(self.standing.measured)

    async def reproduced(self, findings: Sequence[Finding]) -> list[Finding]:
        """The suspected bugs that show again in a fresh process."""
        return await self._engine().reproduced(findings, self.request.source, self.request.interpreter)

    def expected_failures(self, findings: Sequence[Finding]) -> list[Candidate]:
        """A test that is expected to fail for each suspected bug that is worth one, where they were asked for."""
        if not self.request.options.xfail_bugs:
            return []
        sure = [item for item in findings if item.confidence is not Confidence.LOW]
        return self.standing.without_written(expected_failure(item, number) for number, item in enumerate(sure, 1))

    def _engine(self) -> SearchEngine:
        options = self.request.options
        return SearchEngine(self.workshop.sandbox, self.workshop.search_limits, options.seed, self.workshop.workers)

    async def try_out(
        self, rig: Rig, subject: Subject, exploration: Exploration, candidates: Sequence[Candidate]
    ) -> Salvaged:
        """A first run of the candidates that the search's own claims make worth one."""
        setting = setting_of(subject, exploration)
        chosen = preselected([item for item in candidates if self._can_be_written(item, setting)])
        if not chosen and not subject.existing_tests:
            raise NothingToTest(why_nothing(subject))
        tried, heard = await asked_beside(self._oracle, chosen, runnable(rig, chosen, seeds=(1,)))
        self.said = said(tried.trial, heard)
        believed = dataclasses.replace(tried, trial=doubted(tried.trial, heard))
        self.rejected += dict.fromkeys([*tried.rejected, *rejections(believed.trial)])
        return believed

    async def choose(self, subject: Subject, exploration: Exploration, tried: Salvaged) -> list[Candidate]:
        """The candidates that together keep every gain; each adds something that none before it in the file has.

        Lines and branches are those of the trial. Kills are those that the search saw: their number, not the clock,
        bounds that work, so that a seed gives the same suite again.
        """
        possible = possible_in(subject)
        offers = offers_of(exploration, tried, possible)
        if insertion := self._insertion():
            misfits = insertion.misfits(tried.candidates, setting_of(subject, exploration))
            offers = {name: offer for name, offer in offers.items() if name not in misfits}
            self.rejected += misfits.values()
        have = await self._already(subject, exploration, tried, possible)
        written = self.standing.written(tried.candidates, offers)
        have = have.union(*(own_gains(offer) for offer in written.values()))
        limit = self.request.options.max_tests
        limit = max(0, limit - len(written)) if limit else limit
        names = set(cover(direct_offers(subject, tried.candidates, offers), have=have, limit=limit))
        kept = [item for item in tried.candidates if item.id in names]
        new = first_gains([item.id for item in kept], offers, have)
        return [item for item in kept if new[item.id]]

    async def settle(self, rig: Rig, kept: Sequence[Candidate]) -> Salvaged:
        """The final file: only tests that pass in every run, in any order."""
        final = await settled(rig, kept, seeds=(2, 3))
        self.rejected += final.rejected
        if not final.trial.stable and not final.trial.rejected:
            reasons = "; ".join(f"{item.name}: {item.reason}" for item in self.rejected[:3])
            raise NothingToTest(f"no test passed in every run, so none is delivered ({reasons})")
        return final

    async def mutate(self, subject: Subject, final: Salvaged) -> Mutation:
        """Which mutants the delivered tests kill, as far as the budget reaches."""
        seconds = max(MIN_MUTATION_SECONDS, self._left() - SPARE_SECONDS)
        insertion = self._insertion()
        run = insertion.run_of(final.file) if insertion else self._run_of(final.file)
        return await self._mutation(subject, run, new_alone(final) if insertion else final.trial, seconds)

    # -- their parts ------------------------------------------------------------------------------------------------
    def _gate(self, text: str) -> None:
        if self.request.options.policy is not Policy.STRICT:
            return
        findings = judge(as_bytes(text), own_modules=(self.request.source.module.partition(".")[0],))
        if findings:
            raise PolicyRefused(findings)

    def rig(self, subject: Subject, exploration: Exploration) -> Rig:
        setting = setting_of(subject, exploration, self.request.style)

        def written(candidates: Sequence[Candidate]) -> TestFile:
            file = render(candidates, setting)
            self._gate(file.text)
            return file

        return Rig(sandbox=self.workshop.sandbox, written=written, run_of=self._run_of)

    def last_rig(self, subject: Subject, exploration: Exploration) -> Rig:
        """For the final file: where new tests go into a file of the project, that file."""
        rig, insertion = self.rig(subject, exploration), self._insertion()
        if insertion is None:
            return rig
        setting = setting_of(subject, exploration, self.request.style)

        def written(candidates: Sequence[Candidate]) -> TestFile:
            self._gate(rig.written(candidates).text)
            return insertion.written(candidates, setting)

        return dataclasses.replace(rig, written=written, run_of=insertion.run_of)

    def _insertion(self) -> Insertion | None:
        return self.standing.insertion(self.request, self.workshop.run_limits)

    @property
    def _oracle(self) -> Oracle:
        return Oracle(
            sandbox=self.workshop.sandbox,
            source=self.request.source,
            interpreter=self.request.interpreter,
            limits=self.workshop.run_limits,
        )

    def _run_of(self, file: TestFile) -> Run:
        source = self.request.source
        name = test_file_name(source.module)
        run = test_run(source, self.request.interpreter, name, file.text, self.workshop.run_limits)
        job = {**run.job, "falsified": falsified(file.text)}
        return dataclasses.replace(run, job=job, expected=file.base_ids(name))

    def _can_be_written(self, item: Candidate, setting: Setting) -> bool:
        unknown = unknown_names(item, setting)
        if unknown:
            self.rejected.append(Rejected(name=item.name, reason=f"no import for {', '.join(sorted(unknown))}"))
            return False
        try:
            self._gate(draft(item, setting))
        except PolicyRefused as refused:
            self.rejected.append(Rejected(name=item.name, reason=f"the test would be refused: {refused}"))
            return False
        return True

    async def _already(
        self, subject: Subject, exploration: Exploration, tried: Salvaged, possible: Possible
    ) -> frozenset[Gain]:
        """What is had without any candidate: by the import, and by the tests that the code came with."""
        trial = tried.trial
        have = run_gains(possible, trial.arcs.get(IMPORT, ()))
        have |= self.standing.gains(subject, possible, exploration.mutant_lines)
        existing = tuple(item for item in trial.stable if item not in trial.owner)
        if not existing:
            return have
        seconds = self.request.options.budget_seconds * EXISTING_SHARE
        run = self._run_of(tried.file)
        mutation = await self._mutation(subject, run, dataclasses.replace(trial, stable=existing), seconds)
        reached = frozenset[Gain]().union(*(run_gains(possible, trial.arcs[item]) for item in existing))
        kills = frozenset[int]().union(*mutation.kills.values())
        return have | reached | reached_targets(reached, subject) | kill_gains(kills, exploration.mutant_lines)

    async def _mutation(self, subject: Subject, run: Run, trial: Trial, seconds: float) -> Mutation:
        if not trial.stable or self.stop.is_set():
            return Mutation()
        work = mutation_of(
            self.workshop.sandbox,
            run,
            subject,
            trial,
            seconds=seconds,
            limits=self.workshop.search_limits,
            workers=self.workshop.workers,
        )
        return await self._unless_stopped(work) or Mutation()

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

    # -- what is told -----------------------------------------------------------------------------------------------
    def done(self, stage: str, detail: str, *, coverage: float | None = None, kills: float | None = None) -> Event:
        """The event that a stage has ended, with figures it measured, and its time noted."""
        now = self.workshop.clock()
        self.stages.append(Stage(name=stage, seconds=now - self._stage_started))
        self._stage_started = now
        at = now - self.started
        return Event(seq=len(self.stages), at=at, stage=stage, detail=detail, coverage=coverage, kills=kills)

    def finished(self, subject: Subject, final: Salvaged, mutation: Mutation, findings: Sequence[Finding]) -> Event:
        """The last event, with the report."""
        possible = possible_in(subject)
        delivered = restricted(mutation, final.trial)
        report = dataclasses.replace(
            self._report(subject, findings),
            tests_file=final.file.text,
            encoding=final.file.encoding,
            tests=evidence_of(new_alone(final) if self.request.into else final.trial, delivered, possible),
            coverage=total(possible, [*final.trial.arcs.values(), *self.standing.arcs]),
            mutation=combined([self.standing.mutation, delivered]),
            final=self.said.judged(cross_checked(final.trial.first, mutation, claims_of(final))),
        )
        return dataclasses.replace(self.done("report", f"{len(report.tests)} tests delivered"), report=report)

    def unneeded(self, subject: Subject, findings: Sequence[Finding]) -> Event:
        """The last event where the project's tests bring everything that was found, and no file is delivered."""
        report = dataclasses.replace(self._report(subject, findings), final=self.standing.result)
        return dataclasses.replace(self.done("report", "nothing to add"), report=report)

    def _report(self, subject: Subject, findings: Sequence[Finding]) -> Report:
        """The report as it is without a new test."""
        possible = possible_in(subject)
        return Report(
            module=subject.source.module,
            tests_file="",
            tests=(),
            rejected=tuple(self.rejected),
            coverage=total(possible, self.standing.arcs),
            mutation=self.standing.mutation,
            findings=tuple(findings),
            final=RunResult(verdict=Verdict.PASSED),
            stages=tuple(self.stages),
            spend=Spend(),
            seconds=self.workshop.clock() - self.started,
            seed=self.request.options.seed,
            engine=ENGINE,
            notes=(*self.search_notes, *self.said.notes, *self.standing.notes),
            oracle=self.said.asked,
            interrupted=self.stop.is_set(),
            before=self.standing.before(possible),
        )

    def _left(self) -> float:
        return self.request.options.budget_seconds - (self.workshop.clock() - self.started)


def test_file_name(module: str) -> str:
    """`humanize.time` → `test_time.py`."""
    return f"test_{module.rpartition('.')[2].strip('_')}.py"


test_file_name.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test where it is imported
