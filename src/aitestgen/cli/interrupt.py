"""Ctrl-C: once finishes with what is verified so far, twice stops at once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aitestgen.cli.console import say


@asynccontextmanager
async def interruptible(tell: Callable[[str], None] = say) -> AsyncIterator[asyncio.Event]:
    """An event that the first SIGINT sets; the second cancels the task that is in here."""
    loop, stop, inside = asyncio.get_running_loop(), asyncio.Event(), asyncio.current_task()

    def pressed() -> None:
        if stop.is_set() and inside:
            inside.cancel()
        else:
            stop.set()
            tell("interrupted: keeping what is verified so far; press Ctrl-C again to stop at once")

    loop.add_signal_handler(signal.SIGINT, pressed)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)
