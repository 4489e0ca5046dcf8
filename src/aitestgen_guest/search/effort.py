"""How many calls the search of each target may spend: as many as all may together, dealt out by their sizes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aitestgen_guest.search.histories import History
from aitestgen_guest.shapes import Description

LEAST, MOST = 60, 6000


class Effort(NamedTuple):
    """Of one target: its `size` in blocks, the calls that its search may spend, and tries for each surviving mutant."""

    size: int
    calls: int
    attempts: int


class Left(NamedTuple):
    """What a target's first search left over: `probes` that no call reached, and what a second may begin with, objects
    with other `pasts`, or a subclass to go `through`.
    """

    probes: "frozenset[int]"
    pasts: "list[History]"
    through: str


def own_sizes(targets: "Sequence[Description]", blocks: "Mapping[int, int]") -> "list[int]":
    """How many blocks of code each target has, without those of targets within it, as methods are within a class."""
    spans = [tuple(target["lines"]) for target in targets]
    sizes = []
    for first, last in spans:
        inner = [(a, b) for a, b in spans if first <= a and b <= last and (a, b) != (first, last)]
        own = {
            block
            for line, block in blocks.items()
            if first <= line <= last and not any(a <= line <= b for a, b in inner)
        }
        sizes.append(len(own))
    return sizes


def allowances(sizes: "Sequence[int]", average: int) -> "list[int]":
    """Calls for targets of these sizes, `average` on average: a larger one needs more to get through."""
    total = average * len(sizes)
    weights = [1 + size for size in sizes]
    return [int(max(LEAST, min(MOST, total * weight / sum(weights)))) for weight in weights]
