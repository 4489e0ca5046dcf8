"""Evidence for types, added up."""

from collections import Counter
from collections.abc import Mapping

_MOST = 4
_FAINT = 0.2


class Votes:
    """For each name the weight of evidence for each type."""

    def __init__(self) -> None:
        self._weights: dict[str, Counter[str]] = {}

    def add(self, name: str, types: str, weight: float) -> None:
        """Vote for types separated by spaces: the first counts whole, each further one 0.6 of the one before."""
        counter = self._weights.setdefault(name, Counter())
        for place, one in enumerate(types.split()):
            counter[one] += weight * 0.6**place  # type: ignore[assignment]  # Counter is typed for whole numbers

    def merge(self, name: str, weights: Mapping[str, float], factor: float = 1.0) -> None:
        """Add evidence found elsewhere."""
        for one, weight in weights.items():
            self.add(name, one, weight * factor)

    def of(self, name: str) -> Mapping[str, float]:
        """The weights for a name; empty where nothing is known."""
        return self._weights.get(name, Counter())

    def best(self, name: str) -> str:
        """The likeliest type that is not None's, or an empty text."""
        return next((one for one in ranked(self.of(name)) if one != "none"), "")

    def names(self) -> tuple[str, ...]:
        """The names that something is known about."""
        return tuple(self._weights)


def ranked(weights: Mapping[str, float]) -> tuple[str, ...]:
    """At most four types, the likeliest first, without those of little evidence; `none` comes last if at all."""
    kinds = {one: weight for one, weight in _refined(weights).items() if one != "none"}
    strongest = max(kinds.values(), default=0.0)
    order = sorted(kinds, key=lambda one: -kinds[one])
    found = [one for one in order if kinds[one] >= strongest * _FAINT]
    tail = ["none"] if weights.get("none") else []
    return (*found[: _MOST - len(tail)], *tail)


def _refined(weights: Mapping[str, float]) -> dict[str, float]:
    """Evidence for a list of anything strengthens the list of something that is also seen."""
    refined = dict(weights)
    lists = [one for one in refined if one.startswith("list[") and one != "list[Any]"]
    if lists and "list[Any]" in refined:
        best = max(lists, key=refined.__getitem__)
        refined[best] += refined["list[Any]"]
        refined["list[Any]"] *= 0.5
    return refined
