"""Plainer cases: after it is known what a case is good for, its values become the plainest with which it still is.

A reader should see what a value is about. Each value is replaced by a word, a round number or a shorter list, also
where it stands in several places at once, as long as the case runs the same places of the module and tells the same
mutants.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.entries import Entry, features_of, key_of, weighed
from aitestgen_guest.search.hunt import Hunter
from aitestgen_guest.search.near import plain_slots, put
from aitestgen_guest.search.shrink import smaller
from aitestgen_guest.shapes import Case, Observation

WORDS = ("a", "abc", "hello", "hello world", "1", "12")
INTEGERS = (0, 1, 2, 3, 5, 10, 100, 1000, -1)
FLOATS = (0.0, 1.0, 2.0, 0.5, 1.5, 10.0, 100.0, -1.0)
MOST_ROUNDS = 12


class Plain(NamedTuple):
    """A case made plainer: which entry it was, what it is now and shows, and by which labels it tells which mutants."""

    number: int
    case: Case
    observation: Observation
    kills: "list[tuple[int, list[str]]]"


def needed(entries: "list[Entry]", kills: "dict[int, dict[int, list[str]]]") -> "list[int]":
    """The numbers of the entries that a suite is likely to be made of: greedily, cheapest first among equals."""
    gains = {n: {("f", f) for f in entry.features} | {("k", k) for k in kills[n]} for n, entry in enumerate(entries)}
    left = set().union(*gains.values())
    chosen = []
    while left:
        best = min(gains, key=lambda n: (-len(gains[n] & left), entries[n].cost))
        chosen.append(best)
        left -= gains.pop(best)
    return sorted(chosen)


def plainer(
    hunter: Hunter, entries: "list[Entry]", kills: "dict[int, dict[int, list[str]]]", calls: int
) -> "list[Plain]":
    """The needed entries that can be made plainer, by about `calls` calls together. Spoils the process."""
    chosen = needed(entries, kills)
    found = []
    for number in chosen:
        search = _Plainer(hunter, entries[number], kills[number], calls // len(chosen))
        if (case := search.plainest()) is not None:
            found.append(Plain(number, case, search.observation, list(search.labels.items())))
    return found


class _Plainer:
    """Makes one entry plainer."""

    def __init__(self, hunter: Hunter, entry: Entry, kills: "dict[int, list[str]]", calls: int) -> None:
        self.hunter = hunter
        self.entry = entry
        self.kills = list(kills)
        self.labels = kills
        self.left = calls
        self.observation = entry.observation
        self._tried: set[str] = set()

    def plainest(self) -> "Case | None":
        """The plainest case that is found; None where that is the entry's own."""
        case, changed = self.entry.case, False
        for _ in range(MOST_ROUNDS):
            better = next((other for other in self._options(case) if self._is_as_good(other)), None)
            if better is None:
                break
            case, changed = better, True
        return {**case, "oddness": self.hunter.search.oddness(case)} if changed else None

    def _options(self, case: Case) -> "Iterator[Case]":
        """Cases that are plainer to read, the plainest of each value first."""
        search = self.hunter.search
        odd = search.oddness
        before = weighed(case) + odd(case)
        for other in itertools.chain(smaller(search, case), _replaced(case)):
            if search.target.bound and other["receiver"] is None:
                continue
            if self.left > 0 and weighed(other) < before and weighed(other) + odd(other) < before:
                yield other

    def _is_as_good(self, case: Case) -> bool:
        """Whether it shows a like outcome, runs the same places, and tells the same mutants."""
        key = key_of(case)
        if key in self._tried:
            return False
        self._tried.add(key)
        self.left -= 2
        if not self._runs_the_same(case):
            return False
        base = self.hunter.base(case)
        if (
            base is None
            or base["outcome"] != self.entry.observation["outcome"]
            or _error(base) != _error(self.observation)
        ):
            return False
        labels = {}
        for mutant in self.kills:
            self.left -= 1
            labels[mutant], _ = self.hunter.difference(mutant, case, base)
            if not labels[mutant]:
                return False
        self.observation, self.labels = base, {mutant: found[:1] for mutant, found in labels.items()}
        return True

    def _runs_the_same(self, case: Case) -> bool:
        probed = self.hunter.probed
        probed.observe(self.hunter.search.target, case)
        return features_of(case, probed.recorder.features()) >= self.entry.features


def _error(observation: Observation) -> "str | None":
    error: str | None = observation["facts"].get("error")
    return error


def _replaced(case: Case) -> "Iterator[Case]":
    """The case with one value replaced, wherever it stands, then in each place alone."""
    slots = list(plain_slots(case))
    for value in _distinct(value for _, value in slots):
        same = [slot for slot, other in slots if type(other) is type(value) and other == value]
        for option in _plainer_values(value):
            changed = case
            for slot in same:
                changed = put(changed, slot, inputs.data(option))
            yield changed
            if len(same) > 1:
                yield from (put(case, slot, inputs.data(option)) for slot in same)


def _distinct(values: "Iterable[Any]") -> "list[Any]":
    found: list[Any] = []
    for value in values:
        if not any(type(value) is type(other) and value == other for other in found):
            found.append(value)
    return found


def _plainer_values(value: Any) -> "Iterator[Any]":
    """Values of its type that may be plainer, plainest first."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, str):
        yield from WORDS
        yield from _simplified(value)
    elif isinstance(value, int):
        yield from INTEGERS
    elif isinstance(value, float):
        yield from FLOATS
    elif isinstance(value, (list, tuple)) and value:
        yield from (type(value)(items) for items in _fewer(list(value)))
    elif isinstance(value, dict) and value:
        yield from ({k: v for k, v in value.items() if k != key} for key in value)
        yield from ({**value, key: other} for key in value for other in _plainer_values(value[key]))


def _simplified(text: str) -> "Iterator[str]":
    """One letter as often, or the text without what is odd in it, one of its words, or its other half."""
    yield "a" * len(text)
    yield "".join(letter for letter in text if letter.isascii() and letter.isalnum())
    yield "".join(letter for letter in text if letter.isascii() and letter.isprintable())
    words = text.split(" ")
    yield from (" ".join(words[:place] + words[place + 1 :]) for place in range(len(words) if len(words) < 8 else 0))
    yield from (text[: len(text) // 2], text[len(text) // 2 :], text[1:], text[:-1])


def _fewer(items: "list[Any]") -> "Iterator[list[Any]]":
    yield from (items[:place] + items[place + 1 :] for place in range(len(items)))
    for place, item in enumerate(items):
        yield from ([*items[:place], other, *items[place + 1 :]] for other in _plainer_values(item))
