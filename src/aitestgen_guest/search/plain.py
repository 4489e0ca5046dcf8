"""Plainer cases: after it is known what a case is good for, its values become the plainest with which it still is.

A reader should see what a value is about. Each value is replaced by a word, a round number or a shorter list, also
where it stands in several places at once, as long as the case runs the places of the module and tells the mutants
that it is needed for.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.inputs import is_outside
from aitestgen_guest.calls.entries import Entry, features_of, key_of, weighed
from aitestgen_guest.environment.smaller_worlds import plainer as plainer_worlds
from aitestgen_guest.processes.forks import all_in_child
from aitestgen_guest.search.hunt import Hunter
from aitestgen_guest.search.near import Slot, part_at, places, plain_slots, put
from aitestgen_guest.search.pruning import pruned
from aitestgen_guest.search.shrink import smaller
from aitestgen_guest.shapes import Case, Expression, Observation

WORDS = ("a", "abc", "hello", "hello world", "1", "12")
INTEGERS = (0, 1, 2, 3, 5, 10, 100, 1000, -1)
FLOATS = (0.0, 1.0, 2.0, 0.5, 1.5, 10.0, 100.0, -1.0)
PLAIN_SECONDS = 3.0
MOST_PASSES = 4
MOST_TOLD = 100
MOST_OF_CLASS, MOST_OBJECTS = 2, 8
SLOW_COST = 20
"""What a call that does not end costs, in calls that do."""
FILLERS = "abcdefgh"
MOST_GAPS = len(FILLERS)
_SEPARATORS = re.compile(r"([^\w ])")


class Plain(NamedTuple):
    """A case made plainer: what it is now and shows, its features, and by which labels it tells which mutants."""

    case: Case
    observation: Observation
    features: "list[int]"
    kills: "list[tuple[int, list[str]]]"


class Worth(NamedTuple):
    """What an entry is needed for: features and mutants that no entry before it has."""

    features: "frozenset[int]"
    mutants: "list[int]"


def needed(entries: "list[Entry]", kills: "dict[int, dict[int, list[str]]]") -> "dict[int, Worth]":
    """The numbers of the entries that a suite is likely to be made of, and what for: greedily, cheapest first among
    equals.
    """
    gains = {n: {("f", f) for f in entry.features} | {("k", k) for k in kills[n]} for n, entry in enumerate(entries)}
    left = set().union(*gains.values())
    chosen = {}
    while left:
        best = min(gains, key=lambda n: (-len(gains[n] & left), entries[n].cost))
        new = gains.pop(best) & left
        left -= new
        features, mutants = ({item for of, item in new if of == kind} for kind in "fk")
        chosen[best] = Worth(frozenset(features), sorted(mutants))
    return {number: chosen[number] for number in sorted(chosen)}


def all_plainer(
    hunter: Hunter,
    entries: "list[Entry]",
    chosen: "dict[int, Worth]",
    kills: "dict[int, dict[int, list[str]]]",
    calls: int,
) -> "Iterator[tuple[int, Plain]]":
    """The numbers of the chosen entries that can be made plainer by about `calls` calls together, and what they become.

    Done in forked children, many in one as long as the original shows afterwards what it showed before.
    """
    left = [*chosen]
    share = calls // max(1, len(left))

    def each() -> "Iterator[tuple[Plain | None, bool]]":
        for number in left:
            entry = entries[number]
            made = plainer(hunter, entry, chosen[number], [*kills[number]], share)
            is_sound = hunter.still(entry.case, entry.observation)
            yield made, is_sound
            if not is_sound:
                return

    while left:
        told = all_in_child(each, PLAIN_SECONDS)
        yield from ((number, Plain(*made)) for number, (made, _) in zip(left, told, strict=False) if made)
        is_spoilt = told and not told[-1][1]
        left = left[len(told) + (0 if is_spoilt else 1) :]  # the next one took too long, or the process with it


def plainer(hunter: Hunter, entry: Entry, worth: Worth, told: "Iterable[int]", calls: int) -> "Plain | None":
    """The entry, which tells the mutants `told`, made plainer by about `calls` calls; None where it cannot be. Spoils
    the process.
    """
    search = _Plainer(hunter, entry, worth, calls)
    case = search.plainest()
    if case is None:
        return None
    labels = {**search.labels, **search.labels_of(case, itertools.islice(told, MOST_TOLD))}
    return Plain(case, search.observation, sorted(search.features), list(labels.items()))


class _Plainer:
    """Makes one entry plainer."""

    def __init__(self, hunter: Hunter, entry: Entry, worth: Worth, calls: int) -> None:
        self.hunter = hunter
        self.entry = entry
        self.worth = worth
        self.labels: dict[int, list[str]] = {}
        self.left = calls
        self.observation = entry.observation
        self.features = entry.features
        self._tried: set[str] = set()
        self._slow: set[int] = set()

    def plainest(self) -> "Case | None":
        """The plainest case that is found; None where that is the entry's own."""
        case = pruned(self.entry.case, lambda other: self.left > 0 and self._is_as_good(other))
        for _ in range(MOST_PASSES):
            before = key_of(case)
            case = self._after_a_pass(case)
            if key_of(case) == before:
                break
        if key_of(case) == key_of(self.entry.case) or not self._tells(case, self._slow):
            return None
        return {**case, "oddness": self.hunter.search.oddness(case)}

    def _after_a_pass(self, case: Case) -> Case:
        """The case made plainer at one place after the other: what did not do is not tried again at once."""
        number = 0
        while self.left > 0 and number < len(options := self._options(case)):
            better = next(
                (other for other in self._plainer_than(case, options[number]) if self._is_as_good(other)), None
            )
            number += better is None
            case = better or case
        return case

    def labels_of(self, case: Case, mutants: "Iterable[int]") -> "dict[int, list[str]]":
        """By which labels the case tells these mutants beside those that it is needed for."""
        found = {m: self.hunter.difference(m, case, self.observation)[0] for m in mutants if m not in self.labels}
        return {mutant: labels[:1] for mutant, labels in found.items() if labels}

    def _options(self, case: Case) -> "list[Iterator[Case]]":
        """Cases that may be plainer to read: with another object or with less, then by what is replaced in them."""
        search = self.hunter.search
        less = itertools.chain(with_objects(case, search.callables.known), smaller(search, case))
        return [less, *replaced(case), self._named(case), *plainer_worlds(case)]

    def _named(self, case: Case) -> "Iterator[Case]":
        """The case with a word for a value whose name says that it is a text."""
        oddness = self.hunter.search.oddness
        others = (put(case, slot, inputs.data(WORDS[0])) for slot, _ in plain_slots(case) if slot[1] is None)
        return (other for other in others if oddness(other) < oddness(case))

    def _plainer_than(self, case: Case, others: "Iterator[Case]") -> "Iterator[Case]":
        search = self.hunter.search
        before = self._reading(case)
        for other in others:
            if search.target.bound and other["receiver"] is None:
                continue
            if self.left > 0 and self._reading(other) < before:
                yield other

    def _reading(self, case: Case) -> "tuple[int, int]":
        """How hard the case is to read; its world to the letter."""
        return weighed(case) + self.hunter.search.oddness(case), len(json.dumps(case.get("world")))

    def _is_as_good(self, case: Case) -> bool:
        """Whether it shows a like outcome, runs the places and tells the mutants that the entry is needed for."""
        key = key_of(case)
        if key in self._tried:
            return False
        self._tried.add(key)
        self.left -= 2
        features = self._features(case)
        if not features >= self.worth.features:
            return False
        base = self.hunter.base(case)
        if (
            base is None
            or base["outcome"] != self.entry.observation["outcome"]
            or _error(base) != _error(self.observation)
        ):
            return False
        if not self._tells(case, {*self.worth.mutants} - self._slow, base):
            return False
        self.observation = base
        self.features = features if self.entry.features else self.entry.features
        return True

    def _tells(self, case: Case, mutants: "set[int]", base: "Observation | None" = None) -> bool:
        """Whether the case tells these mutants; how it does is noted. Those that do not end are told by the time that
        they take, so that they are asked once, and again in the end.
        """
        told = {}
        for mutant in sorted(mutants):
            labels, slow = self.hunter.difference(mutant, case, base or self.observation)
            self.left -= SLOW_COST if slow else 1
            self._slow.update({mutant} if slow else ())
            if not labels:
                return False
            told[mutant] = labels[:1]
        self.labels.update(told)
        return True

    def _features(self, case: Case) -> "frozenset[int]":
        probed = self.hunter.probed
        probed.observe(self.hunter.search.target, case)
        return features_of(case, probed.recorder.features())


