"""One container, from its start until it is gone: its client, its channel, what it prints."""

import asyncio
import itertools
import json
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container_engine import Engine
from aitestgen.sandbox.container_flags import Identity, Spec, Start, run_command
from aitestgen.sandbox.container_trouble import build_command, explain
from aitestgen.sandbox.jail import GRACE_SECONDS, Channel, Jail
from aitestgen.sandbox.library import cache_folder, guest_digest
from aitestgen.sandbox.marked_output import MarkedOutput
from aitestgen.sandbox.owner import own_name
from aitestgen.sandbox.seccomp_profile import seccomp_profile
from aitestgen.values import Interpreter, Tier

LOG_BYTES = 1 << 16
START_CORES = 1.0
STOPPABLE_GRACE_SECONDS = 0.5
"""In place of jail.GRACE_SECONDS where a guest can stop pid 1 (gVisor), whose last word is not waited for."""
CLIENT_SECONDS = 5.0
"""How long the client may take to notice that its container is gone."""

log = logging.getLogger("aitestgen.sandbox")
_numbers = itertools.count()


class Container:
    """One container, whose pid 1 waits for its job. Make it with `begun`; `end` it in any case."""

    def __init__(self, engine: Engine, spec: Spec, stack: AsyncExitStack) -> None:
        self.spec = spec
        self.output = MarkedOutput(LOG_BYTES)
        self.identity = Identity(name=f"aitestgen-{os.getpid()}-{next(_numbers)}", owner=own_name())
        self._engine = engine
        self._stack = stack

    @classmethod
    async def begun(cls, engine: Engine, spec: Spec, start: Start) -> Self:
        """One whose pid 1 has said hello. Raises SandboxError."""
        async with AsyncExitStack() as stack:
            container = cls(engine, spec, stack)
            await container._begin(stack, start)  # its own
            container._stack = stack.pop_all()  # likewise
        return container

    async def _begin(self, stack: AsyncExitStack, start: Start) -> None:
        stack.enter_context(self.output)
        command = run_command(self._engine, self.spec, self.identity, profile_file(), start)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await _start_client(command, theirs, self.output.descriptor)
            except BaseException:
                ours.close()
                raise
        self.output.start()
        self.life = Life(process, self._engine, self.identity.name)
        stack.push_async_callback(self.life.end)
        stack.callback(ours.close)  # before the client is waited for: it goes when nobody is there
        grace = STOPPABLE_GRACE_SECONDS if self._engine.has_own_kernel else GRACE_SECONDS
        self.jail = Jail(self.life, await Channel.over(ours), self.output, None, grace_seconds=grace)
        stack.push_async_callback(self.jail.end)
        if not await self.jail.begin():
            await self.jail.end()
            said = f"{self.output.text()} (exit status {process.returncode})"
            raise SandboxError(explain(self._engine.name, said, image=self._engine.image, runtime=self._engine.runtime))

    @property
    def alive(self) -> bool:
        """Whether it still stands, as far as its client knows."""
        return self.life.alive

    @property
    def lost(self) -> bool:
        """Whether it ended before its guest said anything, and by nobody whom we know: another one can do the run."""
        ending = self.jail.ending
        return ending.record is None and ending.stopped is None and not ending.frames

    @property
    def counted(self) -> bool:
        """Whether the kernel holds the limits of memory and processes that were asked for: pid 1 has read them."""
        held = self.jail.hello.get("limits") or {}
        memory, processes = held.get("memory_bytes"), held.get("processes")
        if memory is None or processes is None:
            return False
        return bool(memory <= self.spec.memory_bytes and processes <= self.spec.processes)

    @property
    def tier(self) -> Tier:
        """How strong it is."""
        if self._engine.has_own_kernel:
            return Tier.VM
        return Tier.A if self.counted else Tier.B

    def check(self, interpreter: Interpreter, floor: Tier) -> None:
        """Raises SandboxError where the image holds another Python or other guest programs, or the tier is too weak."""
        if not self.tier.reaches(floor):
            raise SandboxError(
                f"{self._engine.name} gives jails of tier {self.tier}, and AITESTGEN_SANDBOX_FLOOR asks for {floor}: "
                "the engine's limits do not hold here; run it as root, or on control groups v2"
            )
        rebuild = f"`{build_command(self._engine.name)}"
        version = tuple(self.jail.hello.get("version", ())[:2])
        if version != interpreter.version:
            there, wanted = ".".join(map(str, version)), ".".join(map(str, interpreter.version))
            raise SandboxError(
                f"the image {self._engine.image} holds Python {there}, and the run wants {wanted}: build it anew with "
                f"{rebuild} --python {interpreter.executable}`, or name a Python {there} with --python"
            )
        if self.jail.hello.get("guest") != guest_digest():
            raise SandboxError(
                f"the image {self._engine.image} is of another version of aitestgen: build it anew with {rebuild}` "
                "(`make sandbox-image`)"
            )

    def kill(self) -> None:
        """Have the engine kill it; `end` waits until it is gone."""
        self.life.kill()

    async def end(self) -> None:
        """However it was left: it is gone. Raises SandboxError if it stays."""
        await self._stack.aclose()

    async def bury(self) -> None:
        """As `end`, for one that has ended. Where the loop ends first, the engine goes on without us."""
        try:
            await self.end()
        except asyncio.CancelledError:
            await self.life.leave()
            raise


