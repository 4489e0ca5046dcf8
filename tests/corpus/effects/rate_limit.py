"""Not too often."""

import time


class RateLimiter:
    """Allows `limit` calls in `period` seconds."""

    def __init__(self, limit: int, period: float = 1.0) -> None:
        if limit < 1 or period <= 0:
            raise ValueError("limit and period must be positive")
        self.limit = limit
        self.period = period
        self._calls: list[float] = []

    def allow(self) -> bool:
        now = time.monotonic()
        self._calls = [moment for moment in self._calls if now - moment < self.period]
        if len(self._calls) >= self.limit:
            return False
        self._calls.append(now)
        return True

    def wait_time(self) -> float:
        """Seconds until the next call is allowed."""
        if len(self._calls) < self.limit:
            return 0.0
        return max(0.0, self._calls[0] + self.period - time.monotonic())
