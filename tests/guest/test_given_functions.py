"""What a module is given to call, and what it is left to do in a block: failing functions, awaited ones, exceptions."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from aitestgen_guest.arguments.caught import asked_names, caught_failures, notifies, roles
from aitestgen_guest.arguments.examined import examined_names

from .test_scenes import case_of, seen, step
from .test_search import MODULE, search_of

AWAITED = ("callable", None, ("awaitable", ("any",)))


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


def facts_of(code: str, name: str, executions: int = 900) -> "list[dict[str, str]]":
    _, search = search_of(code, name, executions)
    return [entry.observation["facts"] for entry in [*search.kept.results(), *search.kept.spare()]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(job):\n    return job()\n", ()),
        ("try:\n    pass\nexcept OSError:\n    pass\n", ('OSError("down")', 'RuntimeError("boom")')),
        (
            "def f(job, errors=(KeyError, OSError)):\n    try:\n        job()\n    except errors:\n        pass\n",
            ('KeyError("key")', 'OSError("down")', 'RuntimeError("boom")'),
        ),
        ("try:\n    pass\nexcept Exception:\n    pass\n", ('ValueError("boom")', 'RuntimeError("boom")')),
        (
            "try:\n    pass\nexcept (RuntimeError, KeyError, ValueError, OSError, EOFError):\n    pass\n",
            ('RuntimeError("boom")', 'KeyError("key")', 'ValueError("boom")', 'OSError("down")', 'EOFError("boom")'),
        ),
        (
            "class Lost(Exception):\n    pass\n\ntry:\n    pass\nexcept (Lost, StopIteration):\n    pass\n",
            ('Lost("boom")', 'RuntimeError("boom")'),
        ),
    ],
)
def test_failures_are_those_that_the_module_catches(code: str, expected: "tuple[str, ...]") -> None:
    assert caught_failures(code) == expected


def test_awaited_parameters_are_known_by_their_calls_also_from_attributes() -> None:
    code = "async def f(get, also):\n    await get(1)\n    await self._send(2)\n    also()\n"
    assert roles(code) == dict.fromkeys(("get", "send"), AWAITED)


def test_parameters_whose_calls_become_tasks_are_awaited_too() -> None:
    code = "def f(get, run):\n    asyncio.run(get())\n    ensure_future(self._send(2))\n    process.run(run())\n"
    assert roles(code) == dict.fromkeys(("get", "send"), AWAITED)


def test_what_is_asked_for_being_a_coroutine_function_is_known() -> None:
    code = "def f(get, also):\n    return iscoroutinefunction(get) or inspect.iscoroutinefunction(self._send), also\n"
    assert asked_names(code) == frozenset({"get", "send"})


def test_another_name_of_what_is_asked_for_counts() -> None:
    code = "def f(get, other):\n    origin = get\n    kept = other\n    return iscoroutinefunction(origin)\n"
    assert asked_names(code) == frozenset({"origin", "get"})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(a, b):\n    return isinstance(a, str)\n", {"a"}),
        ("def f(a, b):\n    return 1 if b is None else 2\n", {"b"}),
        ("def f(a, b):\n    if a < b:\n        raise TypeError\n", {"a", "b"}),
        (
            "def f(a, b):\n    try:\n        return a[b]\n    except (KeyError, TypeError):\n        return 0\n",
            {"a", "b"},
        ),
        ("def f(a, b):\n    return a + b\n", set()),
    ],
)
def test_parameters_whose_type_is_looked_at_are_examined(code: str, expected: "set[str]") -> None:
    assert examined_names(code) == expected


RETRYING = """
    from typing import Callable

    def insist(call: Callable[[int], str], times: int = 2) -> str:
        for turn in range(times):
            try:
                return call(turn)
            except ConnectionError:
                continue
        raise RuntimeError("in vain")
"""


def test_a_function_that_fails_first_is_tried_again_and_its_calls_are_told() -> None:
    facts = facts_of(RETRYING, "insist", 2000)
    assert any(fact.get("calls:0") == "[(0,), (1,)]" and "result" in fact for fact in facts)
    assert any(fact.get("error") == "RuntimeError" and fact.get("calls:0") == "[(0,), (1,)]" for fact in facts)


AWAITING = """
    async def fetched(get, key):
        try:
            return await get(key)
        except KeyError:
            return "none"
