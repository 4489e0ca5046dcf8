"""The queue in chaos and under load, on SQLite and PostgreSQL: `python -m benchmarks.job_queue [chaos|fair|rate]...`.

`chaos`: three worker processes for a minute, of which one is killed each second, or on PostgreSQL each third time
frozen for a while; 500 jobs. Printed are the states they end in, the results, and how often work was done again.
`fair`: how long five jobs of a late caller take, alone and beside 2 000 of another.
`rate`: jobs a second with one and with two worker processes, the task doing nothing.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from tests.contracts.test_store import a_job
from tests.jobs.databases import postgres_server
from tests.jobs.test_lost_workers import LEASE_SECONDS, Workers, files_job, sending, workers

from aitestgen.job import JobState
from aitestgen.jobs.local import LocalEngine
from aitestgen.store.database import database_url
from aitestgen.store.migrate import migrate
from aitestgen.store.schema import items, results

JOBS = 500
RATED = 600
CHAOS_SECONDS = 60
CALLERS = 10
QUIET_SECONDS = 180


@contextmanager
def databases() -> Iterator[list[tuple[str, Callable[[], str]]]]:
    """Each kind with what makes a new database of it."""
    with tempfile.TemporaryDirectory() as name, postgres_server() as server:

        def sqlite() -> str:
            url = f"sqlite:///{Path(name) / f'{time.monotonic_ns()}.db'}"
            migrate(database_url(url))
            return url

        yield [("sqlite", sqlite), ("postgresql", server.fresh)]


@asynccontextmanager
async def sent(url: str, number: int) -> AsyncIterator[LocalEngine]:
    """An engine that works on nothing itself, and so many jobs of ten callers."""
    async with sending(url) as engine:
        for one in range(number):
            await engine.submit(a_job(f"caller {one % CALLERS}"))
        yield engine


async def left(engine: LocalEngine) -> int:
    async with engine.store.database.reading() as connection:
        unfinished = select(func.count()).select_from(items).where(items.c.state.not_in(list(JobState)[2:]))
        return await connection.scalar(unfinished) or 0


async def until_done(engine: LocalEngine) -> None:
    async with asyncio.timeout(QUIET_SECONDS):
        while await left(engine):
            await asyncio.sleep(0.1)


async def chaos(url: str) -> str:
    chance = random.Random(1)  # noqa: S311  # the same disturbances each time
    async with sent(url, JOBS) as engine:
        with workers(url, 3, seconds_per_item=0.3) as crew:
            thawing: list[asyncio.Task[None]] = []
            for second in range(CHAOS_SECONDS):
                await asyncio.sleep(1)
                disturb(crew, chance, thawing if url.startswith("postgresql") and second % 3 == 2 else None)
            await asyncio.gather(*thawing)
            await until_done(engine)
        async with engine.store.database.reading() as connection:
            count = select(items.c.state, func.count().label("number")).group_by(items.c.state)
            states = {row.state: row.number for row in await connection.execute(count)}
            accepted = await connection.scalar(select(func.count()).select_from(results))
            again = await connection.scalar(select(func.sum(items.c.attempt - 1)))
    return f"{JOBS} jobs: {states}, {accepted} results, taken up again {again} times"


def disturb(crew: Workers, chance: random.Random, thawing: list[asyncio.Task[None]] | None) -> None:
    """Freeze a worker, where `thawing` is there to be added to; else kill one, and start another in its place."""
    victim = chance.choice(crew.running)
    if thawing is not None:
        victim.send_signal(signal.SIGSTOP)
        thawing.append(asyncio.create_task(thaw(crew, victim)))
        return
    crew.kill(victim)
    crew.start(wait=False)


async def thaw(crew: Workers, victim: Any) -> None:
    await asyncio.sleep(1.5 * LEASE_SECONDS)
    if victim in crew.running:
        victim.send_signal(signal.SIGCONT)


async def fair(url: str) -> str:
    alone = await late_caller(url)
    async with sending(url, window=8) as engine:
        with workers(url, 1, seconds_per_item=0.05):
            for _ in range(10):
                await engine.submit(files_job(200, caller="ann"))
            await asyncio.sleep(1)
            beside = await times(engine)
    return f"five jobs of a late caller: slowest {max(alone):.2f} s alone, {max(beside):.2f} s beside 2000 of another"


async def late_caller(url: str) -> list[float]:
    async with sending(url) as engine:
        with workers(url, 1, seconds_per_item=0.05):
            return await times(engine)


async def times(engine: LocalEngine) -> list[float]:
    """How long each of five jobs takes, sent one after the other."""
    taken = []
    for _ in range(5):
        started = time.monotonic()
        job, _ = await engine.submit(a_job("bob"))
        async for _ in engine.store.events(job.id):
            pass
        taken.append(time.monotonic() - started)
    return taken


async def rate(url: str) -> str:
    found = [await rate_of(url, number) for number in (1, 2)]
    told = [f"{rate:.0f} jobs/s with {number}" for number, (rate, _) in enumerate(found, 1)]
    each = " and ".join(f"{1000 * seconds:.1f}" for _, seconds in found)
    return f"{', '.join(told)} worker processes of two slots; {each} ms of their processor time for each job"


async def rate_of(url: str, number: int) -> tuple[float, float]:
    """Jobs a second with so many workers, once the first is done, and the workers' processor time for each."""
    async with sent(url, RATED) as engine:
        with workers(url, number, seconds_per_item=0.0) as crew:
            while (begun := await left(engine)) == RATED:
                await asyncio.sleep(0.02)
            started, before = time.monotonic(), processor_seconds(crew)
            await until_done(engine)
            return begun / (time.monotonic() - started), (processor_seconds(crew) - before) / begun


def processor_seconds(crew: Workers) -> float:
    """What the workers have used so far."""
    stats = [Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split() for worker in crew.running]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


MEASURES: dict[str, Callable[[str], Coroutine[Any, Any, str]]] = {"chaos": chaos, "fair": fair, "rate": rate}


def main() -> None:
    with databases() as kinds:
        for name in sys.argv[1:] or MEASURES:
            for kind, fresh in kinds:
                print(f"{name:6} {kind:11} {asyncio.run(MEASURES[name](fresh()))}", flush=True)


if __name__ == "__main__":
    main()
