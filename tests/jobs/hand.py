"""A worker as a program of its own: `python -m tests.jobs.hand URL LEASE_SECONDS SECONDS_PER_ITEM LOSSES MARK SLOTS`.

Its task takes so long, and returns who did it. A module named `poison…` kills the worker, as code that brings down a
machine would. With a mark that is not 0 each item also has an honest test run in a jail, of which jails stand ready as
in a real worker; the mark is the hash seed of those, by which what is left of them is told. The files of a job lie in
a folder meanwhile.
"""

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from tests.interfaces.flows import a_report

from aitestgen import wiring
from aitestgen.job import Claim, EventKind, Figures, Result, Told
from aitestgen.jobs.attempt import Pace
from aitestgen.jobs.distributed import ProcrastinateEngine
from aitestgen.jobs.local import LocalEngine
from aitestgen.jobs.task import Generate, Tools
from aitestgen.logs import configure_logs
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.seams import Desk
from aitestgen.settings import Settings
from aitestgen.store.database import database_url, opened
from aitestgen.store.sql import SqlStore
from aitestgen.values import Event, Limits, Request, Verdict

DRAIN_SECONDS = 5.0


def engine_of(url: str, lease_seconds: float, window: int = 8, losses: int = 3) -> LocalEngine:
    database = opened(database_url(url))
    pace = Pace(lease_seconds=lease_seconds, renew_seconds=lease_seconds / 8, reap_seconds=0.2)
    store = SqlStore(database, window=window, losses=losses, poll_seconds=0.1)
    return ProcrastinateEngine(store, pace) if database.shared else LocalEngine(store, pace)


@asynccontextmanager
async def room() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def jailed(mark: int) -> AsyncIterator[Generate | None]:
    """The task of a real worker, its flow one honest run that bears the mark; None for the mark 0."""
    if not mark:
        yield None
        return
    sandbox, interpreter = wiring.jail(Settings(), warm=True), own_interpreter()
    run = dataclasses.replace(wiring.honest_run(interpreter, Limits(wall_seconds=30.0)), hash_seed=mark)

    async def flow(request: Request, _stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        result = await sandbox.run(run)
        assert result.verdict is Verdict.PASSED, result
        yield Event(seq=1, at=0.0, stage="run", detail="", report=a_report(result, module=request.source.module))

    try:
        yield Generate(lambda: Tools(sandbox=sandbox, flow=flow, interpreter=interpreter))
    finally:
        await sandbox.aclose()


async def work(engine: LocalEngine, seconds: float, generate: Generate | None) -> None:
    """Until SIGTERM."""

    async def handle(claim: Claim, desk: Desk) -> Result:
        told = Told(kind=EventKind.STAGE, stage="work", detail=claim.module, more={"attempt": claim.attempt})
        await desk.emit([told])
        if claim.module.startswith("poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        if generate:
            return await generate(claim, desk)
        await asyncio.sleep(seconds)
        figures = Figures(status="success", verdict="passed", tests=1, passed=1)
        return Result(payload={"worker": os.getpid(), "attempt": claim.attempt}, figures=figures)

    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    serving = asyncio.create_task(engine.serve(handle, room, int(sys.argv[6])))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await told.wait()
    await engine.drain(DRAIN_SECONDS)
    await serving
    await engine.store.aclose()


async def main(engine: LocalEngine) -> None:
    async with jailed(int(sys.argv[5])) as generate:
        await work(engine, float(sys.argv[3]), generate)


if __name__ == "__main__":
    configure_logs(Settings().model_copy(update={"log_level": "WARNING"}))
    asyncio.run(main(engine_of(sys.argv[1], float(sys.argv[2]), losses=int(sys.argv[4]))))
