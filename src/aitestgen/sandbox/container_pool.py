"""Containers that stand ready: a bounded number for each of the few kinds of runs that come again and again.

A container is used once. Of a kind that is seen a second time some are started in the background; a run for which none
stands ready starts its own. All of it belongs to one event loop.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container_flags import Spec
from aitestgen.sandbox.one_container import Container, Starter
from aitestgen.sandbox.warm import MOST_FAILURES, REMEMBERED, Tasks

HEAD_START_SECONDS = 0.1
"""A start costs more CPU time than most runs, which therefore shall not compete with it."""

log = logging.getLogger("aitestgen.sandbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How many containers stand ready: `spares` for each of at most `kinds` kinds of runs."""

    spares: int = 2
    kinds: int = 2


class ContainerPool:
    """Hands out containers that stand ready."""

    def __init__(self, starter: Starter, stock: Stock, tasks: Tasks) -> None:
        self._starter = starter
        self._stock = stock
        self._tasks = tasks
        self._ready: OrderedDict[Spec, deque[Container]] = OrderedDict()
        self._seen: OrderedDict[Spec, None] = OrderedDict()
        self._work = asyncio.Lock()
        self._failures = 0

    @property
    def ready(self) -> int:
        """How many stand ready."""
        return sum(map(len, self._ready.values()))

    def take(self, spec: Spec) -> Container | None:
        """One that stands ready, which the caller ends; None where there is none. Never waits."""
        if spec not in self._ready and not self._seen_before(spec):
            return None
        shelf = self._shelf(spec)
        found = None
        while shelf and found is None:
            container = shelf.popleft()
            if container.alive:
                found = container
            else:
                self._tasks.start(container.end())
        self._tasks.start(self._refilled(spec))
        return found

    async def warm_up(self, spec: Spec) -> None:
        """Have containers ready for such runs; returns when the first is. Raises SandboxError."""
        async with self._work:
            shelf = self._shelf(spec)
            if not shelf:
                shelf.append(await self._fresh(spec))
        self._tasks.start(self._filled(spec))

    async def close(self) -> None:
        """End all that stand ready."""
        shelves, self._ready = self._ready, OrderedDict()
        for shelf in shelves.values():
            for container in shelf:
                container.kill()
            for container in shelf:
                await container.end()

    def _shelf(self, spec: Spec) -> deque[Container]:
        shelf = self._ready.setdefault(spec, deque())
        self._ready.move_to_end(spec)
        while len(self._ready) > self._stock.kinds:
            _, forgotten = self._ready.popitem(last=False)
            for container in forgotten:
                self._tasks.start(container.end())
        return shelf

    def _seen_before(self, spec: Spec) -> bool:
        known = spec in self._seen
        self._seen[spec] = None
        self._seen.move_to_end(spec)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return known

    async def _refilled(self, spec: Spec) -> None:
        """As `_filled`, once the run for which one was taken has had the processors for itself."""
        await asyncio.sleep(HEAD_START_SECONDS)
        await self._filled(spec)

    async def _filled(self, spec: Spec) -> None:
        async with self._work:
            while self._failures < MOST_FAILURES and len(self._ready.get(spec, range(self._stock.spares))) < (
                self._stock.spares
            ):
                try:
                    container = await self._fresh(spec)
                except SandboxError as error:
                    self._failures += 1
                    log.warning("no warm containers: %s", error)
                    return
                if spec in self._ready:
                    self._ready[spec].append(container)
                else:
                    await container.end()

    async def _fresh(self, spec: Spec) -> Container:
        container = await self._starter.start(spec, rehearsed=True)
        self._failures = 0
        return container
