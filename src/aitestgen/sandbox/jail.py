"""One jail as the host sees it: a channel to its pid 1, what it prints, and how to end it."""

import asyncio
import base64
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from aitestgen.errors import SandboxError
from aitestgen.sandbox import wire
from aitestgen.sandbox.cgroups import Group
from aitestgen.sandbox.output import Output
from aitestgen.sandbox.verdict import Ending
from aitestgen.seams import OnFrame
from aitestgen.values import Run

GRACE_SECONDS = 5.0
"""How much longer than the guest's own limit the host waits: a busy machine."""

START_SECONDS = 20.0
GOODBYE_SECONDS = 1.0
WATCH_SECONDS = 0.1


class Life(Protocol):
    """What tells that everything in a jail is gone."""

    @property
    def pid(self) -> int:
        """The process outside the jail that reaps it, if it is in the jail's control group; else 0."""
        ...

    async def wait(self) -> object:
        """Return when all is gone."""
        ...

    def kill(self) -> None:
        """The last resort, where the jail did not end when its pid 1 was killed or lost its channel."""
        ...


class Channel:
    """The host's end of the channel to pid 1 of a jail."""

    def __init__(self, end: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._end = end
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> "Channel":
        return cls(end, *await asyncio.open_connection(sock=end))

    async def send(self, kind: bytes, body: Mapping[str, Any]) -> None:
        """Raises ConnectionError where pid 1 has ended."""
        self._writer.write(wire.pack(kind, body))
        await self._writer.drain()

    async def record(self) -> wire.Record | None:
        """The next record; None at the end. Raises SandboxError for what pid 1 never sends."""
        try:
            return await wire.read_record(self._reader)
        except wire.Malformed as error:
            raise SandboxError(f"the jail's pid 1 sent {error}") from error

    def shut(self) -> None:
        """Nothing more passes, in either direction: pid 1 notices."""
        with suppress(OSError):  # it has hung up first
            self._end.shutdown(socket.SHUT_RDWR)

    def hang_up(self) -> None:
        """Close it."""
        self._writer.close()
        self._end.close()


class Jail:
    """One jail, from its start on. `ending` is how it ended, as far as is known."""

    def __init__(
        self,
        life: Life,
        channel: Channel,
        output: Output,
        group: Group | None,
        *,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.output = output
        self.ending = Ending()
        self.hello: Mapping[str, Any] = {}
        self._life = life
        self._channel = channel
        self._group = group
        self._grace_seconds = grace_seconds
        self._gone = False
        output.on_flood = lambda: self._stop("output_limit")

    async def begin(self) -> bool:
        """Wait for pid 1; whether it came up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                hello = await self._channel.record()
                self.hello = hello.body if hello else {}
                self.ending = replace(self.ending, began=hello is not None)
        return self.ending.began

    async def talk(self, run: Run, on_frame: OnFrame | None, job: Mapping[str, Any]) -> None:
        """Give the job (of `job_of`) to pid 1, and listen to the end."""
        patience = run.limits.wall_seconds + self._grace_seconds
        timer = asyncio.get_running_loop().call_later(patience, self._stop, "timed_out")
        warden = asyncio.create_task(self._watch())
        if self._group is not None:  # only from here: the start of the jail is ours, not the guest's
            self._group.throttle(run.limits.cpu_cores)
        try:
            await self._channel.send(wire.JOB, job)
            await self._listen(on_frame, job.get("farewell", ""))
        except ConnectionError:
            return  # it ended before it read its job: `ending` says as much
        finally:
            timer.cancel()
            warden.cancel()

    async def _listen(self, on_frame: OnFrame | None, farewell: str) -> None:
        """To the END record, by its `farewell` pid 1's own: under gVisor guests can write to the channel of pid 1."""
        frames: list[Any] = []
        while record := await self._channel.record():
            if record.kind == wire.END and record.body.get("farewell", "") != farewell:
                self._stop("malformed")
                break
            if record.kind == wire.END:
                self.ending = replace(self.ending, record=record.body)
                break
            frames.append(record.body)
            if on_frame is not None:
                on_frame(record.body)
        self.ending = replace(self.ending, frames=tuple(frames))

    async def _watch(self) -> None:
        """Stop as soon as the control group has seen a limit: the verdict is certain then."""
        while self._group is not None and self.ending.stopped is None:
            await asyncio.sleep(WATCH_SECONDS)
            usage = self._group.usage()
            if usage.out_of_memory or usage.out_of_processes:
                self._stop("out_of_memory" if usage.out_of_memory else "process_limit")

    def _stop(self, reason: str) -> None:
        if self.ending.stopped is None:
            self.ending = replace(self.ending, stopped=reason)
        self._kill()
        self._channel.shut()

    def _kill(self) -> None:
        """Kill everything inside, and let it be reaped. Without a group pid 1 exits with all as we hang up."""
        if self._group is not None and not self._gone:
            self._group.kill(spare=self._life.pid)

    async def gone(self) -> None:
        """Wait until everything in the jail is dead; kill what does not go by itself."""
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._life.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):  # it has ended in this very moment
                self._life.kill()
            await self._life.wait()
        self._gone = True
        self.output.drain()

    async def end(self) -> None:
        """However the run was left: nothing of it remains."""
        self._kill()
        self._channel.hang_up()
        await self.gone()


def job_of(run: Run, *, polled: bool, with_files: bool) -> dict[str, Any]:
    """The JOB record of a run.

    `polled`: no control group counts memory and processes. `with_files`: the jail was not started with the run's files.
    """
    limits = run.limits
    files = {name: base64.b64encode(data).decode() for name, data in run.files.items()}
    return {
        "program": run.program,
        "job": dict(run.job),
        "limits": {
            "wall_seconds": limits.wall_seconds,
            "cpu_cores": limits.cpu_cores,
            "memory_bytes": limits.memory_bytes,
            "processes": limits.processes,
            "output_bytes": limits.output_bytes,
            "tmp_bytes": limits.tmp_bytes,
            "polled": polled,
        },
        **({"files": files} if with_files else {}),
    }
