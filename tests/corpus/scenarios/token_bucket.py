"""Time in plain code: a rate limit, and a cache whose clock is a parameter."""

import time
from collections.abc import Callable


class TokenBucket:
    def __init__(self, capacity: int = 5, per_second: float = 1.0) -> None:
        self.capacity = capacity
        self.per_second = per_second
        self._tokens = float(capacity)
        self._updated = time.monotonic()

    def take(self, tokens: int = 1) -> bool:
        now = time.monotonic()
        self._tokens = min(self.capacity, self._tokens + (now - self._updated) * self.per_second)
        self._updated = now
        if tokens > self._tokens:
            return False
        self._tokens -= tokens
        return True

    def wait(self, tokens: int = 1) -> None:
        if tokens > self.capacity:
            raise ValueError("more than the bucket holds")
        while not self.take(tokens):
            time.sleep(1 / self.per_second)


class Expiring:
    def __init__(self, ttl: float, timer: Callable[[], float] = time.monotonic) -> None:
        self.ttl = ttl
        self.timer = timer
        self._entries: dict[str, tuple[float, int]] = {}

    def __len__(self) -> int:
        self.expire()
        return len(self._entries)

    def __setitem__(self, key: str, value: int) -> None:
        self._entries[key] = (self.timer() + self.ttl, value)

    def __getitem__(self, key: str) -> int:
        expires, value = self._entries[key]
        if self.timer() >= expires:
            raise KeyError(key)
        return value

    def expire(self) -> list[str]:
        now = self.timer()
        gone = [key for key, (expires, _) in self._entries.items() if now >= expires]
        for key in gone:
            del self._entries[key]
        return gone
