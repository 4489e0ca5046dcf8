"""A counting semaphore for coroutines, first come, first served."""

import asyncio
from collections import deque


class FairSemaphore:
    def __init__(self, permits: int = 1) -> None:
        if permits < 1:
            raise ValueError("a semaphore needs at least one permit")
        self._free = permits
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def free(self) -> int:
        return self._free

    def locked(self) -> bool:
        return self._free == 0

    async def acquire(self) -> None:
        if self._free and not self._queue:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            else:
                self._queue.remove(turn)
            raise

    def release(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def __aenter__(self) -> "FairSemaphore":
        await self.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()
