"""Working on jobs in this process: the store, the queue, and what keeps the history within its bounds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from aitestgen.errors import StoreError
from aitestgen.jobs.local import undisturbed
from aitestgen.seams import Capacity, Handle, JobQueue
from aitestgen.store.sql import SqlStore

log = structlog.stdlib.get_logger("aitestgen.jobs")

CLEANING_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long ended jobs are kept, and how much all may take; None for ever, and as much as there is."""

    days: float | None = None
    most_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The store and its queue. `closing` is set once what streams events has to end."""

    store: SqlStore
    queue: JobQueue
    keep: Keep
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def working(self, handle: Handle, capacity: Capacity, slots: int) -> AsyncIterator[None]:
        """Work on jobs, `slots` at a time (0: only look after them), until `drain` was called; then close the store."""
        tasks = [asyncio.create_task(self.queue.serve(handle, capacity, slots)), asyncio.create_task(self._clean())]
        try:
            yield
        finally:
            await self.queue.drain(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.store.aclose()

    async def drain(self, seconds: float, hurry: asyncio.Event) -> None:
        """Take nothing new. What runs has so many seconds, or until `hurry`; the rest goes back into the line."""
        self.closing.set()
        draining = asyncio.ensure_future(self.queue.drain(seconds))
        hurrying = asyncio.ensure_future(hurry.wait())
        await asyncio.wait({draining, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        if hurrying.done():
            await self.queue.drain(0)
        hurrying.cancel()
        await asyncio.gather(draining, hurrying, return_exceptions=True)

    async def _clean(self) -> None:
        while True:
            await undisturbed(self._clean_once())
            await asyncio.sleep(CLEANING_SECONDS)

    async def _clean_once(self) -> None:
        try:
            if removed := await self.store.clean(self.keep.days, self.keep.most_bytes):
                log.info("old jobs removed", jobs=removed)
        except StoreError as error:
            log.warning("old jobs could not be removed", detail=str(error))
