"""A limit on the time of one call in this process, which the call itself cannot be trusted to keep."""

import os
import signal
import threading
from collections.abc import Callable
from time import monotonic  # bound here: a case may run on another clock
from typing import Any, TypeVar

from aitestgen_guest.tracing.probes import Cut

AGAIN_SECONDS = 0.05
REFRESH_SECONDS = 0.05
EARLY_SECONDS = 0.01

T = TypeVar("T")


def within(seconds: float, work: "Callable[[], T]", otherwise: T) -> T:
    """What `work()` returns, or `otherwise` where it was cut: by the clock, or by raising Cut itself.

    The clock stands still while the kernel lets this process wait for a processor: a busy machine cuts nothing.
    Only a main thread can be interrupted; elsewhere the clock is not watched. Code that catches the interruption is
    interrupted again every AGAIN_SECONDS. No Cut is raised after this returns, and an outer timer runs on.
    """
    if threading.current_thread() is not threading.main_thread():
        return _until_cut(work, otherwise)
    alarm = _Alarm(seconds)
    started, outer, again = monotonic(), 0.0, 0.0
    handler = signal.signal(signal.SIGALRM, alarm.ring)
    try:
        outer, again = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
        result = work()
        alarm.armed = False
    except Cut:
        alarm.armed = False
        result = otherwise
    finally:
        alarm.armed = False
        left = outer - (monotonic() - started)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if outer:
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), again)
    return result


class _Alarm:
    """Its flag makes it silent in one step: a signal may come between any two calls, also while a limit is lifted."""

    def __init__(self, seconds: float) -> None:
        self.armed = True
        started = monotonic()
        self.end = started + seconds
        self.waited = _starved.until(started)

    def ring(self, _signum: int, _frame: Any) -> None:
        if self.armed and monotonic() - (_waited() - self.waited) >= self.end - EARLY_SECONDS:
            raise Cut


class _Starved:
    """How long this process was kept from running, read anew at most every REFRESH_SECONDS: reading costs 20 µs."""

    def __init__(self) -> None:
        self.read_at = -REFRESH_SECONDS
        self.seconds = 0.0

    def until(self, now: float) -> float:
        if now - self.read_at > REFRESH_SECONDS:
            self.read_at, self.seconds = now, _waited()
        return self.seconds


def _waited() -> float:
    """Seconds that this process was ready to run and not let (proc(5), schedstat); 0.0 where no kernel tells."""
    try:
        file = os.open("/proc/self/schedstat", os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(os.read(file, 100).split()[1]) / 1e9
    finally:
        os.close(file)


def _until_cut(work: "Callable[[], T]", otherwise: T) -> T:
    try:
        return work()
    except Cut:
        return otherwise


_starved = _Starved()
