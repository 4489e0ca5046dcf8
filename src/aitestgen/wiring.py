"""The composition root: the only place where adapters are built and handed to the flow."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aitestgen.errors import LLMError, SandboxError, StoreError
from aitestgen.seams import Flow, JobQueue, Sandbox
from aitestgen.settings import Settings
from aitestgen.values import MIB, Event, Interpreter, Limits, Request, Run, RunResult, SourceFile, Tier, Verdict

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
    from aitestgen.sandbox.landlocked import LandlockSandbox
    from aitestgen.store.sql import SqlStore

Result = TypeVar("Result")
CONTAINERS = ("podman", "docker")
LOCAL_BACKENDS = ("bubblewrap", "landlock", *CONTAINERS)
BACKENDS = (*LOCAL_BACKENDS, "remote")
MOST_SPARES = 8


def jail(settings: Settings, backend: str | None = None, *, warm: bool = False) -> Sandbox:
    """The sandbox that is asked for. Raises SandboxError with the fix, never less.

    With `warm` jails stand ready for many runs; the caller closes it. `auto` takes the sandbox services where
    SANDBOX_SERVICE_URL names any, else the best jail of this machine; where the floor allows it, also one without
    namespaces.
    """
    wanted = backend or settings.sandbox_backend
    if wanted == "remote" or (wanted == "auto" and settings.sandbox_service_urls):
        return _remote(settings)
    return local_jail(settings, wanted, warm=warm)


def local_jail(settings: Settings, backend: str | None = None, *, warm: bool = False) -> Sandbox:
    """A jail of this machine, as `jail` does it. The sandbox service has no other: it would ask itself."""
    wanted = backend or settings.sandbox_backend
    if wanted not in ("auto", *LOCAL_BACKENDS):
        allowed = LOCAL_BACKENDS if wanted == "remote" else BACKENDS
        raise SandboxError(f"no sandbox backend {str(wanted)!r} here; available: {', '.join(allowed)}")
    if wanted in CONTAINERS:
        return _containers(settings, wanted)
    if wanted == "landlock":
        return _landlocked(settings)
    if wanted == "auto" and Tier.C.reaches(settings.sandbox_floor):
        from aitestgen.sandbox.probed import ProbedSandbox

        return ProbedSandbox((partial(_namespaced, settings, warm=warm), partial(_landlocked, settings)), prove)
    return _namespaced(settings, warm=warm)


def _namespaced(settings: Settings, *, warm: bool) -> "BubblewrapSandbox":
    from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
    from aitestgen.sandbox.warm import Warmth

    sandbox = BubblewrapSandbox(warmth=Warmth(spares=spares(settings) + 1) if warm else None)
    check_floor(sandbox.tier, settings.sandbox_floor)
    return sandbox


def spares(settings: Settings) -> int:
    """How many jails of a kind stand ready: one for each slot, within reason."""
    return min(settings.slots, MOST_SPARES)


def _landlocked(settings: Settings) -> "LandlockSandbox":
    from aitestgen.sandbox.landlocked import LandlockSandbox

    check_floor(LandlockSandbox.tier, settings.sandbox_floor)
    return LandlockSandbox()


def _containers(settings: Settings, engine: str) -> Sandbox:
    """Ready for runs of a kind that comes again, however few: a container costs more to start than to keep."""
    from aitestgen.sandbox.container import ContainerSandbox
    from aitestgen.sandbox.container_pool import Stock

    return ContainerSandbox(
        engine,
        image=settings.container_image,
        runtime=settings.container_runtime,
        stock=Stock(spares=spares(settings)),
        floor=settings.sandbox_floor,
    )


def check_floor(tier: Tier, floor: Tier) -> None:
    """Raises SandboxError where the tier is weaker than what the operator allows."""
    if not tier.reaches(floor):
        raise SandboxError(
            f"the best jail here is of tier {tier}, and AITESTGEN_SANDBOX_FLOOR asks for {floor}: "
            "`aitestgen doctor` tells what is missing for a better one"
        )


def _remote(settings: Settings) -> Sandbox:
    from aitestgen.sandbox.remote import RemoteSandbox

    token = settings.sandbox_token.get_secret_value() if settings.sandbox_token else None
    return RemoteSandbox(settings.sandbox_service_urls, token=token)


async def closing(sandbox: Sandbox, work: Awaitable[Result]) -> Result:
    """What the work gives; after it nothing of the sandbox is left."""
    try:
        return await work
    finally:
        await sandbox.aclose()


def running_limits(settings: Settings) -> Limits:
    """What a run of a test file may use when the flow verifies a suite."""
    return replace(settings.limits, cpu_cores=settings.search_cpu_cores)


def search_limits(settings: Settings, longest: float | None = None) -> Limits:
    """What the search and the mutants may use, for budgets up to `longest` seconds."""
    return replace(
        running_limits(settings),
        memory_bytes=settings.search_memory_mib * MIB,
        wall_seconds=longest or settings.max_budget_seconds,
    )


def flow(settings: Settings, sandbox: Sandbox, longest: float | None = None) -> Flow:
    """The pipeline over this sandbox, for budgets up to `longest` seconds. The last event carries the report."""
    from aitestgen.pipeline import Workshop, generate

    workshop = Workshop(
        sandbox=sandbox,
        search_limits=search_limits(settings, longest),
        run_limits=running_limits(settings),
        clock=time.monotonic,
    )

    def run(request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        return generate(request, workshop, stop)

    return run


def plain_run(source: SourceFile, interpreter: Interpreter, name: str, text: str, limits: Limits) -> Run:
    """A run of one test file that only wants the verdict: nothing is traced."""
    from aitestgen.measure.test_runs import test_run, untraced

    return untraced(test_run(source, interpreter, name, text, limits))


def honest_run(interpreter: Interpreter, limits: Limits) -> Run:
    """A run of one test that passes."""
    source = SourceFile(text="ANSWER = 42\n", module="honest")
    test = "from honest import ANSWER\n\n\ndef test_answer():\n    assert ANSWER == 42\n"
    return plain_run(source, interpreter, "test_honest.py", test, limits)


async def prove(sandbox: Sandbox, interpreter: Interpreter) -> RunResult:
    """The result of one honest test in the sandbox. Raises SandboxError where it does not pass."""
    result = await sandbox.run(honest_run(interpreter, Limits(wall_seconds=20.0)))
    if result.verdict is not Verdict.PASSED:
        how = f"{result.verdict}, {result.detail}".rstrip(", ")
        raise SandboxError(f"an honest test did not pass in the {result.backend} sandbox: {how}")
    return result


def database_url(settings: Settings) -> "URL":
    """Where jobs are kept: AITESTGEN_DATABASE_URL, else a file in the user's state folder. Raises UsageError."""
    from aitestgen.store.database import database_url as read_url

    if settings.database_url is not None:
        return read_url(settings.database_url.get_secret_value())
    return read_url(f"sqlite:///{state_folder() / 'jobs.db'}")


