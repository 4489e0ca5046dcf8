"""The composition root: the only place where adapters are built and handed to the flow."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from aitestgen.seams import Flow, LanguageModel, Sandbox
from aitestgen.settings import Settings
from aitestgen.values import MIB, Event, Limits, Request, TestModule
from aitestgen.wiring.interpreters import active_environment, interpreter, interpreters, nearest_environment
from aitestgen.wiring.jails import (
    BACKENDS,
    LOCAL_BACKENDS,
    check_floor,
    honest_run,
    jail,
    local_jail,
    plain_run,
    prove,
    spares,
    tests_run,
)
from aitestgen.wiring.models import model, model_host, offered_model
from aitestgen.wiring.stores import database_url, hands, job_queue, open_accounts, open_store, state_folder

if TYPE_CHECKING:
    from aitestgen.jobs.task import Tools

__all__ = [
    "BACKENDS",
    "LOCAL_BACKENDS",
    "active_environment",
    "auditing",
    "check_floor",
    "closing",
    "database_url",
    "flow",
    "flow_for_callers",
    "hands",
    "honest_run",
    "interpreter",
    "interpreters",
    "jail",
    "job_queue",
    "local_jail",
    "model",
    "nearest_environment",
    "offered_model",
    "open_accounts",
    "open_store",
    "plain_run",
    "prove",
    "running_limits",
    "search_limits",
    "spares",
    "state_folder",
    "tests_run",
    "tools",
]

Result = TypeVar("Result")
Audit = Callable[[Request, TestModule], AsyncGenerator[Event, None]]
"""The flow that measures a test file that exists, with its tools bound."""


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


def flow(
    settings: Settings, sandbox: Sandbox, longest: float | None = None, *, asked: LanguageModel | None = None
) -> Flow:
    """The pipeline over this sandbox, for budgets up to `longest` seconds. The last event carries the report.

    What the search leaves is asked of the model, whose caps hold for all requests together; the caller closes it.
    """
    from aitestgen.pipeline import Workshop, generate

    workshop = Workshop(
        sandbox=sandbox,
        search_limits=search_limits(settings, longest),
        run_limits=running_limits(settings),
        model=asked,
        model_seconds=settings.llm_patience_seconds,
        clock=time.monotonic,
    )

    def run(request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        host = model_host(settings, request.options.llm) if asked else ""
        return generate(request, replace(workshop, model_host=host), stop)

    return run


def flow_for_callers(settings: Settings, sandbox: Sandbox, longest: float | None = None) -> Flow:
    """As `flow`, with a model of its own for each request: the one that its options choose among what is offered."""

    async def run(request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        asked = offered_model(settings, request.options.llm)
        try:
            async with aclosing(flow(settings, sandbox, longest, asked=asked)(request, stop)) as events:
                async for event in events:
                    yield event
        finally:
            if asked is not None:
                await asked.aclose()

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


def tools(settings: Settings) -> "Tools":
    """What jobs are worked on with. Raises SandboxError where no jail can be had, UsageError for the interpreter."""
    from aitestgen.jobs.task import Tools
    from aitestgen.sandbox.counted import Counted

    sandbox = Counted(jail(settings, warm=True))
    return Tools(sandbox=sandbox, flow=flow_for_callers(settings, sandbox), interpreter=interpreter(settings.python))
