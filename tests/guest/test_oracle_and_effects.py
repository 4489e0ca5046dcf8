import random
import time
import types
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, job_of, search_of  # noqa: F401 - a fixture

from aitestgen_guest import explore
from aitestgen_guest.calls.oracle import DROP, FINDING, TEST, judge
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.environment.effects import Effects
from aitestgen_guest.findings.doctests import check_lines, context, contradicted, contradictions, statements


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
        ({"outcome": "returns", "facts": {"result": "None", "log": "'<lambda>() takes 1 argument'"}}, True, DROP),
        ({"outcome": "returns", "facts": {"result": "'f.<locals>.<lambda>() takes 1 argument'"}}, True, TEST),
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
    assert effects.lines() == ['monkeypatch.setattr("subject.time.time", lambda: 1_700_000_000.0)']
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


def test_a_generator_of_the_modules_own_begins_anew_and_is_told_when_used() -> None:
    source = "import random\nGENERATOR = random.Random(42)\ndef draw():\n    return GENERATOR.random()\n"
    effects = Effects(source, module := module_of(source))
    with effects.holding():
        assert module.draw() == random.Random(0).random()
    assert effects.lines() == ['monkeypatch.setattr("subject.GENERATOR", random.Random(0))']
    with effects.holding():
        pass
    assert effects.lines() == []


def test_chance_by_a_function_of_its_own_name_is_seeded_by_another_name() -> None:
    source = "from random import random\ndef draw():\n    return random()\n"
    effects = Effects(source, module := module_of(source))
    with effects.holding():
        module.draw()
    assert effects.lines() == ["random_module.seed(0)"]


def test_sleeping_moves_the_clock_that_is_read_and_nothing_else_says_so() -> None:
    source = "import time\ndef nap():\n    time.sleep(3)\n    return time.monotonic()\n"
    module = module_of(source)
    effects = Effects(source, module)
    with effects.holding():
        assert module.nap() == 1_003.0
    assert effects.lines() == [
        "clock",
        'monkeypatch.setattr("subject.time.sleep", clock.advance)',
        'monkeypatch.setattr("subject.time.monotonic", clock)',
    ]


def test_a_wall_clock_that_moves_starts_where_one_that_stands_does() -> None:
    source = "import time\ndef stamp():\n    return time.time()\n"
    module = module_of(source)
    effects = Effects(source, module)
    with effects.holding():
        effects.clock.advance(5)
        assert module.stamp() == 1_700_000_005.0
    assert effects.lines()[:2] == ["clock", "clock.now = 1_700_000_000.0"]


def test_effects_that_are_not_asked_for_are_not_told() -> None:
    effects = Effects("import time\n", module_of("import time\n"))
    with effects.holding():
        pass
    assert effects.lines() == []


ERROR = "Traceback (most recent call last):\n    ...\nValueError: odd"
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
        ([">>> half(3)  # doctest: +SKIP\n1.5"], []),
        ([">>> half(3)  # doctest: +ELLIPSIS\n1..."], []),
        (
            [">>> half('x')  # doctest: +IGNORE_EXCEPTION_DETAIL\nTraceback (most recent call last):\ns.TypeError: y"],
            [],
        ),
        ([">>> {'b': half(4), 'a': 1}\n{'a': 1, 'b': 2}"], []),
        ([">>> {half(4), 7}\n{7,\n 2}"], []),
        ([">>> print('a', half(4), sep='\\n')\na 2"], [("print('a', half(4), sep='\\n')", "a 2", "a\n2")]),
        ([">>> print('a', half(4), sep='\\n')  # doctest: +NORMALIZE_WHITESPACE\na 2"], []),
        ([">>> unknown.half(4)\n2", EXAMPLE.format(3, 1.5)], []),
        ([">>> open('/nowhere/at/all')\n2"], []),
        ([">>> raise SystemExit(2)\n2"], []),
        ([">>> ['a', half(4)]\n[u'a', 2]"], []),
        ([">>> half(len('~/notes'))\n2", ">>> 'as /home/ann'\n'/home/ann'"], []),
    ],
)
def test_an_example_is_a_contradiction_only_where_the_outcome_differs(examples: list[str], found: list[Any]) -> None:
    assert contradictions(examples, {"half": lambda n: n // 2}) == found


@pytest.mark.parametrize(
    ("shown", "contradicted"),
    [
        ("Version(1, 2)", False),
        ("Version('1.3')", True),
        ("Version('1', '2')", True),
        ("Version()", True),
        ("Release(1, 2)", True),
        ("Version(1)", True),
        ("Version(", True),
    ],
)
def test_an_object_may_be_shown_by_arguments_of_another_kind(shown: str, contradicted: bool) -> None:
    class Version:
        def __repr__(self) -> str:
            return "Version('1.2')"

    assert bool(contradictions([f">>> Version()\n{shown}"], {"Version": Version})) is contradicted


def test_what_chance_decides_is_no_contradiction() -> None:
    namespace = {"draw": lambda: random.randint(0, 10**9)}
    assert not list(contradicted("draw", [">>> draw()\n5"], namespace))
    assert len(list(contradicted("draw", [">>> len(str(draw())) > 20\nTrue"], namespace))) == 1


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("half(3)", "1.5"),
        ("half(3)", "<one and a half>"),
        ("print(half(3))", "1.5"),
        ("half(3)", ERROR),
        ("n = 1", "2"),
    ],
)
def test_an_example_becomes_statements_that_fail_where_it_is_contradicted(source: str, wanted: str) -> None:
    program = "\n".join(["import contextlib", "import io", "import pytest", *check_lines(source, wanted)])
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        exec(program, {"half": lambda n: n // 2})  # noqa: S102 - statements made for this test


def test_an_example_brings_the_statements_before_it() -> None:
    examples = [">>> import os\n>>> deck = [4]\n>>> half(1)\n0\n>>> deck.append(3)\n>>> half(deck[1])\n1"]
    assert context(examples, "half(deck[1])") == ["import os", "deck = [4]", "deck.append(3)"]


def test_statements_are_the_lines_without_prompts() -> None:
    assert statements([">>> half(4)\n2\n>>> half(6)\n3"]) == ["half(4)", "half(6)"]


def test_what_an_unseeded_generator_gives_is_no_result_however_often_it_comes() -> None:
    code = """
        import random

        def toss():
            return random.Random().random() < 0.5

        def drawn(seed):
            return random.Random(seed).randrange(100)

        def shuffled(items):
            own = random.Random()
            found = list(items)
            own.shuffle(found)
            return sorted(map(str, found))
    """
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    targets = {frame["target"] for frame in frames if frame["ev"] == "case"}
    assert targets == {"drawn", "shuffled"}


STRANGERS = """
    class Length:
        def __init__(self, metres):
            self.metres = metres

        def __add__(self, other):
            if not isinstance(other, Length):
                return NotImplemented
            return Length(self.metres + other.metres)

        def scaled(self, factor):
            return Length(self.metres * factor)
"""


def test_what_an_operator_refuses_is_a_test_and_what_a_method_breaks_on_is_none() -> None:
    _, search = search_of(STRANGERS, "Length.__add__", 900)
    search.run(900, 4)
    messages = {entry.observation["facts"].get("message", "") for entry in search.kept.results()}
    assert any(message.startswith("\"unsupported operand type(s) for +: 'Length' and") for message in messages)
    _, search = search_of(STRANGERS, "Length.scaled", 900)
    search.run(900, 4)
    assert all(entry.observation["outcome"] == "returns" for entry in search.kept.results())
