"""What the routes of the sandbox service work with."""

import asyncio
import hmac
import threading
from dataclasses import dataclass, field, fields
from http import HTTPStatus
from typing import Annotated, Protocol, cast, runtime_checkable

import structlog
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aitestgen import wiring
from aitestgen.api.metrics import Metrics
from aitestgen.api.slots import Slots
from aitestgen.errors import SandboxError
from aitestgen.sandbox.warm import Depth
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.values import Interpreter, Limits, Run, RunResult

log = structlog.stdlib.get_logger("aitestgen.sandbox")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


@runtime_checkable
class Pooled(Protocol):
    """A sandbox that can keep jails ready says how many are."""

    @property
    def depth(self) -> Depth: ...

    async def warm_up(self, run: Run) -> None: ...


@dataclass(slots=True, kw_only=True)
class Service:
    """Sandbox and proof are made when first wanted, and again later where that failed.

    `interpreters` are by version (`3.12`); the first is for those who do not name one.
    """

    settings: Settings
    slots: Slots
    metrics: Metrics
    interpreters: dict[str, Interpreter]
    sandbox: Sandbox | None = None
    proof: RunResult | None = field(default=None, init=False)
    making: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def interpreter(self) -> Interpreter:
        return next(iter(self.interpreters.values()))

    @property
    def depth(self) -> Depth | None:
        """How much stands ready; None for a sandbox that cannot keep any."""
        return self.sandbox.depth if isinstance(self.sandbox, Pooled) else None

    def jail(self) -> Sandbox:
        """The one sandbox, also for callers in several threads at once. Raises SandboxError."""
        with self.making:
            if self.sandbox is None:
                self.sandbox = wiring.local_jail(self.settings, warm=True)
            return self.sandbox

    async def warm_up(self) -> None:
        """Have jails ready before the first caller comes. Where none can be had, /health and that caller are told."""
        try:
            sandbox = await asyncio.to_thread(self.jail)
            if isinstance(sandbox, Pooled):
                await sandbox.warm_up(wiring.honest_run(self.interpreter, self.settings.limits))
        except SandboxError as error:
            log.warning("no jail stands ready", reason=str(error))

    async def aclose(self) -> None:
        """End what stands ready."""
        if self.sandbox is not None:
            await self.sandbox.aclose()

    async def proved(self) -> RunResult:
        """One honest run, remembered. Raises SandboxError."""
        if self.proof is None:
            self.proof = await wiring.prove(await asyncio.to_thread(self.jail), self.interpreter)
            self.metrics.proved(self.proof)
        return self.proof


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


TheService = Annotated[Service, Depends(service_of)]


async def read_away(request: Request) -> None:
    """Let the caller finish, and keep nothing: one who is still sending would see a reset instead of the answer."""
    async for _ in request.stream():
        pass


async def check_token(credentials: Bearer, service: TheService, request: Request) -> None:
    """Raises 401 where a token is configured and the request does not bear it."""
    token = service.settings.sandbox_token
    if token is None:
        return
    sent = credentials.credentials if credentials else ""
    if hmac.compare_digest(sent.encode(), token.get_secret_value().encode()):
        return
    await read_away(request)
    raise HTTPException(
        HTTPStatus.UNAUTHORIZED, "The shared token is missing or wrong", headers={"WWW-Authenticate": "Bearer"}
    )


def encodable(text: str) -> str:
    """The text itself. Raises ValueError for lone surrogates: such text cannot be a file."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half a character (a lone surrogate) at position {error.start}; remove it") from None
    return text


Text = Annotated[str, AfterValidator(encodable)]


Amount = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
Count = Annotated[int, Field(gt=0, strict=True)]


class LimitsBody(BaseModel):
    """Lower limits than the service's own; a higher one has no effect, and the answer says what was used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wall_seconds: Amount | None = None
    cpu_cores: Amount | None = None
    memory_bytes: Count | None = None
    processes: Count | None = None
    output_bytes: Count | None = None
    tmp_bytes: Count | None = None


def lowered(most: Limits, wanted: LimitsBody | None) -> Limits:
    """The service's limits, lowered where the caller asks for less."""
    asked = wanted.model_dump(exclude_none=True) if wanted else {}
    return Limits(**{f.name: min(getattr(most, f.name), asked.get(f.name, float("inf"))) for f in fields(Limits)})
