"""Worker processes that are killed, frozen or told to end, or whose database goes away: nothing lost, nothing twice."""

import asyncio
import signal
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from tests.contracts.test_store import a_job
from tests.jobs.databases import Postgres, postgres_server
from tests.jobs.storm import Storm, weathered
from tests.jobs.workers import LEASE_SECONDS, sending, workers

from aitestgen.job import EventKind, Job, JobEvent, JobKind, JobState, NewJob
from aitestgen.jobs.local import LocalEngine
from aitestgen.store.schema import items, results

pytestmark = pytest.mark.anyio


def files_job(number: int, *more: str, caller: str = "ann") -> NewJob:
    modules = (*(f"m{n:04}.py" for n in range(number)), *more)
    return a_job(caller, kind=JobKind.FILES, files=dict.fromkeys(modules, "x = 1"), modules=modules)


async def whole(engine: LocalEngine, job: Job, seconds: float = 50) -> list[JobEvent]:
    """The job's events to its end: numbered without a gap."""
    async with asyncio.timeout(seconds):
        events = [event async for event in engine.store.events(job.id)]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.kind for event in events].count(EventKind.END) == 1
    return events


async def accepted_once(engine: LocalEngine, job: Job) -> None:
    """Each item has exactly one result: that of its last attempt."""
    async with engine.store.database.reading() as connection:
        fitting = select(func.count()).select_from(results.join(items, results.c.item_id == items.c.id))
        fitting = fitting.where(results.c.job_id == job.id, results.c.attempt == items.c.attempt)
        assert await connection.scalar(fitting) == len(job.items)


async def test_workers_that_are_killed_lose_nothing_and_nothing_counts_twice(url: str) -> None:
    async with sending(url) as engine:
        with workers(url, 3) as crew:
            job, _ = await engine.submit(files_job(200))
            killed = []
            for _ in range(4):
                await asyncio.sleep(0.4)
                crew.kill(crew.running[0])
                killed.append(time.time())
                crew.start()
            events = await whole(engine, job)
            done = await engine.store.get(job.id)
            assert {item.state for item in done.items} == {JobState.DONE}
            await accepted_once(engine, job)
    lost = [event.at for event in events if event.kind is EventKind.QUEUED and "lost" in event.data["detail"]]
    assert lost
    late = [min(at - moment for moment in killed if moment <= at) for at in lost]
    assert max(late) < 2 * LEASE_SECONDS + 1, late


@pytest.mark.timeout(240)
async def test_a_storm_loses_nothing_and_nothing_counts_twice(url: str) -> None:
    """For a few seconds here, and for a whole minute with 500 jobs by `python -m benchmarks.job_queue storm frozen`."""
    after = await weathered(url, Storm(jobs=60, seconds=6, freezes=True))
    assert (after.states, after.accepted, after.torn) == ({JobState.DONE: 60}, 60, 0)
    assert min(after.struck, after.again) > 0


@pytest.mark.jail
@pytest.mark.timeout(240)
async def test_a_storm_leaves_nothing_of_the_jails_and_folders_of_those_it_killed(url: str) -> None:
    """Processes, mounts, control groups, files; for a whole minute `python -m benchmarks.job_queue jailed`."""
    after = await weathered(url, Storm(jobs=24, seconds=6, jailed=True))
    assert (after.states, after.accepted, after.torn, after.left) == ({JobState.DONE: 24}, 24, 0, ())
    assert min(after.struck, after.again) > 0


async def test_a_frozen_worker_that_thaws_changes_nothing(postgres: Postgres) -> None:
    """Not on SQLite: who is frozen in the midst of a write there holds up everybody until it thaws."""
    url = postgres.fresh()
    async with sending(url) as engine:
        with workers(url, 1, seconds_per_item=0.3) as crew:
            job, _ = await engine.submit(files_job(2))
            events = engine.store.events(job.id)
            async for event in events:
                if event.kind is EventKind.STAGE:
                    break
            crew.running[0].send_signal(signal.SIGSTOP)
            helper = crew.start()
            told = await whole(engine, job)
            crew.running[0].send_signal(signal.SIGCONT)
            await asyncio.sleep(1)  # it reports what it has; that this is refused is seen in what is there after it
            await accepted_once(engine, job)
            after = await engine.store.get(job.id)
            assert {str(item.result and item.result["worker"]) for item in after.items if item.result}
            assert any((item.result or {})["worker"] == helper.pid for item in after.items)
            assert await whole(engine, job) == told


async def test_what_kills_its_workers_fails_alone(url: str) -> None:
    """Of workers that do one thing at a time: what runs beside it in the same worker is lost with it."""
    async with sending(url) as engine:
        with workers(url, 3, slots=1) as crew:
            job, _ = await engine.submit(files_job(6, "poison.py"))
            waiting = asyncio.create_task(whole(engine, job))
            while not waiting.done():
                for dead in [worker for worker in crew.running if worker.poll() is not None]:
                    crew.kill(dead)
                    crew.start()
                await asyncio.wait({waiting}, timeout=0.1)
            await waiting
            done = await engine.store.get(job.id)
    by_state = {item.module: (item.state, (item.error or {}).get("error_type")) for item in done.items}
    assert by_state.pop("poison.py") == (JobState.FAILED, "worker_lost")
    assert set(by_state.values()) == {(JobState.DONE, None)}
    assert done.attempt == 3


async def test_a_worker_that_is_told_to_end_ends_with_what_it_has(url: str) -> None:
    async with sending(url) as engine:
        with workers(url, 1, seconds_per_item=0.5) as crew:
            job, _ = await engine.submit(files_job(6))
            async for event in engine.store.events(job.id):
                if event.kind is EventKind.STAGE:
                    break
            started = time.monotonic()
            worker = crew.running[0]
            worker.send_signal(signal.SIGTERM)
            status = await asyncio.to_thread(worker.wait, 20)
            assert (status, time.monotonic() - started < 5) == (0, True)
            half = await engine.store.get(job.id)
            assert {item.state for item in half.items} == {JobState.DONE, JobState.QUEUED}
            crew.start()
            await whole(engine, job)
            done = await engine.store.get(job.id)
    assert ({item.state for item in done.items}, done.attempt) == ({JobState.DONE}, 1)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.mark.timeout(120)
async def test_a_database_that_restarts_in_the_midst_loses_nothing(own_postgres: Postgres) -> None:
    url = own_postgres.fresh()
    async with sending(url) as engine:
        with workers(url, 2):
            job, _ = await engine.submit(files_job(60))
            waiting = asyncio.create_task(whole(engine, job, seconds=80))
            await asyncio.sleep(0.5)
            for _ in range(2):
                await asyncio.to_thread(own_postgres.stop, signal.SIGQUIT)
                await asyncio.to_thread(own_postgres.start)
                await asyncio.sleep(0.5)
            await waiting
            done = await engine.store.get(job.id)
            assert {item.state for item in done.items} == {JobState.DONE}
            await accepted_once(engine, job)


async def test_many_modules_keep_the_queue_short(postgres: Postgres) -> None:
    url = postgres.fresh()
    async with sending(url, window=5) as engine:
        with workers(url, 1, seconds_per_item=0.0):
            job, _ = await engine.submit(files_job(200))
            waiting = asyncio.create_task(whole(engine, job))
            longest = 0
            while not waiting.done():
                rings = await engine._connector.execute_query_one_async(  # type: ignore[attr-defined]
                    "SELECT count(*) AS rings FROM procrastinate_jobs"
                )
                longest = max(longest, rings["rings"])
                await asyncio.wait({waiting}, timeout=0.05)
            await waiting
    assert 0 < longest <= 3 * 8
