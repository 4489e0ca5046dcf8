"""The composition root: the only place where adapters are built and handed to the flow."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aitestgen.errors import LLMNotConfigured, SandboxError, StoreError, UsageError
from aitestgen.seams import Flow, JobQueue, LanguageModel, Sandbox
from aitestgen.settings import Settings
from aitestgen.values import (
    MIB,
    Event,
    Interpreter,
    Limits,
    Request,
    Run,
    RunResult,
    SourceFile,
    TestModule,
    Tier,
    Verdict,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from aitestgen.jobs.hands import Hands
    from aitestgen.jobs.task import Tools
    from aitestgen.providers.endpoints import Configured, Endpoint
    from aitestgen.providers.prices import Price
    from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
    from aitestgen.sandbox.landlocked import LandlockSandbox
    from aitestgen.store.sql import SqlStore

Result = TypeVar("Result")
Audit = Callable[[Request, TestModule], AsyncGenerator[Event, None]]
"""The flow that measures a test file that exists, with its tools bound."""

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


async def closing(part: Sandbox | LanguageModel, work: Awaitable[Result]) -> Result:
    """What the work gives; after it nothing of the sandbox, or the model, is left."""
    try:
        return await work
    finally:
        await part.aclose()


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


def auditing(settings: Settings, sandbox: Sandbox) -> Audit:
    """The flow for tests that exist, over this sandbox. The last event carries the report."""
    from aitestgen.audit import audit
    from aitestgen.pipeline import Workshop

    workshop = Workshop(
        sandbox=sandbox,
        search_limits=search_limits(settings),
        run_limits=running_limits(settings),
        clock=time.monotonic,
    )

    def run(request: Request, tests: TestModule) -> AsyncGenerator[Event, None]:
        return audit(request, tests, workshop)

    return run


def plain_run(source: SourceFile, interpreter: Interpreter, name: str, text: str, limits: Limits) -> Run:
    """A run of one test file that only wants the verdict: nothing is traced."""
    from aitestgen.measure.test_runs import test_run, untraced

    return untraced(test_run(source, interpreter, name, text, limits))


def tests_run(request: Request, tests: TestModule, limits: Limits) -> Run:
    """A run of one test file of a project, with the helpers beside it, that only wants the verdict."""
    from aitestgen.measure.test_runs import untraced
    from aitestgen.standing import run_of_module

    return untraced(run_of_module(request, tests, tests.text, limits))


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


def model(settings: Settings, choice: str) -> LanguageModel | None:
    """The language model that is chosen; None for `none`, and for `auto` where none is configured.

    What may be spent is counted from here: one model serves one command, or one request over HTTP. Nothing is
    connected before the first question. Raises LLMNotConfigured, which names the fix.
    """
    from aitestgen.providers.endpoints import chosen_name, endpoint

    configured = _configured(settings)
    if settings.llm_replay and (name := chosen_name(choice, configured)):
        from aitestgen.providers.recording import Replaying

        return Replaying(name, settings.llm_replay)
    chosen = endpoint(choice, configured)
    return _recorded(settings, chosen, _asking(settings, chosen)) if chosen else None


def offered_model(settings: Settings, choice: str) -> LanguageModel | None:
    """The language model that a caller over HTTP chose: of a provider that the operator has configured, or an error."""
    from aitestgen.providers.endpoints import offered

    return model(settings, offered(choice, _configured(settings)))


def _configured(settings: Settings) -> "Configured":
    from aitestgen.providers.endpoints import Configured

    return Configured(
        choice=settings.llm,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else "",
        keys={name: key.get_secret_value() for name, key in settings.provider_keys.items()},
        ollama_host=settings.ollama_host,
    )


def _asking(settings: Settings, chosen: "Endpoint") -> LanguageModel:
    """The client within its wrappers: every request takes a place, then a turn, and is entered in the ledger."""
    from aitestgen.providers.budget import Caps, Ledger, Metered, WithinBudget
    from aitestgen.providers.client import ChatClient
    from aitestgen.providers.forms import Structured, known_forms
    from aitestgen.providers.retrying import Patience, Retrying

    price = _price(settings, chosen)
    ledger = Ledger(
        Caps(calls=settings.llm_max_calls, tokens=settings.llm_max_tokens, usd=settings.llm_budget_usd), price
    )
    known = known_forms(chosen.account)
    clients = (
        ChatClient(chosen, form=form, known=known, price=price, timeout_seconds=settings.llm_timeout_seconds)
        for form in chosen.preset.forms
    )
    models = [_in_turn(settings, chosen, Metered(client, ledger)) for client in clients]
    patience = Patience(seconds=settings.llm_patience_seconds)
    return WithinBudget(Retrying(Structured(models, known), patience), ledger)


def _in_turn(settings: Settings, chosen: "Endpoint", asked: LanguageModel) -> LanguageModel:
    """The model with the provider's limits, which all processes of this machine share."""
    from aitestgen.providers.pacing import FileTurns, Paced, Rate
    from aitestgen.providers.side_by_side import Places, SideBySide

    longest = settings.llm_patience_seconds
    folder = state_folder(settings)
    a_minute = settings.llm_requests_per_minute
    a_minute = chosen.preset.requests_per_minute if a_minute is None else a_minute
    if a_minute:
        turns = FileTurns(folder / "llm-turns.sqlite", chosen.account, Rate(requests=a_minute))
        asked = Paced(asked, turns, longest_seconds=longest)
    places = Places(folder, chosen.server, settings.llm_concurrency or chosen.preset.at_a_time)
    return SideBySide(asked, places, longest_seconds=longest)