def _error(observation: Observation) -> "str | None":
    error: str | None = observation["facts"].get("error")
    return error


def with_objects(case: Case, known: "Mapping[str, list[Expression]]") -> "Iterator[Case]":
    """The case with an object of the module's classes, as they are `known` to be made, for each of its arguments."""
    objects = [call for calls in known.values() for call in calls[:MOST_OF_CLASS]][:MOST_OBJECTS]
    for place in places(case):
        yield from (put(case, (place, None), one) for one in objects)


def replaced(case: Case) -> "list[Iterator[Case]]":
    """The case with one value replaced, wherever it stands and then there alone, the plainest first: first by texts
    within values, then by places.
    """
    slots = [found for found in plain_slots(case) if not _is_year(case, found[0])]
    within = dict.fromkeys(text for _, value in slots if not isinstance(value, str) for text in _texts_in(value))
    return [
        *(_renamed(case, slots, text) for text in within),
        *(_replaced_at(case, slots, n) for n in range(len(slots))),
    ]


def _replaced_at(case: Case, slots: "list[tuple[Slot, Any]]", number: int) -> "Iterator[Case]":
    slot, value = slots[number]
    same = [where for where, other in slots if type(other) is type(value) and other == value]
    for option in _plainer_values(value):
        changed = case
        for where in same:
            changed = put(changed, where, inputs.data(option))
        yield changed
        if len(same) > 1:
            yield put(case, slot, inputs.data(option))


