"""Many requests at once."""

import asyncio
from collections.abc import Awaitable, Callable


async def fetch_all(fetch: Callable[[str], Awaitable[str]], urls: list[str], limit: int = 2) -> dict[str, str]:
    """What `fetch` gives for each URL, at most `limit` at a time; failures give their message."""
    if limit < 1:
        raise ValueError("the limit must be positive")
    gate = asyncio.Semaphore(limit)

    async def one(url: str) -> tuple[str, str]:
        async with gate:
            try:
                return url, await fetch(url)
            except Exception as error:
                return url, f"failed: {error}"

    return dict(await asyncio.gather(*(one(url) for url in urls)))


class Batcher:
    """Collects items and hands them on in batches."""

    def __init__(self, size: int = 3) -> None:
        if size < 1:
            raise ValueError("a batch has at least one item")
        self.size = size
        self.pending: list[int] = []
        self.batches: list[list[int]] = []

    async def add(self, item: int) -> bool:
        """Whether a batch became full."""
        self.pending.append(item)
        if len(self.pending) < self.size:
            return False
        await self.flush()
        return True

    async def flush(self) -> int:
        await asyncio.sleep(0)
        if not self.pending:
            return 0
        self.batches.append(self.pending)
        self.pending = []
        return len(self.batches[-1])
