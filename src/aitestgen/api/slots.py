"""How many may work at once; the others wait in a short line, for a bounded time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from aitestgen.errors import SandboxError
from aitestgen.settings import Settings

RETRY_SECONDS = 5


class Busy(SandboxError):
    """Every slot is taken and the line is full, or the wait was too long. Try again after `retry_after` seconds."""

    http_status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"every sandbox slot is busy; try again in {retry_after} s")
        self.retry_after = retry_after


class Slots:
    """`total` slots, and at most `queue` waiting, each at most `seconds`. `waiting` are in the line now."""

    def __init__(self, total: int, *, queue: int, seconds: float) -> None:
        self.total = total
        self.queue = queue
        self.seconds = seconds
        self.waiting = 0
        self._free = asyncio.Semaphore(total)
        self._taken = 0

    @classmethod
    def of(cls, settings: Settings) -> "Slots":
        return cls(settings.slots, queue=settings.queue_length, seconds=settings.queue_seconds)

    @property
    def free(self) -> int:
        return self.total - self._taken

    @property
    def full(self) -> bool:
        """Whether one more would be refused."""
        return self._free.locked() and self.waiting >= self.queue

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
        if self.full:
            raise Busy(retry_after=RETRY_SECONDS)
        self.waiting += 1
        try:
            async with asyncio.timeout(self.seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Busy(retry_after=RETRY_SECONDS) from None
        finally:
            self.waiting -= 1
