"""A real HTTP server on loopback that answers by a script, faults included."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

CHUNK = b" " * 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """An answer. `promised` is another Content-Length than the body has; after the body the connection is closed."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None


@dataclass(frozen=True, slots=True)
class Hangs:
    """Reads the question and says nothing."""


@dataclass(frozen=True, slots=True)
class Drips:
    """Begins an answer and sends a blank now and then, for ever."""

    pause_seconds: float = 0.02


@dataclass(frozen=True, slots=True)
class Floods:
    """Sends so many bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class HangsUp:
    """Closes the connection instead of an answer."""


Step = Says | Hangs | Drips | Floods | HangsUp


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in, and when (time.monotonic)."""

    at: float
    path: str
    headers: Mapping[str, str]
    json: Any


def answer(text: str = "fine", **more: Any) -> Says:
    """A chat completion in OpenAI's shape."""
    message = {"role": "assistant", "content": text}
    whole = {
        "id": "1",
        "object": "chat.completion",
        "model": "scripted-1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }
    return says({**whole, **more})


def says(value: Any, status: int = 200, **headers: str) -> Says:
    """A value as JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Says(status=status, body=json.dumps(value).encode(), headers=named)


def error(status: int, message: str, code: str = "", **headers: str) -> Says:
    """An error in OpenAI's shape."""
    return says({"error": {"message": message, "type": "error", "code": code}}, status, **headers)


class ScriptedServer:
    """Answers the first request by the first step, and so on; the last step answers all that follow.

    `was_asked` is set by the first request, `hung_up` once somebody left before an answer was whole.
    """

    def __init__(self, script: Callable[[int, Asked], Step]) -> None:
        self.asked: list[Asked] = []
        self.was_asked = threading.Event()
        self.hung_up = threading.Event()
        self.port = 0
        self._script = script
        self._ready = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._thread.join()

    async def _serve(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await stopped.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            asked = await _read(reader)
            self.asked.append(asked)
            self.was_asked.set()
            await self._act(self._script(len(self.asked) - 1, asked), reader, writer)
        writer.close()

    async def _act(self, step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            match step:
                case Says():
                    await _say(step, writer)
                case Hangs():
                    await reader.read()
                    self.hung_up.set()
                case Drips(pause):
                    await _drip(pause, writer)
                case Floods(size):
                    await _flood(size, writer)
                case HangsUp():
                    pass
        except ConnectionError:
            self.hung_up.set()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(time.monotonic(), first.split()[1], headers, json.loads(body) if body else None)


async def _say(step: Says, writer: asyncio.StreamWriter) -> None:
    length = len(step.body) if step.promised is None else step.promised
    headers = {"Content-Type": "application/json", "Content-Length": str(length), "Connection": "close", **step.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {step.status} Said\r\n{lines}\r\n".encode() + step.body)
    await writer.drain()


async def _drip(pause_seconds: float, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(pause_seconds)


async def _flood(size: int, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    for _ in range(size // len(CHUNK)):
        writer.write(CHUNK)
        await writer.drain()


@contextmanager
def scripted_server(*steps: Step) -> Iterator[ScriptedServer]:
    """A server that follows these steps."""
    with ScriptedServer(lambda number, _: steps[min(number, len(steps) - 1)]) as server:
        yield server
