"""Local search where a comparison has had one outcome only: the alternating variable method (Korel, IEEE TSE 1990).

One number of the case at a time is moved, by steps that double while the two compared values come nearer, and that leap
where they stay as they are. A text or a
list counts as a number too, its length; so do the digits within a text.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.shapes import Case, Expression

FALSE, TRUE = 1, 2
BOTH = FALSE | TRUE
MOST_ATOMS = 12
MOST_TRIES = 90
MOST_REPEATS = 3
MOST_STARTS = 5
LONGEST = 120
MOST_DIGITS = 15
_NUMBER = re.compile(r"\d+", re.ASCII)
FIRST_STEPS = (1, -1, 1, -1)
LEAP, MOST_LEVEL = 8, 6
"""Where a step changes nothing, as rounding hides it, the next is so many times longer, so many times."""

Operands = Iterable[tuple[Any, Any, int]]


class Frontier:
    """The comparisons of numbers that had one outcome only, each with the cases that came nearest to the other.

    These are of different receivers: one that is odd may never get there.
    """

    def __init__(self, holds: "Callable[[int, Any, Any], bool | None]") -> None:
        self._holds = holds
        self._seen: dict[int, int] = {}
        self._nearest: dict[int, list[tuple[float, int, Case]]] = {}
        self._tried: set[tuple[int, float, int]] = set()

    def learn(self, case: Case, operands: Operands) -> None:
        """Take in what one execution of the case compared."""
        for left, right, site in operands:
            if self._seen.get(site) == BOTH or not (is_number(left) and is_number(right)):
                continue
            if (outcome := self._holds(site, left, right)) is None:
                continue
            self._seen[site] = self._seen.get(site, 0) | (TRUE if outcome else FALSE)
            self._keep(site, abs(left - right), case)

    def _keep(self, site: int, near: float, case: Case) -> None:
        kept = self._nearest.setdefault(site, [])
        if len(kept) == MOST_STARTS and near > kept[-1][0]:
            return
        others = [item for item in kept if item[2]["receiver"] != case["receiver"]]
        same = [item for item in kept if item[2]["receiver"] == case["receiver"]]
        kept[:] = sorted([*others, min([*same, (near, len(str(case)), case)], key=_rank)], key=_rank)[:MOST_STARTS]

    def is_open(self, site: int) -> bool:
        """Whether one outcome is still missing."""
        return self._seen.get(site) in (FALSE, TRUE)

    def left(self) -> "list[int]":
        """The comparisons of which one outcome is missing."""
        return [*filter(self.is_open, self._seen)]

    def next(self) -> "tuple[int, float, Case] | None":
        """An open comparison, with a case near to it that was not given out before, and how near it is."""
        for site in sorted(filter(self.is_open, self._nearest)):
            for near, size, case in self._nearest[site]:
                if (site, near, size) not in self._tried:
                    self._tried.add((site, near, size))
                    return site, near, case
        return None


def _rank(kept: "tuple[float, int, Case]") -> "tuple[float, int]":
    return kept[:2]


def descend(start: "tuple[int, float, Case]", run: "Callable[[Case], Operands]", is_open: "Callable[[], bool]") -> bool:
    """Move the case towards the missing outcome; whether it was reached. `run` executes a case."""
    site, near, case = start
    left = MOST_TRIES
    for atom, first in itertools.product(range(min(MOST_ATOMS, _count(case))), FIRST_STEPS):
        step, level = first, 0
        while left > 0 and is_open() and level < MOST_LEVEL and (changed := moved(case, atom, step)) is not None:
            left -= 1
            found = _nearest(run(changed), site, near)  # what was run before is passed over like what is hidden
            if found > near:
                break
            level = level + 1 if found == near else 0
            step *= 2 if found < near else LEAP
            near, case = found, changed if found < near else case
    for place in range(len(case["calls"])):
        changed = case
        for _ in range(min(left, MOST_REPEATS) if is_open() else 0):
            changed = repeated(changed, place)
            left -= 1
            run(changed)
    return not is_open()


def repeated(case: Case, place: int) -> Case:
    """The case with an earlier step taken once more, its first argument another than before."""
    verb, arguments, keywords = case["calls"][place]
    alone = {**case, "arguments": arguments[:1], "keywords": {}, "receiver": None, "calls": []}
    other = moved(alone, 0, 1) or alone
    step = [verb, [*other["arguments"], *arguments[1:]], keywords]
    return {**case, "calls": [*case["calls"][: place + 1], step, *case["calls"][place + 1 :]]}


def moved(case: Case, atom: int, step: int) -> "Case | None":
    """The case with its numbered atom moved by `step`; None where that cannot be."""
    mover = _Mover(atom, step)
    changed = mover.case(case)
    return changed if mover.moved else None


def _count(case: Case) -> int:
    counter = _Mover(-1, 0)
    counter.case(case)
    return counter.seen


def _nearest(operands: Operands, site: int, otherwise: float) -> float:
    pairs = ((left, right) for left, right, where in operands if where == site)
    numbers = ((left, right) for left, right in pairs if is_number(left) and is_number(right))
    return min((abs(left - right) for left, right in numbers), default=otherwise)


def is_number(value: Any) -> bool:
    """Whether distances to it can be told: an int or a float of a common size."""
    return type(value) in (int, float) and value == value and abs(value) < 1e300  # noqa: PLR0124 - not a nan


class _Mover:
    """Walks a case in a fixed order and moves one atom: a number, or the length of a text or list."""

    def __init__(self, wanted: int, step: int) -> None:
        self.wanted = wanted
        self.step = step
        self.seen = 0
        self.moved = False

    def case(self, case: Case) -> Case:
        changed = {**case, "arguments": [*map(self.expression, case["arguments"])]}
        changed["keywords"] = {name: self.expression(item) for name, item in case["keywords"].items()}
        if case["receiver"] is not None:
            changed["receiver"] = self.expression(case["receiver"])
        changed["calls"] = [
            [method, [*map(self.expression, arguments)], {n: self.expression(item) for n, item in keywords.items()}]
            for method, arguments, keywords in case["calls"]
        ]
        return changed

    def expression(self, expression: Expression) -> Expression:
        if expression[0] == "call":
            arguments = [*map(self.expression, expression[2])]
            keywords = {name: self.expression(item) for name, item in expression[3].items()}
            return ("call", expression[1], arguments, keywords)
        if expression[0] == "many":
            return ("many", expression[1], [*map(self.expression, expression[2])], expression[3])
        try:
            value = inputs.value_of(expression)
        except ValueError:
            return expression
        before = self.moved
        changed = self._value(value)
        return inputs.data(changed) if self.moved and not before else expression

    def _value(self, value: Any) -> Any:
        if isinstance(value, (bool, type(None), bytes, complex)):
            return value
        mine = self.seen == self.wanted
        self.seen += 1
        if mine:
            self.moved = True
            return _shifted(value, self.step)
        if isinstance(value, (list, tuple)):
            return type(value)(map(self._value, value))
        if isinstance(value, dict):
            return {key: self._value(item) for key, item in value.items()}
        return _NUMBER.sub(self._number, value) if isinstance(value, str) else value

    def _number(self, match: "re.Match[str]") -> str:
        """The digits of a text, moved as a number."""
        mine = self.seen == self.wanted
        self.seen += 1
        if not mine or len(match.group()) > MOST_DIGITS:
            return match.group()
        self.moved = True
        return str(abs(int(match.group()) + self.step))


def _shifted(value: Any, step: int) -> Any:
    if isinstance(value, (int, float)):
        return value + step
    if not isinstance(value, (str, list, tuple)):
        return value
    if step < 0:
        return value[:step]
    last: Any = value[-1:] or ("a" if isinstance(value, str) else type(value)([1]))
    return (value + last * step)[: max(LONGEST, len(value))]
