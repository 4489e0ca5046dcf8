"""One sandbox service, over HTTP: asked for its health, given a run. What comes back is bounded and checked."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx2

from aitestgen.errors import OutcomeUnknown, SandboxError
from aitestgen.sandbox.run_json import LINE_BYTES, Malformed, read_line, read_result
from aitestgen.tracing import traceparent
from aitestgen.values import RunResult

CONNECT_SECONDS = 5.0
HEALTH_SECONDS = 30.0
"""A service that was just started runs an honest test before it answers."""
PROBE_SECONDS = 10.0
"""For one that has failed: others may do its work, and should not wait for it."""
SILENCE_SECONDS = 30.0
"""A service that has a run sends a line every few seconds, if only an empty one."""
SPARE_SECONDS = 30.0
"""How much longer than its own word a service may take: the start of a jail, and the way there and back."""

SMALL_BYTES = 64 * 1024
ANSWER_BYTES = 128 * 1024 * 1024
CHUNK = 64 * 1024
BUSY_SECONDS = 5.0
LONGEST_BUSY_SECONDS = 3600.0

ADVICE = {
    HTTPStatus.UNAUTHORIZED: "it wants another token: set AITESTGEN_SANDBOX_TOKEN to the one that the service has",
    HTTPStatus.FORBIDDEN: "it refuses us: look at what stands before it",
    HTTPStatus.NOT_FOUND: "it has no /run: is it a sandbox service of this version?",
    HTTPStatus.METHOD_NOT_ALLOWED: "it has no /run: is it a sandbox service of this version?",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the run is too large for it",
}
NEVER_RAN = (*ADVICE, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
Heard = Callable[[str, Mapping[str, Any]], None]
"""Gets the kind and the content of each line before the last."""

FAULTLESS = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
"""What tells something of the run, not of the service."""


class NeverRan(Exception):
    """Nothing of the run was executed, so another service may get it. `args[0]` says why.

    `busy_seconds` is how long to leave a busy service alone; `its_fault` is whether the service is to be avoided.
    """

    def __init__(self, reason: str, *, busy_seconds: float = 0.0, its_fault: bool = True) -> None:
        super().__init__(reason)
        self.busy_seconds = busy_seconds
        self.its_fault = its_fault and not busy_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a service says of itself. `queue_seconds` is how long it lets a run wait for a slot."""

    pythons: tuple[str, ...]
    free: int
    queue_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How to reach one service. Nothing is kept open between two requests."""

    url: str
    token: str | None = None
    tls: ssl.SSLContext
    trust_env: bool = False
    silence_seconds: float = SILENCE_SECONDS

    async def health(self, seconds: float = HEALTH_SECONDS) -> Health:
        """What the service says of itself, within `seconds`. Raises NeverRan where it has no jail, or is not one."""
        try:
            async with asyncio.timeout(seconds), self._asking("GET", "/health", b"", []) as response:
                if response.status_code != HTTPStatus.OK:
                    raise await _refusal(response)
                return _health(await _small(response))
        except TimeoutError:
            raise NeverRan(f"no answer to GET /health within {seconds:.0f} s") from None
        except Malformed as error:
            raise NeverRan(f"it answers GET /health with {error}") from error
        except httpx2.HTTPError as error:
            raise NeverRan(_words(error)) from error

    async def run(self, body: bytes, wall_seconds: float, queue_seconds: float, heard: Heard) -> RunResult:
        """Have the run executed. Raises NeverRan, OutcomeUnknown, or SandboxError where the jail there failed."""
        sent: list[int] = []
        longest = queue_seconds + wall_seconds + 2 * SPARE_SECONDS
        try:
            async with asyncio.timeout(longest), self._asking("POST", "/run", body, sent) as response:
                if response.status_code != HTTPStatus.OK:
                    raise await _refusal(response)
                return await self._listen(response, heard)
        except TimeoutError:
            raise self._unknown(f"no result within {longest:.0f} s") from None
        except Malformed as error:
            raise self._unknown(f"it sent {error}") from error
        except httpx2.HTTPError as error:
            if sum(sent) < len(body):
                raise NeverRan(_words(error)) from error
            raise self._unknown(_words(error)) from error

    @asynccontextmanager
    async def _asking(self, method: str, path: str, body: bytes, sent: list[int]) -> AsyncIterator[httpx2.Response]:
        """One request on a connection of its own; `sent` gets the sizes of what was handed to the network."""
        headers = {"Accept-Encoding": "identity", "Connection": "close"}
        if here := traceparent():
            headers["traceparent"] = here
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        timeout = httpx2.Timeout(None, connect=CONNECT_SECONDS)
        async with (
            httpx2.AsyncClient(verify=self.tls, trust_env=self.trust_env, timeout=timeout) as client,
            client.stream(
                method, f"{self.url}{path}", headers=headers, content=_chunks(body, sent) if body else None
            ) as response,
        ):
            yield response

    async def _listen(self, response: httpx2.Response, heard: Heard) -> RunResult:
        frames: list[Mapping[str, Any]] = []
        async with aclosing(_lines(response, self.silence_seconds)) as lines:
            async for text in lines:
                kind, said = read_line(text)
                if kind == "result":
                    return read_result(said, frames)
                if kind == "error":
                    raise self._failure(said, begun=bool(frames))
                if kind == "frame":
                    frames.append(said)
                heard(kind, said)
        raise Malformed("no result before it hung up")

    def _failure(self, said: Mapping[str, Any], *, begun: bool) -> Exception:
        """The service's own sandbox failed. That is safe to try elsewhere while nothing of the guest was heard."""
        why = _plain(said.get("detail"))
        return SandboxError(f"the jail of {self.url} failed: {why}") if begun else NeverRan(why)

    def _unknown(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"the sandbox service {self.url} was lost after it had the run ({why}): whether it ran is unknown. "
            "If running it twice does no harm, try again"
        )


