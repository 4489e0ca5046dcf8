"""A mutation analysis, watched while it works."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping
from typing import Any

from aitestgen.measure.mutation import Reading
from aitestgen.values import Mutation

EVERY_SECONDS = 0.2


class Judging:
    """What the frames of the guests tell by now. `outcome` is what the analysis came to, once it has ended."""

    def __init__(self, tests: Iterable[str]) -> None:
        self.outcome = Mutation()
        self._reading = Reading(tests=frozenset(tests))

    def hear(self, frame: Mapping[str, Any]) -> None:
        """Take in one message of a guest."""
        self._reading.take(frame)

    @property
    def so_far(self) -> Mutation:
        return self._reading.mutation

    async def during(self, work: Awaitable[Mutation]) -> AsyncGenerator[Mutation, None]:
        """What is judged by then, at most five times a second and only where that is more than before.

        Closed early, the work is cancelled. Raises what the work raises.
        """
        task = asyncio.ensure_future(work)
        told = 0
        try:
            while not (await asyncio.wait({task}, timeout=EVERY_SECONDS))[0]:
                if len(self._reading.fates) > told:
                    told = len(self._reading.fates)
                    yield self.so_far
            self.outcome = task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
