"""Pid 1 of the jail: trusted, and alone with the channel to the host.

It forks the process that becomes the guest, reads the job, hands it over, and from then on only watches: it relays the
child's frames within limits, keeps the clock, reaps orphans, ends whatever is left in its pid namespace, says at last
how the child ended, and exits. Guests cannot signal it (pid 1), nor read or write its memory
(not dumpable, no ptrace); it imports nothing that they can write.

Records on the channel and on the child's pipes: four bytes of length, one byte of kind, JSON.
"""

import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aitestgen_guest.jail.confine import keep_limits, landlock_rules, not_dumpable, seal
from aitestgen_guest.jail.guest import DONE, FRAME, RAISED, READY, Arrival, become_guest
from aitestgen_guest.jail.own_group import OwnGroup
from aitestgen_guest.jail.watch import Census, Watch

HEADER_BYTES = 4
FRAME_BYTES = 4 * 1024 * 1024
ALL_FRAMES_BYTES = 32 * 1024 * 1024
ALL_FRAMES = 200_000
KINDS = (FRAME, DONE, RAISED)
CHUNK = 1 << 16
NESTING = 100
"""Far below what any reader of JSON can take: what is relayed must never be too much for the host."""


class Refused(Exception):
    """The child sent what a guest program never sends. `args[0]` is the reason for the END record."""


@dataclass(frozen=True)
class Channel:
    """The two ends, both pid 1's own, at which it hears and answers the host; often they are one descriptor."""

    reading: int
    writing: int


@dataclass(frozen=True)
class Duty:
    """What pid 1 does besides, in one kind of jail or another.

    The files of a job that brings some are given to `take_files`. `keep` are descriptors that the guest keeps.
    `prepared` is called with the child's number when the child is ready for its job: pid 1 says hello only then, with
    what `hello` adds. `group` counts the jail's memory and processes where the host does not. `walls` is the last thing
    that the child does before it waits for its job; `census` knows who and what belongs to the jail.
    """

    take_files: "Callable[[dict[str, str]], None] | None" = None
    keep: "Sequence[int]" = ()
    prepared: "Callable[[int], None] | None" = None
    hello: "dict[str, Any] | None" = None
    group: "OwnGroup | None" = None
    walls: "Callable[[], object]" = landlock_rules
    census: "Census | None" = None


def main(channel: int) -> None:
    """Serve one job on the descriptor `channel`, and exit."""
    arrival = attend(Channel(channel, channel), Duty())()
    become_guest(arrival.job["program"], lambda: arrival)


