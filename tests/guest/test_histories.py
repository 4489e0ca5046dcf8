"""What may have happened to an object before the call under test, and what it was made with."""

from random import Random
from typing import Any

from tests.guest.test_search import job_of

from aitestgen_guest import explore
from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.calls.steps import Steps
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.search.histories import LONGEST, MOST, History, arguments_by_name, histories, left_behind
from aitestgen_guest.search.type_tracing import trace_types
from aitestgen_guest.search.world import World

QUEUE = """
    class Desk:
        def __init__(self, seats=2):
            self.seats = seats
            self.waiting = []
            self.served = []

        def enter(self, name):
            if len(self.waiting) >= self.seats:
                raise RuntimeError("full")
            self.waiting.append(name)

        def serve(self):
            if not self.waiting:
                raise LookupError("nobody waits")
            self.served.append(self.waiting.pop(0))

        def complain(self, name):
            if name not in self.served:
                raise ValueError("not served yet")
            if len(self.served) == 1:
                return "first"
            return "later"

        def __len__(self):
            return len(self.waiting)
"""


def histories_of(code: str, owner: str) -> tuple[list[History], Steps]:
    job = job_of(code)
    world = World(job)
    world.load()
    stage = world.stage(world.module, world.recorder)
    callables = Callables(stage.namespace, Namer(stage.namespace, {}), job["targets"])
    steps = Steps(callables, owner, stage.effects)
    maker = inputs.Maker(Random(7), Pool(), callables)
    trace_types(Target({"id": owner, "kind": "class"}), callables, maker, stage, steps.plain_methods())
    return histories(steps, callables, maker, stage), steps


def test_histories_end_in_states_of_different_shapes_and_the_shorter_come_first() -> None:
    found, _ = histories_of(QUEUE, "Desk")
    taken = [tuple(step[0] for step in history.steps) for history in found]
    assert ("enter",) in taken
    assert any(verbs[-2:] == ("enter", "serve") for verbs in taken)
    assert any(verbs.count("enter") >= 2 for verbs in taken)
    assert [len(verbs) for verbs in taken] == sorted(map(len, taken))
    assert len(taken) <= MOST
    assert max(map(len, taken)) <= LONGEST


def test_steps_that_change_nothing_or_fail_are_no_history() -> None:
    code = """
        class Fixed:
            def look(self):
                return 1

            def fail(self):
                raise ValueError("no")
    """
    assert histories_of(code, "Fixed")[0] == []


def test_what_steps_were_given_is_known_by_the_parameters_names() -> None:
    found, steps = histories_of(QUEUE, "Desk")
    twice = next(one for one in found if [step[0] for step in one.steps].count("enter") >= 2)
    entered = [step[1][0] for step in twice.steps if step[0] == "enter" and step[1]]
    assert arguments_by_name(twice.steps, steps)["name"] == entered


def cases_of(code: str, target: str) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    return [frame for frame in frames if frame["ev"] == "case" and frame["target"] == target]


def test_what_needs_a_history_is_reached() -> None:
    facts = [case["observation"]["facts"] for case in cases_of(QUEUE, "Desk.complain")]
    assert {"'first'", "'later'", "ValueError"} <= {fact.get("result", fact.get("error")) for fact in facts}


def test_objects_that_take_long_have_no_histories_and_cost_no_more_than_two_tries() -> None:
    code = """
        class Slow:
            def turn(self):
                self.turned = True
                while True:
                    pass
    """
    assert histories_of(code, "Slow")[0] == []


STORED = """
    class Guarded:
        def __init__(self, rule):
            self._rule = rule
            self.items = []

        def put(self, item):
            if self._rule(item) > 70:
                self.items.append(item)

        def take(self):
            if not self.items:
                raise IndexError("empty")
            return self.items.pop()
"""


def test_what_an_object_was_made_with_is_used_as_its_other_methods_use_it() -> None:
    returned = [case for case in cases_of(STORED, "Guarded.take") if case["observation"]["outcome"] == "returns"]
    assert returned
    assert all("lambda" in case["receiver"] for case in returned)


MACHINE = """
    class Machine:
        PRICES = {"cola": 150, "gum": 35}

        def __init__(self):
            self.credit = 0
            self.sold = None

        def insert(self, coin):
            if coin not in (5, 10, 20, 50, 100, 200):
                raise ValueError(coin)
            self.credit += coin

        def select(self, name):
            if name not in self.PRICES or self.credit < self.PRICES[name]:
                return None
            self.credit -= self.PRICES[name]
            self.sold = name
            return name

        def take(self):
            if self.sold is None:
                return []
            change = []
            for coin in (100, 50, 20, 10, 5):
                while self.credit >= coin:
                    change.append(coin)
                    self.credit -= coin
            return [self.sold, *change]
"""


def test_methods_with_code_left_are_searched_again_on_objects_that_others_made() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(MACHINE), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case" and frame["target"] == "Machine.take"]
    results = {case["observation"]["facts"].get("result") for case in cases}
    assert {"[]"} < results
    assert not [frame for frame in frames if frame["ev"] == "left"]


