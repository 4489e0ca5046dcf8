import random
import time
import types
from typing import Any

import pytest

from aitestgen_guest.doctests import contradictions, statements
from aitestgen_guest.effects import Effects
from aitestgen_guest.oracle import DROP, FINDING, TEST, judge
from aitestgen_guest.templates import Target


def raised(error: str, **more: Any) -> dict[str, Any]:
    base = {"outcome": "raises", "facts": {"error": error}, "nameable": True, "announced": False, "elsewhere": False}
    return {**base, "reached": True, **more}


def target(name: str = "f", kind: str = "function") -> Target:
    return Target({"id": name, "kind": kind, "owner": name.partition(".")[0]})


@pytest.mark.parametrize(
    ("observation", "typed", "verdict"),
    [
        ({"outcome": "returns", "facts": {"result": "1"}}, False, TEST),
        ({"outcome": "cut"}, True, DROP),
        (raised("ValueError", announced=True), False, TEST),
        (raised("IndexError"), True, FINDING),
        (raised("IndexError"), False, DROP),
        (raised("LookupError"), False, TEST),
        (raised("ValueError", elsewhere=True), False, TEST),
        (raised("MemoryError"), True, DROP),
        (raised("Hidden", nameable=False, announced=True), False, DROP),
    ],
)
def test_an_observation_is_a_test_a_finding_or_nothing(observation: dict[str, Any], typed: bool, verdict: str) -> None:
    assert judge(target(), observation, announced={"LookupError"}, typed=typed) == verdict


def test_protocols_announce_their_own_exceptions() -> None:
    assert judge(target("Bag.__getitem__", "method"), raised("KeyError"), announced=set(), typed=True) == TEST


def module_of(source: str) -> types.ModuleType:
    module = types.ModuleType("subject")
    exec(source, vars(module))  # noqa: S102 - a module made for this test
    return module


def test_a_mentioned_clock_stands_still_and_is_told_when_used() -> None:
    source = "import time\ndef now():\n    return time.time()\n"
    module = module_of(source)
    effects = Effects(source, module)
    with effects.holding():
        assert module.now() == module.now() == 1_700_000_000.0
    assert effects.lines() == ['monkeypatch.setattr("time.time", lambda: 1_700_000_000.0)']
    assert time.time() != 1_700_000_000.0


def test_a_clock_that_was_imported_by_name_is_held_in_the_module() -> None:
    source = "from time import monotonic\ndef now():\n    return monotonic()\n"
    module = module_of(source)
    effects = Effects(source, module)
    with effects.holding():
        assert module.now() == 1_000.0
    assert effects.lines() == ['monkeypatch.setattr("subject.monotonic", lambda: 1_000.0)']


def test_chance_starts_from_the_same_seed_and_is_told_when_used() -> None:
    source = "import random\ndef draw():\n    return random.random()\n"
    module = module_of(source)
    effects = Effects(source, module)
    drawn = []
    for _ in range(2):
        with effects.holding():
            drawn.append(module.draw())
    assert drawn[0] == drawn[1] == random.Random(0).random()
    assert effects.lines() == ["random.seed(0)"]


def test_effects_that_are_not_asked_for_are_not_told() -> None:
    effects = Effects("import time\n", module_of("import time\n"))
    with effects.holding():
        pass
    assert effects.lines() == []


EXAMPLE = ">>> half({})\n{}"


@pytest.mark.parametrize(
    ("examples", "found"),
    [
        ([EXAMPLE.format(4, 2)], []),
        ([EXAMPLE.format(3, 1.5)], [("half(3)", "1.5", "1")]),
        ([">>> half('x')\nTraceback (most recent call last):\nTypeError: any words"], []),
        ([">>> import not_installed_anywhere\n", EXAMPLE.format(3, 1.5)], []),
        ([">>> x = half(8)\n>>> x\n4"], []),
        (["no example at all"], []),
    ],
)
def test_an_example_is_a_contradiction_only_where_the_outcome_differs(examples: list[str], found: list[Any]) -> None:
    assert contradictions(examples, {"half": lambda n: n // 2}) == found


def test_statements_are_the_lines_without_prompts() -> None:
    assert statements([">>> half(4)\n2\n>>> half(6)\n3"]) == ["half(4)", "half(6)"]
