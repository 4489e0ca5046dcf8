"""Work in a forked child: whatever it does to its process stays there."""

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

from aitestgen_guest.processes.processor_time import starved_seconds

CHILD_SECONDS = 1.5
BUSY_FACTOR = 5
"""How much longer than its processor time a child may take, by a clock that stands still while others keep it from
running."""
LOOK_SECONDS = 0.5


def in_child(work: "Callable[[], Any]", seconds: float = CHILD_SECONDS) -> Any:
    """What `work` returned in a forked child, as JSON; None where the child died or took too long.

    It may take `seconds` of processor time, and BUSY_FACTOR times as long by such a clock.
    """
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(receiving)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            with os.fdopen(sending, "w") as stream:
                json.dump(work(), stream)
            status = 0
        finally:
            os._exit(status)
    os.close(sending)
    try:
        return _read_json(receiving, pid, BUSY_FACTOR * seconds)
    finally:
        os.close(receiving)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def all_in_child(work: "Callable[[], Iterable[Any]]", seconds: float = CHILD_SECONDS) -> "list[Any]":
    """What `work` yielded in a forked child, as JSON; up to where the child died or one item took too long.

    Each may take what `in_child` allows, so that what came before a hang is not lost with it.
    """
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(receiving)
            _write_lines(sending, work, seconds)
            status = 0
        finally:
            os._exit(status)
    os.close(sending)
    try:
        return _read_lines(receiving, pid, BUSY_FACTOR * seconds)
    finally:
        os.close(receiving)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _write_lines(descriptor: int, work: "Callable[[], Iterable[Any]]", seconds: float) -> None:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    with os.fdopen(descriptor, "w", buffering=1) as stream:
        for item in work():
            stream.write(json.dumps(item) + "\n")
            signal.setitimer(signal.ITIMER_PROF, seconds)


def _read_json(descriptor: int, pid: int, seconds: float) -> Any:
    parts: list[bytes] = []
    end = time.monotonic() + seconds
    while part := _next_part(descriptor, pid, end):
        parts.append(part)
    try:
        return None if part is None else json.loads(b"".join(parts))
    except ValueError:
        return None


def _read_lines(descriptor: int, pid: int, seconds: float) -> "list[Any]":
    found: list[Any] = []
    rest = b""
    while part := _next_part(descriptor, pid, time.monotonic() - starved_seconds(pid) + seconds):
        *lines, rest = (rest + part).split(b"\n")
        with contextlib.suppress(ValueError):
            found += map(json.loads, lines)
    return found


def _next_part(descriptor: int, pid: int, end: float) -> "bytes | None":
    """What came next, empty at the end; None at `end`, by a clock that stands still while others keep `pid` waiting."""
    while not select.select([descriptor], [], [], LOOK_SECONDS)[0]:
        if time.monotonic() - starved_seconds(pid) > end:
            return None
    return os.read(descriptor, 1 << 16)
