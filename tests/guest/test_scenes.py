"""One case at a time: what is seen of steps, event loops, passing time, blocks and what follows."""

import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from tests.guest.test_search import MODULE, job_of

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.oracle import TEST, judge
from aitestgen_guest.calls.script import texts
from aitestgen_guest.calls.steps import ADVANCE
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.search.descent import Frontier
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.search.world import World
from aitestgen_guest.shapes import Case, Observation


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


def stage_of(code: str) -> Stage:
    world = World(job_of(code))
    world.load()
    stage = world.stage(world.module, world.recorder)
    stage.wall_seconds = 60  # calls are cut by their steps: an alarm may ring inside coverage's own code
    return stage


def case_of(name: str, *arguments: str, **more: Any) -> Case:
    owner = name.rpartition(".")[0]
    receiver = more.pop("receiver", ("text", f"{owner}()")) if owner else None
    return {
        "target": name, "receiver": receiver, "calls": [], "arguments": [("data", text) for text in arguments],
        "keywords": {}, "then": None, **more,
    }  # fmt: skip


def step(verb: str, *arguments: str) -> list[Any]:
    return [verb, [("data", text) for text in arguments], {}]


def target_of(name: str, kind: str = "method") -> Target:
    return Target({"id": name, "kind": kind if "." in name else "function", "owner": name.rpartition(".")[0]})


def seen(code: str, case: Case, kind: str = "method") -> Observation:
    return stage_of(code).observe(target_of(case["target"], kind), case)


GATE = """
    import asyncio

    class Gate:
        def __init__(self):
            self.passed = 0
            self._opened = None

        async def enter(self, delay: float = 0):
            if self._opened is None:
                self._opened = asyncio.get_running_loop().create_future()
            await asyncio.sleep(delay)
            await asyncio.shield(self._opened)
            self.passed += 1
            return "in"

        async def open(self):
            if self._opened is None:
                raise LookupError("nobody waits")
            self._opened.set_result(None)

        def force(self):
            self._opened.set_result(None)

        async def visitors(self, count):
            for number in range(count):
                await asyncio.sleep(10)
                yield number
"""


def test_steps_and_call_share_one_event_loop_and_a_waiting_task_is_released() -> None:
    case = case_of("Gate.open", loop=True, calls=[step("start:enter")])
    observation = seen(GATE, case)
    assert observation["facts"]["task:0"] == "'in'"
    assert "task:0" in observation["shown"]
    assert texts(target_of("Gate.open"), case, observation)["calls"] == [
        "waiting = asyncio.create_task({self}.enter())\nawait asyncio.sleep(0)"
    ]


def test_a_case_with_more_tasks_than_there_are_names_for_is_none() -> None:
    case = case_of("Gate.force", loop=True, calls=[step("start:enter")] * 3)
    assert seen(GATE, case)["outcome"] == "unbuildable"


def test_a_sync_call_releases_a_task_too() -> None:
    case = case_of("Gate.force", loop=True, calls=[step("start:enter")])
    assert seen(GATE, case)["facts"]["task:0"] == "'in'"


def test_a_task_that_goes_on_waiting_is_seen_as_not_done_and_moves_no_clock() -> None:
    case = case_of("Gate.enter", "0", loop=True, calls=[step("start:enter")], limit=5)
    observation = seen(GATE, case)
    assert observation["facts"]["error"] == "TimeoutError"
    assert observation["facts"]["task:0:done"] == "False"
    assert observation["facts"]["clock"] == "1005.0"
    assert observation["announced"]


def test_calls_run_beside_each_other_and_time_passes_at_once() -> None:
    case = case_of("Gate.enter", "3600", loop=True, beside=[step("open")])
    observation = seen(GATE, case)
    assert observation["facts"]["result"] == "['in', None]"
    assert observation["facts"]["clock"] == "4600.0"
    assert observation["effects"] == ["clock"]
    template = texts(target_of("Gate.enter"), case, observation)["template"]
    assert template == "asyncio.gather({self}.enter({args}), {self}.open())"


