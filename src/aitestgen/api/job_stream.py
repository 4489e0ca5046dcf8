"""A job's events as they come: server-sent events, and the same as a WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Query, WebSocket, WebSocketDisconnect
from starlette.responses import Response, StreamingResponse

from aitestgen.api import examples
from aitestgen.api.backend import TheJobs, backend_of, jobs_of
from aitestgen.api.callers import TheView, view_of
from aitestgen.api.job_answers import event_body
from aitestgen.errors import NotFound, StoreError
from aitestgen.job import JobEvent
from aitestgen.jobs.hands import Hands

KEEP_ALIVE_SECONDS = 15.0
RETRY_MILLISECONDS = 1000
SSE = "text/event-stream"
CLOSED_NOT_FOUND, CLOSED_NOT_ALLOWED, CLOSED_GOING_AWAY, CLOSED_NORMALLY = 4404, 4403, 1012, 1000

After = Annotated[int, Query(ge=0, le=2**31 - 1, description="The number of the last event that was seen.")]
LastEventId = Annotated[str | None, Header(max_length=32)]
router = APIRouter()


@router.get(
    "/api/jobs/{job_id}/events",
    response_class=Response,
    responses={200: {"description": "Server-sent events", "content": {SSE: {}}}, **examples.NO_JOB},
)
async def job_events(
    job_id: str, jobs: TheJobs, view: TheView, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """Every event after `Last-Event-ID` (or `after`), as they come, up to the job's end. `id` is its number."""
    await jobs.store.get(job_id, view)
    seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(jobs, job_id, seen), media_type=SSE, headers=headers)


async def _lines(jobs: Hands, job_id: str, after: int) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    async for event in alive(jobs, job_id, after):
        yield as_sse(event) if event else b": still here\n\n"


def as_sse(event: JobEvent) -> bytes:
    """One event in the format of the HTML standard. The data is one line: JSON escapes line ends."""
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {as_text(event)}\n\n".encode()


def as_text(event: JobEvent) -> str:
    return json.dumps(event_body(event), separators=(",", ":"))


async def alive(jobs: Hands, job_id: str, after: int) -> AsyncIterator[JobEvent | None]:
    """The job's events; None where there is nothing to say for a while. It ends early where the server is closing."""
    events = jobs.store.events(job_id, after)
    closing = asyncio.ensure_future(jobs.closing.wait())
    following = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            await asyncio.wait({following, closing}, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                with suppress(StoreError, NotFound):  # the caller comes again, and is told then
                    if (event := following.result()) is not None:
                        yield event
                        following = asyncio.ensure_future(anext(events, None))
                        continue
                return
            if closing.done():
                return
            yield None
    finally:
        closing.cancel()
        following.cancel()
        await asyncio.gather(closing, following, return_exceptions=True)


@router.websocket("/api/jobs/{job_id}/ws")
async def job_socket(socket: WebSocket, job_id: str, after: After = 0) -> None:
    """The same events as text frames of JSON. It closes with 1000 after the last, with 4404 where there is no job."""
    if not allowed_origin(socket, backend_of(socket).settings.cors_origins):
        await socket.close(CLOSED_NOT_ALLOWED)
        return
    try:
        jobs = jobs_of(socket)
        await jobs.store.get(job_id, view_of(socket))
    except (NotFound, StoreError) as error:
        await socket.accept()
        await socket.close(CLOSED_NOT_FOUND if isinstance(error, NotFound) else CLOSED_GOING_AWAY)
        return
    await socket.accept()
    listening = asyncio.ensure_future(_until_gone(socket))
    sending = asyncio.ensure_future(_send(socket, jobs, job_id, after))
    await asyncio.wait({listening, sending}, return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    sending.cancel()
    await asyncio.gather(listening, sending, return_exceptions=True)


def allowed_origin(socket: WebSocket, origins: tuple[str, ...]) -> bool:
    """Whether the page that opened it may: browsers send no preflight for a WebSocket, but say where it comes from."""
    origin = socket.headers.get("origin")
    if origin is None or "*" in origins or origin in origins:
        return True
    return urlsplit(origin).netloc == socket.headers.get("host")


async def _send(socket: WebSocket, jobs: Hands, job_id: str, after: int) -> None:
    async for event in alive(jobs, job_id, after):
        if event:
            await socket.send_text(as_text(event))
    await socket.close(CLOSED_GOING_AWAY if jobs.closing.is_set() else CLOSED_NORMALLY)


async def _until_gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive()
