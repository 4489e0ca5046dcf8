"""What is told of a request as it is worked on: an event for each stage, and at last the report."""

import asyncio
import dataclasses
from collections.abc import Sequence

from aitestgen.consult import Consultation, blessed
from aitestgen.measure.coverage import total
from aitestgen.measure.gains import Gain
from aitestgen.measure.mutation import cross_checked, restricted
from aitestgen.measure.value_oracle import Said
from aitestgen.propose.by_search.observed import Exploration
from aitestgen.salvage import Salvaged
from aitestgen.standing import combined
from aitestgen.values import (
    Candidate,
    Coverage,
    Event,
    Finding,
    Mutation,
    Report,
    Request,
    RunResult,
    Spend,
    Stage,
    Subject,
    Verdict,
    WrittenTest,
)
from aitestgen.wording import counted, killed_of
from aitestgen.workbench import Workbench, Workshop
from aitestgen.worth import before_of, claims_of, evidence_of, new_alone, possible_in

ENGINE = "search"
MODEL = "model"


class Teller(Workbench):
    """A workbench that keeps account of the stages, and tells what they came to."""

    def __init__(self, request: Request, workshop: Workshop, stop: asyncio.Event) -> None:
        super().__init__(request, workshop, stop)
        self.started = self._stage_started = workshop.clock()
        self.stages: list[Stage] = []
        self.said = Said()
        self.consultation: Consultation | None = None
        self._had: frozenset[Gain] | None = None
        self._asking_seconds = 0.0
        self.left_out = 0

    def beside_standing(self, mutation: Mutation) -> Mutation:
        """What the new tests kill, or the project's own do."""
        return combined([self.standing.mutation, mutation])

    def under_way(self, stage: str, new_alone: Mutation) -> Event:
        """The event that a stage is still at work, with what it has measured by now of the new tests."""
        mutation = self.beside_standing(new_alone)
        at = self.workshop.clock() - self.started
        return Event(
            seq=len(self.stages), at=at, stage=stage, detail=killed_of(mutation), mutation=mutation, under_way=True
        )

    def judged(self, new_alone: Mutation) -> Event:
        """The event that the new tests have met every mutant, or as many as there was time for."""
        mutation = self.beside_standing(new_alone)
        less = f", {counted(self.left_out, 'test')} left out that brought nothing more" if self.left_out else ""
        return self.done("mutate", killed_of(mutation) + less, mutation=mutation)

    def done(
        self,
        stage: str,
        detail: str,
        *,
        coverage: Coverage | None = None,
        mutation: Mutation | None = None,
        tests: tuple[WrittenTest, ...] | None = None,
    ) -> Event:
        """The event that a stage has ended, with what it measured, and its time noted."""
        now = self.workshop.clock()
        seconds = now - self._stage_started
        asked = self._spend if stage == MODEL else Spend()
        self.stages.append(Stage(name=stage, seconds=seconds, spend=asked))
        self._stage_started = now
        return Event(
            seq=len(self.stages),
            at=now - self.started,
            stage=stage,
            detail=detail,
            seconds=seconds,
            coverage=coverage.line_ratio if coverage else None,
            missing_lines=coverage.missing_lines if coverage else (),
            hit_lines=coverage.hit_lines if coverage else (),
            kills=mutation.score if mutation else None,
            mutation=mutation,
            tests=tests,
        )

    def searched(self, candidates: Sequence[Candidate], exploration: Exploration, findings: Sequence[Finding]) -> Event:
        """The event that the search has ended."""
        detail = f"{counted(len(candidates), 'call')} worth a test, {counted(len(exploration.mutant_lines), 'mutant')}"
        return dataclasses.replace(self.done("search", detail), findings=tuple(findings))

    def finished(self, subject: Subject, final: Salvaged, mutation: Mutation, findings: Sequence[Finding]) -> Event:
        """The last event, with the report."""
        if self.standing.tests and not final.candidates:
            return self.unneeded(subject, findings)
        possible = possible_in(subject)
        delivered = restricted(mutation, final.trial)
        plain = self._report(subject, findings)
        report = dataclasses.replace(
            plain,
            notes=(*plain.notes, *blessed(final.candidates, findings)),
            tests_file=final.file.text,
            encoding=final.file.encoding,
            tests=evidence_of(
                new_alone(final) if self.request.into else final.trial, delivered, possible, self.standing.ran(possible)
            ),
            coverage=total(possible, [*final.trial.arcs.values(), *self.standing.arcs]),
            mutation=self.beside_standing(delivered),
            final=self.said.judged(cross_checked(final.trial.first, mutation, claims_of(final))),
        )
        return dataclasses.replace(
            self.done("report", f"{counted(len(report.tests), 'test')} delivered"), report=report
        )

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
            rejected=tuple(dict.fromkeys(self.rejected)),
            coverage=total(possible, self.standing.arcs),
            mutation=self.standing.mutation,
            findings=tuple(findings),
            final=RunResult(verdict=Verdict.PASSED),
            stages=tuple(self.stages),
            spend=self._spend,
            seconds=self.workshop.clock() - self.started,
            seed=self.request.options.seed,
            engine=f"{ENGINE}+{MODEL}" if self.consultation else ENGINE,
            notes=(
                *self.notes,
                *self.said.notes,
                *self.standing.notes,
                *(self.consultation.notes if self.consultation else ()),
            ),
            oracle=self.said.asked,
            interrupted=self.stop.is_set(),
            before=before_of(self.standing, possible),
            llm=self.consultation.use if self.consultation else None,
        )

    @property
    def _spend(self) -> Spend:
        return self.consultation.spend if self.consultation else Spend()

    def _left(self) -> float:
        """Of the budget; the time with a model is not part of it."""
        return self.request.options.budget_seconds - (self.workshop.clock() - self.started - self._asking_seconds)