"""


def test_a_function_that_is_awaited_is_an_async_one() -> None:
    facts = facts_of(AWAITING, "fetched")
    assert {fact["result"] for fact in facts if "result" in fact} >= {"'none'"}
    assert any(fact.get("calls:0", "[]") != "[]" for fact in facts)


NESTED = """
    from typing import Any, Protocol

    class Reply(Protocol):
        status: int
        async def json(self) -> Any: ...

    class Session(Protocol):
        async def get(self, url: str) -> Reply: ...

    class Api:
        def __init__(self, session: Session) -> None:
            self.session = session

        async def fetch(self, path: str) -> Any:
            reply = await self.session.get(f"/{path}")
            if reply.status >= 400:
                raise RuntimeError(reply.status)
            return await reply.json()
"""


def test_functions_within_answers_of_functions_are_numbered_as_they_are_made() -> None:
    facts = [fact for fact in facts_of(NESTED, "Api.fetch") if "result" in fact and "calls:1" in fact]
    assert any(fact["calls:0"] == "[()]" and fact["calls:1"].startswith("[('/") for fact in facts)


EITHER = """
    import inspect

    def counted(function):
        if inspect.iscoroutinefunction(function):
            async def later(*args):
                return (1, await function(*args))
            return later

        def now(*args):
            return (1, function(*args))
        return now
"""


def test_a_decorator_of_both_kinds_gets_a_coroutine_function_too() -> None:
    assert "(1, 42)" in {fact.get("result") for fact in facts_of(EITHER, "counted")}


LISTENING = """
    from typing import Callable

    class Door:
        def __init__(self) -> None:
            self.listeners: list = []
            self.is_open = False

        def on_move(self, listener: Callable[["Door", bool, int], None]) -> None:
            self.listeners.append(listener)

        def toggle(self) -> None:
            self.is_open = not self.is_open
            for listener in self.listeners:
                listener(self, self.is_open, 3)
"""


def test_a_listener_of_three_arguments_is_called_with_the_object_itself() -> None:
    facts = facts_of(LISTENING, "Door.toggle", 2000)
    assert "[({self}, True, 3)]" in {fact.get("calls:0") for fact in facts}


BLOCK = """
    from contextlib import contextmanager

    class Store:
        def __init__(self) -> None:
            self.items: dict[str, int] = {}

        def put(self, name: str, count: int) -> None:
            self.items[name] = count

        @contextmanager
        def transaction(self):
            before = dict(self.items)
            try:
                yield self
            except Exception:
                self.items = before
                raise

    @contextmanager
    def ignoring(*kinds: type[Exception]):
        try:
            yield
        except kinds:
            pass
"""


def test_a_block_is_left_by_an_exception_after_calls_in_it() -> None:
    _, search = search_of(BLOCK, "Store.transaction", 2000)
    cases = [entry.case for entry in search.kept.spare() if entry.observation["outcome"] == "raises"]
    assert any("inside" in case and "thrown" in case for case in cases)
    assert any("thrown" in entry.case for entry in search.kept.results())


def test_a_block_of_a_function_may_swallow_what_is_raised_in_it() -> None:
    _, search = search_of(BLOCK, "ignoring", 2000)
    swallowed = [entry for entry in search.kept.results() if "thrown" in entry.case]
    assert "returns" in {entry.observation["outcome"] for entry in swallowed}


TYPED = """
    from dataclasses import dataclass

    @dataclass
    class Part:
        name: str
        count: int

    def total(parts: list[Part], extra: set[str]) -> int:
        return sum(part.count for part in parts) + len(extra)

    def size(thing: str) -> int:
        if not isinstance(thing, str):
            raise TypeError("a text is needed")
        return len(thing)
