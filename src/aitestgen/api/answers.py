"""What HTTP answers look like (CONTRACT §1): the bodies, and how a report or an error becomes one."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from starlette.responses import Response

from aitestgen.render.answer import ErrorType
from aitestgen.values import PolicyFinding


class JsonAnswer(Response):
    """JSON that is always valid UTF-8: a lone surrogate that a guest printed becomes a question mark."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


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
    """Every error's body. `findings` come with a 400, `line` and `column` with a syntax error."""

    detail: str
    error_type: ErrorType
    retryable: bool = False
    line: int | None = None
    column: int | None = None
    findings: tuple[PolicyFinding, ...] | None = None
    request_id: str | None = None
