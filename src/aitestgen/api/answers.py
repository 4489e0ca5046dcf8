"""What HTTP answers look like (CONTRACT §1): the bodies, and how a report or an error becomes one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

from starlette.datastructures import Headers
from starlette.responses import Response

from aitestgen.render.answer import ErrorType, problem
from aitestgen.values import PolicyFinding

JSON, PROBLEM = "application/json", "application/problem+json"
BLANK = "about:blank"


class JsonAnswer(Response):
    """JSON that is always valid UTF-8: a lone surrogate that a guest printed becomes a question mark."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error's answer before it is written. `more` are further members of its body."""

    status: int
    code: str
    detail: str
    error_type: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] | None = None

    def answer(self, asked: Headers) -> JsonAnswer:
        """As plain JSON, or as `application/problem+json` for whoever asks for that by name."""
        told = {"code": self.code, "status": int(self.status), "title": HTTPStatus(self.status).phrase, "type": BLANK}
        answer = JsonAnswer(
            problem(self.detail, self.error_type, **told, **self.more), status_code=self.status, headers=self.headers
        )
        if PROBLEM in asked.get("accept", ""):
            answer.headers["Content-Type"] = PROBLEM
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateAnswer:
    """What the policy gate says. `code_length` counts characters; nothing was executed."""

    is_safe: bool
    error_message: str | None
    dangerous_items: tuple[str, ...]
    functions: tuple[str, ...]
    classes: tuple[str, ...]
    code_length: int
    findings: tuple[PolicyFinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The process answers."""

    status: Literal["healthy"] = "healthy"
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Whether a generation would be taken now; `reasons` say why not."""

    status: Literal["ready", "not ready"]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Every error's body, with the members of RFC 9457. `code` tells problems apart for good. `findings` come with a
    400, `line` and `column` with a syntax error.
    """

    detail: str
    error_type: ErrorType
    code: str
    status: int
    title: str
    type: str = "about:blank"
    retryable: bool = False
    line: int | None = None
    column: int | None = None
    findings: tuple[PolicyFinding, ...] | None = None
    request_id: str | None = None