def test_a_call_that_waits_for_what_never_comes_is_told() -> None:
    assert seen(GATE, case_of("Gate.enter", loop=True))["outcome"] == "waits"


def test_an_async_generator_is_read_to_its_end() -> None:
    observation = seen(GATE, case_of("Gate.visitors", "2", loop=True))
    assert (observation["facts"]["result"], observation["wraps"]) == ("[0, 1]", ["collected", "await"])
    assert observation["facts"]["clock"] == "1020.0"


def test_an_announced_exception_of_a_step_does_not_end_the_case() -> None:
    case = case_of("Gate.enter", loop=True, calls=[step("open")], beside=[step("open")])
    observation = seen(GATE, case)
    assert observation["driven"] == [["await", "raises LookupError"]]
    assert texts(target_of("Gate.enter"), case, observation)["calls"] == [
        "with pytest.raises(LookupError):\n    await {self}.open()"
    ]


LOOPS = """
    import asyncio
    import warnings

    class Bound:
        def __init__(self):
            self._loop = None

        async def use(self):
            if self._loop is not None and self._loop.is_closed():
                warnings.warn("used again", RuntimeWarning)
                self._loop = None
                return "again"
            self._loop = asyncio.get_running_loop()
            return "first"
"""


def test_a_step_may_have_an_event_loop_of_its_own_and_a_warning_is_a_fact() -> None:
    case = case_of("Bound.use", loop=True, calls=[step("run:use")])
    observation = seen(LOOPS, case)
    facts = observation["facts"]
    assert facts["result"] == "'again'"
    assert (facts["warning"], facts["warned"]) == ("RuntimeWarning", "'used again'")
    told = texts(target_of("Bound.use"), case, observation)
    assert (told["alone"], told["calls"]) == (1, ["asyncio.run({self}.use())"])


LEFT_OPEN = """
    import gc
    import warnings

    def read(path):
        open(path, "w")
        gc.collect()
        return 1

    def warn(path):
        warnings.warn("read it", ResourceWarning)
"""


def test_a_warning_that_something_was_let_go_unclosed_is_no_fact() -> None:
    case = case_of("read", "'/dev/null'")
    assert "warning" not in seen(LEFT_OPEN, case)["facts"]
    assert seen(LEFT_OPEN, {**case, "target": "warn"})["facts"]["warning"] == "ResourceWarning"


CACHE = """
    import time

    class Cache:
        def __init__(self, ttl=10, timer=time.monotonic):
            self.ttl, self.timer, self._stored = ttl, timer, {}

        def __len__(self):
            for key in [k for k, t in self._stored.items() if self.timer() >= t + self.ttl]:
                del self._stored[key]
            return len(self._stored)

        def put(self, key):
            self._stored[key] = self.timer()

        def has(self, key):
            return key in self._stored

        def pause(self):
            time.sleep(2.5)

    def uptime():
        return time.monotonic()
"""


ON_THE_CLOCK = ("call", "Cache", [("data", "10")], {"timer": ("text", "clock")})


def test_time_passes_between_calls_and_the_test_uses_the_same_clock() -> None:
    case = case_of("Cache.__len__", receiver=ON_THE_CLOCK, calls=[step("put", "'a'"), step(ADVANCE, "10")])
    observation = seen(CACHE, case)
    assert observation["facts"]["result"] == "0"
    assert observation["effects"] == ["clock"]
    assert texts(target_of("Cache.__len__"), case, observation)["calls"][1] == "clock.advance(10)"


def test_looking_does_not_change_what_the_call_meets() -> None:
    case = case_of("Cache.has", "'a'", receiver=ON_THE_CLOCK, calls=[step("put", "'a'"), step(ADVANCE, "10")])
    assert seen(CACHE, case)["facts"]["result"] == "True"


