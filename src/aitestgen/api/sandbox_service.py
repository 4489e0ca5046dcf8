"""The sandbox service (CONTRACT §2): runs one test file against one module, in a jail, for a caller elsewhere."""

import asyncio
import hmac
from dataclasses import dataclass, field, fields
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Literal, cast

import structlog
from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import Response

from aitestgen import wiring
from aitestgen.api import examples
from aitestgen.api.answers import JsonAnswer, body, what_went_wrong
from aitestgen.api.app import dress
from aitestgen.api.logs import configure_logs
from aitestgen.api.presence import unless_disconnected
from aitestgen.api.slots import Slots
from aitestgen.errors import AitestgenError
from aitestgen.sandbox.containers import containers_available
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings, read_settings
from aitestgen.values import MIB, Interpreter, Limits, Outcome, RunResult, SourceFile, Tier, Verdict

BODY_LIMIT = 4 * MIB
MODULE, TESTS = "user_code", "test_user_code.py"

WALLS = (
    "user, pid, net, mount, ipc and uts namespaces",
    "seccomp filter",
    "no capabilities, not root",
    "read-only file system, capped noexec /tmp",
    "no network",
)
ISOLATION: dict[Tier, tuple[str, ...]] = {
    Tier.VM: ("virtual machine or gVisor", *WALLS),
    Tier.A: (*WALLS, "cgroup limits"),
    Tier.B: (*WALLS, "rlimits and a supervisor"),
    Tier.C: ("Landlock", "seccomp filter", "rlimits"),
}

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
log = structlog.stdlib.get_logger("aitestgen.sandbox")
router = APIRouter()


def encodable(text: str) -> str:
    """The text itself. Raises ValueError for lone surrogates: such text cannot be a file."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half a character (a lone surrogate) at position {error.start}; remove it") from None
    return text


class LimitsBody(BaseModel):
    """Lower limits than the service's own; a higher one has no effect, and the answer says what was used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wall_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    cpu_cores: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    memory_bytes: Annotated[int, Field(gt=0)] | None = None
    processes: Annotated[int, Field(gt=0)] | None = None
    output_bytes: Annotated[int, Field(gt=0)] | None = None
    tmp_bytes: Annotated[int, Field(gt=0)] | None = None


class ExecuteBody(BaseModel):
    """A module, which tests import as `user_code`, and a pytest file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, AfterValidator(encodable)]
    tests: Annotated[str, AfterValidator(encodable)]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsAnswer:
    """How many runs fit at once, and how many more would now."""

    total: int
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth:
    """`isolation` is what a run here is held by, as proved by one honest run; empty where no jail can be had."""

    status: Literal["healthy"] = "healthy"
    docker_available: bool
    backend: str
    isolation: tuple[str, ...]
    tier: Tier | None
    slots: SlotsAnswer
    version: str
    reason: str | None = None


@dataclass(slots=True, kw_only=True)
class Service:
    """What the routes work with. Sandbox and proof are made when first wanted, and again later where that failed."""

    settings: Settings
    slots: Slots
    interpreter: Interpreter
    sandbox: Sandbox | None = None
    proof: RunResult | None = field(default=None, init=False)

    def jail(self) -> Sandbox:
        """Raises SandboxError."""
        if self.sandbox is None:
            self.sandbox = wiring.jail(self.settings)
        return self.sandbox

    async def proved(self) -> RunResult:
        """One honest run, remembered. Raises SandboxError."""
        if self.proof is None:
            self.proof = await wiring.prove(await asyncio.to_thread(self.jail), self.interpreter)
        return self.proof


def create_app(settings: Settings, sandbox: Sandbox | None = None, interpreter: Interpreter | None = None) -> FastAPI:
    """The service. `sandbox` and `interpreter` replace those that the settings ask for."""
    app = FastAPI(title="AI Test Generator: sandbox", version=version("aitestgen"))
    app.state.service = Service(
        settings=settings,
        slots=Slots.of(settings),
        interpreter=interpreter or wiring.interpreter(settings.python),
        sandbox=sandbox,
    )
    app.include_router(router)
    dress(app, settings, body_limit=BODY_LIMIT, hint="send less code or fewer tests")
    return app


def from_environment() -> FastAPI:
    """The factory that uvicorn starts. Raises UsageError on a configuration that cannot be read whole."""
    settings = read_settings()
    configure_logs(settings)
    return create_app(settings)


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


TheService = Annotated[Service, Depends(service_of)]


@router.get("/health", response_model=ServiceHealth)
async def health(service: TheService) -> Response:
    """What a run here is held by."""
    proof, reason = None, None
    try:
        proof = await service.proved()
    except AitestgenError as error:
        reason = str(error)
    answer = ServiceHealth(
        docker_available=await containers_available(),
        backend=proof.backend if proof else "none",
        isolation=ISOLATION[proof.tier] if proof else (),
        tier=proof.tier if proof else None,
        slots=SlotsAnswer(total=service.slots.total, free=service.slots.free),
        version=version("aitestgen"),
        reason=reason,
    )
    return JsonAnswer(body(answer))


def check_token(credentials: Bearer, service: TheService) -> None:
    """Raises 401 where a token is configured and the request does not bear it."""
    token = service.settings.sandbox_token
    if token is None:
        return
    sent = credentials.credentials if credentials else ""
    if not hmac.compare_digest(sent.encode(), token.get_secret_value().encode()):
        raise HTTPException(
            HTTPStatus.UNAUTHORIZED, "The shared token is missing or wrong", headers={"WWW-Authenticate": "Bearer"}
        )


@router.post(
    "/execute",
    response_model=ExecuteAnswer,
    responses=examples.EXECUTE_ERRORS,
    dependencies=[Depends(check_token)],
)
async def execute(
    sent: Annotated[ExecuteBody, Body(openapi_examples=examples.EXECUTE)], service: TheService, request: Request
) -> Response:
    """Run the tests against the code, in a fresh jail."""
    limits = lowered(service.settings.limits, sent.limits)
    result = await unless_disconnected(request, _run(sent, limits, service))
    if result is None:
        return Response(status_code=499)
    log.info("executed", verdict=result.verdict, seconds=round(result.seconds, 3))
    return JsonAnswer(body(executed(result, limits)))


def lowered(most: Limits, wanted: LimitsBody | None) -> Limits:
    """The service's limits, lowered where the caller asks for less."""
    asked = wanted.model_dump(exclude_none=True) if wanted else {}
    return Limits(**{f.name: min(getattr(most, f.name), asked.get(f.name, float("inf"))) for f in fields(Limits)})


async def _run(sent: ExecuteBody, limits: Limits, service: Service) -> RunResult:
    async with service.slots.one():
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
