"""What the search of one target keeps: calls that are worth a test, and others that may come in useful."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.calls.entries import Entry, by_cost, probes_of
from aitestgen_guest.shapes import Case

MAX_VARIETY, MAX_VARIED = 48, 10
MAX_SEEN = 150
MAX_SWEPT = 600
_ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")


class Kept:
    """`archive` has the cheapest entry for each feature, `variety` for each kind of result, `unfit` for each probe that
    a call reached which nobody would make.
    """

    def __init__(self) -> None:
        self.archive: dict[int, Entry] = {}
        self.unfit: dict[int, Entry] = {}
        self.variety: dict[tuple[Any, ...], Entry] = {}
        self._seen: dict[tuple[Any, ...], Entry] = {}
        self._swept: dict[str, Entry] = {}
        self._sweeps = False

    def add(self, entry: Entry) -> bool:
        """Keep the entry for whatever it is the cheapest for; whether it has a feature that no other has."""
        news = _keep_cheapest(self.archive, entry.features, entry)
        if "beside" not in entry.case:
            self._vary(entry)
        if _ADDRESS.search(" ".join(entry.observation["facts"].values())):
            return news  # nothing that it shows of a mutant could be told from what it shows anyway
        if self._sweeps and len(self._swept) < MAX_SWEPT:
            self._swept.setdefault(entry.cost[-1], entry)
        elif not self._sweeps and len(self._seen) < MAX_SEEN:
            shown = sorted(entry.observation["facts"].items())
            self._seen.setdefault((entry.observation["outcome"], *shown), entry)
        return news

    def add_unfit(self, entry: Entry) -> bool:
        """Keep a call that nobody would make, in case that no other gets where it does; whether it is the first that
        gets there.
        """
        return _keep_cheapest(self.unfit, probes_of(entry.features), entry)

    @contextlib.contextmanager
    def sweep(self) -> "Iterator[None]":
        """Keep every call that is added meanwhile, some hundreds at most."""
        self._sweeps = True
        try:
            yield
        finally:
            self._sweeps = False

    def results(self) -> "list[Entry]":
        """What is worth a test, each once: the archive, then a few that show other results."""
        unique: dict[Any, Entry] = {}
        for entry in sorted([*self.archive.values(), *self._last_resorts()], key=by_cost):
            unique.setdefault(entry.cost, entry)
        varied = [entry for entry in sorted(self.variety.values(), key=by_cost) if entry.cost not in unique]
        step = max(1, len(varied) // MAX_VARIED)
        return [*unique.values(), *varied[::step][:MAX_VARIED]]

    def unlike(self) -> "list[Case]":
        """The cases of the results: first the one that shows most, then those that show most beside the ones before."""
        left, shown, found = self.results(), set[int](), list[Case]()
        while left:
            best = max(left, key=lambda entry: len(entry.features - shown))
            left.remove(best)
            shown |= best.features
            found.append(best.case)
        return found

    def spare(self) -> "list[Entry]":
        """For mutants that no other kills: those of a sweep as they came, the most telling first, then one for whatever
        a test could see, by their cost.
        """
        return [*self._swept.values(), *sorted(self._seen.values(), key=by_cost)]

    def _vary(self, entry: Entry) -> None:
        facts = entry.observation["facts"]
        result = facts.get("result", "")[:60]
        kind = (entry.observation["outcome"], facts.get("error"), facts.get("message"), result, len(entry.features))
        known = self.variety.get(kind)
        if (known is None and len(self.variety) < MAX_VARIETY) or (known is not None and entry.cost < known.cost):
            self.variety[kind] = entry

    def _last_resorts(self) -> "list[Entry]":
        """Of the calls that nobody would make, those that get where no other does."""
        reached = frozenset().union(*(probes_of(entry.features) for entry in self.archive.values()))
        return [entry for probe, entry in sorted(self.unfit.items()) if probe not in reached]


def _keep_cheapest(held: "dict[int, Entry]", places: "frozenset[int]", entry: Entry) -> bool:
    """Put the entry in each of the places where nothing dearer is; whether one of them was empty."""
    news = not held.keys() >= places
    for place in places:
        if place not in held or entry.cost < held[place].cost:
            held[place] = entry
    return news
