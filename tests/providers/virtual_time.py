"""A clock that jumps to the next wake-up once everybody sleeps: minutes of waiting take no time."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

Result = TypeVar("Result")
START = 1_000_000.0


class VirtualTime:
    """`clock` and `sleep` for what runs within `gather`."""

    def __init__(self) -> None:
        self.now = START
        self._wake_ups: list[tuple[float, asyncio.Event]] = []
        self._awake = 0
        self._changed = asyncio.Event()

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until, wake = self.now + seconds, asyncio.Event()
        entry = (until, wake)
        self._wake_ups.append(entry)
        self._fell_asleep()
        try:
            await wake.wait()
        except asyncio.CancelledError:
            if entry in self._wake_ups:
                self._wake_ups.remove(entry)
                self._awake += 1
            raise

    async def gather(self, work: Sequence[Awaitable[Result]]) -> list[Result]:
        """What all of it gives. Time passes only while none of it is awake."""
        self._awake = len(work)
        tasks = [asyncio.ensure_future(self._counted(one)) for one in work]
        while not all(task.done() for task in tasks):
            await self._changed.wait()
            self._changed.clear()
            if self._awake == 0 and self._wake_ups:
                self._pass()
        return await asyncio.gather(*tasks)

    async def _counted(self, one: Awaitable[Result]) -> Result:
        try:
            return await one
        finally:
            self._fell_asleep()

    def _fell_asleep(self) -> None:
        self._awake -= 1
        self._changed.set()

    def _pass(self) -> None:
        self.now = min(until for until, _ in self._wake_ups)
        due = [entry for entry in self._wake_ups if entry[0] <= self.now]
        self._wake_ups = [entry for entry in self._wake_ups if entry[0] > self.now]
        self._awake += len(due)
        for _, wake in due:
            wake.set()
