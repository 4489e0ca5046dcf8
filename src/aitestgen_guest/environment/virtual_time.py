"""Time that passes only where a case lets it, or where code waits for it: for clocks and for event loops."""

import asyncio
import itertools
import logging
import selectors
import sys
import threading
from collections.abc import AsyncIterable
from typing import Any

from aitestgen_guest.tracing.probes import Cut

MAX_TURNS = 3000
"""How often a loop may turn in one case: code that waits in a circle is cut by count, not by the clock."""
IDLE_SECONDS = 0.02
"""How long another thread may take to wake an event loop on which nothing else is left to do."""
_LOGGER = logging.getLogger("asyncio")
_ASYNCIO = asyncio.__file__.rpartition("/")[0]


class Deadlock(RuntimeError):
    """Everything waits, and nothing is left that could end it."""


class FakeClock:
    """Stands still until it is moved. `moved` and `read` tell whether anybody saw more of it than that."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.moved = False

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.moved = True


def loops_wait_by(clock: FakeClock) -> "list[tuple[Any, str, Any]]":
    """Let event loops go by `clock`: it jumps to what is due next. Returns what to restore, as for `setattr`."""
    really_select = selectors.DefaultSelector.select
    turns = itertools.count()

    def select(selector: Any, timeout: "float | None" = None) -> Any:
        alone = timeout is not None or threading.active_count() == 1
        events = really_select(selector, 0 if alone else IDLE_SECONDS)
        if next(turns) > MAX_TURNS:
            raise Cut
        if not events:
            if timeout is None:
                raise Deadlock
            if timeout > 0:
                clock.advance(timeout)
        return events

    def time(_loop: Any) -> float:
        if not clock.moved and not sys._getframe(1).f_code.co_filename.startswith(_ASYNCIO):
            clock.moved = True
        return clock.now

    restore: list[tuple[Any, str, Any]] = [
        (_LOGGER, "disabled", _LOGGER.disabled),
        (selectors.DefaultSelector, "select", really_select),
        (asyncio.BaseEventLoop, "time", asyncio.BaseEventLoop.time),
    ]
    _LOGGER.disabled = True  # what goes wrong in a callback is no message to the user
    selectors.DefaultSelector.select = select  # type: ignore[method-assign,assignment]  # put back by the caller
    asyncio.BaseEventLoop.time = time  # type: ignore[method-assign,assignment]  # put back by the caller
    return restore


async def collected(items: "AsyncIterable[Any]") -> "list[Any]":
    """All items of an async iterable."""
    return [item async for item in items]
