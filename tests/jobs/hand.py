"""A worker as a program of its own: `python -m tests.jobs.hand URL LEASE_SECONDS SECONDS_PER_ITEM LOSSES`.

Its task takes so long, and returns who did it. A module named `poison…` kills the worker, as code that brings down a
machine would.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aitestgen.job import Claim, EventKind, Figures, Result, Told
from aitestgen.jobs.attempt import Pace
from aitestgen.jobs.distributed import ProcrastinateEngine
from aitestgen.jobs.local import LocalEngine
from aitestgen.logs import configure_logs
from aitestgen.seams import Desk
from aitestgen.settings import Settings
from aitestgen.store.database import database_url, opened
from aitestgen.store.sql import SqlStore

DRAIN_SECONDS = 5.0


def engine_of(url: str, lease_seconds: float, window: int = 8, losses: int = 3) -> LocalEngine:
    database = opened(database_url(url))
    pace = Pace(lease_seconds=lease_seconds, renew_seconds=lease_seconds / 8, reap_seconds=0.2)
    store = SqlStore(database, window=window, losses=losses, poll_seconds=0.1)
    return ProcrastinateEngine(store, pace) if database.shared else LocalEngine(store, pace)


@asynccontextmanager
async def room() -> AsyncIterator[None]:
    yield


async def work(engine: LocalEngine, seconds: float) -> None:
    """Until SIGTERM."""

    async def handle(claim: Claim, desk: Desk) -> Result:
        told = Told(kind=EventKind.STAGE, stage="work", detail=claim.module, more={"attempt": claim.attempt})
        await desk.emit([told])
        if claim.module.startswith("poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(seconds)
        figures = Figures(status="success", verdict="passed", tests=1, passed=1)
        return Result(payload={"worker": os.getpid(), "attempt": claim.attempt}, figures=figures)

    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    serving = asyncio.create_task(engine.serve(handle, room, 2))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await told.wait()
    await engine.drain(DRAIN_SECONDS)
    await serving
    await engine.store.aclose()


if __name__ == "__main__":
    configure_logs(Settings().model_copy(update={"log_level": "WARNING"}))
    asyncio.run(work(engine_of(sys.argv[1], float(sys.argv[2]), losses=int(sys.argv[4])), float(sys.argv[3])))
