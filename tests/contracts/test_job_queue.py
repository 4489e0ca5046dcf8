"""What each engine does with jobs: one suite for seams.JobQueue, over SQLite and over PostgreSQL."""

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contracts.test_store import a_job, a_result, said

from aitestgen.errors import LeaseLost, SandboxError
from aitestgen.job import Claim, Job, JobKind, JobState, Result
from aitestgen.jobs.attempt import Pace
from aitestgen.jobs.distributed import ProcrastinateEngine
from aitestgen.jobs.local import LocalEngine
from aitestgen.seams import Desk, Handle
from aitestgen.store.database import database_url, opened
from aitestgen.store.migrate import migrate
from aitestgen.store.sql import SqlStore

pytestmark = pytest.mark.anyio

PACE = Pace(lease_seconds=3.0, renew_seconds=0.1, cancel_seconds=1.0, reap_seconds=0.2)
Engine = LocalEngine


def engine_of(url: str, window: int = 8, pace: Pace = PACE) -> Engine:
    """One more process on this database, as it were."""
    database = opened(database_url(url))
    store = SqlStore(database, window=window, poll_seconds=0.1)
    return ProcrastinateEngine(store, pace) if database.shared else LocalEngine(store, pace)


@asynccontextmanager
async def room() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def working(engine: Engine, handle: Handle, slots: int = 2) -> AsyncIterator[Engine]:
    serving = asyncio.create_task(engine.serve(handle, room, slots))
    try:
        yield engine
    finally:
        await engine.drain(0)
        await asyncio.wait_for(serving, 20)
        await engine.store.aclose()


async def ended(engine: Engine, *jobs: Job, seconds: float = 40) -> list[Job]:
    """The jobs at their end, every one of their events numbered without a gap."""
    async with asyncio.timeout(seconds):
        for job in jobs:
            seen = [event.seq async for event in engine.store.events(job.id)]
            assert seen == list(range(1, len(seen) + 1))
    return [await engine.store.get(job.id) for job in jobs]


async def quick(claim: Claim, desk: Desk) -> Result:
    await desk.emit([said(claim.module)])
    return a_result()


