"""What counts as a mutant that a case tells."""

from types import SimpleNamespace
from typing import Any

from aitestgen_guest.search.hunt import MUTANT_SECONDS, QUICK_SECONDS, SWITCH, Hunter

RETURNS: dict[str, Any] = {"outcome": "returns", "facts": {"result": "2.0"}, "shown": ["result"]}
CUT: dict[str, Any] = {"outcome": "cut"}


class Clocked:
    """A stage on which each mutant shows what it is told to."""

    def __init__(self, seen: dict[int, dict[str, Any]]) -> None:
        self.seen = seen
        self.namespace: dict[str, Any] = {SWITCH: 0}
        self.wall_seconds = 1.0
        self.limits: list[float] = []

    def observe(self, _target: Any, _case: Any) -> dict[str, Any]:
        self.limits.append(self.wall_seconds)
        return self.seen[self.namespace[SWITCH]]


def difference(seen: dict[int, dict[str, Any]]) -> tuple[tuple[list[str], bool], Clocked]:
    stage: Any = Clocked(seen)
    search: Any = SimpleNamespace(target=None)
    return Hunter(search, stage, stage, 1).difference(1, {}, RETURNS), stage


def test_a_mutant_that_never_ends_is_told() -> None:
    told, _ = difference({0: RETURNS, 1: CUT})
    assert told == (["outcome"], True)


def test_a_call_that_takes_its_time_by_itself_tells_nothing() -> None:
    told, stage = difference({0: CUT, 1: CUT})
    assert told == ([], True)
    assert stage.limits == [QUICK_SECONDS, QUICK_SECONDS, MUTANT_SECONDS, MUTANT_SECONDS]


def test_a_value_that_an_assertion_lets_pass_tells_nothing() -> None:
    told, _ = difference({0: RETURNS, 1: {**RETURNS, "facts": {"result": "2"}}})
    assert told == ([], False)
