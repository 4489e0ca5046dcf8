"""`aitestgen generate`: modules side by side, what was finished before left alone, a table and the worst exit code."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aitestgen import wiring
from aitestgen.analyse.project_tests import ProjectTests, beside, project_tests, read_tests, strategies_of
from aitestgen.analyse.style import style_of
from aitestgen.cli import outputs
from aitestgen.cli.bounded import BoundedSandbox
from aitestgen.cli.console import print_json, say, to_json
from aitestgen.cli.exports import Export, check_exports, read_exports, write_exports
from aitestgen.cli.inputs import from_modules, from_paths, project_of
from aitestgen.cli.jobs import GATE_NOT_MET, INTERRUPTED, Choices, Ended, Job
from aitestgen.cli.memory import Memory, Question, memory_of
from aitestgen.cli.work import Work
from aitestgen.errors import AitestgenError, NothingToTest, SandboxError, UsageError
from aitestgen.render.report_text import table
from aitestgen.seams import LanguageModel
from aitestgen.settings import Settings, read_settings
from aitestgen.values import Interpreter, Options, Policy, Style, TestModule

MANY = 4
"""Of how many modules on jails are kept ready: below, a zygote costs more than it saves."""

WORST_LAST = (
    *(NothingToTest.exit_code, 0, GATE_NOT_MET, 2, 3),
    *(SandboxError.exit_code, AitestgenError.exit_code, INTERRUPTED),
)


@dataclass(frozen=True, slots=True)
class Tools:
    """What all modules of a command share."""

    options: Options
    interpreter: Interpreter
    memory: Memory | None
    tests: ProjectTests
    style: Style
    strategies: tuple[TestModule, ...]
    asked: LanguageModel | None = None


def generate_all(choices: Choices) -> int:
    """Generate for every input. Raises the errors that concern them all: UsageError, SandboxError, LLMError."""
    exports = read_exports(choices.exports)
    project = project_of(choices.paths)
    settings = read_settings(project)
    options = choose_options(choices, settings)
    asked = wiring.model(settings, options.llm)
    interpreter = wiring.interpreter(choices.python or settings.python, project)
    tests = project_tests(project)
    jobs = plan(choices, interpreter, tests)
    memory = memory_of(project) if len(jobs) > 1 else None
    if memory:
        jobs = [with_question(job, choices, options, interpreter) for job in jobs]
    before = {} if choices.fresh else recalled(jobs, memory, choices)
    todo = [job for job in jobs if job not in before]
    check_destinations(todo, choices, memory)
    check_exports(exports, jobs)
    tell_plan(jobs, before)
    strategies = () if choices.no_existing else strategies_of(tests)
    tools = Tools(options, interpreter, memory, tests, style_of(project), strategies, asked)
    own = memory.own_files() if memory else ()
    started = [with_tests(job, choices, tests, own) for job in todo]
    done = worked_on(started, choices, settings, tools) if todo else []
    ended = dict(zip(todo, done, strict=True)) | before
    return finish([ended[job] for job in jobs], choices, exports)


def choose_options(choices: Choices, settings: Settings) -> Options:
    """Flags over the configuration."""
    return Options(
        budget_seconds=choices.budget_seconds or settings.budget_seconds,
        max_tests=choices.max_tests or settings.max_tests,
        llm=choices.llm or settings.llm,
        policy=choices.policy or settings.policy or Policy.SANDBOX,
        seed=settings.seed if choices.seed is None else choices.seed,
        xfail_bugs=choices.xfail_bugs,
        bless_bugs=choices.bless_bugs,
    )


def plan(choices: Choices, interpreter: Interpreter, tests: ProjectTests) -> list[Job]:
    """Every input with its destination. Raises UsageError, CodeInvalid."""
    if choices.update and choices.force:
        raise UsageError("--update adds to a file and --force replaces it: choose one")
    if not choices.paths and not choices.modules:
        raise UsageError("nothing to do: name a PATH, or a module with -m")
    found = (
        *from_paths(choices.paths, choices.root),
        *from_modules(choices.modules, interpreter, choices.root),
    )
    paths = outputs.destinations([one.source for one in found], choices.output, tests)
    return [Job(input=one, path=path) for one, path in zip(found, paths, strict=True)]


def with_tests(job: Job, choices: Choices, tests: ProjectTests, own: Sequence[Path] = ()) -> Job:
    """The job with the project's tests of its module, without our `own`; with --update its file is added to.

    Where that one cannot be read, that is the trouble with the job.
    """
    if job.input.trouble:
        return job
    try:
        into = read_tests(job.path) if choices.update and job.path and job.path.exists() else None
    except UsageError as error:
        return replace(job, input=replace(job.input, trouble=error))
    if choices.no_existing:
        return replace(job, into=into)
    left_out = [job.path.resolve(), *own] if job.path else own
    return replace(job, into=into, tests=beside(tests, job.input.source, left_out))


def with_question(job: Job, choices: Choices, options: Options, interpreter: Interpreter) -> Job:
    """The job with what its result depends on, if that goes into a file."""
    if job.path is None or job.input.trouble:
        return job
    wanted = replace(options, targets=job.input.only)
    source = job.input.source
    how = tuple(name for name in ("update", "no_existing") if getattr(choices, name))
    question = Question(source=source, options=wanted, interpreter=interpreter, output=job.path, more=how)
    return replace(job, question=question)


def recalled(jobs: Sequence[Job], memory: Memory | None, choices: Choices) -> dict[Job, Ended]:
    """The jobs that an earlier run finished. With --force a file that was edited since is not left as it is."""
    found: dict[Job, Ended] = {}
    for job in jobs:
        facts = memory.recall(job.question, unedited=choices.force) if memory and job.question else None
        if facts is not None:
            found[job] = Ended(job=job, exit_code=int(facts.get("exit_code", 0)), before=facts)
    return found


def check_destinations(jobs: Sequence[Job], choices: Choices, memory: Memory | None) -> None:
    """Before any time is spent; what an interrupted run left is replaced. Raises UsageError."""
    for job in jobs:
        if job.path is not None:
            partial = memory is not None and job.question is not None and memory.is_partial(job.question)
            outputs.check_writable(job.path, force=choices.force or choices.update or partial)
    if choices.report:
        outputs.check_writable(choices.report, force=True)


def tell_plan(jobs: Sequence[Job], before: Mapping[Job, Ended]) -> None:
    """Of several modules: where they are imported from, and how many are left."""
    if len(jobs) < 2:
        return
    for root in dict.fromkeys(job.input.root for job in jobs if job.input.root):
        say(root)
    if before:
        say(f"{len(before)} of {len(jobs)} modules were done before and have not changed (--fresh does them again)")


def worked_on(jobs: Sequence[Job], choices: Choices, settings: Settings, tools: Tools) -> list[Ended]:
    """How each job ended. Raises SandboxError, and KeyboardInterrupt after the second Ctrl-C."""
    jail = wiring.jail(settings, choices.sandbox, warm=len(jobs) >= MANY)
    at_a_time = min(choices.jobs or settings.slots, len(jobs))
    if at_a_time > 1:
        jail = BoundedSandbox(jail, settings.slots)
    work = Work(
        choices=choices,
        options=tools.options,
        interpreter=tools.interpreter,
        jail=jail,
        flow=wiring.flow(settings, jail, tools.options.budget_seconds, asked=tools.asked),
        tests=tools.tests,
        style=tools.style,
        strategies=tools.strategies,
        jobs=at_a_time,
        memory=tools.memory,
    )
    try:
        return asyncio.run(wiring.closing(tools.asked, work.each(jobs)) if tools.asked else work.each(jobs))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def finish(ended: Sequence[Ended], choices: Choices, exports: Sequence[Export] = ()) -> int:
    """Sum up several, write the report and the exports, print the JSON, and return the worst exit code."""
    code = worst([one.exit_code for one in ended])
    modules = [one.facts for one in ended]
    if choices.report:
        outputs.write(choices.report, to_json(modules, exit_code=code))
    write_exports(exports, ended)
    if choices.json:
        print_json(modules, exit_code=code)
    if len(ended) > 1:
        say(table(modules))
    if len(ended) > 1 and code == INTERRUPTED:
        say("interrupted: the same command again goes on with the modules that are not done")
    return code


def worst(codes: Sequence[int]) -> int:
    """The code that says most: nothing to test counts only where nothing else was done."""
    return max(codes, key=WORST_LAST.index)
