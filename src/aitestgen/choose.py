"""The smallest suite that keeps every gain: greedy set cover, then what turned out to be superfluous is dropped."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one test would bring: any hashable gains, at a cost (the lower the better, equal costs by position)."""

    gains: frozenset[Hashable]
    cost: float = 1.0


def cover(
    offers: Mapping[Id, Offer], *, have: Iterable[Hashable] = (), limit: int | None = None, times: int = 1
) -> list[Id]:
    """Ids that together bring every gain `times` times over (as far as there are offers), best first.

    Gains in `have` count for nothing. With `times` 1 no chosen id can be left out without losing a gain. At most
    `limit` ids are chosen.
    """
    wanted = Counter({gain: times for offer in offers.values() for gain in offer.gains})
    for gain in have:
        wanted.pop(gain, None)
    order = {name: position for position, name in enumerate(offers)}
    chosen: list[Id] = []
    left = dict(offers)
    while left and (limit is None or len(chosen) < limit):
        best = max(left, key=lambda name: (_worth(left[name], wanted), -left[name].cost, -order[name]))
        if _worth(left[best], wanted) == 0:
            break
        chosen.append(best)
        for gain in left.pop(best).gains:
            if wanted.get(gain):
                wanted[gain] -= 1
    return without_superfluous(chosen, offers, set(have)) if times == 1 else chosen


def _worth(offer: Offer, wanted: Mapping[Hashable, int]) -> int:
    return sum(1 for gain in offer.gains if wanted.get(gain))


def without_superfluous(chosen: Sequence[Id], offers: Mapping[Id, Offer], have: set[Hashable]) -> list[Id]:
    """`chosen` less those whose gains `have` or the others bring too; the dearest are dropped first."""
    supply = Counter(gain for name in chosen for gain in offers[name].gains if gain not in have)
    kept = list(chosen)
    for name in sorted(chosen, key=lambda item: -offers[item].cost):
        gains = [gain for gain in offers[name].gains if gain not in have]
        if all(supply[gain] > 1 for gain in gains):
            supply.subtract(gains)
            kept.remove(name)
    return kept


def first_gains(
    names: Iterable[Id], offers: Mapping[Id, Offer], have: Iterable[Hashable] = ()
) -> dict[Id, frozenset[Hashable]]:
    """For each name in order, the gains that neither `have` nor any name before it had."""
    seen: set[Hashable] = set(have)
    result: dict[Id, frozenset[Hashable]] = {}
    for name in names:
        result[name] = offers[name].gains - seen
        seen |= offers[name].gains
    return result
