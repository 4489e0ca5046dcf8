"""Calls that are tried again when they fail."""

import functools
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class GaveUp(Exception):
    """Every attempt failed; the last failure is the cause."""


def delays(attempts: int, first: float = 0.1, factor: float = 2.0, longest: float = 30.0) -> list[float]:
    """The waits between that many attempts, each `factor` times the one before, and none over `longest` seconds.

    >>> delays(4, first=1.0)
    [1.0, 2.0, 4.0]
    """
    if attempts < 1:
        raise ValueError("at least one attempt is made")
    return [min(longest, first * factor**number) for number in range(attempts - 1)]


def call_with_retry(
    function: Callable[[], R],
    attempts: int = 3,
    exceptions: tuple[type[Exception], ...] = (OSError,),
    sleep: Callable[[float], None] = time.sleep,
) -> R:
    """What the function returns at the first attempt that does not raise one of the exceptions.

    Waits between attempts. Raises GaveUp where all of them fail; other exceptions pass through at once.
    """
    waits = delays(attempts)
    for number in range(attempts):
        try:
            return function()
        except exceptions as error:
            if number == attempts - 1:
                raise GaveUp(f"failed {attempts} times") from error
            sleep(waits[number])
    raise AssertionError("unreachable")


def retry(
    attempts: int = 3, exceptions: tuple[type[Exception], ...] = (OSError,)
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: each call of the function is tried so many times."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            return call_with_retry(functools.partial(function, *args, **kwargs), attempts, exceptions)

        return wrapper

    return decorate
