"""What this server is, who calls it, and what its jobs add up to."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from aitestgen.account import Recorded, Scope
from aitestgen.api import examples
from aitestgen.api.answers import JsonAnswer
from aitestgen.api.backend import TheBackend, TheJobs
from aitestgen.api.callers import TheAccount, TheCaller, TheView
from aitestgen.api.metrics import METRICS_TYPE
from aitestgen.api.service_health import isolation_of
from aitestgen.errors import LLMNotConfigured
from aitestgen.job import Analytics
from aitestgen.render.answer import body
from aitestgen.settings import Settings
from aitestgen.wiring import offered_model

MOST_DAYS = 366
MOST_DEEDS = 200

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """The language model that `auto` would ask, if any."""

    available: bool
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationAnswer:
    """What code is held by here, as proved by one honest run; empty where no jail can be had."""

    backend: str
    tier: str | None
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigAnswer:
    """What a page has to know to ask well. `retention_days` is null where results are kept for ever."""

    max_code_length: int
    max_budget_seconds: float
    budget_seconds: float
    llm: ModelAnswer
    retention_days: int | None
    keep_code: bool
    isolation: IsolationAnswer
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeAnswer:
    """Who calls, whether one can log in here, and whether one has to say who one is. `name` is for people to read."""

    caller: str
    role: Literal["anonymous", "user", "admin"]
    login: bool
    name: str | None = None
    scopes: tuple[Scope, ...] = ()
    required: bool = False


@router.get("/api/config", response_model=ConfigAnswer)
async def config(backend: TheBackend) -> Response:
    """Limits, defaults and isolation of this server."""
    settings, proof = backend.settings, await backend.proved()
    isolation = IsolationAnswer(
        backend=proof.backend if proof else "none",
        tier=str(proof.tier) if proof else None,
        layers=isolation_of(proof) if proof else (),
    )
    answer = ConfigAnswer(
        max_code_length=settings.max_code_length,
        max_budget_seconds=settings.max_budget_seconds,
        budget_seconds=settings.budget_seconds,
        llm=_model_of(settings),
        retention_days=settings.retention_days or None,
        keep_code=settings.keep_code,
        isolation=isolation,
        version=version("aitestgen"),
    )
    return JsonAnswer(body(answer))


def _model_of(settings: Settings) -> ModelAnswer:
    try:
        model = offered_model(settings, "auto")
    except LLMNotConfigured:
        return ModelAnswer(available=False, name=None)
    return ModelAnswer(available=model is not None, name=model.name if model else None)


@router.get("/api/me", response_model=MeAnswer)
async def me(caller: TheCaller, account: TheAccount, backend: TheBackend) -> Response:
    """Who the server takes the caller for: without accounts, a network address."""
    settings = backend.settings
    answer = MeAnswer(
        caller=caller,
        role=account.role.value if account else "anonymous",
        login=bool(settings.oidc_issuer),
        name=account.label if account else None,
        scopes=tuple(sorted(account.scopes)) if account else (),
        required=settings.accounts_required,
    )
    return JsonAnswer(body(answer))


@router.get("/api/analytics", response_model=Analytics, responses=examples.NO_STORE)
async def analytics(jobs: TheJobs, view: TheView, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30) -> Response:
    """What the caller's results (everybody's, for an administrator) of the last days add up to, by module."""
    return JsonAnswer(body(await jobs.store.analytics(view, days)))


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(backend: TheBackend) -> Response:
    """Figures for Prometheus, of this process and of the line of jobs."""
    return Response(backend.metrics.text(await backend.backlog()), media_type=METRICS_TYPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAnswer:
    """What was done, the newest first; `next` goes on where this page ends."""

    deeds: tuple[Recorded, ...]
    next: int | None


@router.get("/api/audit", response_model=AuditAnswer, responses=examples.NO_STORE)
async def audit(
    backend: TheBackend,
    limit: Annotated[int, Query(ge=1, le=MOST_DEEDS)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="The `next` of the page before.")] = None,
) -> Response:
    """Logins, keys made and revoked, and jobs of others that administrators ended. For administrators."""
    deeds = await backend.accounts().deeds(limit, before)
    return JsonAnswer(body(AuditAnswer(deeds=deeds, next=deeds[-1].id if len(deeds) == limit else None)))
