"""What one request is worked on with: how its candidates become files, files runs, and runs an opinion of them."""

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.analyse.gate.own import modules_made_by
from aitestgen.consult import Bench, blessing
from aitestgen.errors import PolicyRefused
from aitestgen.measure.coverage import Possible
from aitestgen.measure.falsified import falsified
from aitestgen.measure.gains import Gain, kill_gains, reached_targets, run_gains
from aitestgen.measure.mutation import mutation_of, with_only
from aitestgen.measure.test_runs import IMPORT, untraced
from aitestgen.measure.trial import Trial
from aitestgen.measure.value_oracle import Oracle
from aitestgen.propose.by_search.generator import SearchEngine
from aitestgen.propose.by_search.observed import Exploration
from aitestgen.propose.by_search.suspected import expected_failure
from aitestgen.render.pytest_file import Setting, TestFile, draft, render, unknown_names
from aitestgen.salvage import Rig, Salvaged
from aitestgen.seams import LanguageModel, OnFrame, Sandbox
from aitestgen.standing import Insertion, Standing, run_of_module
from aitestgen.values import (
    Candidate,
    Confidence,
    Finding,
    Limits,
    Mutation,
    Policy,
    Rejected,
    Request,
    Run,
    SourceFile,
    Subject,
    TestModule,
    Verdict,
)
from aitestgen.worth import (
    possible_in,
    setting_of,
)

