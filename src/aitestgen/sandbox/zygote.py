"""A zygote from the host's side: a long-lived process in an outer jail, which forks a fresh jail for each order.

Its half inside is aitestgen_guest.jail.zygote. Whoever holds the control socket decides: when it is closed
the zygote exits, and the kernel ends every jail that came from it.
"""

import asyncio
import base64
import json
import os
import select
import signal
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
from aitestgen.sandbox.trouble import no_jail
from aitestgen.values import Limits

READY = b"ready"
ORDER_BYTES = 32
START_SECONDS = 30.0
DEATH_SECONDS = 1.0
"""How much later than a jail its zygote may be seen to be dead, where one kill ended both."""
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
        self._ordering = asyncio.Lock()
        self._jails = 0
        self._idle = asyncio.Event()
        self._idle.set()
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
        settings = {
            "program": self._program,
            "tmp_bytes": self._view.tmp_bytes,
            "covered": [str(path) for path in self._view.below_writable],
            "seccomp": seccomp,
        }
        answer = b""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await loop.sock_sendall(self._control, json.dumps(settings).encode())
                answer = await loop.sock_recv(self._control, len(READY))
        if answer != READY:
            await self._killed()
            output.drain()
            raise no_jail(output.text())

    async def _end(self) -> None:
        self._control.close()
        try:
            async with asyncio.timeout(1.0):
                await self._process.wait()
        except TimeoutError:
            await self._killed()

    async def _killed(self) -> None:
        with suppress(ProcessLookupError):  # it has ended by itself, perhaps in this very moment
            self._process.kill()
        await self._process.wait()

    async def retire(self) -> None:
        """End it as soon as the last of its jails is gone; at once where that wait is cancelled."""
        try:
            await self._idle.wait()
        finally:
            await self._stack.aclose()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._jails += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._jails -= 1
            if self._jails == 0:
                self._idle.set()

    @property
    def alive(self) -> bool:
        """Whether it can take orders."""
        return self._process.returncode is None and not self.hung_up

    @property
    def hung_up(self) -> bool:
        """Whether the other end of the control socket is closed: the kernel knows before anyone reaps the process."""
        return bool(self._hanging_up().poll(0))

    async def hangs_up(self, seconds: float) -> bool:
        """Whether it is closed, or is within so many seconds."""
        poll = self._hanging_up()
        return bool(poll.poll(0) or await asyncio.to_thread(poll.poll, seconds * 1000))

    def _hanging_up(self) -> select.poll:
        poll = select.poll()
        poll.register(self._control, 0)
        return poll

    async def spawn(self) -> "Spare":
        """A fresh jail that waits for its job. Raises SandboxError."""
        self.spawned += 1
        async with AsyncExitStack() as stack:
            stack.enter_context(self._counted())
            group = None if self._tools.hierarchy is None else self._tools.hierarchy.create()
            if group is not None:
                stack.push_async_callback(group.remove)
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            output = stack.enter_context(Output(LOG_BYTES))
            with theirs, entrances_of(group) as entrances:
                life = Pid1(await self._born(theirs.fileno(), output.descriptor, *entrances))
            stack.callback(life.close)
            output.start()
            jail = Jail(life, await Channel.over(ours), output, group)
            stack.push_async_callback(jail.end)
            if not await jail.begin():
                raise no_jail(output.text())
            return Spare(jail, group, self, stack.pop_all())

    async def _born(self, *descriptors: int) -> int:
        """Order a jail; a descriptor of its pid 1. Raises SandboxError."""
        order = str(self.spawned).encode()
        async with self._ordering:
            try:
                socket.send_fds(self._control, [order], descriptors)
                async with asyncio.timeout(START_SECONDS):
                    while True:
                        await self._answered()
                        answer, (pid1,), _, _ = socket.recv_fds(self._control, ORDER_BYTES, 1)
                        if answer == order:
                            return pid1
                        os.close(pid1)  # somebody ordered it, and was cancelled
            except (OSError, TimeoutError, ValueError) as error:
                raise SandboxError(f"the zygote made no jail: {error}") from error

    async def _answered(self) -> None:
        """Return when there is something to read on the control socket."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self._control, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self._control)


class Spare:
    """A jail that stands ready, with its control group and the zygote that it came from. Leaving it ends the jail."""

    def __init__(self, jail: Jail, group: Group | None, zygote: Zygote, stack: AsyncExitStack) -> None:
        self.jail = jail
        self.group = group
        self.zygote = zygote
        self._stack = stack

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end()

    async def end(self) -> None:
        """End the jail."""
        await self._stack.aclose()

    async def zygote_died(self) -> bool:
        """Whether the jail ended for want of its zygote, and neither by itself nor by a limit.

        One kill ends both, in any order.
        """
        ending = self.jail.ending
        return ending.record is None and ending.limit is None and await self.zygote.hangs_up(DEATH_SECONDS)

    def prepare(self, limits: Limits) -> None:
        """From now on these limits hold. Raises SandboxError."""
        self.jail.output.limit = limits.output_bytes
        if self.group is not None:
            self.group.limit(limits)


class Pid1:
    """Implements jail.Life by a descriptor of pid 1 of a jail: the kernel ends it only when all else inside is dead."""

    pid = 0

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, self._ended)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        self._gone.set()

    async def wait(self) -> object:
        return await self._gone.wait()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)


@contextmanager
def entrances_of(group: Group | None) -> Iterator[tuple[int, ...]]:
    """Open entrances of a group for as long as the body runs; none of no group."""
    entrances = () if group is None else group.entrances()
    try:
        yield entrances
    finally:
        for entrance in entrances:
            os.close(entrance)
