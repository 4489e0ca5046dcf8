"""Calls of which nothing is described: which cases allow them, what they find, and what they leave as it was."""

import re
import sys
import textwrap
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from aitestgen.analyse import understand
from aitestgen.propose.by_search.generator import described
from aitestgen.values import SourceFile
from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.search.bare_calls import RETURNED, BareCalls, bare
from aitestgen_guest.search.world import World
from aitestgen_guest.shapes import Case

MODULE = "barely_called"
MEMORY = """
    import threading

    SEEN = []

    def deep(text):
        depth = 0
        for character in text:
            depth += 1 if character == "(" else -1 if character == ")" else 0
        if depth == 7:
            return "deep"
        return depth

    def noted(number):
        SEEN.append(number)
        print(number)
        if number > 90:
            return "high"
        return "low"

    def clock(text):
        hours, minutes = map(int, text.split(":"))
        return hours * 60 + minutes

    async def later(number):
        return number

    def endless(number):
        while number:
            pass

    def started(number):
        threading.Thread(target=threading.Event().wait, args=(2,), daemon=True).start()

    def doubled(items, extra=0):
        items.append(extra)
        return items

    class Shelf:
        def __init__(self) -> None:
            self.items = {}

        def __setitem__(self, place, item) -> None:
            self.items[place] = item

        def __getitem__(self, place):
            if place in self.items:
                return self.items[place]
            return None

    class Lock:
        def __init__(self, code: int) -> None:
            self.code = code

        def turn(self, by: int) -> None:
            self.code = self.code * 10 + by

        def opens(self, key: int) -> bool:
            if key == self.code % 97:
                return True
            return False
"""


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


class Bare(BareCalls):
    """Bare calls of one target of MEMORY."""

    def __init__(self, name: str, *, mutant: int | None = None) -> None:
        source = SourceFile(text=textwrap.dedent(MEMORY), module=MODULE)
        subject = understand(source)
        self.world = world = World({
            "module": MODULE, "file": f"/nowhere/{MODULE}.py", "source": source.text, "skip_lines": [],
            "targets": [described(target) for target in subject.targets], "path": [],
            "constants": [*subject.constants],
        })  # fmt: skip
        world.load()
        module, recorder = (world.module, world.recorder) if mutant is None else (world.switchable, None)
        stage = world.stage(module, recorder)
        target = Target(next(item for item in world.job["targets"] if item["id"] == name))
        callables = Callables(stage.namespace, Namer(stage.namespace, {}), world.job["targets"])
        super().__init__(target, stage, inputs.Maker(Random(1), Pool(subject.constants), callables).editor)

    def found(self, case: Case, most: int, *, sites: tuple[int, ...] = ()) -> list[str]:
        """The first arguments of the cases with news."""
        returns = self.stage.observe(self.target, case)["outcome"] == "returns"
        known = frozenset(self.stage.recorder.features()) | ({RETURNED} if returns else set())
        return [item["arguments"][0][1] for item in self.news([case], known, [*sites], most * 12)]


def case_of(name: str, *arguments: str, **more: Any) -> Case:
    given = [("data", text) for text in arguments]
    return {
        "target": name, "receiver": None, "calls": [], "arguments": given, "keywords": {}, "then": None, **more,
    }  # fmt: skip


def test_what_gets_where_nothing_did_becomes_a_case() -> None:
    calls = Bare("noted")
    assert max(map(int, calls.found(case_of("noted", "50"), 300))) > 90


def test_it_goes_on_from_what_comes_nearer() -> None:
    calls = Bare("deep")
    site = calls.world.probed.operators.index("Eq", 2)
    texts = calls.found(case_of("deep", "'('"), 3000, sites=(site,))
    assert any(text.count("(") - text.count(")") == 7 for text in texts)


def test_objects_and_what_happened_to_them_are_varied_too() -> None:
    calls = Bare("Lock.opens")
    receiver = ("call", "Lock", [("data", "500")], {})
    case = case_of("Lock.opens", "3", receiver=receiver, calls=[["turn", [("data", "4")], {}]])
    start = bare(calls.stage, calls.target, case)
    assert start is not None
    assert start.values == [3, 4, 500]
    filled = start.filled([57, 5, 1])
    assert (filled["arguments"][0][1], filled["calls"][0][1][0][1], filled["receiver"][2][0][1]) == ("57", "5", "1")


def test_coming_back_is_news_where_nothing_did() -> None:
    calls = Bare("clock")
    assert any(re.fullmatch(r"'\W*\d+ ?: ?\d+\W*'", text) for text in calls.found(case_of("clock", "'12'"), 3000))


def test_steps_that_are_statements_are_taken_too() -> None:
    calls = Bare("Shelf.__getitem__")
    receiver = ("call", "Shelf", [], {})
    step = ["__setitem__", [("data", "1"), ("data", "'tea'")], {}]
    case = case_of("Shelf.__getitem__", "2", receiver=receiver, calls=[step])
    assert len(calls.found(case, 300)) == 1, "what was put there is found"


def test_nothing_is_printed_and_the_module_is_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    calls = Bare("noted")
    calls.found(case_of("noted", "1"), 100)
    assert calls.made == 100
    assert calls.world.module.SEEN == []
    assert capsys.readouterr().out == ""


def test_given_containers_are_each_calls_own() -> None:
    calls = Bare("doubled")
    case = case_of("doubled", "[1, [2]]")
    start = bare(calls.stage, calls.target, case)
    assert start is not None
    calls.news([case], frozenset(), [], 600)
    assert start.values == [[1, [2]]]


def test_fakes_that_were_given_are_let_go() -> None:
    calls = Bare("noted")
    calls.found(case_of("noted", "1", keywords={"extra": ("text", "FakeFunction(1)")}), 350)
    assert 0 < len(calls.stage.given.made) < 200


@pytest.mark.parametrize(("name", "most"), [("later", 1), ("endless", 100), ("started", 40)])
def test_what_only_costs_is_soon_left(name: str, most: int) -> None:
    calls = Bare(name)
    case = case_of(name, "1")
    assert len(calls.news([case, case, case], frozenset(), [], 12_000)) <= 1
    assert 0 < calls.made <= most


@pytest.mark.parametrize(
    "more",
    [
        {"then": []},
        {"loop": True},
        {"sends": [("data", "1")]},
        {"calls": [["set:code", [("data", "1")], {}]]},
        {"after": [["turn", [], {}]]},
        {"arguments": []},
        {"arguments": [("text", "len")]},
    ],
)
def test_more_than_a_call_of_plain_values_is_not_made_bare(more: dict[str, Any]) -> None:
    calls = Bare("noted")
    assert bare(calls.stage, calls.target, {**case_of("noted", "1"), **more}) is None


def test_what_works_outside_of_the_process_is_not_called_bare() -> None:
    calls = Bare("noted")
    stage: Stage = calls.stage
    stage.effects.outside.active = True
    assert bare(stage, calls.target, case_of("noted", "1")) is None


def test_it_tells_apart_what_does_something_else() -> None:
    calls = Bare("noted", mutant=0)
    mutant = next(item for item in calls.world.mutants if item["before"] == "number > 90" and "<" in item["after"])
    start = bare(calls.stage, calls.target, case_of("noted", "50"))
    assert start is not None

    def switch(on: bool) -> None:
        calls.stage.namespace["__aitestgen_mutant__"] = mutant["id"] if on else 0

    assert len(calls.telling(start, switch, 100)) == 2
    assert calls.telling(start, lambda _: None, 100) == []
