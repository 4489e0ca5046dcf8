"""Run a function in a forked child, and read what it sends until it is done, dead or out of time."""

import json
import os
import resource
import select
import signal
import warnings
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from time import monotonic  # by name: what runs in the children may replace time.monotonic
from typing import Any, NoReturn

Send = Callable[[Any], None]

DONE = b"null"
MAX_BYTES = 16 * 1024 * 1024
SPARE_BYTES = 96 * 1024 * 1024


class Deadline:
    """When a child is ended, by the monotonic clock; whoever reads what it sends may move it."""

    def __init__(self, at: float) -> None:
        self.at = at


def messages(body: "Callable[[Send], None]", seconds: "float | Deadline") -> "Generator[Any, None, str]":
    """Fork, call `body(send)` in the child, and yield the JSON values that it sends, as they come.

    Returns how it ended: "done" (it returned, or sent None to say that this is all), "crashed" (also: it sent
    nonsense or too much) or "timed_out" (or over its `limit_cpu`). The child is a process group of its own, has no
    input, its output goes nowhere, and it is killed when the generator ends.
    """
    reader, writer = os.pipe()
    pid = _fork()
    if pid == 0:
        os.close(reader)
        _live(body, writer)
    os.close(writer)
    try:
        deadline = seconds if isinstance(seconds, Deadline) else Deadline(monotonic() + seconds)
        ending = yield from _read(reader, deadline)
        return "timed_out" if ending == "crashed" and _end(pid) == signal.SIGPROF else ending
    finally:
        os.close(reader)
        _end(pid)


def limit_cpu(seconds: float) -> None:
    """Give this process so many seconds of processor time from now on: a loop is cut alike on a busy machine."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory(spare: int = SPARE_BYTES) -> None:
    """Let this process's data grow by `spare` bytes at most: a hungry mutant fails alone, not the jail with it.

    RLIMIT_DATA counts what is private and writable (Linux 4.7 on), not address space that threads only reserve.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    except OSError:
        return  # without /proc the jail's own limit has to do
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = pages * resource.getpagesize() + spare
    limits = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


def collect(body: "Callable[[Send], None]", seconds: float) -> "tuple[list[Any], str]":
    """All that `messages` yields, and what it returns."""
    ending: list[str] = []

    def gather() -> "Generator[Any, None, None]":
        ending.append((yield from messages(body, seconds)))

    sent = list(gather())
    return sent, ending[0]


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns where the module under test started threads
        return os.fork()


def silence() -> None:
    """Let standard input, output and error lead nowhere: what this process prints is not kept, nor counted."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)


def _live(body: "Callable[[Send], None]", writer: int) -> NoReturn:
    try:
        os.setpgid(0, 0)
        silence()

        def send(value: Any) -> None:
            _write(writer, json.dumps(value).encode() + b"\n")

        body(send)
        send(None)
    finally:
        os._exit(1)  # nothing of the parent's may run here: no handlers at exit, no flush, no cleanup


def _write(writer: int, data: bytes) -> None:
    while data:
        data = data[os.write(writer, data) :]


def _read(reader: int, deadline: Deadline) -> "Generator[Any, None, str]":
    rest, total = b"", 0
    while True:
        left = deadline.at - monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return "timed_out"
        chunk = os.read(reader, 65536)
        total += len(chunk)
        if not chunk or total > MAX_BYTES:
            return "crashed"
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line == DONE:
                return "done"
            try:
                value = json.loads(line)
            except ValueError:
                return "crashed"
            yield value


def _end(pid: int) -> int:
    """Kill the child; the signal that ended it, 0 where none did or it was waited for before."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not have become a group yet
    with suppress(ChildProcessError):
        status = os.waitpid(pid, 0)[1]
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return 0
