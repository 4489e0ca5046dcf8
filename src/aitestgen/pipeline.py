"""The flow: analyse → propose → run in the sandbox → measure → choose → render. Data goes one way."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from aitestgen.analyse import understand
from aitestgen.consult import Consultation, Consulted, added_by
from aitestgen.errors import NothingToTest
from aitestgen.measure.judging import Judging
from aitestgen.measure.mutation import moved
from aitestgen.measure.trial import Trial, rejections
from aitestgen.measure.value_oracle import asked_beside, doubted, said, together
from aitestgen.propose.by_search.generator import judged
from aitestgen.propose.by_search.observed import Exploration, read
from aitestgen.render.written import written_tests
from aitestgen.salvage import Rig, Salvaged, runnable, settled
from aitestgen.standing import Standing, standing_of
from aitestgen.teller import MODEL, Teller
from aitestgen.values import Candidate, Event, Finding, Mutation, Request, Run, Subject
from aitestgen.wording import counted
from aitestgen.workbench import EXISTING_SHARE, MIN_MUTATION_SECONDS, Workshop
from aitestgen.worth import (
    chosen,
    covered_by,
    fuller,
    lost,
    measured_offers,
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
SPARE_SECONDS = 0.5
LAST_SEEDS = (2, 3, 4)
"""Orders and hash seeds of the last runs, beside those before: what follows the order of a set of two comes out alike
in one of sixteen such cases.
"""
AGAIN_SEEDS = (5,)
"""Of one more run of a file that passed those, where tests that brought nothing more were left out of it."""

__all__ = ["Workshop", "generate"]


async def generate(
    request: Request, workshop: Workshop, stop: asyncio.Event | None = None
) -> AsyncGenerator[Event, None]:
    """Generate, verify and choose tests for one module; yields progress, at last an event with the report.

    Setting `stop` ends the search and the mutation analysis early: what was found by then is still verified. Raises
    CodeInvalid, PolicyRefused, NothingToTest or SandboxError.
    """
    flow = _Flow(request, workshop, stop or asyncio.Event())
    subject = flow.analyse()
    yield flow.done("analyse", f"{counted(len(subject.targets), 'target')} in {subject.source.module}")
    exploration = await flow.search(subject)
    candidates, suspected = sorted_out(judged(exploration, subject, bless=request.options.bless_bugs))
    findings = await flow.reproduced(suspected)
    yield flow.searched(candidates, exploration, findings)
    if await flow.measure_standing(subject):
        yield flow.done("existing", f"the project has {counted(flow.standing.tests, 'test')} that passed")
    rig = flow.rig(subject, exploration)
    tried = await flow.try_out(rig, subject, exploration, candidates)
    yield flow.done("run", told(tried.trial), coverage=covered_by(subject, tried.trial))
    kept = await flow.choose(subject, exploration, tried)
    yield flow.done("choose", f"{counted(len(kept), 'test')} to keep every gain")
    kept, extra, findings = await flow.consult(subject, exploration, tried, kept, findings)
    if flow.consultation:
        yield flow.done(MODEL, f"{counted(len(extra), 'test')} more by {flow.model_name}")
    kept = [*kept, *flow.expected_failures(findings)]
    if flow.standing.tests and not kept and not extra:
        yield flow.unneeded(subject, findings)
        return
    final = await flow.verify(subject, exploration, tried, kept, extra, findings)
    yield flow.done(
        "verify",
        f"{counted(len(final.trial.stable), 'test')} passed in every run",
        coverage=covered_by(subject, final.trial),
        tests=written_tests(final.file.text, final.trial.stable),
    )
    if flow.standing.tests and not final.candidates:
        yield flow.unneeded(subject, findings)
        return
    judging = Judging(final.trial.stable)
    async for so_far in judging.during(flow.mutate(subject, final, judging)):
        yield flow.under_way("mutate", so_far)
    final, mutation = await flow.trimmed(subject, exploration, final, judging.outcome, findings)
    yield flow.judged(mutation)
    yield flow.finished(subject, final, mutation, findings)


def told(trial: Trial) -> str:
    return f"{len(trial.stable)} of {counted(len(trial.first.outcomes), 'test')} stable"


class _Flow(Teller):
    """One request on its way: its stages."""

    def analyse(self) -> Subject:
        """The module understood; under the strict policy judged before that."""
        source = self.request.source
        self._gate(source.text)
        return understand(source, self.request.options.targets, self.request.known_tests)

    async def search(self, subject: Subject) -> Exploration:
        """What the embedded engine found within its share of the budget, or up to the stop."""
        heard: list[Mapping[str, Any]] = []
        seconds = self.request.options.budget_seconds * SEARCH_SHARE
        work = self._engine().explore(subject, self.request.interpreter, seconds, heard.append)
        found = await self._unless_stopped(work) or read(heard)
        self.notes += found.notes
        return found

    async def measure_standing(self, subject: Subject) -> bool:
        """Run the test files that the project has for the module; whether there are any."""
        request = self.request
        files = len(request.known_tests)
        if files and not self.stop.is_set():
            seconds = max(MIN_MUTATION_SECONDS, request.options.budget_seconds * EXISTING_SHARE / files)

            async def judge(run: Run, trial: Trial) -> Mutation:
                return await self._mutation(subject, run, trial, seconds)

            work = standing_of(request, self.workshop.sandbox, self.workshop.run_limits, judge)
            self.standing = await self._unless_stopped(work) or Standing()
        return bool(self.standing.measured)

    async def try_out(
        self, rig: Rig, subject: Subject, exploration: Exploration, candidates: Sequence[Candidate]
    ) -> Salvaged:
        """A first run of the candidates that the search's own claims make worth one."""
        setting = setting_of(subject, exploration)
        worth_it = preselected(subject, [item for item in candidates if self._can_be_written(item, setting)])
        if not worth_it and not subject.existing_tests and not self.is_asking:
            raise NothingToTest("; ".join([why_nothing(subject), *exploration.notes]))
        await self.settle_in()
        tried, heard = await asked_beside(self._oracle, worth_it, runnable(rig, worth_it, seeds=(1,)))
        self.said = said(tried.trial, heard)
        believed = dataclasses.replace(tried, trial=doubted(tried.trial, heard))
        self.rejected += dict.fromkeys([*tried.rejected, *rejections(believed.trial)])
        return believed

    async def choose(
        self, subject: Subject, exploration: Exploration, tried: Salvaged, banned: frozenset[str] = frozenset()
    ) -> list[Candidate]:
        """The candidates that together keep every gain; each adds something that none before it in the file has.

        Lines and branches are those of the trial. Kills are those that the search saw: their number, not the clock,
        bounds that work, so that a seed gives the same suite again. None that is `banned` is chosen.
        """
        possible = possible_in(subject)
        offers = offers_of(exploration, tried, possible)
        offers = {name: offer for name, offer in offers.items() if name not in banned}
        if insertion := self._insertion():
            misfits = insertion.misfits(tried.candidates, setting_of(subject, exploration))
            offers = {name: offer for name, offer in offers.items() if name not in misfits}
            self.rejected += misfits.values()
        if self._had is None:
            self._had = await self._already(subject, exploration, tried, possible)
        have = self._had
        written = self.standing.written(tried.candidates, offers)
        have = have.union(*(own_gains(offer) for offer in written.values()))
        limit = self.request.options.max_tests
        limit = max(0, limit - len(written)) if limit else limit
        return chosen(subject, tried.candidates, offers, have=have, limit=limit)

    async def consult(
        self,
        subject: Subject,
        exploration: Exploration,
        tried: Salvaged,
        kept: list[Candidate],
        findings: list[Finding],
    ) -> tuple[list[Candidate], list[Candidate], list[Finding]]:
        """What the search's tests become beside a model, the tests that come on top of them, and all findings."""
        began, model = self.workshop.clock(), self.workshop.model
        if model is None or not self.is_asking:
            return kept, [], findings
        self.consultation = Consultation(model, self._bench(subject, exploration), self.workshop.model_host)
        offers = offers_of(exploration, tried, possible_in(subject))
        have = (self._had or frozenset()).union(*(own_gains(offers[item.id]) for item in kept))
        consulted = await self._unless_stopped(self.consultation.proposals(have, kept)) or Consulted()
        findings = [*findings, *await self.reproduced(consulted.findings(exploration, subject, findings))]
        if banned := self._banned((*tried.candidates, *consulted.candidates), findings):
            kept = await self.choose(subject, exploration, tried, banned)
            have = (self._had or frozenset()).union(*(own_gains(offers[item.id]) for item in kept))
        extra = self._on_top(subject, exploration, added_by(consulted, subject, have, banned), len(kept))
        names = await self._unless_stopped(self.consultation.renamed([*kept, *extra])) or [*kept, *extra]
        self.rejected += dict.fromkeys(consulted.rejected)
        self.said = together(self.said, self.consultation.said)
        self._asking_seconds += self.workshop.clock() - began
        return names[: len(kept)], names[len(kept) :], findings

    async def verify(
        self,
        subject: Subject,
        exploration: Exploration,
        tried: Salvaged,
        kept: Sequence[Candidate],
        extra: Sequence[Candidate],
        findings: Sequence[Finding],
    ) -> Salvaged:
        """The final file. Where some of `kept` did not hold, others are in their place that bring what these did."""
        rig, known = self.last_rig(subject, exploration), {item.id: item for item in kept}
        final = await self.settle(rig, kept, extra)
        gone = lost(kept, final)
        if not gone or self.stop.is_set():
            return final
        again = await self.choose(subject, exploration, tried, self._banned(tried.candidates, findings) | gone)
        if {item.id for item in again} <= known.keys():
            return final
        others = [*(known.get(item.id, item) for item in again), *self.expected_failures(findings)]
        return fuller(subject, final, await self.settle(rig, others, extra))

    async def settle(
        self, rig: Rig, kept: Sequence[Candidate], extra: Sequence[Candidate], seeds: Sequence[int] = LAST_SEEDS
    ) -> Salvaged:
        """The final file: only tests that pass in every run, in any order. No `extra` test costs one that is kept."""
        final = await settled(rig, [*kept, *extra], seeds)
        if extra and lost(kept, final):
            alone = await settled(rig, kept, seeds)
            final = alone if len(lost(kept, alone)) < len(lost(kept, final)) else final
        self.rejected += final.rejected
        if self.consultation:
            self.consultation.delivered(final.candidates)
        if not final.trial.stable and not final.trial.rejected:
            reasons = "; ".join(f"{item.name}: {item.reason}" for item in self.rejected[:3])
            raise NothingToTest(f"no test passed in every run, so none is delivered ({reasons})")
        return final

    async def mutate(self, subject: Subject, final: Salvaged, judging: Judging) -> Mutation:
        """Which mutants the delivered tests kill, as far as the budget reaches, or up to the stop."""
        seconds = max(MIN_MUTATION_SECONDS, self._left() - SPARE_SECONDS)
        insertion = self._insertion()
        run = insertion.run_of(final.file) if insertion else self._run_of(final.file)
        trial = new_alone(final) if insertion else final.trial
        mutation = await self._mutation(subject, run, trial, seconds, judging.hear)
        return judging.so_far if self.stop.is_set() else mutation

    async def trimmed(
        self,
        subject: Subject,
        exploration: Exploration,
        final: Salvaged,
        mutation: Mutation,
        findings: Sequence[Finding],
    ) -> tuple[Salvaged, Mutation]:
        """The final file without the tests that, as measured, bring nothing that no other brings, and what it kills."""
        expected = {item.id for item in self.expected_failures(findings)}
        offers = measured_offers(exploration, final, mutation, possible_in(subject))
        offers = {name: offer for name, offer in offers.items() if name not in expected}
        had = self._had or frozenset()
        needed = {item.id for item in chosen(subject, final.candidates, offers, have=had, limit=None)}
        kept = [item for item in final.candidates if item.id in needed or item.id not in offers]
        if self.stop.is_set() or len(kept) == len(final.candidates) or not (kept or self.standing.tests):
            return final, mutation
        if not kept:  # what the search saw of them was not so: the project's own tests bring all that is
            return dataclasses.replace(final, candidates=()), Mutation()
        again = await self.settle(self.last_rig(subject, exploration), kept, [], AGAIN_SEEDS)
        self.left_out = len(final.candidates) - len(again.candidates)
        return again, moved(mutation, final.trial, again.trial)
