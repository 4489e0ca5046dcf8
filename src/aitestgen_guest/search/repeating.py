"""Which cases show the same again, where nothing of earlier ones is left, and what of them does."""

from collections.abc import Iterator
from typing import Any

from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.entries import Entry
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.shapes import Case, Observation

MANY_TIMES = 16
MOST_ODD = 8
"""How many of the cases that show something else are asked twice more for what that is."""
_OF_OBJECTS = ("result:{}", "result:repr(", "result:str(", "receiver:", "argument:", "module:")
"""How labels begin that tell of parts of objects: without one of these there is enough left to assert."""


def repeating(stage: Stage, target: Target, entries: "list[Entry]") -> "list[Entry]":
    """The entries that show the same again: all in one other process, backwards, or else in a process of their own.

    What objects hold and show otherwise each time, as the moment at which they were made, is looked at no more: not in
    these, nor on this stage from now on.
    """
    agreed = _again(stage, target, entries)
    odd = [entry for entry, again in agreed if again != _visible(entry.observation)][:MOST_ODD]
    if fickle := {label for entry in odd for label in _fickle(stage, target, entry.case)}:
        stage.overlook(fickle)
        seen = [(entry, stage.observe(target, entry.case)) for entry in entries]
        entries = [Entry(one.case, found, one.features) for one, found in seen if "facts" in found]
        agreed = _again(stage, target, entries)
    alike = {entry.cost for entry, again in agreed if again == _visible(entry.observation)}
    sure = {entry.cost for entry in entries if entry.cost in alike and not entry.observation["by_chance"]}
    return [e for e in entries if e.cost in sure or repeats(stage, target, e.case, e.observation)]


def repeats(stage: Stage, target: Target, case: Case, observation: Observation) -> bool:
    """Whether a process of its own, where no earlier case has left anything behind, shows the same; many times, where
    chance has a part in it.
    """
    times = MANY_TIMES if observation["by_chance"] else 1
    again = in_child(lambda: [_visible(stage.observe(target, case)) for _ in range(times)])
    return again is not None and all(shown == _visible(observation) for shown in again)


def _again(stage: Stage, target: Target, entries: "list[Entry]") -> "list[tuple[Entry, list[Any]]]":
    """The entries, backwards, as far as they can be run again, with what they show then."""
    backwards = entries[::-1]
    shown = in_child(lambda: [_visible(stage.observe(target, entry.case)) for entry in backwards])
    return list(zip(backwards, shown or (), strict=False))


def _fickle(stage: Stage, target: Target, case: Case) -> "Iterator[str]":
    """The labels of what objects show otherwise in two processes in which nothing came before, if all else is alike."""
    first, second = (in_child(lambda: _visible(stage.observe(target, case))) for _ in range(2))
    if first and second and first[0] == second[0] and first[3:] == second[3:] and first[1] and second[1]:
        for label in first[1].keys() | second[1].keys():
            if first[1].get(label) != second[1].get(label) and label.startswith(_OF_OBJECTS):
                yield label


def _visible(observation: Observation) -> "list[Any]":
    return [observation.get(part) for part in ("outcome", "facts", "shown", "wraps", "effects")]
