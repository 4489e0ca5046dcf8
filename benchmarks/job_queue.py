"""The queue in storms and under load, on SQLite and PostgreSQL: `python -m benchmarks.job_queue [NAME]...`.

`storm`: three worker processes for a minute, of which one is killed each second; 500 jobs. Printed are the states that
they end in, the results, and how often work was done again. `frozen`: likewise, but each third is frozen for a while.
`jailed`: as `storm`, each job with a run in a jail; printed is also what is left of jails and folders at the end.
`wide`: one job of 5 000 modules: how long its queue gets at most, and what the worker takes of memory meanwhile.
`fair`: how long five jobs of a late caller take, alone and beside 2 000 of another.
`rate`: jobs a second with one and with two worker processes, the task doing nothing.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.contracts.test_store import a_job
from tests.jobs.databases import postgres_server
from tests.jobs.storm import CALLERS, Storm, left, weathered
from tests.jobs.storm import until_done as all_done
from tests.jobs.test_lost_workers import files_job
from tests.jobs.workers import Workers, sending, workers

from aitestgen.jobs.local import LocalEngine
from aitestgen.store import lines
from aitestgen.store.database import database_url
from aitestgen.store.migrate import migrate

JOBS = 500
RATED = 600
MODULES = 5_000
STORM_SECONDS = 60
QUIET_SECONDS = 900
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


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


async def until_done(engine: LocalEngine) -> None:
    async with asyncio.timeout(QUIET_SECONDS):
        await all_done(engine)


async def storm(url: str, *, freezes: bool = False, jailed: bool = False) -> str:
    after = await weathered(url, Storm(jobs=JOBS, seconds=STORM_SECONDS, freezes=freezes, jailed=jailed), QUIET_SECONDS)
    return (
        f"{after.struck} workers struck, {JOBS} jobs: {after.states}, {after.accepted} with the result of their last "
        f"attempt, taken up again {after.again} times, {after.torn} with torn events"
        + (f", left: {', '.join(after.left) or 'nothing'}" if jailed else "")
    )


async def wide(url: str) -> str:
    async with sending(url) as engine:
        with workers(url, 1, seconds_per_item=0.0) as crew:
            await engine.submit(files_job(MODULES))
            started, longest, rings, halves = time.monotonic(), 0, 0, {}
            while remaining := await left(engine):
                longest = max(longest, await in_line(engine))
                rings = max(rings, await rung(engine))
                halves.setdefault(10 * remaining // MODULES, (time.monotonic() - started, memory(crew)))
                await asyncio.sleep(0.2)
            halves[-1] = (time.monotonic() - started, memory(crew))
    parts = ", ".join(f"{seconds:.0f} s {mib:.0f} MiB" for seconds, mib in halves.values())
    return f"{MODULES} modules: at most {longest} in the line, {rings} rings; each tenth: {parts}"


async def in_line(engine: LocalEngine) -> int:
    """How many items stand in the line."""
    async with engine.store.database.reading() as connection:
        return await lines.standing(connection)


async def rung(engine: LocalEngine) -> int:
    if not engine.store.database.shared:
        return 0
    async with engine.store.database.reading() as connection:
        return await connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0


def memory(crew: Workers) -> float:
    return sum(int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1]) for worker in crew.running) * PAGE_MIB


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


MEASURES: dict[str, Callable[[str], Coroutine[Any, Any, str]]] = {
    "storm": storm,
    "frozen": partial(storm, freezes=True),
    "jailed": partial(storm, jailed=True),
    "wide": wide,
    "fair": fair,
    "rate": rate,
}


def main() -> None:
    with databases() as kinds:
        for name in sys.argv[1:] or MEASURES:
            for kind, fresh in kinds:
                print(f"{name:6} {kind:11} {asyncio.run(MEASURES[name](fresh()))}", flush=True)


if __name__ == "__main__":
    main()
