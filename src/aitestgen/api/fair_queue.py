"""Who is next: a bounded line that no single caller can fill. Pure: no clock, no I/O, nothing async."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class FairQueue(Generic[T]):
    """At most `most` items wait, and at most `most_each` of one caller.

    The next item is of the caller who holds the least; among equals callers take turns, and one caller's items come
    first come, first served. So whoever holds nothing waits for what is held, and at most one item of each other.
    """

    most: int
    most_each: int
    _lines: dict[str, deque[T]] = field(default_factory=dict, init=False)
    """By caller, in the order of their turns. No line is empty."""

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    @property
    def callers(self) -> int:
        """How many callers have something that waits."""
        return len(self._lines)

    def full(self, caller: str) -> bool:
        """Whether one more of this caller would be too many."""
        return self.waiting >= self.most or len(self._lines.get(caller, ())) >= self.most_each

    def join(self, caller: str, item: T) -> None:
        """Put it last in its caller's line. Raises ValueError where that is full."""
        if self.full(caller):
            raise ValueError(f"the line of {caller!r} is full")
        self._lines.setdefault(caller, deque()).append(item)

    def leave(self, caller: str, item: T) -> bool:
        """Take it out, wherever it stands; whether it was there."""
        line = self._lines.get(caller, deque())
        if item not in line:
            return False
        line.remove(item)
        if not line:
            del self._lines[caller]
        return True

    def rest(self, caller: str) -> None:
        """It has just been served: it is the others' turn before its own."""
        if line := self._lines.pop(caller, None):
            self._lines[caller] = line

    def take(self, held: Mapping[str, int]) -> tuple[str, T] | None:
        """Take out who is next, when callers hold so much; None where nobody waits."""
        if not self._lines:
            return None
        caller = min(self._lines, key=lambda name: held.get(name, 0))
        line = self._lines.pop(caller)
        item = line.popleft()
        if line:
            self._lines[caller] = line
        return caller, item
