"""The caches of functools, and of decorators like these, that a module's functions and methods have.

What one call leaves there would be another's result: a mutant's as the original's, or that of another environment.
"""

import contextlib
import functools
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from aitestgen_guest.arguments.asking import answer, function_of, is_a


class Caches:
    """Those of one loaded module."""

    def __init__(self, module: ModuleType) -> None:
        self._found = dict(_found(module))

    def __bool__(self) -> bool:
        return bool(self._found)

    def forget(self) -> None:
        """Empty all of them."""
        for function in self._found.values():
            with contextlib.suppress(Exception, SystemExit):  # of decorators of others it is anybody's code
                function.cache_clear()

    def lines(self) -> "list[str]":
        """Lines of a test that empty those that hold something now."""
        return [f"{path}.cache_clear()" for path, function in self._found.items() if _is_filled(function)]


def _found(module: ModuleType) -> "Iterator[tuple[str, Any]]":
    for name, value in vars(module).items():
        if _is_cached(value):
            yield name, value
        elif is_a(value, type) and answer(value, "__module__") == module.__name__:
            inner = ((own, function_of(member)) for own, member in vars(value).items())
            yield from ((f"{name}.{own}", member) for own, member in inner if _is_cached(member))


def _is_cached(value: Any) -> bool:
    if is_a(value, functools._lru_cache_wrapper):
        return True
    return is_a(value, FunctionType) and callable(vars(value).get("cache_clear"))


def _is_filled(function: Any) -> bool:
    """Whether it holds something; what decorators of others keep is not asked for, since they may answer anything."""
    return is_a(function, functools._lru_cache_wrapper) and function.cache_info().currsize > 0
