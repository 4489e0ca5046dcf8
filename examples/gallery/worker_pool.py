"""Work done by a few tasks at a time, results in the order of the items."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What became of one item: a value, or the exception that was raised."""

    value: R | None = None
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.error is None


async def run_all(work: Callable[[T], Awaitable[R]], items: Iterable[T], at_once: int = 4) -> list[Outcome[R]]:
    """Do the work for each item, so many at once; one that fails does not stop the others.

    Raises ValueError where none may run at once.
    """
    if at_once < 1:
        raise ValueError("at least one runs at a time")
    limit = asyncio.Semaphore(at_once)

    async def run_one(item: T) -> Outcome[R]:
        async with limit:
            try:
                return Outcome(value=await work(item))
            except Exception as error:  # noqa: BLE001 - any failure is an outcome
                return Outcome(error=error)

    return list(await asyncio.gather(*(run_one(item) for item in items)))


async def first_success(work: Callable[[T], Awaitable[R]], items: Iterable[T]) -> R:
    """What the work gives for the first item for which it does not fail. Raises LookupError where it fails for all."""
    failures = 0
    for item in items:
        try:
            return await work(item)
        except Exception:  # noqa: BLE001 - any failure counts
            failures += 1
    raise LookupError(f"none of {failures} items worked")


class Batcher:
    """Collects items, and hands them on in batches of a fixed size."""

    def __init__(self, send: Callable[[list[str]], Awaitable[None]], size: int = 3) -> None:
        if size < 1:
            raise ValueError("a batch holds at least one item")
        self.size = size
        self.sent = 0
        self._send = send
        self._waiting: list[str] = []

    async def add(self, item: str) -> bool:
        """Add an item; whether that filled a batch, which is then sent."""
        self._waiting.append(item)
        if len(self._waiting) < self.size:
            return False
        await self.flush()
        return True

    async def flush(self) -> int:
        """Send what waits, and return how many items that were. What could not be sent goes on waiting."""
        if not self._waiting:
            return 0
        batch = list(self._waiting)
        await self._send(batch)
        self._waiting.clear()
        self.sent += len(batch)
        return len(batch)
