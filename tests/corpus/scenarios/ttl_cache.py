"""A cache for coroutines, whose entries go stale."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class AsyncTtlCache:
    def __init__(self, ttl: float = 30, maxsize: int = 3) -> None:
        if ttl <= 0:
            raise ValueError("ttl must be positive")
        self.ttl = ttl
        self.maxsize = maxsize
        self.hits = 0
        self.misses = 0
        self._entries: dict[str, tuple[float, object]] = {}
        self._lock = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, key: str, default: object = None) -> object:
        async with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self.misses += 1
                return default
            stored, value = entry
            if time.monotonic() - stored >= self.ttl:
                del self._entries[key]
                self.misses += 1
                return default
            self.hits += 1
            return value

    async def put(self, key: str, value: object) -> None:
        async with self._lock:
            if key not in self._entries and len(self._entries) >= self.maxsize:
                oldest = min(self._entries, key=lambda name: self._entries[name][0])
                del self._entries[oldest]
            self._entries[key] = (time.monotonic(), value)

    async def get_or_load(self, key: str, load: Callable[[str], Awaitable[object]]) -> object:
        found = await self.get(key)
        if found is None:
            found = await load(key)
            await self.put(key, found)
        return found

    async def purge(self) -> int:
        now = time.monotonic()
        stale = [key for key, (stored, _) in self._entries.items() if now - stored >= self.ttl]
        for key in stale:
            del self._entries[key]
        return len(stale)
