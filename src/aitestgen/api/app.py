"""The backend as an ASGI application."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.telemetry import TelemetryConfig

from aitestgen import wiring
from aitestgen.api import about, job_stream, jobs, login, routes
from aitestgen.api.awaited import Waiting
from aitestgen.api.backend import Backend, Tools
from aitestgen.api.description import describe
from aitestgen.api.door import Door, DoorRules
from aitestgen.api.errors import handle_errors
from aitestgen.api.metrics import BackendMetrics
from aitestgen.api.middleware import BodyLimit, BodyLimits, RequestLog, SafeHeaders
from aitestgen.api.page import serve_page
from aitestgen.api.slots import Slots
from aitestgen.logs import configure_logs
from aitestgen.settings import Settings
from aitestgen.store.accounts import Accounts
from aitestgen.telemetry import send_spans

BYTES_PER_CHARACTER = 12
"""A character outside the basic plane takes two `\\uXXXX` escapes in JSON."""
BYTES_PER_BYTE = 6
"""A control character takes one `\\uXXXX` escape in JSON."""
ARCHIVED_PER_KEPT = 8
"""An archive of a repository holds more than its Python."""
KIB = 1024
ROOM_FOR_OPTIONS = 64 * 1024
RATES = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")
A_YEAR = "max-age=31536000"
UNTRACED = ("/auth/", "/health", "/metrics")
"""Logins hold secrets in their addresses; the others would only be noise."""
SPANS: TelemetryConfig = {
    "auto_configure": False,
    "metrics": False,
    "logs": False,
    "exclude": lambda scope: scope["path"].startswith(UNTRACED),
}
"""Of the framework's own telemetry a span for each request: figures are on /metrics, and logs are structlog's."""


def create_app(settings: Settings, tools: Tools | None = None) -> FastAPI:
    """The backend. `tools` replaces the flow and the interpreter that the settings ask for."""
    app = FastAPI(
        title="AI Test Generator",
        version=version("aitestgen"),
        description="Python in, a verified pytest suite out. Everything untrusted runs in a jail.",
        lifespan=_lifespan,
        telemetry=SPANS,
    )
    app.state.slots = slots = Slots.of(settings)
    waiting = Waiting(settings)
    app.state.backend = Backend(
        settings=settings,
        slots=slots,
        waiting=waiting,
        build=lambda: tools or wiring.tools(settings),
        metrics=BackendMetrics(slots, waiting),
    )
    for router in (routes.router, jobs.router, job_stream.router, about.router, login.router):
        app.include_router(router)
    describe(app, settings)
    serve_page(app)
    most = settings.max_code_length * BYTES_PER_CHARACTER + ROOM_FOR_OPTIONS
    hint = (
        f"code may have at most {settings.max_code_length} characters (MAX_CODE_LENGTH), and the files of a job "
        f"{settings.max_upload_kib} KiB (AITESTGEN_MAX_UPLOAD_KIB)"
    )
    upload = settings.max_upload_kib * KIB
    more = {
        "/api/jobs": upload * BYTES_PER_BYTE + ROOM_FOR_OPTIONS,
        "/api/jobs/archive": upload * ARCHIVED_PER_KEPT,
    }
    limits = BodyLimits(usual=most, hint=hint, more=more)
    dress(app, settings, limits, app.state.backend.accounts)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """At the end nothing of the jails that stand ready is left."""
    async with app.state.backend.working():
        yield
    await app.state.backend.aclose()


def dress(app: FastAPI, settings: Settings, limits: BodyLimits, door: Callable[[], Accounts] | None = None) -> None:
    """What both servers wear: the error table, the cap on bodies, safe headers, the request log, CORS by setting.

    With `door`, which gives the accounts, callers pass it before anything of their bodies is read.
    """
    handle_errors(app)
    app.add_middleware(BodyLimit, limits=limits, seconds=settings.slow_client_seconds)
    if door is not None:
        app.add_middleware(Door, rules=DoorRules.of(settings, time.monotonic), accounts=door)
    https = settings.public_url.startswith("https://")
    app.add_middleware(SafeHeaders, more={"Strict-Transport-Security": A_YEAR} if https else {})
    app.add_middleware(RequestLog)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=settings.cors_credentials,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-ID"],
            expose_headers=["Content-Disposition", "Location", *RATES, "X-Job-ID", "X-Request-ID"],
        )


def from_settings(settings: Settings) -> FastAPI:
    """The application that is served, and logs as it writes them."""
    configure_logs(settings)
    send_spans("aitestgen")
    return create_app(settings)
