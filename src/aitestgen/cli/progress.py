"""What is going on, on stderr: a live block on a terminal, else lines that are only ever appended."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from aitestgen.cli.console import say
from aitestgen.values import Event

EVERY_SECONDS = 5.0


class Board(Protocol):
    """Shows the modules that are being worked on, and how far the whole is."""

    def started(self, module: str) -> None:
        """A module begins."""
        ...

    def show(self, module: str, event: Event) -> None:
        """Show one step of a module."""
        ...

    def ended(self, module: str) -> None:
        """A module is done with, well or not."""
        ...


class PlainProgress:
    """A line for each stage, and at most every five seconds of one that is under way."""

    def __init__(self, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._clock = clock
        self._started = clock()
        self._last = self._started

    def show(self, event: Event) -> None:
        now = self._clock()
        if event.under_way and now - self._last < EVERY_SECONDS:
            return
        self._last = now
        detail = f": {event.detail}" if event.detail else ""
        say(f"[{now - self._started:5.1f} s] {self._title}  {event.stage}{detail}")


class PlainBoard:
    """The lines of every module, as they come."""

    def __init__(self) -> None:
        self._modules: dict[str, PlainProgress] = {}

    def started(self, module: str) -> None:
        self._modules[module] = PlainProgress(module)

    def show(self, module: str, event: Event) -> None:
        self._modules[module].show(event)

    def ended(self, module: str) -> None:
        self._modules.pop(module, None)


@contextmanager
def board(total: int, jobs: int, color: str) -> Iterator[Board]:
    """The form that fits stderr, for so many modules: live on a terminal, plain elsewhere (pipes, CI, TERM=dumb)."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        yield PlainBoard()
        return
    from aitestgen.cli.live import live_board

    with live_board(total, jobs, color) as live:
        yield live
