"""What every request passes: an id and a log line around it, and a cap on its body."""

import re
import time
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aitestgen.api.answers import JsonAnswer
from aitestgen.render.answer import problem

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
            await internal_error(request_id)(scope, receive, tagged)
        finally:
            seconds = round(time.monotonic() - started, 4)
            log.info("request", method=scope["method"], path=scope["path"], status=int(status), seconds=seconds)


def choose_id(sent: Iterable[str]) -> str:
    """The caller's id where it is short and plain, else a new one."""
    return next((value for value in sent if SANE_ID.fullmatch(value)), uuid.uuid4().hex)


def internal_error(request_id: str) -> JsonAnswer:
    detail = "Internal error. Please report it with the request id."
    return JsonAnswer(problem(detail, "Unknown", request_id=request_id), status_code=HTTPStatus.INTERNAL_SERVER_ERROR)


class BodyLimit:
    """Refuses a body over `limit` bytes with 422, by its announced length or while it arrives.

    `more` gives other limits by path.
    """

    def __init__(self, app: ASGIApp, *, limit: int, hint: str, more: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.limit = limit
        self.hint = hint
        self.more = more or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.more.get(scope["path"], self.limit)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced[:20]) > limit:
            refusal = problem(self._detail(limit), "CodeInvalid")
            await JsonAnswer(refusal, status_code=HTTPStatus.UNPROCESSABLE_ENTITY)(scope, receive, send)
            return
        await self.app(scope, self._capped(receive, limit), send)

    def _detail(self, limit: int) -> str:
        return f"The request body is larger than {limit} bytes: {self.hint}"

    def _capped(self, receive: Receive, limit: int) -> Receive:
        arrived = 0

        async def capped() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > limit:
                raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, self._detail(limit))
            return message

        return capped
