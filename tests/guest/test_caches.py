"""The caches of a module's functions: emptied before each case, and by the test where its surroundings count."""

import functools
import textwrap
import types
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, search_of  # noqa: F401  # a fixture, used by itself

from aitestgen_guest.calls.caches import Caches

SOURCE = """
import functools

@functools.lru_cache
def squared(number):
    return number * number

class Shape:
    @functools.cache
    def area(self):
        return 4

    @classmethod
    @functools.lru_cache(maxsize=2)
    def named(cls, name):
        return name

def plain():
    return 1
"""


def loaded(source: str = SOURCE, **names: Any) -> types.ModuleType:
    module = types.ModuleType("shapes")
    vars(module).update(names)
    exec(textwrap.dedent(source), vars(module))  # noqa: S102 - a text of this file
    return module


def test_caches_of_functions_and_methods_are_named_while_they_hold_something() -> None:
    module = loaded()
    caches = Caches(module)
    assert caches
    assert caches.lines() == []
    module.squared(2)
    module.Shape().area()
    module.Shape.named("a")
    assert caches.lines() == ["squared.cache_clear()", "Shape.area.cache_clear()", "Shape.named.cache_clear()"]
    caches.forget()
    assert caches.lines() == []


def test_a_decorator_of_the_module_s_own_counts_by_its_attribute_and_may_fail() -> None:
    def fail() -> None:
        raise SystemExit("not now")

    def lookup() -> int:
        return 1

    functools.update_wrapper(lookup, plain, updated=())
    vars(lookup).update(cache_clear=fail, cache_info=fail)
    caches = Caches(loaded("", lookup=lookup))
    caches.forget()
    assert (bool(caches), caches.lines()) == (True, [])


def plain() -> int:
    return 1


class Proxy:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


@pytest.mark.parametrize("value", [plain, Proxy(), len, 3], ids=["function", "proxy", "builtin", "number"])
def test_what_has_no_cache_is_not_asked(value: Any) -> None:
    assert not Caches(loaded("", value=value))


COLOURS = """
    import functools
    import os

    @functools.lru_cache
    def colours(forced: bool = False) -> bool:
        if forced:
            return True
        if os.environ.get("NO_COLOUR"):
            return False
        return os.environ.get("TERM") == "xterm"
"""


def test_each_environment_is_seen_and_the_test_empties_the_cache_only_where_it_counts() -> None:
    _, search = search_of(COLOURS, "colours")
    shown = {
        (tuple(entry.observation["effects"][-1:]), entry.observation["facts"]["result"])
        for entry in search.kept.results()
    }
    cleared = ("colours.cache_clear()",)
    assert {(cleared, "False"), (cleared, "True"), ((), "True")} <= shown
