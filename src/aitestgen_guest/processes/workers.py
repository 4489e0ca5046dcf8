"""Tasks in forked processes, several at a time: a task that hangs or dies takes no other with it."""

import contextlib
import gc
import itertools
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn

from aitestgen_guest.processes.child import limit_memory, silence
from aitestgen_guest.processes.processor_time import running_seconds, starved_seconds
from aitestgen_guest.shapes import Frame

Send = Callable[[Frame], None]
Task = Callable[[Send], None]
SILENCE_SECONDS = 20.0
"""How long a worker may compute and say nothing."""
IDLE_SECONDS = 120.0
"""How long it may say nothing in any case, by a clock that stands still while others keep it from running."""

SPARE_BYTES = 128 * 1024 * 1024
"""How much memory a worker may take for itself: a hungry call fails alone, not the jail with it."""


LEAVING_SECONDS, LOOK_SECONDS = 1.0, 0.002
DONE: Frame = {"ev": "done"}
FAILED = "failed"
MOST_SAID = 300


def in_order(tasks: "Iterable[Task]", workers: int) -> "Iterator[list[Frame]]":
    """Yield each task's frames in the tasks' order; up to `workers` run at once, each in a forked process.

    A task is asked for when there is a worker for it. The frames of one that did not come to its end are followed by
    `{"ev":"failed","reason"}`.
    """
    waiting = enumerate(tasks)
    running: dict[int, _Worker] = {}
    done: dict[int, list[Frame]] = {}
    next_out = 0
    while True:
        for number, task in itertools.islice(waiting, workers - len(running)):
            running[number] = _Worker(task)
        if not running:
            break
        _wait([worker.reading for worker in running.values()])
        for number, worker in list(running.items()):
            if worker.poll():
                done[number] = worker.frames
                del running[number]
        while next_out in done:
            yield done.pop(next_out)
            next_out += 1


def _wait(descriptors: "list[int]") -> None:
    select.select(descriptors, [], [], 0.2)


class _Worker:
    """A forked process that does one task, `task(send)`, and writes its frames as lines of JSON."""

    def __init__(self, task: Task) -> None:
        self.reading, writing = os.pipe()
        self.frames: list[Frame] = []
        self._rest = b""
        self._heard, self._worked, self._starved = time.monotonic(), 0.0, 0.0
        self.pid = os.fork()
        if self.pid == 0:
            _child(task, self.reading, writing)
        os.close(writing)

    def poll(self) -> bool:
        """Take what has come; True when the worker has ended, or was ended for its silence."""
        ready, _, _ = select.select([self.reading], [], [], 0)
        if ready:
            part = os.read(self.reading, 1 << 20)
            self._heard, self._worked = time.monotonic(), running_seconds(self.pid)
            self._starved = starved_seconds(self.pid)
            if part:
                self._take(part)
                return False
            return self._end()
        return self._end() if self._is_hung() else False

    def _is_hung(self) -> bool:
        """Whether it computed for SILENCE_SECONDS, or did anything else for IDLE_SECONDS, and said nothing."""
        silent = time.monotonic() - self._heard
        if silent <= SILENCE_SECONDS:
            return False
        silent -= starved_seconds(self.pid) - self._starved
        return silent > IDLE_SECONDS or running_seconds(self.pid) - self._worked > SILENCE_SECONDS

    def _take(self, part: bytes) -> None:
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):
                frame = json.loads(line)
                if isinstance(frame, dict) and "ev" in frame:  # code under test may write here, too
                    self.frames.append(frame)

    def _end(self) -> bool:
        status = self._status()
        os.close(self.reading)
        last = self.frames[-1]["ev"] if self.frames else ""
        if last == DONE["ev"]:
            self.frames.pop()
        elif last != FAILED:
            self.frames.append({"ev": FAILED, "reason": _said(status)})
        return True

    def _status(self) -> "int | None":
        """How the process ended, as it does soon once it has closed its pipe; None where it had to be ended."""
        until = time.monotonic() + (0.0 if self._is_hung() else LEAVING_SECONDS)
        while True:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                return status
            if time.monotonic() >= until:
                break
            time.sleep(LOOK_SECONDS)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None


def _said(status: "int | None") -> str:
    """How a process ended that did not come to the end of its task."""
    if status is None:
        return "it hung, and was ended"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = signal.Signals(number).name if number in list(signal.Signals) else f"signal {number}"
        return f"its process was ended by {name}"
    return f"its process ended itself with status {os.WEXITSTATUS(status)}"


def _child(task: Task, reading: int, writing: int) -> NoReturn:
    status = 1
    try:
        os.close(reading)
        silence()
        gc.freeze()  # of what it inherits nothing is its own to collect, and to look at it would copy the memory
        limit_memory(SPARE_BYTES)
        with os.fdopen(writing, "w", buffering=1) as stream:

            def send(frame: Frame) -> None:
                stream.write(json.dumps(frame) + "\n")

            try:
                task(send)
            except Exception as error:  # noqa: BLE001 - whatever broke the task is told in its place
                send({"ev": FAILED, "reason": f"{type(error).__name__}: {error}"[:MOST_SAID]})
            else:
                send(DONE)
        status = 0
    finally:
        os._exit(status)
