"""Messages from one to many: subscribers read streams."""

import asyncio
from collections.abc import AsyncIterator

_END = object()


class Bus:
    def __init__(self) -> None:
        self._subscribers: dict[str, list[asyncio.Queue[object]]] = {}
        self.closed = False

    def count(self, topic: str) -> int:
        return len(self._subscribers.get(topic, []))

    async def publish(self, topic: str, message: str) -> int:
        if self.closed:
            raise RuntimeError("the bus is closed")
        queues = self._subscribers.get(topic, [])
        for queue in queues:
            await queue.put(message)
        return len(queues)

    async def subscribe(self, topic: str) -> AsyncIterator[object]:
        if self.closed:
            return
        queue: asyncio.Queue[object] = asyncio.Queue()
        self._subscribers.setdefault(topic, []).append(queue)
        try:
            while True:
                message = await queue.get()
                if message is _END:
                    break
                yield message
        finally:
            self._subscribers[topic].remove(queue)

    async def close(self) -> None:
        self.closed = True
        for queues in self._subscribers.values():
            for queue in queues:
                await queue.put(_END)


async def countdown(start: int) -> AsyncIterator[int]:
    if start > 20:
        raise ValueError("too long to wait for")
    while start > 0:
        yield start
        await asyncio.sleep(1)
        start -= 1
