"""The flow for tests that exist: analyse → run in the sandbox → measure. Nothing is proposed or written."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from aitestgen.analyse import understand
from aitestgen.measure.coverage import total
from aitestgen.measure.mutation import mutation_of, restricted
from aitestgen.measure.test_runs import TRACING_FACTOR
from aitestgen.measure.trial import rejections, try_out
from aitestgen.pipeline import Workshop
from aitestgen.standing import LEAST_SECONDS, run_of_module
from aitestgen.values import Event, Mutation, Report, Request, Spend, Stage, TestModule
from aitestgen.wording import counted
from aitestgen.worth import evidence_of, possible_in

ENGINE = "audit"


async def audit(request: Request, tests: TestModule, workshop: Workshop) -> AsyncGenerator[Event, None]:
    """Measure one test file of a module; yields progress, at last an event with the report.

    Coverage and mutants are those of the tests that pass; the others are `rejected`. The tests get as long as the
    budget, 10 seconds at least, and then the mutants get the budget. Raises CodeInvalid, NothingToTest, SandboxError.
    """
    started, stages = workshop.clock(), list[Stage]()

    def done(name: str, detail: str, report: Report | None = None) -> Event:
        at = workshop.clock() - started
        stages.append(Stage(name=name, seconds=at - sum(stage.seconds for stage in stages)))
        told = report and replace(report, stages=tuple(stages), seconds=at)
        return Event(seq=len(stages), at=at, stage=name, detail=detail, report=told)

    budget = request.options.budget_seconds
    subject = understand(request.source)
    possible = possible_in(subject)
    yield done("analyse", f"{counted(len(subject.targets), 'target')} in {subject.source.module}")
    limits = replace(workshop.run_limits, wall_seconds=max(LEAST_SECONDS, budget) / TRACING_FACTOR)
    run = run_of_module(request, tests, tests.text, limits)
    trial = await try_out(workshop.sandbox, run, (), ())
    yield done("run", f"{len(trial.stable)} of {counted(len(trial.first.outcomes), 'test')} passed")
    mutation = Mutation()
    if trial.stable:
        work = mutation_of(
            *(workshop.sandbox, run, subject, trial),
            seconds=budget,
            limits=workshop.search_limits,
            workers=workshop.workers,
        )
        mutation = restricted(await work, trial)
    yield done("mutate", f"{mutation.killed} of {counted(mutation.valid, 'mutant')} killed")
    report = Report(
        module=subject.source.module,
        tests_file=tests.text,
        encoding=tests.encoding,
        tests=evidence_of(trial, mutation, possible),
        rejected=rejections(trial),
        coverage=total(possible, [arcs for name, arcs in trial.arcs.items() if name in {"", *trial.stable}]),
        mutation=mutation,
        findings=(),
        final=trial.first,
        stages=(),
        spend=Spend(),
        seconds=0.0,
        seed=request.options.seed,
        engine=ENGINE,
    )
    yield done("report", f"{counted(len(trial.stable), 'test')} measured", report)
