"""Patience with what fails: waiting longer each time."""

import asyncio


class GaveUp(Exception):
    """All attempts failed."""


class Backoff:
    def __init__(self, first: float = 0.5, factor: float = 2.0, limit: float = 10.0) -> None:
        if first <= 0 or factor < 1:
            raise ValueError("waiting must not get shorter")
        self.first = first
        self.factor = factor
        self.limit = limit
        self.failures = 0

    def next_delay(self) -> float:
        return min(self.first * self.factor**self.failures, self.limit)

    async def failed(self, attempts: int = 5) -> float:
        if self.failures >= attempts:
            raise GaveUp(f"gave up after {self.failures} attempts")
        delay = self.next_delay()
        self.failures += 1
        await asyncio.sleep(delay)
        return delay

    def succeeded(self) -> None:
        self.failures = 0


async def eventually(answers: list[bool], delay: float = 1.0) -> int:
    """The number of the first attempt that succeeds; waits longer between attempts."""
    for number, answer in enumerate(answers, start=1):
        if answer:
            return number
        await asyncio.sleep(delay)
        delay *= 2
    raise GaveUp("no attempt succeeded")
