"""Three worker processes, one of which is killed each second, or frozen for a while; and what became of the jobs."""

import asyncio
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import case, func, or_, select
from tests.contracts.test_store import a_job
from tests.jobs.workers import LEASE_SECONDS, Jailed, Workers, sending, workers
from tests.sandbox.leftovers import leftovers_of

from aitestgen.job import FINAL, EventKind, JobKind
from aitestgen.jobs.local import LocalEngine
from aitestgen.store.schema import events, items, results

CALLERS = 10
LOSSES = 1000
"""No item is taken for what ends its workers: here they are ended whatever they do."""
SECONDS_PER_ITEM = 0.3
DYING_SECONDS = 20.0
MARK = 2_000_000 + os.getpid()
"""The hash seed of the jails here, as in `leftovers`: of no other host."""
FILES: dict[str, Any] = {"kind": JobKind.FILES, "files": {"shop.py": "PRICE = 1\n"}, "modules": ("shop.py",)}
FROZEN_SECONDS = 1.5 * LEASE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """So many jobs are sent in so many seconds, evenly. Each second one of the workers that hold an item is killed, and
    another started; where it freezes, each third is stopped for a while instead. Where it is jailed, each job has a
    folder and a run in a jail, as in real workers, of which jails stand ready.
    """

    jobs: int
    seconds: int
    freezes: bool = False
    jailed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """How many workers were struck; how many items ended in which state, and have the result of their last attempt; how
    often one was taken up again; how many jobs have events that are not numbered 1, 2, … up to one end; and what is
    left of all workers' jails and folders when the last ones were told to end.
    """

    struck: int
    states: dict[str, int]
    accepted: int
    again: int
    torn: int
    left: tuple[str, ...] = ()


async def weathered(url: str, storm: Storm, patience_seconds: float = 180.0) -> Aftermath:
    """Raises TimeoutError where jobs have not ended so long after the storm."""
    async with sending(url, losses=LOSSES) as engine:
        with TemporaryDirectory() as folder:
            jailed = Jailed(MARK, Path(folder)) if storm.jailed else None
            with workers(url, 3, SECONDS_PER_ITEM, LOSSES, jailed) as crew:
                sender = asyncio.create_task(send(engine, storm))
                struck = await rage(engine, crew, storm)
                await sender
                async with asyncio.timeout(patience_seconds):
                    await until_done(engine)
                left = await asyncio.to_thread(left_by, crew, jailed) if jailed else ()
        return replace(await aftermath(engine, struck), left=left)


def left_by(crew: Workers, jailed: Jailed) -> tuple[str, ...]:
    """What there is yet of what all workers had, after one more has started, as one does for each that is lost, and all
    were told to end.
    """
    crew.start()
    for worker in [*crew.running]:
        crew.kill(worker, signal.SIGTERM)
    deadline = time.monotonic() + DYING_SECONDS
    while (found := remains(crew, jailed)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return tuple(found)


def remains(crew: Workers, jailed: Jailed) -> list[str]:
    return [*leftovers_of(crew.pids, jailed.mark), *(f"folder {found}" for found in jailed.folder.iterdir())]


async def send(engine: LocalEngine, storm: Storm) -> None:
    for number in range(storm.jobs):
        await engine.submit(a_job(f"caller {number % CALLERS}", **(FILES if storm.jailed else {})))
        await asyncio.sleep(storm.seconds / storm.jobs)


async def rage(engine: LocalEngine, crew: Workers, storm: Storm) -> int:
    """How many were struck: on a busy machine a second is not enough for a new one to come."""
    chance = random.Random(1)  # the same disturbances each time
    thawing: list[asyncio.Task[None]] = []
    struck = 0
    for _ in range(storm.seconds):
        await asyncio.sleep(1)
        if not (busy := await at_work(engine, crew)):
            continue
        victim = chance.choice(busy)
        struck += 1
        if storm.freezes and struck % 3 == 2:
            victim.send_signal(signal.SIGSTOP)
            thawing.append(asyncio.create_task(thaw(crew, victim)))
        else:
            crew.kill(victim)
            crew.start(wait=False)
    await asyncio.gather(*thawing)
    return struck


async def at_work(engine: LocalEngine, crew: Workers) -> "list[subprocess.Popen[bytes]]":
    pids = {int(name.split(":")[1]) for name in await engine.store.holders()}
    return [worker for worker in crew.running if worker.pid in pids]


async def thaw(crew: Workers, victim: "subprocess.Popen[bytes]") -> None:
    await asyncio.sleep(FROZEN_SECONDS)
    if victim in crew.running:
        victim.send_signal(signal.SIGCONT)


async def left(engine: LocalEngine) -> int:
    """How many items have not ended."""
    async with engine.store.database.reading() as connection:
        unfinished = select(func.count()).select_from(items).where(items.c.state.not_in(list(FINAL)))
        return await connection.scalar(unfinished) or 0


async def until_done(engine: LocalEngine) -> None:
    while await left(engine):  # noqa: ASYNC110  # what ends is in the database, written by other processes
        await asyncio.sleep(0.1)


async def aftermath(engine: LocalEngine, struck: int) -> Aftermath:
    own = results.join(items, (results.c.item_id == items.c.id) & (results.c.attempt == items.c.attempt))
    ends = func.sum(case((events.c.kind == EventKind.END, 1), else_=0))
    numbered = select(events.c.job_id).group_by(events.c.job_id)
    torn = numbered.having(or_(func.count() != func.max(events.c.seq), func.min(events.c.seq) != 1, ends != 1))
    async with engine.store.database.reading() as connection:
        count = select(items.c.state, func.count().label("number")).group_by(items.c.state)
        return Aftermath(
            struck=struck,
            states={row.state: row.number for row in await connection.execute(count)},
            accepted=await connection.scalar(select(func.count()).select_from(own)) or 0,
            again=await connection.scalar(select(func.sum(items.c.attempt - 1))) or 0,
            torn=len((await connection.execute(torn)).all()),
        )
