"""A sandbox for several modules at once: what they run together never takes more than the cores there are."""

import asyncio
from collections import deque

from aitestgen.seams import OnFrame, Sandbox
from aitestgen.values import Run, RunResult


class BoundedSandbox:
    """Runs at most so many jails at a time, in the order asked for; a search counts for each of its workers.

    Overtaxed cores would make searches run into their time limits, and then a seed would not give the same tests again.
    """

    def __init__(self, sandbox: Sandbox, slots: int) -> None:
        self._sandbox = sandbox
        self._slots = slots
        self._free = slots
        self._waiting: deque[object] = deque()
        self._changed = asyncio.Condition()

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """As the sandbox's own, after its turn has come. Time spent waiting is no time of the run."""
        share = min(self._slots, max(1, int(run.job.get("workers") or 1)))
        await self._take(share)
        try:
            return await self._sandbox.run(run, on_frame)
        finally:
            self._free += share
            await asyncio.shield(self._tell())

    async def aclose(self) -> None:
        await self._sandbox.aclose()

    async def _take(self, share: int) -> None:
        turn = object()
        self._waiting.append(turn)
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._waiting[0] is turn and self._free >= share)
                self._free -= share
        finally:
            self._waiting.remove(turn)
            await asyncio.shield(self._tell())

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