def state_folder() -> Path:
    """$XDG_STATE_HOME/aitestgen, by default ~/.local/state/aitestgen (XDG Base Directory Specification 0.8)."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "aitestgen"


def open_store(settings: Settings) -> "SqlStore":
    """The store, its database brought up to date. It blocks. Raises StoreError with the reason, UsageError."""
    from aitestgen.store.database import opened
    from aitestgen.store.migrate import migrate, pending
    from aitestgen.store.sql import SqlStore

    url = database_url(settings)
    if settings.migrate == "at-start":
        migrate(url)
    elif missing := pending(url):
        raise StoreError(missing)
    return SqlStore(opened(url), window=settings.jobs_per_caller)


def job_queue(settings: Settings, store: "SqlStore") -> JobQueue:
    """The engine that fits the database: the URL alone decides."""
    from aitestgen.jobs.attempt import Pace
    from aitestgen.jobs.local import LocalEngine

    return LocalEngine(store, Pace(lease_seconds=settings.lease_seconds))


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


def interpreters(settings: Settings) -> dict[str, Interpreter]:
    """Version (`3.12`) → the first interpreter of it: the one that runs code by default, then AITESTGEN_PYTHONS.

    Raises UsageError for one that does not start.
    """
    found = [interpreter(settings.python), *(interpreter(path) for path in settings.pythons)]
    by_version: dict[str, Interpreter] = {}
    for one in found:
        by_version.setdefault("{}.{}".format(*one.version), one)
    return by_version


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
