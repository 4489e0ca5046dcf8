"""What one piece of work has used, counted as it goes: whoever is charged for it learns of it even where it fails.

The count is of the asyncio task that began it, and of every task that it starts; outside of `metered` nothing is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aitestgen.values import Spend


class Meter:
    """Processor seconds of jails, and what language models cost, so far."""

    def __init__(self) -> None:
        self.cpu_seconds = 0.0
        self.spend = Spend()


_running: ContextVar[Meter | None] = ContextVar("aitestgen_meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what is used within the block."""
    meter = Meter()
    token = _running.set(meter)
    try:
        yield meter
    finally:
        _running.reset(token)


def count_cpu(seconds: float) -> None:
    if meter := _running.get():
        meter.cpu_seconds += seconds


def count_spend(spend: Spend) -> None:
    if meter := _running.get():
        meter.spend = meter.spend.plus(spend)
