"""GET /health and GET /metrics of the sandbox service."""

import asyncio
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from aitestgen import wiring
from aitestgen.api.answers import JsonAnswer
from aitestgen.api.metrics import METRICS_TYPE
from aitestgen.api.service import Service, TheService
from aitestgen.api.slots import Slots
from aitestgen.errors import AitestgenError
from aitestgen.render.answer import body
from aitestgen.sandbox.containers import containers_available
from aitestgen.values import Limits, RunResult, Tier

SPACES = "pid, net, mount, ipc and uts namespaces"
FILTER = "seccomp filter"
UNPRIVILEGED = ("no capabilities, not root", "read-only file system, capped noexec /tmp", "no network")
WALLS = (SPACES, FILTER, *UNPRIVILEGED)
ISOLATION: dict[Tier, tuple[str, ...]] = {
    # No filter: gVisor's runtime leaves the engine's out, and answers system calls by a kernel of its own.
    Tier.VM: ("virtual machine or gVisor", SPACES, *UNPRIVILEGED),
    Tier.A: (*WALLS, "cgroup limits"),
    Tier.B: (*WALLS, "rlimits and a supervisor"),
    Tier.C: (
        *("Landlock: no file but its own, no TCP, no signal to others", FILTER, "no capabilities, not root"),
        *("no socket but pairs", "rlimits and a supervisor", "no namespaces"),
    ),
}

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsAnswer:
    """How many runs fit at once, and how many more would now."""

    total: int
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAnswer:
    """How many runs wait for a slot, of how many callers, how many may, in all and of each caller, and how long."""

    waiting: int
    callers: int
    most: int
    most_each: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAnswer:
    """How many jails stand ready, and how many zygotes make them; null for a sandbox that cannot keep any."""

    depth: int | None
    zygotes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth:
    """`isolation` is what a run here is held by, as proved by one honest run; empty where no jail can be had.

    `limits` are the most that a run of tests may use, `batch_limits` that a search or an analysis of mutants may.
    """

    status: Literal["healthy"] = "healthy"
    docker_available: bool
    backend: str
    isolation: tuple[str, ...]
    tier: Tier | None
    slots: SlotsAnswer
    queue: QueueAnswer
    pool: PoolAnswer
    pythons: tuple[str, ...]
    limits: Limits
    batch_limits: Limits
    version: str
    reason: str | None = None


@router.get("/health", response_model=ServiceHealth)
async def health(service: TheService) -> Response:
    """What a run here is held by, and what it may use."""
    (proof, reason), docker = await asyncio.gather(tried(service), containers_available())
    return JsonAnswer(body(described(service, proof, reason, docker=docker)))


async def tried(service: Service) -> tuple[RunResult | None, str | None]:
    """An honest run, or why there is none."""
    try:
        return await service.proved(), None
    except AitestgenError as error:
        return None, str(error)


def described(service: Service, proof: RunResult | None, reason: str | None, *, docker: bool) -> ServiceHealth:
    """The service as the answer to GET /health."""
    slots, depth = service.slots, service.depth
    return ServiceHealth(
        docker_available=docker,
        backend=proof.backend if proof else "none",
        isolation=isolation_of(proof) if proof else (),
        tier=proof.tier if proof else None,
        slots=SlotsAnswer(total=slots.total, free=slots.free),
        queue=queue_of(slots),
        pool=PoolAnswer(depth=depth.ready if depth else None, zygotes=depth.zygotes if depth else None),
        pythons=tuple(service.interpreters),
        limits=service.settings.limits,
        batch_limits=wiring.search_limits(service.settings),
        version=version("aitestgen"),
        reason=reason,
    )


def queue_of(slots: Slots) -> QueueAnswer:
    line = slots.line
    return QueueAnswer(
        waiting=line.waiting, callers=line.callers, most=line.most, most_each=line.most_each, seconds=slots.seconds
    )


def isolation_of(proof: RunResult) -> tuple[str, ...]:
    """What held the proving run. A container engine that root runs gives no user namespace."""
    own = ("user namespace",) if proof.backend == "bubblewrap" else ()
    return (*own, *ISOLATION[proof.tier])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(service: TheService) -> Response:
    """Figures for Prometheus."""
    return Response(service.metrics.text(), media_type=METRICS_TYPE)
