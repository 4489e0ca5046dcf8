"""How many requests a minute: a bucket for each name, which fills up evenly. Pure: the clock is an argument."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

MINUTE = 60.0
MOST_NAMES = 10_000


class Left(NamedTuple):
    """What is left of a limit; `reset` is when all of it will be there, and `wait` when the next one is (0: now)."""

    limit: int
    remaining: int
    reset: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """By the names that clients know; seconds from now."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


@dataclass(slots=True, kw_only=True)
class Rates:
    """At most `limit` a minute for each name, all at once or one by one; 0 is no limit.

    The names that called last are remembered. Somebody with more names than that gets no more than the limit for each.
    """

    limit: int
    clock: Callable[[], float]
    _full_at: OrderedDict[str, float] = field(default_factory=OrderedDict, init=False)
    """When the bucket of each name will be full again; it is not kept for one that is."""

    def take(self, name: str) -> Left | None:
        """Count one request; where `wait` is not 0 it is one too many, and is not counted. None without a limit."""
        found = self.left(name)
        if found is None or found.wait:
            return found
        now, each = self.clock(), MINUTE / self.limit
        full_at = max(self._full_at.get(name, now), now) + each
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        while len(self._full_at) > MOST_NAMES:
            self._full_at.popitem(last=False)
        return self._told(full_at - now, 0.0)

    def left(self, name: str) -> Left | None:
        """What there is before one more is counted. None without a limit."""
        if not self.limit:
            return None
        full_in = max(0.0, self._full_at.get(name, 0.0) - self.clock())
        wait = full_in + MINUTE / self.limit - MINUTE
        return self._told(full_in, wait if wait > 1e-9 else 0.0)  # what rounding leaves is nothing

    def _told(self, full_in: float, wait: float) -> Left:
        remaining = max(0, math.floor((MINUTE - full_in) * self.limit / MINUTE + 1e-9))
        return Left(self.limit, remaining, math.ceil(full_in), math.ceil(wait))
