"""A queue between coroutines that holds back its producers."""

import asyncio
from typing import Any


class QueueClosed(Exception):
    """Nothing more can be put in."""


class BoundedQueue:
    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self._items: list[Any] = []
        self._changed = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    def full(self) -> bool:
        return 0 < self.maxsize <= len(self._items)

    def close(self) -> None:
        self._closed = True
        self._changed.set()

    async def put(self, item: int) -> None:
        while self.full():
            if self._closed:
                break
            self._changed.clear()
            await self._changed.wait()
        if self._closed:
            raise QueueClosed("the queue is closed")
        self._items.append(item)
        self._changed.set()

    async def get(self) -> int:
        while not self._items:
            if self._closed:
                raise QueueClosed("the queue is closed and empty")
            self._changed.clear()
            await self._changed.wait()
        item = self._items.pop(0)
        self._changed.set()
        return item

    def get_nowait(self) -> int:
        if not self._items:
            raise LookupError("the queue is empty")
        self._changed.set()
        return self._items.pop(0)
