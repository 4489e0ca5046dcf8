"""A limit on the time of one call in this process, which the call itself cannot be trusted to keep."""

import signal
import threading
from collections.abc import Callable
from time import monotonic  # bound here: a case may run on another clock
from typing import Any, TypeVar

from aitestgen_guest.probes import Cut

AGAIN_SECONDS = 0.05

T = TypeVar("T")


def within(seconds: float, work: "Callable[[], T]", otherwise: T) -> T:
    """What `work()` returns, or `otherwise` where it was cut: by the clock, or by raising Cut itself.

    Only a main thread can be interrupted; elsewhere the clock is not watched. Code that catches the interruption is
    interrupted again every AGAIN_SECONDS. No Cut is raised after this returns, and an outer timer runs on.
    """
    if threading.current_thread() is not threading.main_thread():
        return _until_cut(work, otherwise)
    alarm = _Alarm()
    started, outer = monotonic(), 0.0
    handler = signal.signal(signal.SIGALRM, alarm.ring)
    try:
        outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
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
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))
    return result


class _Alarm:
    """Its flag makes it silent in one step: a signal may come between any two calls, also while a limit is lifted."""

    def __init__(self) -> None:
        self.armed = True

    def ring(self, _signum: int, _frame: Any) -> None:
        if self.armed:
            raise Cut


def _until_cut(work: "Callable[[], T]", otherwise: T) -> T:
    try:
        return work()
    except Cut:
        return otherwise
