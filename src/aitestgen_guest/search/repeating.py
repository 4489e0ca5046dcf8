"""Which cases show the same again, where nothing of earlier ones is left."""

from typing import Any

from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.entries import Entry
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.shapes import Case, Observation

MANY_TIMES = 16


def repeating(stage: Stage, target: Target, entries: "list[Entry]") -> "list[Entry]":
    """The entries that show the same again: all in one other process, backwards, or else in a process of their own."""
    backwards = entries[::-1]
    shown = in_child(lambda: [_visible(stage.observe(target, entry.case)) for entry in backwards])
    agreed = zip(backwards, shown, strict=False) if shown else ()
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


def _visible(observation: Observation) -> "list[Any]":
    return [observation.get(part) for part in ("outcome", "facts", "shown", "wraps", "effects")]
