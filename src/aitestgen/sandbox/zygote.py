"""A zygote from the host's side: a long-lived process in an outer jail, which forks a fresh jail for each order.

Its half inside is aitestgen_guest.zygote. Whoever holds the control socket decides: when it is closed the zygote exits,
and the kernel ends every jail that came from it.
"""

import asyncio
import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from aitestgen.errors import SandboxError
from aitestgen.sandbox.cgroups import Group, Hierarchy
from aitestgen.sandbox.jail import Channel, Jail
from aitestgen.sandbox.jail_view import Bwrap, Descriptors, View, launch_plan
from aitestgen.sandbox.launch import launch
from aitestgen.sandbox.output import Output
from aitestgen.sandbox.slots import user_slot
from aitestgen.sandbox.trouble import explain
from aitestgen.values import Limits

READY = b"ready"
START_SECONDS = 30.0
LOG_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What jails are made with. `hierarchy` is None where control groups cannot be had."""

    bwrap: Bwrap
    seccomp: bytes
    hierarchy: Hierarchy | None


class Zygote:
    """One zygote for one view and program. Enter it to start it; leaving ends it with all of its jails."""

    def __init__(self, tools: Tools, view: View, program: str, library: Path) -> None:
        self._tools = tools
        self._view = view
        self._program = program
        self._library = library
        self._stack = AsyncExitStack()
        self.spawned = 0

    async def __aenter__(self) -> Self:
        """Start it, and wait until it is warm. Raises SandboxError."""
        async with AsyncExitStack() as stack:
            uid = stack.enter_context(user_slot())
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.enter_context(self._control)
            self._control.setblocking(False)
            output = stack.enter_context(Output(LOG_BYTES))
            with theirs:
                numbers = Descriptors(channel=theirs.fileno())
                plan = launch_plan(self._view, {}, self._tools.bwrap, self._library, numbers)
                plan |= {"uid": uid, "parent": os.getpid()}
                self._process = await launch(plan, numbers.inherited, output.descriptor)
            output.start()
            stack.push_async_callback(self._end)
            await self._greet(output)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _greet(self, output: Output) -> None:
        loop = asyncio.get_running_loop()
        seccomp = base64.b64encode(self._tools.seccomp).decode()
        settings = {"program": self._program, "tmp_bytes": self._view.tmp_bytes, "seccomp": seccomp}
        answer = b""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await loop.sock_sendall(self._control, json.dumps(settings).encode())
                answer = await loop.sock_recv(self._control, len(READY))
        if answer != READY:
            self._process.kill()
            await self._process.wait()
            output.drain()
            raise SandboxError(explain(output.text()))

    async def _end(self) -> None:
        self._control.close()
        try:
            async with asyncio.timeout(1.0):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    @property
    def alive(self) -> bool:
        """Whether it can take orders."""
        return self._process.returncode is None

    def kill(self) -> None:
        """End it now, and all of its jails."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def spawn(self) -> "Spare":
        """A fresh jail that waits for its job. Raises SandboxError."""
        self.spawned += 1
        async with AsyncExitStack() as stack:
            group = None if self._tools.hierarchy is None else self._tools.hierarchy.create()
            if group is not None:
                stack.push_async_callback(group.remove)
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            output = stack.enter_context(Output(LOG_BYTES))
            with theirs, _pipe() as (reading, writing), entrances_of(group) as entrances:
                life = _PipeLife(os.dup(reading), self)
                stack.callback(life.close)
                self._order(theirs.fileno(), output.descriptor, writing, *entrances)
            output.start()
            jail = Jail(life, await Channel.over(ours), output, group)
            stack.push_async_callback(jail.end)
            if not await jail.begin():
                raise SandboxError(explain(output.text()))
            return Spare(jail, group, stack.pop_all())

    def _order(self, *descriptors: int) -> None:
        try:
            socket.send_fds(self._control, [b"jail"], descriptors)
        except OSError as error:
            raise SandboxError(f"the zygote is gone: {error}") from error


class Spare:
    """A jail that stands ready, with its control group. Leaving it ends the jail."""

    def __init__(self, jail: Jail, group: Group | None, stack: AsyncExitStack) -> None:
        self.jail = jail
        self.group = group
        self._stack = stack

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def prepare(self, limits: Limits) -> None:
        """From now on these limits hold. Raises SandboxError."""
        self.jail.output.limit = limits.output_bytes
        if self.group is not None:
            self.group.limit(limits)


class _PipeLife:
    """Implements jail.Life: the outer half of a zygote's jail holds the other end until all inside is dead."""

    pid = 0

    def __init__(self, descriptor: int, zygote: Zygote) -> None:
        self._descriptor = descriptor
        self._zygote = zygote
        self._gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, self._ended)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        self._gone.set()

    async def wait(self) -> object:
        return await self._gone.wait()

    def kill(self) -> None:
        """No one else can reach a jail that outlives its pid 1's channel and its control group."""
        self._zygote.kill()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


@contextmanager
def entrances_of(group: Group | None) -> Iterator[tuple[int, ...]]:
    """Open entrances of a group for as long as the body runs; none of no group."""
    entrances = () if group is None else group.entrances()
    try:
        yield entrances
    finally:
        for entrance in entrances:
            os.close(entrance)