def state_folder(settings: Settings) -> Path:
    """Where what outlives this process is kept: as set, else by the XDG Base Directory Specification 0.8."""
    if settings.state_folder:
        return settings.state_folder
    home = os.environ.get("XDG_STATE_HOME", "")
    try:
        return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "aitestgen"
    except RuntimeError as error:
        raise UsageError(f"{error} Set AITESTGEN_STATE_FOLDER to a folder of your own") from error


def _price(settings: Settings, chosen: "Endpoint") -> "Price | None":
    """What the model costs, as far as it is set. Raises LLMNotConfigured where a cap on money cannot be kept."""
    from aitestgen.providers.prices import FREE, Price

    for name, *usd in settings.llm_prices:
        if name == chosen.name:
            return Price(*usd)
    if not chosen.preset.is_hosted:
        return FREE
    if settings.llm_budget_usd is not None:
        raise LLMNotConfigured(
            f"AITESTGEN_LLM_BUDGET_USD cannot be kept, as the price of {chosen.name} is not known: "
            f"set AITESTGEN_LLM_PRICES={chosen.name}=INPUT/OUTPUT, in US dollars for a million tokens"
        )
    return None


def _recorded(settings: Settings, chosen: "Endpoint", asked: LanguageModel) -> LanguageModel:
    if settings.llm_record is None:
        return asked
    from aitestgen.providers.recording import Recording
    from aitestgen.providers.redaction import redactor

    return Recording(asked, settings.llm_record, redactor(chosen.key))


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


def database_url(settings: Settings) -> "URL":
    """Where jobs are kept: AITESTGEN_DATABASE_URL, else a file in the user's state folder. Raises UsageError."""
    from aitestgen.store.database import database_url as read_url

    if settings.database_url is not None:
        return read_url(settings.database_url.get_secret_value())
    return read_url(f"sqlite:///{state_folder(settings) / 'jobs.db'}")


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
    return SqlStore(opened(url), window=settings.jobs_per_caller, waiting=settings.waiting_per_caller)


def job_queue(settings: Settings, store: "SqlStore") -> JobQueue:
    """The engine that fits the database: the URL alone decides."""
    from aitestgen.jobs.attempt import Pace
    from aitestgen.jobs.local import LocalEngine

    pace = Pace(lease_seconds=settings.lease_seconds)
    if not store.database.shared:
        return LocalEngine(store, pace)
    from aitestgen.jobs.distributed import ProcrastinateEngine

    return ProcrastinateEngine(store, pace)


def hands(settings: Settings) -> "Hands":
    """The store and its queue, to be worked on or only looked after. It blocks. Raises StoreError, UsageError."""
    from aitestgen.jobs.hands import Hands, Keep

    store = open_store(settings)
    keep = Keep(
        days=settings.retention_days or None,
        most_bytes=settings.retention_mib * MIB if settings.retention_mib else None,
    )
    return Hands(store=store, queue=job_queue(settings, store), keep=keep)


def tools(settings: Settings) -> "Tools":
    """What jobs are worked on with. Raises SandboxError where no jail can be had, UsageError for the interpreter."""
    from aitestgen.jobs.task import Tools

    sandbox = jail(settings, warm=True)
    return Tools(sandbox=sandbox, flow=flow(settings, sandbox), interpreter=interpreter(settings.python))
