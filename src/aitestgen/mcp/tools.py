"""The tools: what an agent wants done, each one call. Errors of ours are answers that say what to do next."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import anyio
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent
from pydantic import Field, TypeAdapter

from aitestgen import wiring
from aitestgen.analyse.project_tests import beside, project_tests, strategies_of
from aitestgen.analyse.style import style_of
from aitestgen.errors import AitestgenError, PolicyRefused
from aitestgen.mcp.answers import Audited, Explained, Generated, Ran, audited, generated, ran
from aitestgen.mcp.asked import Asked, asked, refuse_unsafe, tests_of
from aitestgen.mcp.desk import Desk, Tell, report_of
from aitestgen.mcp.explain import explained_bug, explained_survivor, reproducing_test
from aitestgen.values import Event, Finding, Mutant, Options, Request, Style, Verdict

P = ParamSpec("P")
T = TypeVar("T")

ModulePath = Annotated[
    str | None, Field(max_length=4096, description="A Python file of the project, or FILE::NAME for one part of it.")
]
Code = Annotated[str | None, Field(description="Instead of `path`: Python source. It is imported as `user_code`.")]
TestsPath = Annotated[str | None, Field(max_length=4096, description="A pytest file of the project.")]
Tests = Annotated[str | None, Field(description="Instead of `tests_path`: the text of a pytest file.")]
Budget = Annotated[
    float | None, Field(description="How long to look for better results. Default 10; the server sets the most.")
]
MaxTests = Annotated[int | None, Field(ge=1, le=10_000, description="Keep at most so many tests.")]
Seed = Annotated[int | None, Field(ge=0, lt=2**32, description="The same seed gives the same tests. Default 1.")]
Existing = Annotated[bool, Field(description="Count the project's own tests, and add only what they miss.")]
Id = Annotated[str, Field(max_length=100, description="The `id` of a suspected bug or survivor in an earlier answer.")]

STAGES = {"generate": 9, "audit": 4}
"""How many steps a flow has at most."""


def answering(tool: Callable[P, Awaitable[Any]]) -> Callable[P, Awaitable[CallToolResult]]:
    """The tool with its value as structured content, and its errors as results that are marked as such."""

    @wraps(tool)
    async def answered(*args: P.args, **kwargs: P.kwargs) -> CallToolResult:
        try:
            return _result(await apart(tool(*args, **kwargs)))
        except AitestgenError as error:
            return _result(_problem(error), is_error=True)

    return answered


async def apart(work: Awaitable[T]) -> T:
    """What the work gives, done in a task of its own. A cancelled call cancels that once, and waits for its end.

    The SDK's scopes interrupt a cancelled task at each of its steps, and ending a jail takes several.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([task])
        raise


def _result(value: Any, *, is_error: bool = False) -> CallToolResult:
    facts = _whole(TypeAdapter(type(value)).dump_python(value))
    text = f"{facts['error_type']}: {facts['message']}" if is_error else TypeAdapter(Any).dump_json(facts).decode()
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=facts, is_error=is_error)


def _for_targets(options: Options, subject: Asked) -> Options:
    return replace(options, targets=subject.targets)


def _problem(error: AitestgenError) -> dict[str, Any]:
    facts: dict[str, Any] = {"error_type": error.error_type, "message": str(error), "retryable": error.retryable}
    if isinstance(error, PolicyRefused):
        places = [f"line {item.line}: {item.rule}: {item.message}" for item in error.findings]
        facts["message"] = "\n".join([str(error), *places])
    return facts