class Starter:
    """Starts containers of one engine: with a whole core, and only from their hello on with the cores of the run.

    Where the engine cannot change a container's cores they have them from the start.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rations_later = not engine.has_own_kernel

    async def start(self, spec: Spec, *, rehearsed: bool = False) -> Container:
        """A container that waits for its job. Raises SandboxError."""
        if self._rations_later and spec.cpu_cores < START_CORES:
            fast = await Container.begun(self._engine, spec, Start(cpu_cores=START_CORES, rehearsed=rehearsed))
            try:
                await self._engine.update(fast.identity.name, spec.cpu_cores)
            except SandboxError as error:
                self._rations_later = False
                log.warning("containers start slowly: %s", error)
                await fast.end()
            except BaseException:
                await fast.end()
                raise
            else:
                return fast
        return await Container.begun(self._engine, spec, Start(cpu_cores=spec.cpu_cores, rehearsed=rehearsed))


class Life:
    """Implements jail.Life: the client ends when its container is gone, and never takes it along when it is killed."""

    pid = 0

    def __init__(self, process: asyncio.subprocess.Process, engine: Engine, name: str) -> None:
        self._process = process
        self._engine = engine
        self._name = name
        self._removal: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> object:
        if self._removal is not None:
            await asyncio.shield(self._removal)
        return await self._process.wait()

    def kill(self) -> None:
        if self._removal is None:
            self._removal = asyncio.create_task(self._remove())

    async def leave(self) -> None:
        """Let go of the client."""
        if self.alive:
            self._process.kill()
        await self._process.wait()

    async def end(self) -> None:
        """See to it that container and client are gone."""
        if self.alive:
            self.kill()
        await self.wait()

    async def _remove(self) -> None:
        if self._engine.has_own_kernel and self._engine.local:
            await self._engine.kill_kernel(self._name)
        await self._engine.remove(self._name)
        try:
            async with asyncio.timeout(CLIENT_SECONDS):
                await self._process.wait()
        except TimeoutError:  # perhaps it is only now about to start the container
            await self.leave()
            await self._engine.remove(self._name)


async def _start_client(command: list[str], channel: socket.socket, output: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=channel.fileno(),
            stdout=channel.fileno(),
            stderr=output,
            cwd=cache_folder(),  # conmon leaves a file `oom` where it was started
            start_new_session=True,  # Ctrl-C in a terminal is for us: what it means for a jail is our decision
        )
    except OSError as error:
        raise SandboxError(f"cannot start {command[0]}: {error}") from error


def profile_file() -> Path:
    """The file of the system-call filter, for clients that take nothing but a path."""
    text = json.dumps(seccomp_profile())
    file = cache_folder() / "seccomp.json"
    if not file.exists() or file.read_text(encoding="ascii") != text:
        fresh = file.with_name(f"seccomp-{os.getpid()}.json")
        fresh.write_text(text, encoding="ascii")
        fresh.replace(file)
    return file


def job_for(container: Container, job: Mapping[str, Any]) -> dict[str, Any]:
    """The JOB record, with what only containers need: how the end of the output is marked, and whose limits count."""
    limits = {**job["limits"], "user_is_shared": True}
    return {**job, "limits": limits, "farewell": container.output.mark}
