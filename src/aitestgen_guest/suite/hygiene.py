"""Signs that the code under test has laid hands on what judges it: altered pytest or builtins, and canary tests.

Canaries are tests of ours, one that must fail and one that must pass, run by the same machinery at random places but
not shown. Code in the same interpreter can still lie about single tests that it knows (docs/sandbox.md); these catch
whatever alters all of them.
"""

import builtins
import random
from collections.abc import Callable, Sequence
from typing import Any

import _pytest.runner
import _pytest.skipping
import pluggy
import pytest
from _pytest.reports import BaseReport

HOT_BUILTINS = (
    *("isinstance", "issubclass", "len", "repr", "str", "type", "id", "hash", "getattr", "hasattr", "setattr", "bool"),
    *("object", "dict", "list", "tuple", "set", "frozenset", "int", "float", "sorted", "any", "all", "compile", "exec"),
    *("__import__", "__build_class__", "BaseException", "Exception", "AssertionError", "property"),
)
HOT_ATTRIBUTES: tuple[tuple[Any, str], ...] = (
    *((builtins, name) for name in HOT_BUILTINS),
    *((_pytest.runner, name) for name in ("runtestprotocol", "call_and_report", "check_interactive_exception")),
    *((_pytest.runner, f"pytest_runtest_{name}") for name in ("setup", "call", "makereport", "protocol")),
    (_pytest.skipping, "pytest_runtest_makereport"),
    *((pytest.TestReport, name) for name in ("__init__", "from_item_and_call", "__setattr__", "__getattribute__")),
    *((BaseReport, name) for name in ("passed", "failed", "skipped", "__getattribute__")),
    *((pytest.CallInfo, name) for name in ("__init__", "from_call", "excinfo", "result")),
    *((pytest.Function, name) for name in ("runtest", "setup", "_pyfuncitem")),
    *((pluggy.PluginManager, name) for name in ("_hookexec", "register", "unregister")),
    (pluggy.HookCaller, "__call__"),
    (pytest, "raises"),
    (pytest, "approx"),
)


class Fingerprint:
    """The hot attributes as they were when it was taken."""

    def __init__(self) -> None:
        self._before = [(owner, name, *_look(owner, name)) for owner, name in HOT_ATTRIBUTES]

    def changed(self) -> str | None:
        """The first attribute that is not what it was, by name."""
        for owner, name, value, code in self._before:
            now, code_now = _look(owner, name)
            if now is not value or code_now is not code:
                return f"{getattr(owner, '__name__', owner)}.{name}"
        return None


def _look(owner: Any, name: str) -> tuple[Any, Any]:
    """The attribute without binding it, and the code that it runs."""
    value = vars(owner).get(name) if hasattr(owner, "__dict__") else None
    function = getattr(value, "__func__", value)
    return value, getattr(function, "__code__", None)


def must_fail() -> None:
    """A canary."""
    left, right = random.sample(range(1_000), 2)
    assert left == right  # noqa: S101  # a test


def must_pass() -> None:
    """A canary."""
    number = random.randrange(1_000)
    assert number == number + 0  # noqa: S101  # a test


CANARIES: dict[Callable[[], None], str] = {must_fail: "failed", must_pass: "passed"}


def add_canaries(items: list[pytest.Item], chance: random.Random, falsified: Sequence[str]) -> dict[pytest.Item, str]:
    """Put the canaries at random places among `items`; return each with the outcome that it must have.

    `falsified` are sources of functions `canary()`, copies of tests that expect something wrong. They come last: what
    they do to the module's state, no test sees.
    """
    parent: Any = items[0].getparent(pytest.Module)
    wanted: dict[pytest.Item, str] = {}
    for function, outcome in CANARIES.items():
        item = _canary(parent, function, chance)
        items.insert(chance.randint(0, len(items)), item)
        wanted[item] = outcome
    for source in chance.sample(falsified, len(falsified)):
        namespace = dict(vars(parent.obj))
        exec(source, namespace)  # noqa: S102  # a test, in the jail
        item = _canary(parent, namespace["canary"], chance)
        items.append(item)
        wanted[item] = "failed"
    return wanted


def _canary(parent: Any, function: Callable[[], None], chance: random.Random) -> pytest.Item:
    name = f"test_{chance.randrange(1 << 32):08x}"
    item: pytest.Item = pytest.Function.from_parent(parent, name=name, callobj=function)
    return item
