"""Work in a forked child: whatever it does to its process stays there."""

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Callable
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


def _read_json(descriptor: int, pid: int, seconds: float) -> Any:
    parts, started = [], time.monotonic()
    while True:
        ready, _, _ = select.select([descriptor], [], [], min(seconds, LOOK_SECONDS))
        if not ready:
            if time.monotonic() - started - starved_seconds(pid) > seconds:
                return None
            continue
        part = os.read(descriptor, 1 << 16)
        if not part:
            break
        parts.append(part)
    try:
        return json.loads(b"".join(parts))
    except ValueError:
        return None
