"""What one piece of work has used, counted as it goes: whoever is charged for it learns of it even where it fails.

The count is of the asyncio task that began it, and of every task that it starts; outside of `metered` nothing is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aitestgen.values import Spend


class Meter:
    """Processor seconds of jails, and what language models cost, so far. What it counts, `outer` counts too."""

    def __init__(self, outer: "Meter | None" = None) -> None:
        self.outer = outer
        self.cpu_seconds = 0.0
        self.spend = Spend()


_running: ContextVar[Meter | None] = ContextVar("aitestgen_meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what is used within the block."""
    meter = Meter(_running.get())
    token = _running.set(meter)
    try:
        yield meter
    finally:
        _running.reset(token)


def count_cpu(seconds: float) -> None:
    for meter in _meters():
        meter.cpu_seconds += seconds


def count_spend(spend: Spend) -> None:
    for meter in _meters():
        meter.spend = meter.spend.plus(spend)


def _meters() -> Iterator[Meter]:
    meter = _running.get()
    while meter:
        yield meter
        meter = meter.outer
