"""The task of a job: tests for one module, its events told as they come. It knows no engine."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aitestgen.analyse.project import locate
from aitestgen.errors import SandboxError, StoreError
from aitestgen.job import Claim, Figures, JobKind, Result
from aitestgen.jobs.kept import plain
from aitestgen.jobs.telling import Telling, told_behind
from aitestgen.render.answer import GenerateAnswer, body, generated
from aitestgen.render.report_json import count_passed
from aitestgen.sandbox.run_folder import own_folder, remove_folder, sweep
from aitestgen.seams import Desk, Flow, Sandbox
from aitestgen.values import Interpreter, Options, Report, Request, SourceFile, TestModule

SNIPPET = "user_code"
"""What the module of a snippet is called, in the jail and in the tests."""
SNIPPET_TESTS = f"test_{SNIPPET}.py"
"""The file of tests that came with a snippet: new ones go into it."""
FOLDERS = "aitestgen-job-"
"""What the folders are called in which the files of a job lie while it is worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The flow over a sandbox, and the interpreter that runs in it."""

    sandbox: Sandbox
    flow: Flow
    interpreter: Interpreter


class Generate:
    """Generates tests for the module of a claim. `tools` may block, and raise SandboxError or UsageError.

    When one is made, the files that workers who were killed have left are removed.
    """

    def __init__(self, tools: Callable[[], Tools]) -> None:
        self.tools = tools
        sweep(FOLDERS)

    async def __call__(self, claim: Claim, desk: Desk) -> Result:
        """The suite. Raises AitestgenError where there is none."""
        tools = await asyncio.to_thread(self.tools)
        files = await desk.files()
        if claim.module not in files:
            raise StoreError("the job's files are not there any more; send it again")
        if claim.kind is JobKind.SNIPPET:
            return result_of(await self._report(snippet(files, tools, claim.options), tools, claim, desk))
        with _folder() as folder:
            source = await asyncio.to_thread(laid_out, files, claim.module, folder)
            request = Request(source=source, interpreter=tools.interpreter, options=claim.options)
            return result_of(await self._report(request, tools, claim, desk))

    async def _report(self, request: Request, tools: Tools, claim: Claim, desk: Desk) -> Report:
        telling = Telling(request.source.module if claim.kind is JobKind.FILES else None)
        async with told_behind(desk) as tell, aclosing(tools.flow(request, desk.stop)) as events:
            async for event in events:
                tell(telling.told(event))
                if event.report:
                    return delivered(event.report, request)
        raise SandboxError("the flow ended without a report; try again")


@contextmanager
def _folder() -> Iterator[Path]:
    folder = own_folder(FOLDERS)
    try:
        yield folder
    finally:
        remove_folder(folder)


def snippet(files: Mapping[str, str], tools: Tools, options: Options) -> Request:
    """Tests for a snippet are wanted; in the file of tests that came with it, where one did."""
    source = SourceFile(text=files[SNIPPET], module=SNIPPET)
    tests = files.get(SNIPPET_TESTS)
    into = TestModule(path=Path(SNIPPET_TESTS), text=tests) if tests is not None else None
    return Request(source=source, interpreter=tools.interpreter, options=options, into=into)


def delivered(report: Report, request: Request) -> Report:
    """The report; where the file that was sent along has it all already, with that file."""
    if report.tests_file or request.into is None:
        return report
    return replace(report, tests_file=request.into.text, encoding=request.into.encoding)


def laid_out(files: Mapping[str, str], name: str, folder: Path) -> SourceFile:
    """The module in this file, all of them written below the folder. Names are plain relative paths: see uploads.py."""
    folder = folder.resolve()
    folder.chmod(0o755)  # the jail may be another user's
    for other, text in files.items():
        path = folder / other
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return locate(folder / name, root=folder / source_folder(name, files))


def source_folder(name: str, files: Collection[str]) -> str:
    """Where the file is imported from: `src`, where it lies in a folder of that name that is no package."""
    return "src" if name.startswith("src/") and "src/__init__.py" not in files else "."


def module_name(name: str, files: Collection[str]) -> str:
    """What a file's module is called in an import: `src/shop/cart.py` → `shop.cart`."""
    inner = name.removeprefix("src/") if source_folder(name, files) == "src" else name
    return inner.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def result_of(report: Report) -> Result:
    answer = generated(report)
    return Result(
        payload=body(answer), figures=figures_of(answer, report), report=plain(report), partial=report.interrupted
    )


def figures_of(answer: GenerateAnswer, report: Report) -> Figures:
    """What the history sums up. A score is None where no mutant was judged, as after an early stop."""
    judged = report.mutation.valid
    return Figures(
        status=answer.status,
        verdict=answer.verdict,
        tests=len(report.final.outcomes),
        passed=count_passed(report),
        line_coverage=report.coverage.line_ratio,
        branch_coverage=report.coverage.branch_ratio,
        mutation_score=report.mutation.score if judged else None,
        suspected_bugs=len(report.findings),
        stages={stage.name: stage.seconds for stage in report.stages},
        **spent(asdict(report.spend)),
    )


def spent(spend: Mapping[str, Any]) -> dict[str, Any]:
    return {name: spend[name] for name in ("calls", "input_tokens", "output_tokens", "usd")}