def _is_year(case: Case, slot: Slot) -> bool:
    """Whether it is the year of a day or a moment: no plain number is a plainer one."""
    place, _ = slot
    if place[-2:] != (2, 0):
        return False
    holder = part_at(case, place[:-2])
    return is_outside(holder) and holder[1] in ("dt.datetime", "dt.date")


def _renamed(case: Case, slots: "list[tuple[Slot, Any]]", text: str) -> "Iterator[Case]":
    """The case with a text replaced everywhere, within values too, by the same plain word."""
    for option in (*WORDS, *_simplified(text)):
        changed = case
        for slot, value in slots:
            if text in _texts_in(value):
                changed = put(changed, slot, inputs.data(_with_text(value, text, option)))
        yield changed


def _texts_in(value: Any) -> "list[str]":
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in _texts_in(item)]
    items = value if isinstance(value, (list, tuple, set, frozenset)) else ()
    return [text for item in items for text in _texts_in(item)]


def _with_text(value: Any, text: str, other: str) -> Any:
    if isinstance(value, str):
        return other if value == text else value
    if isinstance(value, dict):
        return {_with_text(k, text, other): _with_text(v, text, other) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_with_text(item, text, other) for item in value)
    return value


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
    elif isinstance(value, (set, frozenset)):
        yield from (value - {item} for item in sorted(value, key=repr))
    elif isinstance(value, dict):
        yield from _plainer_dicts(value)


def _plainer_dicts(value: "dict[Any, Any]") -> "Iterator[dict[Any, Any]]":
    yield from ({k: v for k, v in value.items() if k != key} for key in value)
    yield from ({**value, key: other} for key in value for other in _plainer_values(value[key]))
    for key in value:
        others = (other for other in _plainer_values(key) if other not in value)
        yield from ({other if k == key else k: v for k, v in value.items()} for other in others)


def _simplified(text: str) -> "Iterator[str]":
    """One letter as often, or the text without what is odd in it, one of its words, or its other half."""
    yield "a" * len(text)
    yield from worded(text)
    yield "".join(letter for letter in text if letter.isascii() and letter.isalnum())
    yield "".join(letter for letter in text if letter.isascii() and letter.isprintable())
    words = text.split(" ")
    yield from (" ".join(words[:place] + words[place + 1 :]) for place in range(len(words) if len(words) < 8 else 0))
    yield from (text[: len(text) // 2], text[len(text) // 2 :], text[1:], text[:-1])


def worded(text: str) -> "Iterator[str]":
    """Words beside its punctuation: in every gap the same one, then another in each, then one in a single gap."""
    parts = _SEPARATORS.split(text)
    gaps = [place for place in range(0, len(parts), 2) if not any(map(str.isalnum, parts[place]))]
    if not gaps or len(gaps) > MOST_GAPS or len(parts) == 1:
        return
    yield "".join("a" if place in gaps else part for place, part in enumerate(parts))
    yield "".join(FILLERS[gaps.index(place)] if place in gaps else part for place, part in enumerate(parts))
    yield from ("".join("a" if place == gap else part for place, part in enumerate(parts)) for gap in gaps)


def _fewer(items: "list[Any]") -> "Iterator[list[Any]]":
    yield from (items[:place] + items[place + 1 :] for place in range(len(items)))
    if len(items) <= len(FILLERS):
        yield [*FILLERS[: len(items)]] if any(isinstance(item, str) for item in items) else [*range(1, len(items) + 1)]
    for place, item in enumerate(items):
        yield from ([*items[:place], other, *items[place + 1 :]] for other in _plainer_values(item))
