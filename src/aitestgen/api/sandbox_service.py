"""The sandbox service (CONTRACT §2): runs one test file against one module, in a jail, for a caller elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from aitestgen import wiring
from aitestgen.api import examples, service_health, service_runs
from aitestgen.api.answers import JsonAnswer
from aitestgen.api.app import SPANS, dress
from aitestgen.api.callers import TheCaller
from aitestgen.api.description import describe_service
from aitestgen.api.metrics import Metrics
from aitestgen.api.middleware import BodyLimits
from aitestgen.api.presence import unless_disconnected
from aitestgen.api.service import LimitsBody, Service, Text, TheService, check_token, lowered
from aitestgen.api.slots import Slots
from aitestgen.logs import configure_logs
from aitestgen.render.answer import body, what_went_wrong
from aitestgen.sandbox.run_json import BODY_BYTES
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.telemetry import send_spans
from aitestgen.values import MIB, Interpreter, Limits, Outcome, RunResult, SourceFile, Tier, Verdict

BODY_LIMIT = 4 * MIB
MODULE, TESTS = "user_code", "test_user_code.py"

log = structlog.stdlib.get_logger("aitestgen.sandbox")
router = APIRouter()


class ExecuteBody(BaseModel):
    """A module, which tests import as `user_code`, and a pytest file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Text
    tests: Text
    limits: LimitsBody | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestAnswer:
    """What one test did. `id` is pytest's node id."""

    __test__ = False

    id: str
    outcome: Outcome
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteAnswer:
    """How the run ended. A guest that misbehaves is a verdict, never an HTTP error."""

    output: str
    output_cut: bool
    passed: bool
    error: str | None
    sandbox: str
    tier: Tier
    verdict: Verdict
    tests: tuple[TestAnswer, ...]
    seconds: float
    peak_memory_bytes: int
    limits: Limits


def create_app(settings: Settings, sandbox: Sandbox | None = None, interpreter: Interpreter | None = None) -> FastAPI:
    """The service. `sandbox` and `interpreter` replace those that the settings ask for."""
    app = FastAPI(title="AI Test Generator: sandbox", version=version("aitestgen"), lifespan=_lifespan, telemetry=SPANS)
    slots = Slots.of(settings)
    given = {"{}.{}".format(*interpreter.version): interpreter} if interpreter else None
    app.state.slots = slots
    app.state.service = Service(
        settings=settings,
        slots=slots,
        metrics=Metrics(slots),
        interpreters=given or wiring.interpreters(settings),
        sandbox=sandbox,
    )
    for part in (router, service_runs.router, service_health.router):
        app.include_router(part)
    describe_service(app, tuple(app.state.service.interpreters))
    hint = "send less code or fewer tests"
    dress(app, settings, BodyLimits(usual=BODY_LIMIT, hint=hint, more={"/run": BODY_BYTES}))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Jails stand ready from the start on; nobody waits for them, and at the end nothing of them is left."""
    service: Service = app.state.service
    warming = asyncio.create_task(service.warm_up())
    yield
    warming.cancel()
    await asyncio.gather(warming, return_exceptions=True)
    await service.aclose()


def from_settings(settings: Settings) -> FastAPI:
    """The application that is served, and logs as it writes them."""
    configure_logs(settings)
    send_spans("aitestgen-sandbox")
    return create_app(settings)


@router.post(
    "/execute",
    response_model=ExecuteAnswer,
    responses=examples.EXECUTE_ERRORS,
    dependencies=[Depends(check_token)],
)
async def execute(
    sent: Annotated[ExecuteBody, Body(openapi_examples=examples.EXECUTE)],
    service: TheService,
    caller: TheCaller,
    request: Request,
) -> Response:
    """Run the tests against the code, in a fresh jail."""
    limits = lowered(service.settings.limits, sent.limits)
    result = await unless_disconnected(request, _run(sent, limits, service, caller))
    if result is None:
        return Response(status_code=499)
    service.metrics.ran("run_tests", result)
    log.info("executed", verdict=result.verdict, seconds=round(result.seconds, 3))
    return JsonAnswer(body(executed(result, limits)))


async def _run(sent: ExecuteBody, limits: Limits, service: Service, caller: str) -> RunResult:
    async with service.slots.one(caller):
        sandbox = await asyncio.to_thread(service.jail)
        source = SourceFile(text=sent.code, module=MODULE)
        return await sandbox.run(wiring.plain_run(source, service.interpreter, TESTS, sent.tests, limits))


def executed(result: RunResult, limits: Limits) -> ExecuteAnswer:
    """A result as the answer to POST /execute."""
    return ExecuteAnswer(
        output=result.output,
        output_cut=result.output_cut,
        passed=result.verdict is Verdict.PASSED,
        error=what_went_wrong(result),
        sandbox=result.backend,
        tier=result.tier,
        verdict=result.verdict,
        tests=tuple(TestAnswer(id=test.id, outcome=test.outcome, seconds=test.seconds) for test in result.outcomes),
        seconds=round(result.seconds, 3),
        peak_memory_bytes=result.peak_bytes,
        limits=limits,
    )