def _whole(value: Any) -> Any:
    """The same without halves of characters, which JSON cannot carry."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list | tuple) else value


def telling(context: Context[Any, Any], steps: int) -> Tell:
    """Reports each event as progress to whoever asked for it."""

    async def tell(event: Event) -> None:
        if not event.under_way:  # the protocol wants each progress to be more than the last
            await context.report_progress(event.seq, max(steps, event.seq), f"{event.stage}: {event.detail}")

    return tell


class Tools:
    """The four tools over one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._place = desk.place

    async def generate_tests(  # noqa: PLR0913, PLR0917 # the shape of the tool: each is an argument by name
        self,
        context: Context[Any, Any],
        path: ModulePath = None,
        code: Code = None,
        budget_seconds: Budget = None,
        max_tests: MaxTests = None,
        seed: Seed = None,
        use_existing: Existing = True,
    ) -> Generated:
        """Write a pytest file for a Python module: verified in a jail, few tests, each of which adds something.

        Returns the file's text (nothing is written to disk), coverage, mutation score, the mutants that survive, and
        suspected bugs. Takes about `budget_seconds`. No language model is needed.
        """
        subject = asked(self._place.folder, path, code)
        options = self._place.options(budget_seconds, max_tests, seed)
        own = project_tests(self._place.folder) if subject.source.path else None
        async with self._desk.turn() as bench:
            request = Request(
                source=subject.source,
                interpreter=bench.interpreter,
                options=_for_targets(options, subject),
                tests=beside(own, subject.source) if own and use_existing else (),
                strategies=strategies_of(own) if own and use_existing else (),
                style=style_of(self._place.folder) if own else Style(),
            )
            report = await report_of(bench.flow(request, None), telling(context, STAGES["generate"]))
        where = self._suggested(subject, own.folder if own else self._place.folder)
        return generated(report, where, lambda found: self._desk.ledger.noted(subject.source, found))

    async def run_tests(
        self,
        path: ModulePath = None,
        code: Code = None,
        tests_path: TestsPath = None,
        tests: Tests = None,
    ) -> Ran:
        """Run a pytest file against a module in a fresh jail: no network, no writable disk, bounded time and memory.

        Returns the verdict, how each test ended, and what pytest printed. Use it to try tests of untrusted or new code.
        """
        subject = asked(self._place.folder, path, code)
        file = tests_of(self._place.folder, subject, tests_path, tests)
        refuse_unsafe(self._place.policy, subject, subject.source.text, file.text)
        async with self._desk.turn() as bench:
            request = Request(source=subject.source, interpreter=bench.interpreter)
            result = await bench.sandbox.run(wiring.tests_run(request, file, self._place.settings.limits))
        return ran(subject.source.module, result, result.verdict is Verdict.PASSED)

    async def find_survivors(
        self,
        context: Context[Any, Any],
        path: ModulePath = None,
        code: Code = None,
        tests_path: TestsPath = None,
        tests: Tests = None,
        budget_seconds: Budget = None,
    ) -> Audited:
        """Measure a pytest file: its coverage, and which small faults put into the module (mutants) it does not notice.

        Returns line and branch coverage, the mutation score, and each survivor with line, before and after.
        """
        subject = asked(self._place.folder, path, code)
        file = tests_of(self._place.folder, subject, tests_path, tests)
        options = self._place.options(budget_seconds)
        refuse_unsafe(self._place.policy, subject, subject.source.text, file.text)
        async with self._desk.turn() as bench:
            request = Request(source=subject.source, interpreter=bench.interpreter, options=options)
            report = await report_of(bench.audit(request, file), telling(context, STAGES["audit"]))
        return audited(report, lambda found: self._desk.ledger.noted(subject.source, found))

    async def explain_finding(self, id: Id) -> Explained:  # the answer's own word
        """Explain a suspected bug or a survivor of an earlier answer: evidence, source, and what to do next.

        A suspected bug is reproduced again in a fresh jail, and comes with a test that is expected to fail.
        """
        entry = self._desk.ledger.entry(id)
        if isinstance(entry.subject, Mutant):
            return explained_survivor(id, entry, entry.subject)
        return await self._explained_bug(id, entry.subject)

    async def _explained_bug(self, id_: str, finding: Finding) -> Explained:
        entry = self._desk.ledger.entry(id_)
        file = reproducing_test(finding)
        async with self._desk.turn() as bench:
            request = Request(source=entry.source, interpreter=bench.interpreter)
            result = await bench.sandbox.run(wiring.tests_run(request, file, self._place.settings.limits))
        return explained_bug(id_, entry, finding, result)

    def _suggested(self, subject: Asked, tests: Path) -> str:
        """Where the file could go, in the project: a place that is free."""
        last = subject.source.module.rpartition(".")[2].strip("_")
        if subject.source.path is None:
            return f"test_{last}.py"
        names = (f"test_{last}{ending}.py" for ending in ("", "_generated", *(f"_{n}" for n in range(2, 100))))
        free = next((tests / name for name in names if not (tests / name).exists()), tests / f"test_{last}.py")
        return free.relative_to(self._place.folder).as_posix()
