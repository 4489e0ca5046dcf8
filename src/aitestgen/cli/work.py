"""The modules of one command, side by side: each is generated for, written, remembered and summed up."""

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.analyse.project_tests import ProjectTests, place_of
from aitestgen.analyse.style import style_beside
from aitestgen.cli import outputs
from aitestgen.cli.console import put, say, say_findings, shown
from aitestgen.cli.interrupt import interruptible
from aitestgen.cli.jobs import GATE_NOT_MET, INTERRUPTED, Choices, Ended, Job
from aitestgen.cli.memory import Memory
from aitestgen.cli.progress import Board, board
from aitestgen.errors import AitestgenError, NothingToTest, PolicyRefused, SandboxError, UsageError
from aitestgen.render.report_text import findings_of, one_line, summary
from aitestgen.seams import Flow, Sandbox
from aitestgen.values import Interpreter, Options, Policy, Report, Request, SourceFile, Style, TestModule, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every module is worked on with, `jobs` of them at a time."""

    choices: Choices
    options: Options
    interpreter: Interpreter
    jail: Sandbox
    flow: Flow
    tests: ProjectTests
    style: Style = Style()
    strategies: tuple[TestModule, ...] = ()
    jobs: int = 1
    memory: Memory | None = None

    async def each(self, jobs: Sequence[Job]) -> list[Ended]:
        """How each ended, in the order given, however many ran at a time. An interrupt leaves out the rest.

        Raises SandboxError where no jail could be had for any: then nothing else is tried.
        """
        with board(len(jobs), self.jobs, self.choices.color) as display:
            async with aclosing(self.jail), interruptible() as stop:
                return await Hands(self, jobs, display, stop).all()

    async def report_of(self, job: Job, display: Board, stop: asyncio.Event) -> Report:
        """The report of the flow's last event, each event shown as it comes."""
        source = job.input.source
        if job.input.trouble:
            raise job.input.trouble
        if self.options.policy is Policy.STRICT:
            refuse_unsafe(source)
        options = replace(self.options, targets=job.input.only)
        request = Request(
            source=source,
            interpreter=self.interpreter,
            options=options,
            tests=job.tests,
            into=job.into,
            place=place_of(job.path) if job.path else None,
            style=style_beside(self.style, job.into.text) if job.into else self.style,
            strategies=self.strategies if self.tests.are_beside(source) else (),
        )
        async with aclosing(self.flow(request, stop)) as events:
            async for event in events:
                display.show(job.module, event)
                if event.report:
                    return event.report
        raise SandboxError("the flow ended without a report; try again")