def attend(channel: Channel, duty: Duty) -> "Callable[[], Arrival]":
    """Be pid 1 for one job, and exit: returns only in the forked process that is to be the guest.

    That process is an ordinary one, and holds no descriptor but its own, 0 to 2 and those it keeps. It calls what is
    returned when it wants its job, and is confined then.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one signal for which Python gives pid 1 a handler
    not_dumpable()
    orders, ordering = os.pipe()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        seal((orders, writing, *duty.keep), duty.walls)
        return lambda: _arrive(orders, writing, prepared=duty.prepared is not None)
    gc.disable()
    os.close(orders)
    os.close(writing)
    if duty.prepared is not None:
        receive(reading)  # nothing untrusted runs there yet
        duty.prepared(child)
    os.set_blocking(reading, False)
    send(channel.writing, b"H", {"version": sys.version_info[:3], **(duty.hello or {})})
    job = json.loads(receive(channel.reading)[1:])
    if duty.take_files is not None:
        duty.take_files(job.pop("files"))
    farewell = job.pop("farewell", "")
    send(ordering, b"J", job)
    os.close(ordering)
    watch = Watch(child, job["limits"], duty.group, duty.census)
    end = Supervisor(child, reading, channel, watch).supervise()
    leave_nobody()
    with suppress(OSError):  # the guest may have spoilt what it prints to; the host waits in vain then, for a while
        os.write(2, farewell.encode())
    send(channel.writing, b"E", {**end, "farewell": farewell})
    os._exit(0)


def leave_nobody() -> None:
    """Return when this process is alone in its pid namespace: whoever is told of the end can be sure of it.

    Does nothing where it is not pid 1: there the signal would go to all processes of the user.
    """
    with suppress(ChildProcessError):
        while os.getpid() == 1:
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            os.waitpid(-1, 0)


def _arrive(orders: int, writing: int, *, prepared: bool) -> Arrival:
    if prepared:
        send(writing, READY, {})
    job = json.loads(receive(orders)[1:])
    os.close(orders)
    keep_limits(job["limits"])
    return Arrival(job=job, pipe=writing)


class Supervisor:
    """Watches one child until it ends, or until it must be ended."""

    def __init__(self, child: int, reading: int, channel: Channel, watch: Watch) -> None:
        self.child = child
        self.ended = end_of(child)
        self.reading = reading
        self.channel = channel
        self.deadline = time.monotonic() + watch.limits["wall_seconds"]
        self.watch = watch
        self.buffer = bytearray()
        self.frames = 0
        self.frame_bytes = 0
        self.finish: dict[str, Any] = {}
        self.pipe_open = True

    def supervise(self) -> dict[str, Any]:
        """Relay until the end; return the END record."""
        stopped = None
        status = None
        try:
            while stopped is None and status is None:
                self.wait_a_little()
                status = self.reap()
                self.relay()
                stopped = self.watch.exceeded()
                if time.monotonic() >= self.deadline and not (status is not None and self.finish):
                    stopped = "timed_out"
        except Refused as refusal:
            stopped = str(refusal)
        return {"stopped": stopped, "status": status, **self.finish, **self.watch.report()}

    def wait_a_little(self) -> None:
        """Until the child sends or ends, the host hangs up, or it is time to look around."""
        ready = [self.channel.reading, *self.ended, *([self.reading] if self.pipe_open else [])]
        left = max(0.0, self.deadline - time.monotonic())
        readable, _, _ = select.select(ready, [], [], min(left, self.watch.interval))
        if self.channel.reading in readable:
            os._exit(0)  # the host sends nothing after the job: it has hung up

    def reap(self) -> int | None:
        """The child's exit code (negative: a signal) once it has ended; orphans are reaped on the way."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid == 0:
                return None
            if pid == self.child:
                return os.waitstatus_to_exitcode(status)

    def relay(self) -> None:
        """Pass on what is in the pipe now; after the child's end that is all it ever sent. Ends by the deadline."""
        while self.pipe_open and time.monotonic() < self.deadline:
            try:
                data = os.read(self.reading, CHUNK)
            except BlockingIOError:
                return
            self.pipe_open = bool(data)
            self.buffer += data
            for kind, body in self.records():
                self.take(kind, body)

    def records(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """The whole records in the buffer. Raises Refused for one that is too long or not a JSON object.

        Too long is one that a guest program could have sent: of a kind that there is, and with so many bytes behind its
        header. Of bytes that only look like a header (a length out of all bounds, no such kind) nobody knows that.
        """
        while len(self.buffer) >= HEADER_BYTES:
            length = int.from_bytes(self.buffer[:HEADER_BYTES], "big")
            if not 1 <= length <= ALL_FRAMES_BYTES:
                raise Refused("malformed")
            if len(self.buffer) > HEADER_BYTES and self.buffer[HEADER_BYTES : HEADER_BYTES + 1] not in KINDS:
                raise Refused("malformed")
            if length > FRAME_BYTES and len(self.buffer) > HEADER_BYTES + FRAME_BYTES:
                raise Refused("frame_too_long")
            if len(self.buffer) < HEADER_BYTES + length:
                return
            record = bytes(self.buffer[HEADER_BYTES : HEADER_BYTES + length])
            del self.buffer[: HEADER_BYTES + length]
            yield record[:1], parse(record[1:])

    def take(self, kind: bytes, body: dict[str, Any]) -> None:
        """Relay a frame; remember how `main` ended."""
        if kind == FRAME and not self.finish:
            self.frames += 1
            self.frame_bytes += send(self.channel.writing, b"F", body)
            if self.frames > ALL_FRAMES or self.frame_bytes > ALL_FRAMES_BYTES:
                raise Refused("too_many_frames")
        elif kind in (DONE, RAISED) and not self.finish:
            self.finish = {"returned": kind == DONE, "error": body}
        else:
            raise Refused("malformed")


def end_of(child: int) -> "list[int]":
    """A descriptor that is readable once the child has ended; none in a kernel without them (gVisor): then it is seen a
    little later.
    """
    try:
        return [os.pidfd_open(child)]
    except OSError:
        return []


def parse(text: bytes) -> dict[str, Any]:
    """A JSON object. Raises Refused for anything else."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("malformed") from None
    if not isinstance(body, dict) or too_deep(body):
        raise Refused("malformed")
    return body


def too_deep(body: object) -> bool:
    """Whether lists and objects lie more than NESTING deep in each other."""
    level: list[Any] = [body]
    for _ in range(NESTING):
        inner = (value.values() if isinstance(value, dict) else value for value in level)
        level = [part for parts in inner for part in parts if isinstance(part, (dict, list))]
        if not level:
            return False
    return True


def send(descriptor: int, kind: bytes, body: dict[str, Any]) -> int:
    """Write one record whole; return its size."""
    data = kind + json.dumps(body, separators=(",", ":")).encode()
    record = len(data).to_bytes(HEADER_BYTES, "big") + data
    view = memoryview(record)
    while view:
        view = view[os.write(descriptor, view) :]
    return len(record)


def receive(descriptor: int) -> bytes:
    """Read one record whole. An early end is the host's: nothing is left to do."""
    return _exactly(descriptor, int.from_bytes(_exactly(descriptor, HEADER_BYTES), "big"))


def _exactly(descriptor: int, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        part = os.read(descriptor, min(CHUNK, length - len(data)))
        if not part:
            os._exit(0)
        data += part
    return bytes(data)