def test_sleep_moves_the_clock_and_that_is_a_fact() -> None:
    observation = seen(CACHE, case_of("Cache.pause", receiver=ON_THE_CLOCK))
    assert observation["facts"]["clock"] == "1002.5"
    assert observation["effects"] == ["clock", f'monkeypatch.setattr("{MODULE}.time.sleep", clock.advance)']


def test_a_clock_that_nobody_moves_stands_still_by_itself() -> None:
    observation = seen(CACHE, case_of("uptime"))
    assert observation["effects"] == [f'monkeypatch.setattr("{MODULE}.time.monotonic", lambda: 1_000.0)']


STATE = """
    class Switch:
        def __init__(self, level=1):
            self._level = level
            self._on = False

        @property
        def level(self):
            return self._level

        @level.setter
        def level(self, value):
            if value < 0:
                raise ValueError("too low")
            self._level = value

        @level.deleter
        def level(self):
            self._level = 1

        def __enter__(self):
            self._on = True
            return self

        def __exit__(self, kind, error, trace):
            self._on = False
            return kind is KeyError

        def on(self):
            return self._on

        def __hash__(self):
            return self._level

        def __getstate__(self):
            return {"_level": self._level, "_on": False}

        def numbers(self, last):
            yield 1
            raise ValueError("no more")

        def __repr__(self):
            return f"Switch({self._level})"
"""


@pytest.mark.parametrize(
    ("case", "kind", "label", "text"),
    [
        (case_of("Switch.level", "5", act="set"), "property", "receiver:{}.level", "5"),
        (case_of("Switch.level", "-1", act="set"), "property", "error", "ValueError"),
        (case_of("Switch.level", receiver=("text", "Switch(4)"), act="del"), "property", "receiver:{}.level", "1"),
        (case_of("Switch.level", calls=[step("set:level", "7")]), "property", "result", "7"),
        (case_of("Switch.on", calls=[step("__enter__")]), "method", "result", "True"),
        (case_of("Switch.__enter__"), "method", "receiver:{}.on()", "True"),
        (case_of("Switch.__exit__", "1"), "method", "receiver:{}.on()", "False"),
        (case_of("Switch.__hash__", arguments=[("text", "Switch()")]), "method", "result", "True"),
        (case_of("Switch.__getstate__"), "method", "result:repr({})", "'Switch(1)'"),
        (case_of("Switch.on", after=[step("numbers", "3")]), "method", "after:0:error", "ValueError"),
    ],
)  # fmt: skip
def test_steps_on_state_are_seen(case: Case, kind: str, label: str, text: str) -> None:
    assert seen(STATE, case, kind)["facts"][label] == text


def test_a_block_left_by_an_exception_tells_whether_it_was_held_back() -> None:
    held = case_of("Switch.__exit__", arguments=[("text", "KeyError('k')")])
    passed = case_of("Switch.__exit__", arguments=[("text", "RuntimeError('stop')")])
    assert seen(STATE, held)["outcome"] == "returns"
    observation = seen(STATE, passed)
    assert (observation["facts"]["error"], observation["announced"]) == ("RuntimeError", True)
    told = texts(target_of("Switch.__exit__"), passed, observation)
    assert told["template"] == "with {self}:\n    raise {0}"


def test_a_generator_that_raises_on_the_way_is_known_to_be_drained() -> None:
    observation = seen(STATE, case_of("Switch.numbers", "3"))
    assert (observation["facts"]["error"], observation["wraps"]) == ("ValueError", ["list"])


KEPT = """
    def kept(function):
        name = "_" + function.__name__

        class Kept:
            def __get__(self, owner, kind):
                if not hasattr(kind, name):
                    setattr(kind, name, function(kind))
                    return "new"
                return getattr(kind, name)

        return Kept()

    def doubled(function):
        return property(lambda self: 2 * function(self))
"""