class Hands:
    """Several workers at one list of jobs."""

    def __init__(self, work: Work, jobs: Sequence[Job], display: Board, stop: asyncio.Event) -> None:
        self._work = work
        self._jobs = jobs
        self._display = display
        self._stop = stop
        self._ended: dict[int, Ended] = {}
        self._broken: SandboxError | None = None

    async def all(self) -> list[Ended]:
        waiting = iter(enumerate(self._jobs))
        hands = [asyncio.create_task(self._take(waiting)) for _ in range(min(self._work.jobs, len(self._jobs)))]
        try:
            await asyncio.gather(*hands)
        finally:
            for hand in hands:
                hand.cancel()
            await asyncio.gather(*hands, return_exceptions=True)
        if self._broken and len(self._ended) < len(self._jobs):
            raise self._broken
        return [self._ended[number] for number, _ in enumerate(self._jobs)]

    async def _take(self, waiting: Iterator[tuple[int, Job]]) -> None:
        """Job after job, until none is left or the jail turns out not to work at all."""
        for number, job in waiting:
            try:
                self._ended[number] = await self._one(job)
            except SandboxError as error:
                if not any(ended.report for ended in self._ended.values()):
                    self._broken = error
                    return
                self._ended[number] = self._tell(Ended(job=job, exit_code=error.exit_code, error=error))

    async def _one(self, job: Job) -> Ended:
        """Generate, write and say so. Raises SandboxError; whatever else fails is this module's own failure."""
        if self._stop.is_set():
            early = AitestgenError("interrupted before it was started")
            return Ended(job=job, exit_code=INTERRUPTED, error=early)
        if not self._many:
            say(f"{job.module}: {job.input.root}")
        self._display.started(job.module)
        try:
            return self._deliver(job, await self._work.report_of(job, self._display, self._stop))
        except SandboxError:
            raise
        except AitestgenError as error:
            return self._failed(job, error)
        except Exception as error:
            if not self._many:
                raise
            return self._failed(job, AitestgenError(f"internal error: {type(error).__name__}: {error}"))
        finally:
            self._display.ended(job.module)

    @property
    def _many(self) -> bool:
        return len(self._jobs) > 1

    def _failed(self, job: Job, error: AitestgenError) -> Ended:
        if self._stop.is_set():
            early = AitestgenError("interrupted before a test was found")
            return self._tell(Ended(job=job, exit_code=INTERRUPTED, error=early))
        ended = Ended(job=job, exit_code=error.exit_code, error=error)
        if isinstance(error, NothingToTest):
            self._remember(ended)
        return self._tell(ended)

    def _deliver(self, job: Job, report: Report) -> Ended:
        """Write the tests where every one of them passed, and sum up."""
        good = report.final.verdict is Verdict.PASSED and (bool(report.tests_file) or report.before is not None)
        written = good and bool(report.tests_file)
        if written and job.path is not None:
            unchanged_since(job)
            outputs.make_packages(job.path.parent, self._work.tests.folder)
            outputs.write(job.path, report.tests_file, report.encoding)
        elif written and not self._work.choices.json:
            put(report.tests_file)
        code = INTERRUPTED if report.interrupted else 0 if good else GATE_NOT_MET
        ended = Ended(job=job, exit_code=code, report=report, written=job.path if written else None)
        if code == 0 or (written and report.interrupted):
            self._remember(ended)
        return self._tell(ended)

    def _remember(self, ended: Ended) -> None:
        if self._work.memory and ended.job.question:
            self._work.memory.keep(ended.job.question, ended.facts)

    def _tell(self, ended: Ended) -> Ended:
        """Sum up a module: at length where it is the only one, else in a line; suspected bugs are always shown."""
        source, report = ended.job.input.source, ended.report
        if isinstance(ended.error, PolicyRefused):
            say_findings(ended.error.findings, f"{shown(source.path)}:" if source.path else "")
        if report is None:
            say(f"{source.module}: {ended.error}")
        elif self._many:
            where = where_to(ended.job) if ended.written else nothing_written(report)
            say("\n".join([one_line(report, where), *findings_of(report)]))
        elif ended.exit_code == GATE_NOT_MET:
            say(summary(report, None))
        elif not report.tests_file:
            say(summary(report, nothing_written(report)))
        else:
            say(summary(report, where_to(ended.job), command_for(ended.job)))
        return ended


def refuse_unsafe(source: SourceFile) -> None:
    """Raises PolicyRefused, CodeInvalid. The file's own bytes are judged: they are what will run."""
    if findings := judge(source.path.read_bytes() if source.path else as_bytes(source.text)):
        raise PolicyRefused(findings)


def unchanged_since(job: Job) -> None:
    """Raises UsageError where the file that is added to has been changed meanwhile: nothing of that must be lost."""
    if job.into and job.into.path.read_bytes() != job.into.text.encode(job.into.encoding):
        raise UsageError(f"{shown(job.into.path)} was changed meanwhile and is left as it is: run the command again")


def nothing_written(report: Report) -> str:
    return "nothing: the existing tests have it all" if report.before and not report.tests_file else "nothing"


def where_to(job: Job) -> str:
    return shown(job.path) if job.path else "stdout"


def command_for(job: Job) -> str | None:
    """What runs the written file outside the jail, where the module can be imported."""
    if job.path is None:
        return None
    roots = ":".join(shlex.quote(shown(root)) for root in job.input.source.roots if root != Path.cwd())
    return f"{f'PYTHONPATH={roots} ' if roots else ''}python -m pytest {shlex.quote(shown(job.path))}"
