"""The composition root: the only place where adapters are built and handed to the flow."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

from aitestgen.errors import LLMError, SandboxError
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.values import MIB, Event, Interpreter, Limits, Request, Run, RunResult, SourceFile, Verdict

Flow = Callable[[Request, asyncio.Event | None], AsyncGenerator[Event, None]]
"""The flow with its tools bound. Setting the event makes it finish soon with what is verified so far."""

BACKENDS = ("bubblewrap",)


def jail(settings: Settings, backend: str | None = None) -> Sandbox:
    """The sandbox that is asked for; `auto` takes the best one here. Raises SandboxError with the fix, never less."""
    wanted = backend or settings.sandbox_backend
    if wanted not in ("auto", *BACKENDS):
        raise SandboxError(
            f"the sandbox backend {str(wanted)!r} is not available in this version; available: {', '.join(BACKENDS)}"
        )
    from aitestgen.sandbox.bubblewrap import BubblewrapSandbox

    return BubblewrapSandbox()


def flow(settings: Settings, sandbox: Sandbox, longest: float | None = None) -> Flow:
    """The pipeline over this sandbox, for budgets up to `longest` seconds. The last event carries the report."""
    from aitestgen.pipeline import Workshop, generate

    wall = longest or settings.max_budget_seconds
    search = replace(
        settings.limits,
        cpu_cores=settings.search_cpu_cores,
        memory_bytes=settings.search_memory_mib * MIB,
        wall_seconds=wall,
    )
    running = replace(settings.limits, cpu_cores=settings.search_cpu_cores)
    workshop = Workshop(sandbox=sandbox, search_limits=search, run_limits=running, clock=time.monotonic)

    def run(request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        return generate(request, workshop, stop)

    return run


def plain_run(source: SourceFile, interpreter: Interpreter, name: str, text: str, limits: Limits) -> Run:
    """A run of one test file that only wants the verdict: nothing is traced."""
    from aitestgen.measure.test_runs import test_run, untraced

    return untraced(test_run(source, interpreter, name, text, limits))


async def prove(sandbox: Sandbox, interpreter: Interpreter) -> RunResult:
    """The result of one honest test in the sandbox. Raises SandboxError where it does not pass."""
    source = SourceFile(text="ANSWER = 42\n", module="honest")
    test = "from honest import ANSWER\n\n\ndef test_answer():\n    assert ANSWER == 42\n"
    patience = Limits(wall_seconds=20.0)
    result = await sandbox.run(plain_run(source, interpreter, "test_honest.py", test, patience))
    if result.verdict is not Verdict.PASSED:
        how = f"{result.verdict}, {result.detail}".rstrip(", ")
        raise SandboxError(f"an honest test did not pass in the {result.backend} sandbox: {how}")
    return result


def check_llm(choice: str) -> None:
    """Raises LLMError where a language model is demanded: no provider is part of this version."""
    if choice not in ("auto", "none"):
        raise LLMError(
            f"the language model {choice!r} is not available: no provider is configured. "
            "Use `none` (or `auto`): the embedded engine needs no model."
        )


def interpreter(python: Path | None = None, project: Path | None = None) -> Interpreter:
    """The Python that runs the code: the one asked for, else $VIRTUAL_ENV, else the nearest .venv, else our own."""
    from aitestgen.sandbox.interpreter import inspect_interpreter, own_interpreter

    chosen = python or active_environment() or (project and nearest_environment(project))
    return inspect_interpreter(chosen) if chosen else own_interpreter()


def active_environment() -> Path | None:
    folder = os.environ.get("VIRTUAL_ENV")
    return _python_of(Path(folder)) if folder else None


def nearest_environment(start: Path) -> Path | None:
    """The `.venv` of `start` or of the nearest folder above it; the search ends at the project's own folder."""
    for folder in (start, *start.parents):
        if found := _python_of(folder / ".venv"):
            return found
        if (folder / "pyproject.toml").exists() or (folder / ".git").exists():
            return None
    return None


def _python_of(environment: Path) -> Path | None:
    python = environment / "bin" / "python"
    return python if python.exists() else None
