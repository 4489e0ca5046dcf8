"""A pool of connections, lent out one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class PoolClosed(Exception):
    """The pool lends no more."""


class Pool:
    def __init__(self, size: int = 2, timeout: float = 5.0) -> None:
        self.size = size
        self.timeout = timeout
        self._idle = list(range(1, size + 1))
        self._returned = asyncio.Condition()
        self._open = True

    @property
    def idle(self) -> int:
        return len(self._idle)

    async def take(self) -> int:
        if not self._open:
            raise PoolClosed("the pool is closed")
        async with self._returned:
            try:
                await asyncio.wait_for(self._returned.wait_for(lambda: self._idle), self.timeout)
            except asyncio.TimeoutError:
                raise PoolClosed("no connection came free") from None
            return self._idle.pop(0)

    async def give_back(self, connection: int) -> None:
        if connection in self._idle or not 1 <= connection <= self.size:
            raise ValueError("this connection was not lent")
        async with self._returned:
            self._idle.append(connection)
            self._returned.notify()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[int]:
        taken = await self.take()
        try:
            yield taken
        finally:
            await self.give_back(taken)

    async def __aenter__(self) -> "Pool":
        if not self._open:
            raise PoolClosed("the pool is closed")
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> bool:
        self._open = False
        return isinstance(error, PoolClosed)
