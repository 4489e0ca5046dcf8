"""One table from errors to answers, used by both servers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from aitestgen.api.answers import JsonAnswer, Refusal
from aitestgen.errors import AitestgenError, NotKnown, status_of
from aitestgen.render.answer import extras

UNREADABLE = "There was an error parsing the body"
"""FastAPI's own words, with status 400, for a body that is not JSON in a way it did not foresee (nesting, encoding)."""

CODES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "not_known",
    HTTPStatus.NOT_FOUND: "no_such_address",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_TIMEOUT: "body_too_slow",
    HTTPStatus.UNPROCESSABLE_ENTITY: "body_unusable",
}
"""What the framework and the middleware refuse, by status."""
OTHER_CODES = {"request_invalid": 422, "headers_too_large": 431, "internal_error": 500}
"""Codes of no error of the product with their status, for the reference."""

log = structlog.stdlib.get_logger("aitestgen.http")


def handle_errors(app: FastAPI) -> None:
    """Register the table. What is not in it is answered by RequestLog with a plain 500."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def on_purpose(request: Request, error: Exception) -> JsonAnswer:
    if not isinstance(error, AitestgenError):
        raise error
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("refused", error_type=error.error_type, detail=str(error))
    return Refusal(
        status=error.http_status,
        code=error.code,
        detail=str(error),
        error_type=error.error_type,
        more=extras(error),
        headers=_headers(error),
    ).answer(request.headers)


def refusal_of(trouble: Mapping[str, Any]) -> Refusal:
    """What a job failed with (render.answer.trouble_body), as if a route had raised it."""
    code = trouble["code"]
    own = ("detail", "error_type", "code")
    return Refusal(
        status=status_of(code),
        code=code,
        detail=trouble["detail"],
        error_type=trouble["error_type"],
        more={name: value for name, value in trouble.items() if name not in own and value is not False},
    )


def _headers(error: AitestgenError) -> dict[str, str]:
    if isinstance(error, NotKnown):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(seconds)} if (seconds := getattr(error, "retry_after", None)) else {}


async def wrong_schema(request: Request, error: Exception) -> JsonAnswer:
    """What is wrong and where. Never what was sent: it may hold code, or text that cannot be encoded."""
    if not isinstance(error, RequestValidationError):
        raise error
    details = "; ".join(_describe(item) for item in error.errors())
    wrong = Refusal(
        status=HTTPStatus.UNPROCESSABLE_ENTITY, code="request_invalid", detail=details, error_type="CodeInvalid"
    )
    return wrong.answer(request.headers)


def _describe(item: Mapping[str, Any]) -> str:
    if item["type"] == "json_invalid":
        return f"The request body is not valid JSON, at byte {item['loc'][-1]}: {item['ctx']['error']}"
    where = ".".join(str(part) for part in item["loc"] if part != "body")
    return f"{where or 'body'}: {item['msg']}".encode("utf-8", "replace").decode()


async def http_error(request: Request, error: Exception) -> JsonAnswer:
    if not isinstance(error, HTTPException):
        raise error
    status, detail = error.status_code, str(error.detail)
    if (status, detail) == (HTTPStatus.BAD_REQUEST, UNREADABLE):
        status, detail = HTTPStatus.UNPROCESSABLE_ENTITY, "The request body is not JSON that can be read"
    kind = "CodeInvalid" if status == HTTPStatus.UNPROCESSABLE_ENTITY else "Unknown"
    code = CODES.get(status, "http_error")
    return Refusal(status=status, code=code, detail=detail, error_type=kind, headers=error.headers).answer(
        request.headers
    )


HANDLERS = {
    AitestgenError: on_purpose,
    RequestValidationError: wrong_schema,
    HTTPException: http_error,
}
