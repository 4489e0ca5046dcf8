"""What calls return is called, more than once, and generators are sent values."""

import ast
from typing import Any

import pytest
from tests.guest.test_given_functions import facts_of
from tests.guest.test_search import _forget_the_module, search_of  # noqa: F401 - a fixture

from aitestgen_guest.calls.entries import weighed
from aitestgen_guest.calls.script import texts
from aitestgen_guest.calls.sending import receivers, sent_to

KEEPING = """
    def memoize(maxsize=2):
        def decorate(function):
            kept = {}

            def wrapper(*args):
                if args not in kept:
                    if len(kept) >= maxsize:
                        kept.pop(next(iter(kept)))
                    kept[args] = function(*args)
                return kept[args]
            return wrapper
        return decorate
"""
COUNTING = """
    def once(function):
        called = []

        def wrapper(*args):
            if called:
                raise RuntimeError("called before")
            called.append(args)
            return function(*args)
        return wrapper
"""
AVERAGE = """
    def averager():
        total, count, average = 0.0, 0, None
        while True:
            value = yield average
            if value is None:
                return count
            total += value
            count += 1
            average = total / count
"""


def entries_of(code: str, name: str, executions: int = 2500) -> tuple[Any, list[Any]]:
    _, search = search_of(code, name, executions)
    search.run(executions, 8)
    return search.target, search.kept.results()


def test_what_a_decorator_keeps_is_asked_for_again() -> None:
    _, entries = entries_of(KEEPING, "memoize")
    used = [entry for entry in entries if "used" in entry.observation["wraps"]]
    assert any(len(entry.case["uses"]) > 1 for entry in used)
    asked = [fact.get("calls:0", "") for fact in facts_of(KEEPING, "memoize", 2500)]
    assert any(told.count("(") == 1 for told in asked)


def test_a_call_that_fails_before_the_last_is_no_case() -> None:
    _, entries = entries_of(COUNTING, "once")
    raised = [entry for entry in entries if entry.observation["facts"].get("message") == "'called before'"]
    assert raised
    assert all(len(entry.case["uses"]) == 1 for entry in raised)


def test_a_generator_is_sent_values_and_answers() -> None:
    target, entries = entries_of(AVERAGE, "averager")
    results = [ast.literal_eval(entry.observation["facts"]["result"]) for entry in entries]
    assert any(len(result) > 2 and isinstance(result[1], float) for result in results)
    assert any(result[-1] == len(result) - 2 for result in results)
    sent = texts(target, entries[0].case, entries[0].observation)["sends"]
    assert len(sent) >= len(results[0]) - 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n    x = yield 1", {"f"}),
        ("class A:\n    def g(self):\n        return (yield)", {"A.g"}),
        ("def f():\n    yield 1", set()),
        ("def f():\n    for x in y: yield x", set()),
    ],
)
def test_a_receiver_makes_use_of_what_a_yield_gives(code: str, expected: set[str]) -> None:
    assert receivers(code) == expected


def test_the_end_of_a_generator_is_its_last_answer() -> None:
    def generator() -> Any:
        first = yield 1
        return first

    assert sent_to(generator()) == [1]
    assert sent_to(generator(), "a", "b") == [1, "a"]


def test_what_is_used_again_is_not_a_coroutine_that_nobody_awaits() -> None:
    code = """
        def later(function):
            async def run(*args):
                return (1, function(*args))

            def wrapper(*args):
                return run(*args)
            return wrapper
    """
    _, entries = entries_of(code, "later", 900)
    assert entries
    assert all("used" not in entry.observation["wraps"] for entry in entries)


FIELDS = """
    def increase(field: str, by: int = 1):
        def apply(document):
            document[field] += by
        return apply
"""


def test_what_a_returned_function_changes_in_what_it_is_given_is_seen() -> None:
    target, entries = entries_of(FIELDS, "increase")
    changed = [entry for entry in entries if "argument:t0" in entry.observation["shown"]]
    assert changed
    told = texts(target, changed[0].case, changed[0].observation)
    assert told["handed"] == ["document"]
    assert told["then"] != [changed[0].observation["facts"]["argument:t0"]]


def test_a_returned_function_is_given_what_its_parameters_take() -> None:
    code = """
        import datetime as dt

        def after(day: dt.date):
            def passes(other: dt.date) -> bool:
                return other > day
            return passes
    """
    _, entries = entries_of(code, "after")
    assert {"True", "False"} <= {entry.observation["facts"].get("result") for entry in entries}


def test_an_object_that_is_returned_is_called_where_it_can_be() -> None:
    code = """
        class Test:
            def __init__(self, wanted: str):
                self.wanted = wanted

            def __call__(self, value: str) -> bool:
                return value == self.wanted

        def is_(text: str):
            return Test(text)
    """
    _, entries = entries_of(code, "is_")
    called = [entry.observation["facts"]["result"] for entry in entries if "call" in entry.observation["wraps"]]
    assert set(called) == {"True", "False"}


def test_what_is_only_handed_on_costs_as_much_to_read_as_what_is_given() -> None:
    case = {"target": "f", "receiver": None, "calls": [], "arguments": [], "keywords": {}, "then": [("data", "1")]}
    longer = {**case, "then": [("data", "[1, 2, 3, 4]")], "uses": [[("data", "1")]]}
    assert weighed(longer) > weighed(case)


def test_a_decorator_is_given_what_it_asks_for() -> None:
    code = """
        import functools
        import inspect

        def logged(calls: list[str]):
            def decorate(func):
                if inspect.iscoroutinefunction(func):
                    @functools.wraps(func)
                    async def later(*args):
                        calls.append("later")
                        return await func(*args)

                    return later
                return func
            return decorate
    """
    _, entries = entries_of(code, "logged")
    awaited = [
        entry for entry in entries if "await" in entry.observation["wraps"] or "run" in entry.observation["wraps"]
    ]
    assert {entry.observation["facts"].get("result") for entry in awaited} == {"42"}
