"""What this server is, who calls it, and what its jobs add up to."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from aitestgen.api import examples
from aitestgen.api.answers import JsonAnswer
from aitestgen.api.backend import TheBackend, TheJobs
from aitestgen.api.callers import TheCaller
from aitestgen.api.service_health import isolation_of
from aitestgen.errors import LLMNotConfigured
from aitestgen.job import Analytics
from aitestgen.render.answer import body
from aitestgen.settings import Settings
from aitestgen.wiring import offered_model

MOST_DAYS = 366

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
    """Who calls, and whether one can log in here."""

    caller: str
    role: Literal["anonymous", "user", "admin"]
    login: bool


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
async def me(caller: TheCaller) -> Response:
    """Who the server takes the caller for: without accounts, a network address."""
    return JsonAnswer(body(MeAnswer(caller=caller, role="anonymous", login=False)))


@router.get("/api/analytics", response_model=Analytics, responses=examples.NO_STORE)
async def analytics(jobs: TheJobs, caller: TheCaller, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30) -> Response:
    """What the caller's results of the last days add up to; each module of a job is a run."""
    return JsonAnswer(body(await jobs.store.analytics(caller, days)))
