"""What a test brings: lines, branches and kills as values that can be counted, compared and chosen by."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aitestgen.measure.coverage import Possible, covered
from aitestgen.values import Arc, Subject, Target

LINE, ARC, KILL, TARGET = "line", "arc", "kill", "target"


class Gain(NamedTuple):
    """One thing that a test can be the reason for. `line` is where in the module it lies, 0 for a target as a whole."""

    kind: str
    what: int | Arc | str
    line: int


def run_gains(possible: Possible, arcs: Iterable[Arc]) -> frozenset[Gain]:
    """The lines and branches that a test ran."""
    lines, branches = covered(possible, arcs)
    gains = {Gain(LINE, line, line) for line in lines}
    return frozenset(gains | {Gain(ARC, arc, abs(arc[0])) for arc in branches})


def kill_gains(kills: Iterable[int], lines: Mapping[int, int]) -> frozenset[Gain]:
    """Killed mutants; `lines` tells where each lies."""
    return frozenset(Gain(KILL, number, lines.get(number, 0)) for number in kills)


def target_gain(target_id: str) -> Gain:
    """That a target is called at all."""
    return Gain(TARGET, target_id, 0)


def within(gains: Iterable[Gain], target: Target, others: Iterable[Target] = ()) -> frozenset[Gain]:
    """The gains that lie in a target's own lines, and the target itself. Those of `others` that lie within it, as the
    methods of a class do, are not its own.
    """
    inner = [other for other in others if _lies_in(other, target)]
    lines = set(_lines(target)).difference(*map(_lines, inner))
    return frozenset(gain for gain in gains if gain.kind == TARGET or gain.line in lines)


def _lies_in(inner: Target, outer: Target) -> bool:
    return inner.lines != outer.lines and outer.lines[0] <= inner.lines[0] and inner.lines[1] <= outer.lines[1]


def _lines(target: Target) -> range:
    return range(target.lines[0], target.lines[1] + 1)


def reached_targets(gains: Iterable[Gain], subject: Subject) -> frozenset[Gain]:
    """The targets in whose lines a gain lies."""
    lines = {gain.line for gain in gains}
    found = [target for target in subject.targets if any(target.lines[0] <= line <= target.lines[1] for line in lines)]
    return frozenset(target_gain(target.id) for target in found)


def lines_in(gains: Iterable[Gain]) -> tuple[int, ...]:
    return tuple(sorted(gain.line for gain in gains if gain.kind == LINE))


def arcs_in(gains: Iterable[Gain]) -> tuple[Arc, ...]:
    return tuple(sorted(gain.what for gain in gains if isinstance(gain.what, tuple)))
