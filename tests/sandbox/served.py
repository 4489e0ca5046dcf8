"""Sandbox services that really listen, for tests of those who ask them; and one that follows a script."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI

from aitestgen.api.sandbox_service import create_app
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.values import Interpreter

HEALTHY = {
    "status": "healthy",
    "backend": "bubblewrap",
    "pythons": ["3.10", "3.11", "3.12", "3.13", "3.14"],
    "slots": {"total": 2, "free": 2},
    "queue": {"waiting": 0, "most": 16, "seconds": 1.0},
}


@dataclass(slots=True, kw_only=True)
class Served:
    """A service that listens. `stop` hangs up on everybody, and returns when nothing listens any more."""

    app: FastAPI
    url: str
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


@contextmanager
def served(settings: Settings, sandbox: Sandbox, interpreter: Interpreter | None = None) -> Iterator[Served]:
    """The sandbox service on a free port of the loopback interface."""
    app = create_app(settings, sandbox, interpreter)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    service = Served(app=app, url=f"http://127.0.0.1:{listening.getsockname()[1]}", server=server, thread=thread)
    try:
        wait_until(lambda: server.started)
        yield service
    finally:
        service.stop()
        listening.close()


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Returns once it is true. Raises AssertionError where it is not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@dataclass(slots=True, kw_only=True)
class Script:
    """What a scripted service does: `health` answers GET /health, `answer` gets the connection of a POST /run."""

    answer: Callable[[socket.socket], None]
    health: Any = field(default_factory=lambda: HEALTHY)
    reads_body: bool = True
    runs: int = 0
    url: str = ""


@contextmanager
def scripted(script: Script) -> Iterator[Script]:
    """A bare socket that plays the script for each connection, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        script.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=_play, args=(listening, script))
        thread.start()
        try:
            yield script
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _play(listening: socket.socket, script: Script) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # the test is over
        with connection:
            connection.settimeout(20)
            try:
                _serve(connection, script)
            except OSError:
                continue  # the caller hung up: what the test is about


def _serve(connection: socket.socket, script: Script) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(1)
    if head.startswith(b"GET"):
        connection.sendall(answered(json.dumps(script.health).encode()))
        return
    script.runs += 1
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while script.reads_body and length > 0:
        length -= len(connection.recv(min(length, 1 << 16)))
    script.answer(connection)


def answered(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole HTTP answer."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n".encode() + body


STREAMED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
"""The head of an answer that ends with the connection."""
