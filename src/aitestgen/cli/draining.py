"""A server that ends in order: it takes nothing new, lets what runs come to its end, and hurries when told twice."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from aitestgen.settings import HEADER_BYTES, Settings

MESSAGE_BYTES = 4 * 1024
"""Of a WebSocket: callers have nothing to say there."""


class PatientProtocol(H11Protocol):
    """Closes a connection whose request does not arrive: its headers have `seconds` from their first sign on."""

    seconds = 30.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering or self.transport.get_protocol() is not self:
            self._stop_waiting()
        elif self._waiting is None:
            self._wait()

    @property
    def _answering(self) -> bool:
        """Whether a request's headers are there, and its answer is not."""
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class DrainingServer(uvicorn.Server):
    """Serves until SIGTERM or SIGINT.

    Then it stops listening, sends away who waits for a slot (503), and gives running requests AITESTGEN_DRAIN_SECONDS.
    What still runs then, or at a second signal, is cancelled and its jail killed. After `run` nothing is left.
    """

    def __init__(self, app: FastAPI, settings: Settings, *, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=type("Protocol", (PatientProtocol,), {"seconds": settings.slow_client_seconds}),
                h11_max_incomplete_event_size=HEADER_BYTES,
                ws_max_size=MESSAGE_BYTES,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),  # uvicorn alone would believe everybody on loopback
                forwarded_allow_ips=",".join(settings.trusted_proxies),
                timeout_graceful_shutdown=settings.drain_seconds,  # type: ignore[arg-type]  # is given to wait_for, which takes fractions
            )
        )
        self._slots = app.state.slots
        self._backend = getattr(app.state, "backend", None)  # the sandbox service has none
        self._drain_seconds = settings.drain_seconds
        self._hurry = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """From now on for good: a signal that comes late, at a clean end, is an end too, not an error."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # the base class's shape
        """A signal has come."""
        if self.should_exit and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hurry.set)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Return when all requests have ended, one way or the other, and no jail stands ready any more."""
        self._slots.close()
        ending = [asyncio.create_task(self._end_all_when_told_again()), asyncio.create_task(self._end_jobs())]
        try:
            await super().shutdown(sockets)
        finally:
            for task in ending:
                task.cancel()

    async def _end_jobs(self) -> None:
        """At the same time as requests: streams of events end, and jobs end or go back into the line."""
        if self._backend is not None:
            await self._backend.drain_jobs(self._drain_seconds, self._hurry)

    async def _end_all_when_told_again(self) -> None:
        await self._hurry.wait()
        running = [*self.server_state.tasks]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for connection in [*self.server_state.connections]:
            connection.transport.abort()