def test_only_plain_cases_of_other_methods_of_the_class_are_histories() -> None:
    done = {"outcome": "returns"}
    case = {"receiver": ("call", "Desk", [], {}), "calls": [], "arguments": [("data", "'x'")], "keywords": {}}
    found = [
        ("Desk.enter", case, done),
        ("Desk.enter", case, {"outcome": "raises"}),
        ("Desk.serve", case, done),
        ("Chair.enter", case, done),
        ("Desk.enter", {**case, "loop": True}, done),
    ]
    pasts = left_behind(found, {"id": "Desk.serve", "owner": "Desk"})
    assert [history.steps for history in pasts] == [[["enter", case["arguments"], {}]]]


HIDDEN = """
    import sqlite3

    class Store:
        def __init__(self, connection: sqlite3.Connection):
            self.connection = connection
            connection.execute("CREATE TABLE IF NOT EXISTS names (name TEXT)")

        def add(self, name: str):
            self.connection.execute("INSERT INTO names VALUES (?)", (name,))

        def count(self):
            return self.connection.execute("SELECT count(*) FROM names").fetchone()[0]

    def is_empty(store: Store) -> bool:
        return store.count() == 0
"""


def test_of_objects_that_hide_their_state_each_step_that_goes_well_is_a_history() -> None:
    found, _ = histories_of(HIDDEN, "Store")
    assert [[step[0] for step in history.steps] for history in found] == [["add"]]


CURSOR = """
    class Cursor:
        def __init__(self, items):
            self.items = items
            self.place = 0

        def advance(self):
            self.place += 1
            return self.place

        def peek(self):
            return self.items[self.place] if self.place < len(self.items) else None
"""


def test_a_method_called_like_the_passing_of_time_is_a_method() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(CURSOR), frames.append)
    assert not [frame for frame in frames if frame["ev"] == "failed"]
    peeks = [frame for frame in frames if frame["ev"] == "case" and frame["target"] == "Cursor.peek"]
    assert any(frame["calls"] == ["{self}.advance()"] for frame in peeks), [frame["calls"] for frame in peeks]


def test_what_a_buffer_was_fed_by_its_operator_is_found_in_it() -> None:
    cases = cases_of(
        """
        class Buffer:
            def __init__(self):
                self._data = b""

            def __iadd__(self, data: bytes) -> "Buffer":
                self._data += data
                return self

            def line(self):
                found = self._data.find(b"\\r\\n")
                if found < 0:
                    return None
                return self._data[:found]
        """,
        "Buffer.line",
    )
    assert {case["observation"]["facts"]["result"] == "None" for case in cases} == {True, False}


def test_what_a_method_gave_is_handed_to_the_others_on_the_same_object() -> None:
    cases = cases_of(
        """
        import zlib

        class Seals:
            def __init__(self, key: str):
                self.key = key

            def seal(self, text: str) -> str:
                return f"{text}#{zlib.crc32((text + self.key).encode())}"

            def opened(self, sealed: str) -> str:
                text, _, mark = sealed.rpartition("#")
                if str(zlib.crc32((text + self.key).encode())) != mark:
                    raise ValueError("broken")
                return text.upper()
        """,
        "Seals.opened",
    )
    assert "returns" in {case["observation"]["outcome"] for case in cases}


DISPENSER = """
    class Dispenser:
        def __init__(self):
            self._state = "idle"
            self._coins = 0

        def insert(self, coin: int) -> None:
            if coin not in (5, 10):
                raise ValueError("no such coin")
            self._coins += coin
            self._state = "paid"

        def choose(self, item: str) -> str:
            if self._state != "paid":
                raise RuntimeError("pay first")
            if item not in ("tea", "water"):
                raise ValueError("no such item")
            self._state = item
            return item

        def take(self, wanted: bool) -> int:
            if self._state not in ("tea", "water"):
                raise RuntimeError("choose first")
            if wanted:
                return self._coins
            return 0
"""


def test_what_was_found_in_a_second_search_makes_objects_for_a_third() -> None:
    facts = [case["observation"]["facts"] for case in cases_of(DISPENSER, "Dispenser.take")]
    assert {fact.get("result", fact.get("error")) for fact in facts} >= {"0", "RuntimeError"}


def test_what_makes_objects_gives_those_that_are_looked_into() -> None:
    cases = cases_of(
        """
        class Settings:
            def __init__(self):
                self._items = {}

            @classmethod
            def parse(cls, text: str) -> "Settings":
                made = cls()
                for line in text.splitlines():
                    name, sign, value = line.partition("=")
                    if sign:
                        made._items[name] = value
                return made

            def flag(self, name: str, default: bool = False) -> bool:
                value = self._items.get(name, None)
                if value is None:
                    return default
                return value == "on"
        """,
        "Settings.flag",
    )
    assert any(str(case["receiver"]).startswith("Settings.parse(") for case in cases)
