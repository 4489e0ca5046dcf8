"""How many items lists and the like are made with: few, now and then as many as a number of the module says."""

from collections.abc import Callable
from random import Random

from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.shapes import Expression, Spec

COUNTED = 0.1
"""How often a list gets as many items as a number of the module says."""
ROWS = 0.4
"""How often the lists in a list are all of one length: the rows of a table or of a board."""
EVEN = 0.2
"""How often all of a table is the same: an empty board."""
ALIKE = 0.08
"""How often all items of a list are the same; it may then be twice as long as a number of the module says."""
MOST, MOST_ALIKE = 12, 24
FEW, FEWER = (0, 1, 1, 2, 3, 3, 4), (0, 1, 1, 2, 2)


class Lengths:
    """Draws lengths from the seeded generator."""

    def __init__(self, random: Random, pool: Pool) -> None:
        self.random = random
        self.pool = pool
        self._row: int | None = None
        """How long a table and its rows are, while one is made."""
        self._is_even = False

    def choose(self, depth: int) -> int:
        if self.random.random() < COUNTED and (known := self._known()):
            return self.random.choice(known)
        return self.random.choice(FEWER if depth > 1 else FEW)

    def items(self, spec: Spec, depth: int, make: "Callable[[Spec, int], Expression]") -> "list[Expression]":
        """Items for a list at this depth; those of a table, now and then, where they are lists themselves."""
        if self._row is not None and depth == 1:
            return self._row_of(self._row, lambda: make(spec, depth + 1))
        if depth == 0 and self.random.random() < ALIKE:
            return [make(spec, depth + 1)] * self.random.choice((2, 3, *self._known(), *self._doubled()))
        if depth > 0 or spec[0] not in ("list", "tuple*") or self.random.random() > ROWS:
            return [make(spec, depth + 1) for _ in range(self.choose(depth))]
        self._row, self._is_even = self.random.choice((2, 3, *self._known())), self.random.random() < EVEN
        try:
            return self._row_of(self._row, lambda: make(spec, depth + 1))
        finally:
            self._row = None

    def _row_of(self, count: int, make: "Callable[[], Expression]") -> "list[Expression]":
        return [make()] * count if self._is_even else [make() for _ in range(count)]

    def _doubled(self) -> "list[int]":
        return [2 * number for number in self.pool.of(int) if 1 < 2 * number <= MOST_ALIKE]

    def _known(self) -> "list[int]":
        return [number for number in self.pool.of(int) if 1 < number <= MOST]
