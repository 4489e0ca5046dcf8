"""A limit on how often something may happen, one bucket of tokens for each caller."""

import time
from collections.abc import Callable


class TokenBucket:
    """Holds up to `capacity` tokens, and gets `per_second` new ones as time passes. It starts full."""

    def __init__(self, capacity: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        if capacity < 1:
            raise ValueError("a bucket holds at least one token")
        if per_second <= 0:
            raise ValueError("a bucket is refilled")
        self.capacity = capacity
        self.per_second = per_second
        self._clock = clock
        self._tokens = float(capacity)
        self._filled_at = clock()

    @property
    def available(self) -> int:
        """The number of whole tokens that are there now."""
        self._fill()
        return int(self._tokens)

    def take(self, count: int = 1) -> bool:
        """Take tokens where there are enough; whether there were."""
        self._fill()
        if count > self._tokens:
            return False
        self._tokens -= count
        return True

    def seconds_until(self, count: int = 1) -> float:
        """How long until so many are there. Raises ValueError where the bucket cannot hold them."""
        if count > self.capacity:
            raise ValueError(f"the bucket holds {self.capacity}, not {count}")
        self._fill()
        return max(0.0, (count - self._tokens) / self.per_second)

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(float(self.capacity), self._tokens + (now - self._filled_at) * self.per_second)
        self._filled_at = now


class RateLimiter:
    """A bucket for each caller."""

    def __init__(self, capacity: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}

    def allows(self, caller: str) -> bool:
        """Whether the caller may go on; it costs one token."""
        if caller not in self._buckets:
            self._buckets[caller] = TokenBucket(self._capacity, self._per_second, self._clock)
        return self._buckets[caller].take()

    def forget(self, caller: str) -> None:
        """Start anew with a full bucket for this caller."""
        self._buckets.pop(caller, None)
