"""Servers as programs of their own, and what is left of them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

START_SECONDS = 60.0
"""A server that has not answered by then does not come: a machine may have much else to do."""
LOG_BYTES = 1024 * 1024
"""Nobody reads what a server logs before its end: it stands still when the pipe is full, as after many requests."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AITESTGEN_", "PORT", "LOG_"))}
    return {**kept, **more}


@contextmanager
def server(command: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], httpx2.Client]]:
    """A server that answers, and a client for it; killed at the end if it still runs. It listens on AITESTGEN_HOST."""
    port = free_port()
    host = more.get("AITESTGEN_HOST", "127.0.0.1")
    program = subprocess.Popen(
        [sys.executable, "-m", "aitestgen", command],
        env=environment(PORT=str(port), **more),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pipesize=LOG_BYTES,
    )
    try:
        with httpx2.Client(base_url=f"http://{host}:{port}", timeout=20) as client:
            wait_until_it_answers(client, program)
            yield program, client
    finally:
        program.kill()
        program.communicate()


def wait_until_it_answers(client: httpx2.Client, program: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and program.poll() is None:
        try:
            client.get("/health/live")
        except httpx2.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"no answer: {program.stderr.read() if program.poll() is not None and program.stderr else ''}")


def stop(program: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, float, str]:
    started = time.monotonic()
    program.send_signal(number)
    _, words = program.communicate(timeout=20)
    return program.returncode, time.monotonic() - started, words


def ask(client: httpx2.Client, path: str, body: dict[str, Any]) -> httpx2.Response | None:
    """The answer; None where the server went away, as it was told to."""
    try:
        return client.post(path, json=body, timeout=60)
    except httpx2.TransportError:
        return None


def wait_until(true: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def until(true: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.02)


def born(pid: int) -> str | None:
    """When a process started, in ticks; None where there is none. Its number alone may be another's by now."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return None


def with_birth(pids: list[int]) -> dict[int, str | None]:
    return {pid: born(pid) for pid in pids}


def still(seen: dict[int, str | None]) -> list[int]:
    """Those of the processes that are there yet."""
    return [pid for pid, birth in seen.items() if birth is not None and born(pid) == birth]


def children(pid: int) -> list[int]:
    """None where the process has gone in the meantime."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid: int) -> list[int]:
    direct = children(pid)
    return [*direct, *(below for child in direct for below in descendants(child))]


def has_jail(pid: int) -> bool:
    """Whether a guest of the program has begun: bubblewrap, its pid 1, and below that. Until then a jail can outlive
    a maker that is killed, up to the next start (aitestgen/sandbox/orphans.py).
    """
    return len(descendants(pid)) > 2


def started_with(word: str) -> int:
    """The one child whose command has the word; others, such as a database server, start processes of their own."""
    commands = {child: Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0") for child in children(os.getpid())}
    (found,) = [child for child, command in commands.items() if word.encode() in command]
    return found
