"""How many may work at once; the others wait in a short line, for a bounded time, and callers take turns."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from aitestgen.api.fair_queue import FairQueue
from aitestgen.errors import SandboxError
from aitestgen.settings import Settings

RETRY_SECONDS = 5


class Busy(SandboxError):
    """Every slot is taken and the caller's line is full, or the wait was too long. Try again after `retry_after` s."""

    http_status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after: int = RETRY_SECONDS, *, why: str = "every sandbox slot is busy") -> None:
        super().__init__(f"{why}; try again in {retry_after} s")
        self.retry_after = retry_after


class Closing(SandboxError):
    """The server is told to end and takes nothing new: ask another one, or this one after `retry_after` s."""

    http_status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, retry_after: int = RETRY_SECONDS) -> None:
        super().__init__(f"this server is shutting down; try again in {retry_after} s")
        self.retry_after = retry_after


class Slots:
    """`total` slots. Who finds none free waits in `line` (of at most so many, in all and of each caller), at most
    `seconds`; nobody who waits finds a slot free. Of all callers of one address at most `most_of_address` wait.
    """

    def __init__(
        self, total: int, *, line: FairQueue[asyncio.Future[None]], seconds: float, most_of_address: int | None = None
    ) -> None:
        self.total = total
        self.line = line
        self.seconds = seconds
        self.most_of_address = line.most if most_of_address is None else most_of_address
        self.closing = False
        self._held: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        """By address."""

    @classmethod
    def of(cls, settings: Settings) -> "Slots":
        line = FairQueue[asyncio.Future[None]](most=settings.queue_most, most_each=settings.queue_most_each)
        return cls(
            settings.slots, line=line, seconds=settings.queue_seconds, most_of_address=settings.queue_most_of_address
        )

    @property
    def free(self) -> int:
        return self.total - self._held.total()

    def check(self, caller: str, address: str = "") -> None:
        """Raises Busy or Closing where one more of this caller, and from this address, would be refused."""
        if self.closing:
            raise Closing
        if not self.free and (self.line.full(caller) or self._crowded(address)):
            raise Busy

    def _crowded(self, address: str) -> bool:
        return bool(address) and self._waiting[address] >= self.most_of_address

    def close(self) -> None:
        """Take nobody any more, and send away all who wait. Those who hold a slot keep it to their end."""
        self.closing = True
        while waiting := self.line.take(self._held):
            _, turn = waiting
            if not turn.done():
                turn.set_exception(Closing())

    @asynccontextmanager
    async def one(self, caller: str, address: str = "") -> AsyncIterator[None]:
        """Hold a slot; `address` has a limit of its own beside the caller's. Raises Busy or Closing."""
        await self._take(caller, address)
        try:
            yield
        finally:
            self._give_back(caller)

    async def _take(self, caller: str, address: str) -> None:
        self.check(caller, address)
        if self.free:
            self._held[caller] += 1
            return
        self._waiting[address] += 1
        try:
            await self._wait(caller)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    async def _wait(self, caller: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        self.line.join(caller, turn)
        try:
            async with asyncio.timeout(self.seconds):
                await turn
        except TimeoutError:
            self._abandon(caller, turn)
            raise Busy from None
        except asyncio.CancelledError:
            self._abandon(caller, turn)
            raise

    def _abandon(self, caller: str, turn: "asyncio.Future[None]") -> None:
        """It may have come to its turn at the very moment when it was given up."""
        granted = turn.done() and not turn.cancelled() and turn.exception() is None
        if granted:
            self._give_back(caller)
        else:
            self.line.leave(caller, turn)

    def _give_back(self, caller: str) -> None:
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]
        self.line.rest(caller)
        while self.free and (waiting := self.line.take(self._held)):
            following, turn = waiting
            if not turn.done():  # else it was given up, and has not noticed yet
                self._held[following] += 1
                turn.set_result(None)