EXISTING_SHARE = 0.2
MIN_MUTATION_SECONDS = 2.0
NO_TEST = "def test_nothing():\n    pass\n"
NOWHERE = TestModule(path=Path(), text="")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What the flow works with; made by wiring. `workers` is how many jails the flow has open at a time.

    With a `model` what the search left is asked of it, and answers are waited for `model_seconds` in all, on top of the
    request's budget. `model_host` is where it is asked.
    """

    sandbox: Sandbox
    search_limits: Limits
    run_limits: Limits
    workers: int = 2
    model: LanguageModel | None = None
    model_host: str = ""
    model_seconds: float = 120.0
    clock: Callable[[], float] = time.monotonic


class Workbench:
    """What turns one request's candidates into files and runs, and what judges them."""

    def __init__(self, request: Request, workshop: Workshop, stop: asyncio.Event) -> None:
        self.request = request
        self.workshop = workshop
        self.stop = stop
        self.rejected: list[Rejected] = []
        self.standing = Standing()
        self.place = request.place
        self.notes: list[str] = []
        self.own = own_modules(request.source) if request.options.policy is Policy.STRICT else frozenset()

    async def settle_in(self) -> None:
        """Where the fixtures that act on every test cannot be set up in the jail, go on without, and note it."""
        if self.place is None:
            return
        run = run_of_module(self.request, self.place, NO_TEST, self.workshop.run_limits)
        result = await self.workshop.sandbox.run(untraced(run))
        if result.verdict is not Verdict.PASSED:
            why = next((item.message for item in result.outcomes if item.message), result.detail).strip()
            self.notes.append(
                f"{self.place.conftests[-1].path}: its fixtures cannot be set up in the jail, so the new tests were "
                f"verified without them ({why.splitlines()[-1].removeprefix('E').strip() if why else result.verdict})"
            )
            self.place = None

    def _gate(self, text: str) -> None:
        if self.request.options.policy is not Policy.STRICT:
            return
        findings = judge(as_bytes(text), own_modules=self.own)
        if findings:
            raise PolicyRefused(findings)

    def rig(self, subject: Subject, exploration: Exploration) -> Rig:
        setting = setting_of(subject, exploration, self.request.style)

        def written(candidates: Sequence[Candidate]) -> TestFile:
            file = render(candidates, setting)
            if candidates:  # a file without a test has no code, which the gate would lay to the caller
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
            rig.written(candidates)  # raises what the gate says of the new tests
            return insertion.written(candidates, setting)

        return dataclasses.replace(rig, written=written, run_of=insertion.run_of)

    @property
    def is_asking(self) -> bool:
        """Whether a language model is asked: there is one, and nobody has said that nothing may leave."""
        return self.workshop.model is not None and self.request.options.llm != "none" and not self.stop.is_set()

    @property
    def model_name(self) -> str:
        return self.workshop.model.name if self.workshop.model else ""

    def _bench(self, subject: Subject, exploration: Exploration) -> Bench:
        setting = setting_of(subject, exploration)
        seconds = max(MIN_MUTATION_SECONDS, self.request.options.budget_seconds * EXISTING_SHARE)
        return Bench(
            subject=subject,
            exploration=exploration,
            possible=possible_in(subject),
            rig=self.rig(subject, exploration),
            oracle=self._oracle,
            fits=lambda item: self._can_be_written(item, setting),
            mutate=lambda tried, only: self._mutation(
                subject, with_only(self._run_of(tried.file), only), tried.trial, seconds
            ),
            seconds=self.workshop.model_seconds,
            seed=self.request.options.seed,
            existing=(*self.standing.codes, *subject.existing_tests),
        )

    async def reproduced(self, findings: Sequence[Finding]) -> list[Finding]:
        """The suspected bugs that show again in a fresh process."""
        return await self._engine().reproduced(findings, self.request.source, self.request.interpreter)

    def expected_failures(self, findings: Sequence[Finding]) -> list[Candidate]:
        """A test that is expected to fail for each suspected bug that is worth one, where they were asked for."""
        if not self.request.options.xfail_bugs:
            return []
        sure = [item for item in findings if item.confidence is not Confidence.LOW]
        return self.standing.without_written(expected_failure(item, number) for number, item in enumerate(sure, 1))

    def _banned(self, candidates: Sequence[Candidate], findings: Sequence[Finding]) -> frozenset[str]:
        """The candidates that may not be delivered, as they bless a suspected bug."""
        return frozenset() if self.request.options.bless_bugs else blessing(candidates, findings)

    def _engine(self) -> SearchEngine:
        options = self.request.options
        return SearchEngine(
            self.workshop.sandbox,
            self.workshop.search_limits,
            options.seed,
            self.workshop.workers,
            bless=options.bless_bugs,
            strategies=self.request.strategies,
        )

    def _on_top(
        self, subject: Subject, exploration: Exploration, extra: Sequence[Candidate], count: int
    ) -> list[Candidate]:
        """Those of the extra tests that fit into the file and into the number of tests that is wanted."""
        found = self.standing.without_written(extra)
        if insertion := self._insertion():
            misfits = insertion.misfits(found, setting_of(subject, exploration))
            found = [item for item in found if item.id not in misfits]
        limit = self.request.options.max_tests
        return found if limit is None else found[: max(0, limit - count)]

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
        name = test_file_name(self.request.source.module)
        place = dataclasses.replace(self.place or NOWHERE, path=Path(name))
        run = run_of_module(self.request, place, file.text, self.workshop.run_limits)
        job = {**run.job, "falsified": falsified(file.text)}
        return dataclasses.replace(run, job=job, expected=file.base_ids(name))

    def _can_be_written(self, item: Candidate, setting: Setting) -> bool:
        try:
            unknown = unknown_names(item, setting)
        except SyntaxError as error:
            self.rejected.append(Rejected(name=item.name, reason=f"the test would be no code: {error.msg}"))
            return False
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

    async def _mutation(
        self, subject: Subject, run: Run, trial: Trial, seconds: float, on_frame: OnFrame | None = None
    ) -> Mutation:
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
            on_frame=on_frame,
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


def own_modules(source: SourceFile) -> frozenset[str]:
    """The modules that come with the one under test: whoever shows them to the jail has had them judged."""
    files = [file for bind in source.binds for file in (bind.rglob("*.py") if bind.is_dir() else (bind,))]
    made = modules_made_by(
        str(file.relative_to(root)) for root in source.roots for file in files if file.is_relative_to(root)
    )
    return made | {source.module.partition(".")[0]}


def test_file_name(module: str) -> str:
    """`humanize.time` → `test_time.py`."""
    return f"test_{module.rpartition('.')[2].strip('_')}.py"


test_file_name.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test where it is imported