class Held:
    """A task that waits until it is let go; what it was given, and how often."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.began: asyncio.Queue[Claim] = asyncio.Queue()
        self.ended: list[str] = []
        self.cut_off = False

    async def __call__(self, claim: Claim, desk: Desk) -> Result:
        self.began.put_nowait(claim)
        going, stopping = asyncio.ensure_future(self.go.wait()), asyncio.ensure_future(desk.stop.wait())
        try:
            await asyncio.wait({going, stopping}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.cut_off = True
            raise
        finally:
            going.cancel()
            stopping.cancel()
        self.ended.append(claim.job_id)
        done = a_result()
        return Result(payload=done.payload, figures=done.figures, partial=desk.stop.is_set())


async def test_jobs_are_worked_on_by_whoever_serves(url: str) -> None:
    sender = engine_of(url)
    waiting, _ = await sender.submit(a_job())
    async with working(engine_of(url), quick) as one, working(engine_of(url), quick):
        jobs = [waiting, *[(await sender.submit(a_job()))[0] for _ in range(10)]]
        assert {job.state for job in await ended(one, *jobs)} == {JobState.DONE}
    await sender.store.aclose()


async def test_a_task_that_raises_fails_its_job_alone(url: str) -> None:
    async def failing(claim: Claim, desk: Desk) -> Result:
        if claim.module == "bad":
            raise SandboxError("no jail")
        return await quick(claim, desk)

    async with working(engine_of(url), failing) as engine:
        bad, _ = await engine.submit(a_job(modules=("bad",)))
        good, _ = await engine.submit(a_job())
        failed, done = await ended(engine, bad, good)
    assert failed.items[0].error
    assert (failed.state, failed.items[0].error["detail"], done.state) == (JobState.FAILED, "no jail", JobState.DONE)


async def test_a_cancelled_job_stops_and_its_slot_is_free(url: str) -> None:
    held = Held()
    async with working(engine_of(url), held, slots=1) as engine:
        first, _ = await engine.submit(a_job())
        await held.began.get()
        following, _ = await engine.submit(a_job())
        await engine.cancel(first.id)
        (cancelled,) = await ended(engine, first)
        assert (cancelled.state, bool(cancelled.items[0].result)) == (JobState.CANCELLED, True)
        assert (await held.began.get()).job_id == following.id
        held.go.set()
        assert (await ended(engine, following))[0].state is JobState.DONE


async def test_a_task_that_does_not_stop_is_cut_off(url: str) -> None:
    began, gone = asyncio.Event(), asyncio.Event()

    async def deaf(_claim: Claim, _desk: Desk) -> Result:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        raise AssertionError

    async with working(engine_of(url), deaf) as engine:
        job, _ = await engine.submit(a_job())
        await began.wait()
        await engine.cancel(job.id)
        (cancelled,) = await ended(engine, job)
    assert (cancelled.state, cancelled.items[0].result, gone.is_set()) == (JobState.CANCELLED, None, True)


async def test_who_cannot_write_to_sqlite_for_longer_than_a_lease_goes_on_after_it(tmp_path: Path) -> None:
    """As beside a process that is frozen in the midst of a write: nobody is to blame."""
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    migrate(database_url(url))
    held = Held()
    pace = replace(PACE, lease_seconds=1.5)
    async with working(engine_of(url, pace=pace), held) as engine, working(engine_of(url, pace=pace), held):
        job, _ = await engine.submit(a_job())
        await held.began.get()
        other = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None, check_same_thread=False)
        with contextlib.closing(other) as frozen:
            await asyncio.to_thread(frozen.execute, "BEGIN IMMEDIATE")  # the engines end what they write first
            await asyncio.sleep(2.5 * pace.lease_seconds)
            frozen.execute("COMMIT")
        await asyncio.sleep(2 * pace.lease_seconds)  # whoever were wrong would take the item up by then
        held.go.set()
        (done,) = await ended(engine, job)
    assert (done.state, done.attempt, len(held.ended)) == (JobState.DONE, 1, 1)


async def test_what_a_lost_worker_held_is_done_by_another_once(url: str) -> None:
    """The first one does not renew its lease, as in a frozen process; what it says late is void."""
    late: asyncio.Queue[str] = asyncio.Queue()
    frozen, thawed = asyncio.Event(), asyncio.Event()

    async def freezing(claim: Claim, desk: Desk) -> Result:
        if claim.attempt > 1:
            return a_result(tests=2)
        frozen.set()
        await thawed.wait()
        try:
            await desk.emit([said("late")])
        except LeaseLost:
            late.put_nowait(claim.job_id)
            raise
        return a_result(tests=1)

    first = engine_of(url, pace=Pace(lease_seconds=0.5, renew_seconds=60, reap_seconds=60))
    async with working(first, freezing):
        job, _ = await first.submit(a_job())
        await frozen.wait()
        async with working(engine_of(url), freezing) as second:
            (done,) = await ended(second, job)
            thawed.set()
            refused = await asyncio.wait_for(late.get(), 20)
            assert (done.state, done.attempt, refused) == (JobState.DONE, 2, job.id)
            after = await second.store.get(job.id)
    assert after == done


async def test_draining_lets_running_jobs_end_and_takes_nothing_new(url: str) -> None:
    held = Held()
    async with working(engine_of(url), held, slots=1) as engine:
        running, _ = await engine.submit(a_job())
        await held.began.get()
        left, _ = await engine.submit(a_job())
        draining = asyncio.create_task(engine.drain(30))
        held.go.set()
        await draining
        assert [(await engine.store.get(job.id)).state for job in (running, left)] == [JobState.DONE, JobState.QUEUED]


async def test_what_does_not_end_while_draining_goes_back_and_is_done_elsewhere(url: str) -> None:
    held = Held()
    async with working(engine_of(url), held, slots=1) as engine:
        job, _ = await engine.submit(a_job())
        await held.began.get()
        await engine.drain(0)
    assert held.cut_off
    async with working(engine_of(url), quick) as other:
        (done,) = await ended(other, job)
    assert (done.state, done.attempt) == (JobState.DONE, 2)


async def test_a_late_caller_waits_for_few_of_a_batch_and_no_window_is_exceeded(url: str) -> None:
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()
    order: list[str] = []
    begun = asyncio.Event()

    async def counted(claim: Claim, _desk: Desk) -> Result:
        running[claim.caller] += 1
        most[claim.caller] = max(most[claim.caller], running[claim.caller])
        order.append(claim.caller)
        begun.set()
        await asyncio.sleep(0)
        running[claim.caller] -= 1
        return a_result()

    modules = tuple(f"m{number}.py" for number in range(60))
    batch = a_job(kind=JobKind.FILES, files=dict.fromkeys(modules, "x = 1"), modules=modules)
    async with working(engine_of(url, window=3), counted, slots=4) as engine:
        first, _ = await engine.submit(batch)
        await asyncio.wait_for(begun.wait(), 20)
        late, _ = await engine.submit(a_job("bob"))
        before = len(order)
        await ended(engine, late, first, seconds=55)
    assert order.index("bob") - before <= 12
    assert (most["ann"] <= 3, order.count("ann")) == (True, 60)
