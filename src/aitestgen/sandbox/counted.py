"""A sandbox whose processor time is counted, for whoever is charged for it."""

import asyncio
import time

from aitestgen.metering import count_cpu
from aitestgen.seams import OnFrame, Sandbox
from aitestgen.values import Run, RunResult


class Counted:
    """The sandbox itself. A run that is broken off is counted with the most that it may have used by then."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """See seams.Sandbox."""
        started = time.monotonic()
        try:
            result = await self._sandbox.run(run, on_frame)
        except asyncio.CancelledError:
            count_cpu((time.monotonic() - started) * run.limits.cpu_cores)
            raise
        count_cpu(result.cpu_seconds)
        return result

    async def aclose(self) -> None:
        await self._sandbox.aclose()
