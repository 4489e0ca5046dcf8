"""What every request passes: an id and a log line around it, and a cap on its body."""

import asyncio
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aitestgen.api.answers import Refusal
from aitestgen.settings import HEADER_BYTES

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.stdlib.get_logger("aitestgen.http")


class RequestLog:
    """Gives each request an id, answers 500 for what nobody handled, and logs one line; never the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = choose_id(Headers(scope=scope).getlist("x-request-id"))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._logged(scope, receive, send, request_id)

    async def _logged(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started, status = time.monotonic(), 0

        async def tagged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, tagged)
        except Exception:
            log.exception("unhandled error")
            if status:
                raise
            await internal_error(request_id).answer(Headers(scope=scope))(scope, receive, tagged)
        finally:
            seconds = round(time.monotonic() - started, 4)
            log.info("request", method=scope["method"], path=scope["path"], status=int(status), seconds=seconds)


def choose_id(sent: Iterable[str]) -> str:
    """The caller's id where it is short and plain, else a new one."""
    return next((value for value in sent if SANE_ID.fullmatch(value)), uuid.uuid4().hex)


def internal_error(request_id: str) -> Refusal:
    return Refusal(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="Internal error. Please report it with the request id.",
        error_type="Unknown",
        more={"request_id": request_id},
    )


class SafeHeaders:
    """Tells browsers to take an answer for what it says it is, and for nothing else. What a route says itself stays.

    `more` are further headers for every answer.
    """

    def __init__(self, app: ASGIApp, *, more: Mapping[str, str]) -> None:
        self.app = app
        self.more = more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")

        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**safe_headers(path), **self.more}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, safe)


def safe_headers(path: str) -> dict[str, str]:
    """For an answer at this path. The viewer of the API's description alone runs scripts that are not ours."""
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
    if not path.startswith(("/docs", "/redoc")):
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    if path.startswith(("/api/", "/auth/")):
        headers["Cache-Control"] = "no-store"
    return headers


TOO_MUCH_HEAD = Refusal(
    status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    code="headers_too_large",
    detail=f"The headers are larger than {HEADER_BYTES} bytes",
    error_type="Unknown",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """Bytes that a body may have: usually, and by path where it is another number. `hint` says what to do about it."""

    usual: int
    hint: str
    more: Mapping[str, int] = field(default_factory=dict)


class BodyLimit:
    """Refuses a body over `limit` bytes with 422, by its announced length or while it arrives, and one that takes over
    `seconds` with 408; headers over HEADER_BYTES with 431.
    """

    def __init__(self, app: ASGIApp, *, limits: BodyLimits, seconds: float) -> None:
        self.app = app
        self.limits = limits
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
            await TOO_MUCH_HEAD.answer(Headers(scope=scope))(scope, receive, send)
            return
        limit = self.limits.more.get(scope["path"], self.limits.usual)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced[:20]) > limit:
            await self._too_large(limit).answer(Headers(scope=scope))(scope, receive, send)
            return
        await self.app(scope, self._capped(receive, limit), send)

    def _too_large(self, limit: int) -> Refusal:
        return Refusal(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="body_unusable",
            detail=self._detail(limit),
            error_type="CodeInvalid",
        )

    def _detail(self, limit: int) -> str:
        return f"The request body is larger than {limit} bytes: {self.limits.hint}"

    def _capped(self, receive: Receive, limit: int) -> Receive:
        arrived, whole = 0, False
        deadline = asyncio.get_running_loop().time() + self.seconds

        async def capped() -> Message:
            nonlocal arrived, whole
            try:
                async with asyncio.timeout_at(None if whole else deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The request body takes too long to arrive") from None
            whole = not message.get("more_body", False)
            arrived += len(message.get("body", b""))
            if arrived > limit:
                raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, self._detail(limit))
            return message

        return capped
