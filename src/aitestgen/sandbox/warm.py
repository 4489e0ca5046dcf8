"""Jails that stand ready: a bounded set of zygotes, each with a few fresh jails that wait for their job.

A jail is used once. A zygote serves runs that see the same (jail_view.View) with the same program; it is started when
such a run comes a second time, or beforehand by `warm_up`, and replaced after so many jails or when it dies. Runs for
which nothing stands ready are started cold, in the same isolation.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from aitestgen.errors import SandboxError
from aitestgen.sandbox.jail_view import View
from aitestgen.sandbox.library import library_for
from aitestgen.sandbox.zygote import Spare, Tools, Zygote
from aitestgen.values import Run

Key = tuple[View, str]
REMEMBERED = 64
MOST_FAILURES = 3

log = logging.getLogger("aitestgen.sandbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmth:
    """How much stands ready: at most `zygotes`, each with `spares` jails, replaced after `jobs` jails."""

    spares: int = 3
    zygotes: int = 8
    jobs: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many zygotes there are now, and how many jails stand ready."""

    zygotes: int = 0
    ready: int = 0


class WarmPool:
    """Hands out jails that stand ready. All of its methods belong to one event loop."""

    def __init__(self, tools: Tools, warmth: Warmth) -> None:
        self._tools = tools
        self._warmth = warmth
        self._nurseries: OrderedDict[Key, Nursery] = OrderedDict()
        self._seen: OrderedDict[Key, None] = OrderedDict()
        self._tasks = Tasks()

    @property
    def depth(self) -> Depth:
        nurseries = self._nurseries.values()
        return Depth(zygotes=sum(item.alive for item in nurseries), ready=sum(item.ready for item in nurseries))

    async def take(self, run: Run) -> Spare | None:
        """A jail for this run, which the caller enters; None where there is no zygote for it yet."""
        key = (View.of(run), run.program)
        nursery = self._nurseries.get(key)
        if nursery is None:
            if self._seen_before(key):
                self._nursery(key).tend()
            return None
        self._nurseries.move_to_end(key)
        return await nursery.take()

    async def warm_up(self, run: Run) -> None:
        """Have jails ready for such runs; returns when the first is. Raises SandboxError."""
        await self._nursery((View.of(run), run.program)).first()

    async def close(self) -> None:
        """End everything: what stands ready, and what is in use."""
        await self._tasks.cancel()
        nurseries, self._nurseries = self._nurseries, OrderedDict()
        await asyncio.gather(*(nursery.close() for nursery in nurseries.values()))

    def _seen_before(self, key: Key) -> bool:
        known = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return known

    def _nursery(self, key: Key) -> "Nursery":
        if key not in self._nurseries:
            self._nurseries[key] = Nursery(self._tools, self._warmth, key, self._tasks)
            while len(self._nurseries) > self._warmth.zygotes:
                _, oldest = self._nurseries.popitem(last=False)
                self._tasks.start(oldest.retire())
        return self._nurseries[key]


class Nursery:
    """One zygote and its jails that stand ready."""

    def __init__(self, tools: Tools, warmth: Warmth, key: Key, tasks: "Tasks") -> None:
        self._tools = tools
        self._warmth = warmth
        self._view, self._program = key
        self._tasks = tasks
        self._zygote: Zygote | None = None
        self._spares: deque[Spare] = deque()
        self._work = asyncio.Lock()
        self._failures = 0

    @property
    def alive(self) -> bool:
        return self._zygote is not None and self._zygote.alive

    @property
    def ready(self) -> int:
        return len(self._spares)

    async def take(self) -> Spare | None:
        """A jail that stands ready, or a new one of the zygote; None where that is not alive."""
        self.tend()
        zygote = self._zygote
        if zygote is None or not zygote.alive:
            return None
        if self._spares:
            return self._spares.popleft()
        try:
            return await zygote.spawn()
        except SandboxError as error:
            log.warning("no warm jail: %s", error)
            return None

    def tend(self) -> None:
        """Make what is missing, in the background."""
        if self._failures < MOST_FAILURES and not self._work.locked():
            self._tasks.start(self._filled())

    async def first(self) -> None:
        """Return when a jail stands ready. Raises SandboxError."""
        async with self._work:
            if not self._spares:
                self._spares.append(await (await self._warm_zygote()).spawn())
        self.tend()

    async def retire(self) -> None:
        """End the jails that stand ready, and the zygote when the last of those in use is done."""
        async with self._work:
            await self._retire_zygote()

    async def close(self) -> None:
        """End the zygote, its jails that stand ready, and those in use."""
        async with self._work:
            zygote = await self._without_spares()
            if zygote is not None:
                await zygote.__aexit__(None, None, None)

    async def _filled(self) -> None:
        async with self._work:
            try:
                zygote = await self._warm_zygote()
                while len(self._spares) < self._warmth.spares:
                    self._spares.append(await zygote.spawn())
            except SandboxError as error:
                self._failures += 1
                log.warning("no warm jails: %s", error)
                await self._retire_zygote()
            else:
                self._failures = 0

    async def _warm_zygote(self) -> Zygote:
        """The living one; a new one where there is none, or where it is due to be replaced."""
        if self._zygote is not None and (not self._zygote.alive or self._zygote.spawned >= self._warmth.jobs):
            await self._retire_zygote()
        if self._zygote is None:
            library = await asyncio.to_thread(library_for, self._view.interpreter)
            self._zygote = await Zygote(self._tools, self._view, self._program, library).__aenter__()
        return self._zygote

    async def _retire_zygote(self) -> None:
        zygote = await self._without_spares()
        if zygote is not None:
            self._tasks.start(zygote.retire())

    async def _without_spares(self) -> Zygote | None:
        """The zygote, taken out of service: nothing of it stands ready any more."""
        zygote, self._zygote = self._zygote, None
        spares, self._spares = self._spares, deque()
        await asyncio.gather(*(spare.end() for spare in spares))
        return zygote


class Tasks:
    """Background work that is finished or cancelled, but never forgotten."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        """Wait until all is done, also what is started meanwhile; errors are for whoever runs the loop."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def cancel(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
