"""How many may work at once; the others wait in a short line, for a bounded time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from aitestgen.errors import SandboxError
from aitestgen.settings import Settings


class Busy(SandboxError):
    """Every slot is taken and the line is full, or the wait was too long. Try again after `retry_after` seconds."""

    http_status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"every sandbox slot is busy; try again in {retry_after} s")
        self.retry_after = retry_after


class Slots:
    """`total` slots, and at most `queue` waiting, each at most `seconds`."""

    def __init__(self, total: int, *, queue: int, seconds: float) -> None:
        self.total = total
        self._queue = queue
        self._seconds = seconds
        self._waiting = 0
        self._free = asyncio.Semaphore(total)
        self._taken = 0

    @classmethod
    def of(cls, settings: Settings) -> "Slots":
        return cls(settings.slots, queue=settings.queue_length, seconds=settings.queue_seconds)

    @property
    def free(self) -> int:
        return self.total - self._taken

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a slot. Raises Busy."""
        await self._take()
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
            self._free.release()

    async def _take(self) -> None:
        if self._free.locked() and self._waiting >= self._queue:
            raise Busy(retry_after=5)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Busy(retry_after=5) from None
        finally:
            self._waiting -= 1