async def _chunks(body: bytes, sent: list[int]) -> AsyncIterator[bytes]:
    """The body in pieces; a piece counts as sent only once the next one is asked for."""
    for start in range(0, len(body), CHUNK):
        piece = body[start : start + CHUNK]
        yield piece
        sent.append(len(piece))


async def _lines(response: httpx2.Response, silence_seconds: float) -> AsyncGenerator[bytes, None]:
    """The lines of an answer but empty ones. Raises Malformed for too long a line, answer or silence."""
    kept, total = bytearray(), 0
    async with aclosing(response.aiter_raw()) as chunks:
        while chunk := await _next(chunks, silence_seconds):
            total += len(chunk)
            *whole, rest = chunk.split(b"\n")
            if len(kept) + len(whole[0] if whole else rest) > LINE_BYTES or total > ANSWER_BYTES:
                raise Malformed("more than any run has to tell")
            if whole:
                whole[0] = bytes(kept) + whole[0]
                kept.clear()
            kept += rest
            for text in filter(None, whole):
                yield text


async def _next(chunks: AsyncGenerator[bytes, None], silence_seconds: float) -> bytes:
    """The next chunk; none at the end. Raises Malformed for a long silence."""
    try:
        async with asyncio.timeout(silence_seconds):
            return await anext(chunks, b"")
    except TimeoutError:
        raise Malformed(f"nothing for {silence_seconds:.0f} s") from None


async def _small(response: httpx2.Response) -> Mapping[str, Any]:
    """The JSON object of a short answer; empty where it is none."""
    kept = bytearray()
    async with aclosing(response.aiter_raw()) as chunks:
        async for chunk in chunks:
            kept += chunk
            if len(kept) > SMALL_BYTES:
                return {}
    try:
        said = json.loads(kept)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


async def _refusal(response: httpx2.Response) -> Exception:
    """What an answer other than 200 means for the run."""
    status = response.status_code
    said = await _small(response)
    detail = _plain(said.get("detail"))
    if response.is_redirect:
        return NeverRan("it answers with a redirect, which is not followed: name the address that it leads to")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NeverRan("it is busy", busy_seconds=_retry_after(response))
    if status in NEVER_RAN or (status == HTTPStatus.INTERNAL_SERVER_ERROR and said.get("retryable") is True):
        return NeverRan(ADVICE.get(HTTPStatus(status), detail), its_fault=status not in FAULTLESS)
    return Malformed(f"the status {status}: {detail}")


def _retry_after(response: httpx2.Response) -> float:
    wanted = response.headers.get("Retry-After", "")
    seconds = float(wanted) if wanted.isdecimal() and len(wanted) < 10 else BUSY_SECONDS
    return min(max(seconds, 0.1), LONGEST_BUSY_SECONDS)


def _health(said: Mapping[str, Any]) -> Health:
    match said:
        case {"status": "healthy", "backend": "none", **more}:
            raise NeverRan(f"it has no jail: {_plain(more.get('reason'))}")
        case {
            "status": "healthy",
            "pythons": [*pythons],
            "slots": {"free": int(free)},
            "queue": {"seconds": int(seconds) | float(seconds)},
        }:
            return Health(pythons=tuple(map(str, pythons)), free=free, queue_seconds=min(max(0.0, seconds), 86_400.0))
    raise NeverRan("GET /health is not answered as by a sandbox service of this version")


def _plain(words: object) -> str:
    """Somebody else's words, short and fit to be shown."""
    text = words if isinstance(words, str) else "it does not say why"
    return "".join(character if character.isprintable() else " " for character in text)[:500]


def _words(error: Exception) -> str:
    return _plain(str(error)) if str(error) else type(error).__name__