"""


def arguments_of(search: Any) -> "list[Any]":
    return [search.stage.build(item) for entry in search.kept.results() for item in entry.case["arguments"][:1]]


def test_arguments_fit_their_annotations_at_any_depth() -> None:
    _, search = search_of(TYPED, "total", 2000)
    for parts in arguments_of(search):
        assert isinstance(parts, (list, tuple))
        assert all(isinstance(part.name, str) and type(part.count) is int for part in parts)


def test_a_function_that_looks_at_the_type_is_given_others_as_well() -> None:
    _, search = search_of(TYPED, "size", 2000)
    assert {type(thing) is str for thing in arguments_of(search)} == {True, False}


HIDDEN = """
    class Seats:
        def __init__(self, count: int) -> None:
            self._count = count
            self._taken: list[str] = []

        def take(self, name: str) -> bool:
            if len(self._taken) >= self._count:
                return False
            self._taken.append(name)
            return True

        def leave(self, name: str) -> None:
            if name in self._taken:
                self._taken.remove(name)
"""


def test_what_a_call_changes_inside_is_looked_at_by_another_method() -> None:
    _, search = search_of(HIDDEN, "Seats.leave", 1)
    case = {
        "target": "Seats.leave", "receiver": ["call", "Seats", [["data", "9"]], {}], "calls": [],
        "arguments": [["data", "'a'"]], "keywords": {}, "then": None,
    }  # fmt: skip
    look = next(other for other in search.cases.looked_at(case) if list(other["receiver"][2][0]) == ["data", "1"])
    assert look["calls"] == look["after"] == [["take", look["arguments"], {}]]


MAILING = """
    class Club:
        def __init__(self, mail):
            self.mail = mail

        def join(self, name: str):
            return self.mail.send(name, "welcome")

        def size(self):
            return 1
"""


def mailing(name: str, *arguments: str) -> "tuple[dict[str, str], list[str]]":
    receiver = ("call", "Club", [("call", "SimpleNamespace", [], {"send": ("text", "FakeFunction(True)")})], {})
    case = case_of(name, *arguments, receiver=receiver, calls=[step("join", "'ann'")])
    observation = seen(MAILING, case)
    return observation["facts"], observation["shown"]


def test_only_what_the_call_under_test_asks_of_others_is_shown() -> None:
    facts, shown = mailing("Club.size")
    assert (facts["calls:0"], "calls:0" in shown) == ("[('ann', 'welcome')]", False)
    facts, shown = mailing("Club.join", "'bob'")
    assert (facts["calls:0"], "calls:0" in shown) == ("[('ann', 'welcome'), ('bob', 'welcome')]", True)


def test_methods_of_stand_ins_keep_how_they_were_called() -> None:
    _, search = search_of(MAILING, "Club.join")
    assert any("FakeFunction(" in str(entry.case["receiver"]) for entry in search.kept.results())


@pytest.mark.parametrize(
    ("call", "expected"),
    [("handler(event)", True), ("await handler(event)", False), ("return handler(event)", False), ("print(1)", False)],
)
def test_functions_that_are_only_let_know_are_known(call: str, expected: bool) -> None:
    code = f"async def emit(handlers, event):\n    for handler in handlers:\n        {call}\n"
    assert notifies(code) is expected


BUS = """
    class Bus:
        def __init__(self):
            self.listeners = {}

        def on(self, event, listener):
            self.listeners.setdefault(event, []).append(listener)

        def emit(self, event, amount):
            for listener in self.listeners.get(event, []):
                listener(event, amount * 2)
"""


def test_a_listener_tells_how_it_was_called() -> None:
    _, search = search_of(BUS, "Bus.emit", 2000)
    told = [entry.observation["facts"].get("calls:0", "[]") for entry in search.kept.results()]
    assert any(text != "[]" for text in told)


COUNTING = """
    import functools

    def counted(function):
        @functools.wraps(function)
        def wrapper(*args):
            wrapper.times += 1
            return function(*args)

        wrapper.times = 0
        wrapper.first = "as it was"
        return wrapper
"""


def test_what_a_returned_function_holds_is_told_and_shown_where_it_changed() -> None:
    _, search = search_of(COUNTING, "counted", 400)
    seen = [entry.observation for entry in search.kept.results() if "call" in entry.observation["wraps"]]
    told = [one for one in seen if one["facts"].get("function:times") == "1"]
    assert told
    assert all("function:times" in one["shown"] and "function:first" not in one["shown"] for one in told)
    assert {one["facts"]["function:first"] for one in told} == {"'as it was'"}
    assert not any("function:answers" in one["facts"] for one in seen), "what a fake holds is its own"