@pytest.mark.parametrize(("name", "result"), [("kept", "['new', 3]"), ("doubled", "[6, 6]")])
def test_a_descriptor_that_a_function_makes_is_read_as_an_attribute(name: str, result: str) -> None:
    case = {**case_of(name), "arguments": [("text", "lambda owner: 3")], "then": []}
    observation = seen(KEPT, case)
    assert observation["wraps"] == ["read_twice"]
    assert observation["facts"]["result"] == result


ASSIGNED = """
    class Least:
        def __init__(self, least: int = 3):
            self.least = least

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, owner, kind=None):
            return owner.__dict__.get(self.name, self.least)

        def __set__(self, owner, value: int):
            if value < self.least:
                raise ValueError("too little")
            owner.__dict__[self.name] = value
"""


def test_what_a_descriptor_does_with_an_assigned_value_is_searched_through_a_class_that_uses_it() -> None:
    job = job_of(ASSIGNED)
    world = World(job)
    world.load()
    stage = world.stage(world.module, world.recorder)
    stage.wall_seconds = 60
    callables = Callables(stage.namespace, Namer(stage.namespace, {}), job["targets"])
    maker = inputs.Maker(Random(1), Pool(job["constants"]), callables)
    description = {"id": "Least.__set__", "kind": "method", "owner": "Least"}
    target = Target(description, world.definitions.users)
    search = Search(target, description, stage, maker, callables, Frontier(world.probed.holds))
    search.run(300, 3)
    found = [entry.observation for entry in search.kept.results()]
    assert {item["facts"].get("error") for item in found} == {None, "ValueError"}


PURSE = """
    class Purse:
        def __init__(self, cents=0):
            self.cents = cents

        def __iadd__(self, cents: int):
            self.cents += cents
            return self

        def __imul__(self, factor: int):
            return Purse(self.cents * factor)

        def __isub__(self, cents: int):
            self.cents -= cents

        def __truediv__(self, parts: int) -> int:
            return self.cents // parts
"""


@pytest.mark.parametrize(
    ("method", "cents", "result"),
    [("__iadd__", "5", "{self}"), ("__imul__", "6", "{self}"), ("__isub__", None, "None")],
)
def test_an_operator_in_place_leaves_what_its_method_returned(method: str, cents: str | None, result: str) -> None:
    observed = seen(PURSE, case_of(f"Purse.{method}", "2", receiver=("text", "Purse(3)")))
    assert observed["facts"].get("receiver:{}.cents") == cents
    assert observed["facts"].get("result") == result


def test_operators_in_place_are_steps() -> None:
    before = [step("__iadd__", "4"), step("__imul__", "2")]
    observed = seen(PURSE, case_of("Purse.__truediv__", "7", calls=before))
    assert observed["facts"]["result"] == "1"


def test_division_by_nothing_raises_as_of_numbers() -> None:
    case = case_of("Purse.__truediv__", "0")
    observed = seen(PURSE, case)
    assert judge(target_of("Purse.__truediv__"), observed, announced=set(), typed=True) == TEST


def test_a_step_inside_of_a_block_opens_no_other() -> None:
    code = """
        import contextlib

        class Door:
            @contextlib.contextmanager
            def held(self):
                yield self

            @contextlib.contextmanager
            def open(self):
                yield self
    """
    assert seen(code, case_of("Door.open"))["outcome"] == "returns"
    assert seen(code, case_of("Door.open", inside=[step("held")]))["outcome"] == "unbuildable"


PRINTS = """
    def shout(times):
        for number in range(times):
            print("ab" * 100)
        return times
"""


def test_output_is_told_whole_or_not_at_all() -> None:
    assert seen(PRINTS, case_of("shout", "2"))["facts"]["output"] == repr(("ab" * 100 + "\n") * 2)
    long = seen(PRINTS, case_of("shout", "20"))
    assert "output" not in long["facts"]
    assert "output" not in long["shown"]
    assert long["facts"]["result"] == "20"
