"""Sets of whole numbers that are kept as intervals."""

from collections.abc import Iterable, Iterator


class IntervalSet:
    """Whole numbers as half-open intervals, `start` included and `end` not; they never touch, and are in order."""

    def __init__(self, intervals: Iterable[tuple[int, int]] = ()) -> None:
        self._intervals: list[tuple[int, int]] = []
        for start, end in intervals:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Add the numbers from `start` up to `end`. Raises ValueError where the end comes first."""
        _check(start, end)
        if start == end:
            return
        apart = []
        for low, high in self._intervals:
            if high < start or end < low:
                apart.append((low, high))
            else:
                start, end = min(start, low), max(end, high)
        self._intervals = sorted([*apart, (start, end)])

    def remove(self, start: int, end: int) -> None:
        """Take the numbers from `start` up to `end` out. Raises ValueError where the end comes first."""
        _check(start, end)
        if start == end:
            return
        left = []
        for low, high in self._intervals:
            left.append((low, min(high, start)))
            left.append((max(low, end), high))
        self._intervals = sorted({(low, high) for low, high in left if low < high})

    def gaps(self) -> "IntervalSet":
        """The numbers between the first and the last that are not in the set."""
        pairs = zip(self._intervals, self._intervals[1:], strict=False)
        return IntervalSet((before[1], after[0]) for before, after in pairs)

    def __contains__(self, number: int) -> bool:
        return any(low <= number < high for low, high in self._intervals)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._intervals)

    def __len__(self) -> int:
        """How many numbers are in the set."""
        return sum(high - low for low, high in self._intervals)

    def __or__(self, other: "IntervalSet") -> "IntervalSet":
        return IntervalSet([*self, *other])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IntervalSet):
            return NotImplemented
        return self._intervals == other._intervals

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __repr__(self) -> str:
        return f"IntervalSet({self._intervals!r})"


def _check(start: int, end: int) -> None:
    if end < start:
        raise ValueError(f"an interval cannot end at {end} and start at {start}")
