"""What is going on, on stderr: one live line on a terminal, else lines that are only ever appended."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from aitestgen.cli.console import say
from aitestgen.values import Event

EVERY_SECONDS = 5.0


class Progress(Protocol):
    """Shows the events of one module."""

    def show(self, event: Event) -> None:
        """Show one step."""
        ...


class PlainProgress:
    """A line when the stage changes, and at most every five seconds within one."""

    def __init__(self, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._clock = clock
        self._started = clock()
        self._stage = ""
        self._last = self._started

    def show(self, event: Event) -> None:
        now = self._clock()
        if event.stage == self._stage and now - self._last < EVERY_SECONDS:
            return
        self._stage, self._last = event.stage, now
        detail = f": {event.detail}" if event.detail else ""
        say(f"[{now - self._started:5.1f} s] {self._title}  {event.stage}{detail}")


@contextmanager
def progress(title: str, color: str) -> Iterator[Progress]:
    """The form that fits stderr: live on a terminal, plain elsewhere (pipes, CI, TERM=dumb)."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        yield PlainProgress(title)
        return
    from aitestgen.cli.live import live_progress

    with live_progress(title, color) as live:
        yield live
