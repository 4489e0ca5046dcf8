"""Parameters that take a function which tells the time: left out, they would let the real time in."""

import datetime as dt
import inspect
import time

from aitestgen_guest.environment.effects import CLOCK
from aitestgen_guest.shapes import Namespace, Spec

NAMES = ("timer", "clock", "time_func", "time_fn", "timefunc", "now_func", "get_time", "time_source")
CLOCK_SPEC: Spec = ("choice", (CLOCK,))
MOMENTS: Spec = (
    "choice",
    ("lambda: dt.datetime(2024, 2, 29, 12, 30)", "lambda: dt.datetime(2023, 12, 31, 23, 59, 59)"),
)
DAYS: Spec = ("choice", ("lambda: dt.date(2024, 2, 29)", "lambda: dt.date(2023, 12, 31)"))


def clock_for(item: inspect.Parameter, namespace: Namespace) -> "Spec | None":
    """What such a parameter takes, told by its default, or by its name where it has none; None for any other."""
    if item.default in (dt.datetime.now, dt.datetime.utcnow, dt.datetime.today):
        return MOMENTS
    if item.default == dt.date.today:
        return DAYS
    told = item.default in (time.time, time.monotonic, time.perf_counter)
    told = told or (item.name in NAMES and item.default in (item.empty, None))
    return CLOCK_SPEC if told and CLOCK in namespace else None
