"""`aitestgen generate`: one module after the other, a summary for each, the worst exit code at the end."""

import asyncio
import shlex
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aitestgen import wiring
from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.cli import outputs
from aitestgen.cli.console import print_json, put, say, say_findings, shown, to_json
from aitestgen.cli.inputs import Input, from_modules, from_paths, project_of
from aitestgen.cli.interrupt import interruptible
from aitestgen.cli.progress import progress
from aitestgen.errors import AitestgenError, NothingToTest, PolicyRefused, SandboxError, UsageError
from aitestgen.render.report_json import module_report
from aitestgen.render.report_text import summary
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings, read_settings
from aitestgen.values import Interpreter, Options, Policy, Report, Request, SourceFile, Verdict

INTERRUPTED, GATE_NOT_MET = 130, 1
MANY = 4
"""Of how many modules on jails are kept ready: below, a zygote costs more than it saves."""

WORST_LAST = (NothingToTest.exit_code, 0, GATE_NOT_MET, 2, 3, SandboxError.exit_code, INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the command line said; None where it said nothing."""

    paths: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    output: str | None = None
    report: Path | None = None
    budget_seconds: float | None = None
    seed: int | None = None
    llm: str | None = None
    sandbox: str | None = None
    python: Path | None = None
    policy: Policy | None = None
    max_tests: int | None = None
    root: Path | None = None
    xfail_bugs: bool = False
    force: bool = False
    json: bool = False
    color: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A module to test and where its tests go; no path is stdout."""

    input: Input
    path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one module ended."""

    job: Job
    exit_code: int
    report: Report | None = None
    error: AitestgenError | None = None
    written: Path | None = None


def generate_all(choices: Choices) -> int:
    """Generate for every input. Raises the errors that concern them all: UsageError, SandboxError, LLMError."""
    project = project_of(choices.paths)
    settings = read_settings(project)
    options = choose_options(choices, settings)
    wiring.check_llm(options.llm)
    interpreter = wiring.interpreter(choices.python or settings.python, project)
    jobs = plan(choices, interpreter, project)
    jail = wiring.jail(settings, choices.sandbox, warm=len(jobs) >= MANY)
    flow = wiring.flow(settings, jail, options.budget_seconds)
    work = Work(choices=choices, options=options, interpreter=interpreter, jail=jail, flow=flow)
    try:
        ended = asyncio.run(work.each(jobs))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    return finish(ended, choices)


def choose_options(choices: Choices, settings: Settings) -> Options:
    """Flags over the configuration."""
    return Options(
        budget_seconds=choices.budget_seconds or settings.budget_seconds,
        max_tests=choices.max_tests or settings.max_tests,
        llm=choices.llm or settings.llm,
        policy=choices.policy or settings.policy or Policy.SANDBOX,
        seed=settings.seed if choices.seed is None else choices.seed,
        xfail_bugs=choices.xfail_bugs,
    )


def plan(choices: Choices, interpreter: Interpreter, project: Path) -> list[Job]:
    """Every input with its destination, all checked before any time is spent. Raises UsageError, CodeInvalid."""
    if not choices.paths and not choices.modules:
        raise UsageError("nothing to do: name a PATH, or a module with -m")
    found = (
        *from_paths(choices.paths, choices.root),
        *from_modules(choices.modules, interpreter, choices.root),
    )
    paths = outputs.destinations([one.source for one in found], choices.output, project)
    for path in paths:
        if path is not None:
            outputs.check_writable(path, force=choices.force)
    if choices.report:
        outputs.check_writable(choices.report, force=True)
    return [Job(input=one, path=path) for one, path in zip(found, paths, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every module is worked on with."""

    choices: Choices
    options: Options
    interpreter: Interpreter
    jail: Sandbox
    flow: wiring.Flow

    async def each(self, jobs: Sequence[Job]) -> list[Ended]:
        """One after the other; an interrupt leaves out the rest."""
        async with aclosing(self.jail), interruptible() as stop:
            return [skipped(job) if stop.is_set() else await self.one(job, stop) for job in jobs]

    async def one(self, job: Job, stop: asyncio.Event) -> Ended:
        """Generate, write and say so. Raises SandboxError: the next module would meet it too."""
        say(f"{job.input.source.module}: {job.input.root}")
        try:
            report = await self.report_of(job, stop)
        except (UsageError, PolicyRefused, NothingToTest) as error:
            if stop.is_set():
                early = AitestgenError("interrupted before a test was found")
                return tell(Ended(job=job, exit_code=INTERRUPTED, error=early))
            return tell(Ended(job=job, exit_code=error.exit_code, error=error))
        return deliver(job, report, as_json=self.choices.json)

    async def report_of(self, job: Job, stop: asyncio.Event) -> Report:
        """The report of the flow's last event, each event shown as it comes."""
        source = job.input.source
        if self.options.policy is Policy.STRICT:
            refuse_unsafe(source)
        options = replace(self.options, targets=job.input.only)
        request = Request(source=source, interpreter=self.interpreter, options=options)
        with progress(source.module, self.choices.color) as display:
            async with aclosing(self.flow(request, stop)) as events:
                async for event in events:
                    display.show(event)
                    if event.report:
                        return event.report
        raise SandboxError("the flow ended without a report; try again")


def skipped(job: Job) -> Ended:
    return Ended(job=job, exit_code=INTERRUPTED, error=AitestgenError("interrupted before it was started"))


def refuse_unsafe(source: SourceFile) -> None:
    """Raises PolicyRefused, CodeInvalid. The file's own bytes are judged: they are what will run."""
    if findings := judge(source.path.read_bytes() if source.path else as_bytes(source.text)):
        raise PolicyRefused(findings)


def deliver(job: Job, report: Report, *, as_json: bool) -> Ended:
    """Write the tests where every one of them passed, and sum up."""
    good = report.final.verdict is Verdict.PASSED and bool(report.tests_file)
    if good and job.path is not None:
        outputs.write(job.path, report.tests_file)
    elif good and not as_json:
        put(report.tests_file)
    say(summary(report, where_to(job), command_for(job)) if good else summary(report, None))
    code = INTERRUPTED if report.interrupted else 0 if good else GATE_NOT_MET
    return Ended(job=job, exit_code=code, report=report, written=job.path if good else None)


def where_to(job: Job) -> str:
    return shown(job.path) if job.path else "stdout"


def command_for(job: Job) -> str | None:
    """What runs the written file outside the jail, where the module can be imported."""
    if job.path is None:
        return None
    roots = ":".join(shlex.quote(shown(root)) for root in job.input.source.roots if root != Path.cwd())
    return f"{f'PYTHONPATH={roots} ' if roots else ''}python -m pytest {shlex.quote(shown(job.path))}"


def tell(ended: Ended) -> Ended:
    """Say why a module was left out; beside others that came from a folder, one without targets is no failure."""
    path = ended.job.input.source.path
    if isinstance(ended.error, PolicyRefused):
        say_findings(ended.error.findings, f"{shown(path)}:" if path else "")
    say(f"{ended.job.input.source.module}: {ended.error}")
    return ended


def finish(ended: Sequence[Ended], choices: Choices) -> int:
    """Sum up several, write the report, print the JSON, and return the worst exit code."""
    code = worst([one.exit_code for one in ended])
    modules = [describe(one) for one in ended]
    if choices.report:
        outputs.write(choices.report, to_json(modules, exit_code=code))
    if choices.json:
        print_json(modules, exit_code=code)
    if len(ended) > 1:
        say(totals(ended))
    return code


def worst(codes: Sequence[int]) -> int:
    """The code that says most: nothing to test counts only where nothing else was done."""
    return max(codes, key=WORST_LAST.index)


def describe(ended: Ended) -> dict[str, Any]:
    source = ended.job.input.source
    facts: dict[str, Any] = (
        module_report(ended.report) if ended.report else {"module": source.module, "error": str(ended.error)}
    )
    if ended.report and ended.job.path is None:
        facts["tests_file"] = ended.report.tests_file
    facts["path"] = str(source.path) if source.path else None
    facts["output"] = str(ended.written) if ended.written else None
    return {**facts, "exit_code": ended.exit_code}


def totals(ended: Sequence[Ended]) -> str:
    done = [one.report for one in ended if one.report]
    tests = sum(len(report.final.outcomes) for report in done)
    bugs = sum(len(report.findings) for report in done)
    seconds = sum(report.seconds for report in done)
    return f"{len(done)} of {len(ended)} modules, {tests} tests, {bugs} suspected bugs, {seconds:.1f} s"
