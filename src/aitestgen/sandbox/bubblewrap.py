"""The default sandbox: bubblewrap, a system-call filter, and control groups where there are any (docs/sandbox.md)."""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from aitestgen.errors import SandboxError
from aitestgen.sandbox import launcher, wire
from aitestgen.sandbox.bwrap import find_bwrap
from aitestgen.sandbox.cgroups import Group, find_hierarchy
from aitestgen.sandbox.jail_view import Bwrap, Descriptors, launch_plan
from aitestgen.sandbox.library import library_for
from aitestgen.sandbox.output import Output
from aitestgen.sandbox.seccomp import filter_program
from aitestgen.sandbox.slots import user_slot
from aitestgen.sandbox.trouble import explain
from aitestgen.sandbox.verdict import Ending, judge
from aitestgen.seams import OnFrame
from aitestgen.values import Limits, Run, RunResult, Tier

GRACE_SECONDS = 5.0
"""How much longer than the guest's own limit the host waits: the jail's start, on a busy machine."""

GOODBYE_SECONDS = 1.0
WATCH_SECONDS = 0.1


class BubblewrapSandbox:
    """Implements seams.Sandbox. Every run gets a fresh jail, and any number may run at once.

    `cgroups` chooses how memory, CPU and processes are limited: the version of control groups to use (`auto`: what this
    machine has), or `none`: then pid 1 of the jail polls, CPU is not rationed, and the tier is B. Raises SandboxError
    where no jail can be had. There is no unsandboxed fallback.
    """

    def __init__(self, *, cgroups: Literal["auto", "v1", "v2", "none"] = "auto", bwrap: Bwrap | None = None) -> None:
        self._bwrap = bwrap or find_bwrap()
        self._filter = filter_program()
        self._hierarchy = None if cgroups == "none" else find_hierarchy(cgroups)
        if cgroups in {"v1", "v2"} and self._hierarchy is None:
            raise SandboxError(f"control groups {cgroups} cannot be used here: see `aitestgen doctor`")
        if self._hierarchy is not None:
            self._hierarchy.sweep()

    @property
    def tier(self) -> Tier:
        """A with control groups, B without."""
        return Tier.B if self._hierarchy is None else Tier.A

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Run one guest to its end (see seams.Sandbox)."""
        started = time.monotonic()
        library = await asyncio.to_thread(library_for, run.interpreter)
        async with AsyncExitStack() as stack:
            group = await stack.enter_async_context(self._group(run.limits))
            jail = await stack.enter_async_context(self._jail(run, library, group))
            await jail.talk(run, on_frame)
            await jail.gone()
            usage = None if group is None else group.usage()
        ending = replace(jail.ending, usage=usage, seconds=time.monotonic() - started)
        if not (ending.began or ending.out_of_memory):
            raise SandboxError(explain(jail.output.text()))
        result = judge(run, ending)
        return replace(
            result,
            output=jail.output.text(),
            output_cut=jail.output.cut,
            backend="bubblewrap",
            tier=self.tier,
        )

    @asynccontextmanager
    async def _group(self, limits: Limits) -> AsyncIterator[Group | None]:
        if self._hierarchy is None:
            yield None
            return
        try:
            group = self._hierarchy.create(limits)
        except OSError as error:
            raise SandboxError(f"cannot make a control group: {error}") from error
        try:
            yield group
        finally:
            await group.remove()

    @asynccontextmanager
    async def _jail(self, run: Run, library: Path, group: Group | None) -> AsyncIterator["Jail"]:
        """A started jail, whose pid 1 waits for its job. On leaving everything in it is dead."""
        ours, theirs = socket.socketpair()
        output = Output(run.limits.output_bytes)
        with user_slot() as uid, ours, output:
            with theirs, _memory_file(self._filter) as seccomp, _entrances(group) as entrances:
                numbers = Descriptors(channel=theirs.fileno(), seccomp=seccomp, entrances=entrances)
                plan = launch_plan(run, self._bwrap, library, numbers) | {"uid": uid, "parent": os.getpid()}
                with _memory_file(json.dumps(plan).encode()) as told:
                    process = await _start(told, (theirs.fileno(), seccomp, *entrances), output.descriptor)
            output.start()
            jail = Jail(process, ours, output, group)
            try:
                yield jail
            finally:
                await jail.end()


class Jail:
    """One running jail, as the host sees it: a process, a channel to its pid 1, and what it prints."""

    def __init__(
        self, process: asyncio.subprocess.Process, channel: socket.socket, output: Output, group: Group | None
    ) -> None:
        self.output = output
        self.ending = Ending()
        self._process = process
        self._channel = channel
        self._group = group
        output.on_flood = lambda: self._stop("output_limit")

    async def talk(self, run: Run, on_frame: OnFrame | None) -> None:
        """Give the job to pid 1, and take records until the last one."""
        timer = asyncio.get_running_loop().call_later(run.limits.wall_seconds + GRACE_SECONDS, self._stop, "timed_out")
        warden = asyncio.create_task(self._watch())
        reader, writer = await asyncio.open_connection(sock=self._channel)
        try:
            if await wire.read_record(reader) is None:
                return
            self.ending = replace(self.ending, began=True)
            if self._group is not None:  # only from here: the start of the jail is ours, not the guest's
                self._group.throttle(run.limits.cpu_cores)
            writer.write(wire.pack(wire.JOB, _job(run, polled=self._group is None)))
            await writer.drain()
            await self._listen(reader, on_frame)
        except wire.Malformed as error:
            raise SandboxError(f"the jail's pid 1 sent {error}") from error
        except ConnectionError:
            return  # it ended before it read its job: `ending` says as much
        finally:
            timer.cancel()
            warden.cancel()
            writer.close()

    async def _listen(self, reader: asyncio.StreamReader, on_frame: OnFrame | None) -> None:
        frames: list[Any] = []
        while record := await wire.read_record(reader):
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
        with suppress(OSError):  # it has hung up first
            self._channel.shutdown(socket.SHUT_RDWR)

    def _kill(self) -> None:
        """Kill everything inside, and let bwrap reap it. Without a group pid 1 exits with all as we hang up."""
        if self._group is not None and self._process.returncode is None:
            self._group.kill(spare=self._process.pid)

    async def gone(self) -> None:
        """Wait until everything in the jail is dead; kill what does not go by itself."""
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self.output.drain()

    async def end(self) -> None:
        """However the run was left: nothing of it remains."""
        self._kill()
        self._channel.close()
        await self.gone()


async def _start(plan: int, inherited: tuple[int, ...], output: int) -> asyncio.subprocess.Process:
    command = (sys.executable, "-I", "-S", str(Path(launcher.__file__)), str(plan))
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(plan, *inherited),
            env={},
            cwd="/",
            start_new_session=True,  # Ctrl-C in a terminal is for us: what it means for a jail is our decision
        )
    except OSError as error:
        raise SandboxError(f"cannot start {command[0]}: {error}") from error


def _job(run: Run, *, polled: bool) -> dict[str, Any]:
    limits = run.limits
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
    }


@contextmanager
def _memory_file(content: bytes) -> Iterator[int]:
    """A descriptor at the start of an unnamed file."""
    descriptor = os.memfd_create("aitestgen")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _entrances(group: Group | None) -> Iterator[tuple[int, ...]]:
    entrances = () if group is None else group.entrances()
    try:
        yield entrances
    finally:
        for entrance in entrances:
            os.close(entrance)
