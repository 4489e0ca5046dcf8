"""One table from errors to answers, used by both servers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from aitestgen.api.answers import JsonAnswer
from aitestgen.errors import AitestgenError, NotKnown
from aitestgen.render.answer import extras, problem

UNREADABLE = "There was an error parsing the body"
"""FastAPI's own words, with status 400, for a body that is not JSON in a way it did not foresee (nesting, encoding)."""

log = structlog.stdlib.get_logger("aitestgen.http")


def handle_errors(app: FastAPI) -> None:
    """Register the table. What is not in it is answered by RequestLog with a plain 500."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def on_purpose(_request: Request, error: Exception) -> JsonAnswer:
    if not isinstance(error, AitestgenError):
        raise error
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("refused", error_type=error.error_type, detail=str(error))
    return JsonAnswer(
        problem(str(error), error.error_type, **extras(error)),
        status_code=error.http_status,
        headers=_headers(error),
    )


def _headers(error: AitestgenError) -> dict[str, str]:
    if isinstance(error, NotKnown):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(seconds)} if (seconds := getattr(error, "retry_after", None)) else {}


async def wrong_schema(_request: Request, error: Exception) -> JsonAnswer:
    """What is wrong and where. Never what was sent: it may hold code, or text that cannot be encoded."""
    if not isinstance(error, RequestValidationError):
        raise error
    details = "; ".join(_describe(item) for item in error.errors())
    return JsonAnswer(problem(details, "CodeInvalid"), status_code=HTTPStatus.UNPROCESSABLE_ENTITY)


def _describe(item: Mapping[str, Any]) -> str:
    if item["type"] == "json_invalid":
        return f"The request body is not valid JSON, at byte {item['loc'][-1]}: {item['ctx']['error']}"
    where = ".".join(str(part) for part in item["loc"] if part != "body")
    return f"{where or 'body'}: {item['msg']}".encode("utf-8", "replace").decode()


async def http_error(_request: Request, error: Exception) -> JsonAnswer:
    if not isinstance(error, HTTPException):
        raise error
    status, detail = error.status_code, str(error.detail)
    if (status, detail) == (HTTPStatus.BAD_REQUEST, UNREADABLE):
        status, detail = HTTPStatus.UNPROCESSABLE_ENTITY, "The request body is not JSON that can be read"
    kind = "CodeInvalid" if status == HTTPStatus.UNPROCESSABLE_ENTITY else "Unknown"
    return JsonAnswer(problem(detail, kind), status_code=status, headers=error.headers)


HANDLERS = {
    AitestgenError: on_purpose,
    RequestValidationError: wrong_schema,
    HTTPException: http_error,
}
