"""The default sandbox: bubblewrap, a system-call filter, and control groups where there are any (docs/sandbox.md)."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from aitestgen.errors import SandboxError
from aitestgen.sandbox import orphans
from aitestgen.sandbox.bwrap import find_bwrap
from aitestgen.sandbox.cgroups import Group, find_hierarchy
from aitestgen.sandbox.jail import Channel, Jail, job_of
from aitestgen.sandbox.jail_view import Bwrap, Descriptors, View, launch_plan
from aitestgen.sandbox.launch import launch, memory_file
from aitestgen.sandbox.library import library_for
from aitestgen.sandbox.output import Output
from aitestgen.sandbox.seccomp import filter_program
from aitestgen.sandbox.slots import user_slot
from aitestgen.sandbox.trouble import no_jail
from aitestgen.sandbox.verdict import judge
from aitestgen.sandbox.warm import Depth, WarmPool, Warmth
from aitestgen.sandbox.zygote import Spare, Tools, entrances_of
from aitestgen.seams import OnFrame
from aitestgen.values import Limits, Run, RunResult, Tier


class BubblewrapSandbox:
    """Implements seams.Sandbox. Every run gets a fresh jail, and any number may run at once.

    `cgroups` chooses how memory, CPU and processes are limited: the version of control groups to use (`auto`: what this
    machine has), or `none`: then pid 1 of the jail polls, CPU is not rationed, and the tier is B. With `warmth` jails
    for runs like earlier ones stand ready, forked from a zygote; `aclose` ends those. Raises SandboxError where no jail
    can be had. There is no unsandboxed fallback.
    """

    def __init__(
        self,
        *,
        cgroups: Literal["auto", "v1", "v2", "none"] = "auto",
        bwrap: Bwrap | None = None,
        warmth: Warmth | None = None,
    ) -> None:
        self._bwrap = bwrap or find_bwrap()
        self._filter = filter_program()
        self._hierarchy = None if cgroups == "none" else find_hierarchy(cgroups)
        if cgroups in {"v1", "v2"} and self._hierarchy is None:
            raise SandboxError(f"control groups {cgroups} cannot be used here: see `aitestgen doctor`")
        if self._hierarchy is not None:
            self._hierarchy.sweep()
        orphans.sweep()
        tools = Tools(bwrap=self._bwrap, seccomp=self._filter, hierarchy=self._hierarchy)
        self._pool = WarmPool(tools, warmth) if warmth else None

    @property
    def tier(self) -> Tier:
        """A with control groups, B without."""
        return Tier.B if self._hierarchy is None else Tier.A

    @property
    def depth(self) -> Depth:
        """How many zygotes there are, and how many jails stand ready."""
        return self._pool.depth if self._pool else Depth()

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Run one guest to its end (see seams.Sandbox)."""
        started = time.monotonic()
        spare = await self._pool.take(run) if self._pool else None
        result = await self._warm(spare, run, on_frame) if spare else None
        return replace(result or await self._cold(run, on_frame), seconds=time.monotonic() - started)

    async def warm_up(self, run: Run) -> None:
        """Have jails ready for runs like this one; returns when the first is. Raises SandboxError."""
        if self._pool is not None:
            await self._pool.warm_up(run)

    async def aclose(self) -> None:
        """End every zygote with all of its jails."""
        if self._pool is not None:
            await self._pool.close()

    async def _warm(self, spare: Spare, run: Run, on_frame: OnFrame | None) -> RunResult | None:
        """The result in a jail that stood ready; None where its zygote died before the guest said anything."""
        async with spare:
            spare.prepare(run.limits)
            result = await self._through(spare.jail, spare.group, run, on_frame, with_files=True)
            if not await spare.zygote_died():
                return result
        if result.frames:
            raise SandboxError("the zygote of this run's jail died under it; run it again")
        return None

    async def _cold(self, run: Run, on_frame: OnFrame | None) -> RunResult:
        library = await asyncio.to_thread(library_for, run.interpreter)
        async with AsyncExitStack() as stack:
            group = await stack.enter_async_context(self._group(run.limits))
            jail = await stack.enter_async_context(self._jail(run, library, group))
            await jail.begin()
            return await self._through(jail, group, run, on_frame, with_files=False)

    async def _through(
        self, jail: Jail, group: Group | None, run: Run, on_frame: OnFrame | None, *, with_files: bool
    ) -> RunResult:
        """The run in a jail that has begun, or has failed to."""
        if jail.ending.began:
            await jail.talk(run, on_frame, job_of(run, polled=group is None, with_files=with_files))
        await jail.gone()
        ending = replace(jail.ending, usage=None if group is None else group.usage())
        if not (ending.began or ending.out_of_memory):
            raise no_jail(jail.output.text())
        return replace(
            judge(run, ending),
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
        group = self._hierarchy.create()
        try:
            group.limit(limits)
            yield group
        finally:
            await group.remove()

    @asynccontextmanager
    async def _jail(self, run: Run, library: Path, group: Group | None) -> AsyncIterator[Jail]:
        """A started jail, whose pid 1 waits for its job. On leaving everything in it is dead."""
        ours, theirs = socket.socketpair()
        output = Output(run.limits.output_bytes)
        with user_slot() as uid, ours, output:
            with theirs, memory_file(self._filter) as seccomp, entrances_of(group) as entrances:
                numbers = Descriptors(channel=theirs.fileno(), seccomp=seccomp, entrances=entrances)
                plan = launch_plan(View.of(run), run.files, self._bwrap, library, numbers)
                plan |= {"uid": uid, "parent": os.getpid()}
                process = await launch(plan, numbers.inherited, output.descriptor)
            output.start()
            jail = Jail(process, await Channel.over(ours), output, group)
            try:
                yield jail
            finally:
                await jail.end()
