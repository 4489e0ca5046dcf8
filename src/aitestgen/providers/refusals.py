"""What it means when a server answers with an error: one function from its words to our error tree.

Codes and wordings are those of Groq, OpenAI, OpenRouter, Ollama, vLLM and llama.cpp (server and Python bindings).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import ceil, isfinite
from typing import Any

from aitestgen.errors import (
    LLMError,
    LLMFormRefused,
    LLMRateLimited,
    LLMRefused,
    LLMTooLong,
    LLMUnreachable,
)
from aitestgen.providers.endpoints import Endpoint
from aitestgen.providers.exchange import Reply
from aitestgen.providers.redaction import shown

LONGEST_WAIT = 7 * 86_400
UNREADABLE = HTTPStatus.UNPROCESSABLE_ENTITY
FORM_STATUSES = (HTTPStatus.BAD_REQUEST, UNREADABLE, HTTPStatus.NOT_IMPLEMENTED)

_FORM = re.compile(r"response_format|json_schema|json_object|json mode|structured output|grammar|guided", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context_length_exceeded|context (?:length|window|size)|maximum context|too (?:long|large)|reduce (?:the|your)",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|billing_(?:hard_limit|not_active)|credit balance|payment required"
    r"|insufficient (?:credits?|balance|funds|quota)",
    re.IGNORECASE,
)
"""Not merely `billing` or `credits`: Groq and OpenRouter advertise theirs in every 429."""
_MODEL = re.compile(r"model", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model_not_found|model_decommissioned|decommissioned|not a valid model|no such model|unknown model"
    r"|model\b.{0,120}(?:not found|does not exist|not exist)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Said:
    """The words of an error: machine-readable ones (`code`) and all of them (`text`), in one line, without secrets."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply that is an error, whose it is, and what to show of it."""

    reply: Reply
    endpoint: Endpoint
    said: Said

    @property
    def shown(self) -> str:
        status = f"{self.endpoint.name} answers {self.reply.status}"
        return f"{status}: {self.said.text}" if self.said.text else status

    @property
    def seconds(self) -> int | None:
        return retry_after(self.reply.headers)


def refusal(reply: Reply, endpoint: Endpoint, *, formed: bool) -> LLMError:
    """The error that the reply stands for. `formed` is whether a form of structured answer was asked for."""
    said = said_by(reply.body, endpoint)
    case = Refusal(reply, endpoint, said)
    if formed and _is_about_the_form(reply.status, said):
        return LLMFormRefused(case.shown)
    if known := _BY_STATUS.get(reply.status):
        return known(case)
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _failed(case)
    if reply.status < HTTPStatus.BAD_REQUEST:
        advice = f"{endpoint.base_url} redirects, which is not followed: set the final address"
        return LLMRefused(f"{case.shown}. {advice}", reason="address")
    return _bad_request(case, formed=formed)


def said_by(body: bytes, endpoint: Endpoint) -> Said:
    """What an error's body says; empty where it says nothing that can be read."""
    text = body[:65_536].decode("utf-8", "replace")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return Said("", shown(_without_markup(text), endpoint.key))
    error = parsed.get("error", parsed) if isinstance(parsed, dict) else parsed
    if not isinstance(error, dict):
        return Said("", shown(str(error), endpoint.key))
    codes = " ".join(error[key] for key in ("code", "type") if isinstance(error.get(key), str))
    message = next((error[key] for key in ("message", "detail", "error") if error.get(key)), "")
    words = " ".join(part for part in (codes, str(message)) if part)
    return Said(shown(codes, endpoint.key), shown(words, endpoint.key))


def _without_markup(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text) if "<" in text else text


def is_about_temperature(error: LLMRefused) -> bool:
    """Whether the server takes no temperature but its own, as OpenAI's models that think first."""
    return error.reason == "request" and "temperature" in str(error)


def _is_about_the_form(status: int, said: Said) -> bool:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return bool(_FORM.search(said.text)) or "Input should be" in said.text
    return status in FORM_STATUSES and bool(_FORM.search(said.text))


def _bad_request(case: Refusal, *, formed: bool) -> LLMError:
    if _TOO_LONG.search(case.said.text):
        return _too_large(case)
    if _NO_MODEL.search(case.said.text):
        return _unknown_model(case)
    if _QUOTA.search(case.said.text):
        return _no_quota(case)
    return LLMFormRefused(case.shown) if formed else LLMRefused(case.shown)


def _unknown_model(case: Refusal) -> LLMRefused:
    advice = "Name a model that it has: AITESTGEN_LLM, or --llm PROVIDER:MODEL"
    return LLMRefused(f"{case.shown}. {advice}", reason="model")


def _no_quota(case: Refusal) -> LLMRefused:
    advice = "The account has nothing left: look at its plan, or take another model"
    return LLMRefused(f"{case.shown}. {advice}", reason="quota")


def _wrong_key(case: Refusal) -> LLMRefused:
    if _QUOTA.search(case.said.text):
        return _no_quota(case)
    which = case.endpoint.key_name or "AITESTGEN_LLM_API_KEY"
    advice = f"It does not accept the key in {which}" if case.endpoint.key else f"It wants a key: set {which}"
    return LLMRefused(f"{case.shown}. {advice}", reason="key")


def _not_found(case: Refusal) -> LLMRefused:
    if _MODEL.search(case.said.text):
        return _unknown_model(case)
    advice = f"There is no chat API at {case.endpoint.base_url}: its address usually ends in /v1"
    return LLMRefused(f"{case.shown}. {advice}", reason="address")


def _too_many(case: Refusal) -> LLMError:
    return _no_quota(case) if _QUOTA.search(case.said.text) else LLMRateLimited(case.shown, retry_after=case.seconds)


def _too_large(case: Refusal) -> LLMTooLong:
    return LLMTooLong(f"{case.shown}. Send less, or choose a model that takes more")


def _failed(case: Refusal) -> LLMUnreachable:
    return LLMUnreachable(case.shown, retry_after=case.seconds)


_BY_STATUS: Mapping[int, Callable[[Refusal], LLMError]] = {
    HTTPStatus.UNAUTHORIZED: _wrong_key,
    HTTPStatus.FORBIDDEN: _wrong_key,
    HTTPStatus.NOT_FOUND: _not_found,
    HTTPStatus.METHOD_NOT_ALLOWED: _not_found,
    HTTPStatus.PAYMENT_REQUIRED: _no_quota,
    HTTPStatus.TOO_MANY_REQUESTS: _too_many,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _too_large,
    HTTPStatus.REQUEST_TIMEOUT: _failed,
    HTTPStatus.TOO_EARLY: _failed,
}


def retry_after(headers: Mapping[str, str]) -> int | None:
    """The whole seconds of a Retry-After header (RFC 9110: a number, or a date); None without a usable one.

    A date counts from the reply's own Date where it has one, so that a wrong clock does no harm.
    """
    value = headers.get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is None and (then := _date(value)):
        now = _date(headers.get("date", "")) or datetime.now(UTC)
        seconds = (then - now).total_seconds()
    return None if seconds is None else min(max(0, ceil(seconds)), LONGEST_WAIT)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def error_within(parsed: Mapping[str, Any]) -> Reply | None:
    """The error that some routers send with status 200, as the reply that it should have been."""
    error = parsed.get("error")
    if not isinstance(error, Mapping) or parsed.get("choices"):
        return None
    code = error.get("code")
    status = code if isinstance(code, int) and HTTPStatus.BAD_REQUEST <= code <= 599 else HTTPStatus.BAD_GATEWAY
    return Reply(int(status), {}, json.dumps({"error": dict(error)}).encode())
