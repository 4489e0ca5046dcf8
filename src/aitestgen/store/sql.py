"""The store: jobs, items, results and events in one database. Every method is a transaction of its own.

Writes are tried again where the database goes away in their midst. Each of them is safe to do twice: what an attempt
says is fenced by its number, and a job that was added twice is a job more, never half a one.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.errors import LeaseLost
from aitestgen.job import (
    Analytics,
    Backlog,
    Claim,
    EventKind,
    Held,
    Job,
    JobEvent,
    JobKind,
    JobState,
    KeptReport,
    NewJob,
    Page,
    Result,
    Told,
    Trouble,
    Usage,
    Wanted,
)
from aitestgen.store import event_log, history, lines, usage
from aitestgen.store.analytics import analytics_of
from aitestgen.store.database import Database, now
from aitestgen.store.event_log import Bell, as_json
from aitestgen.store.retention import remove_most, remove_old
from aitestgen.store.schema import files, items, jobs, results, stages, traces

HELD_UP_SECONDS = 1.0
LINE = ""
"""The bell's name for the line: rung when something enters it."""


class SqlStore:
    """`window` bounds how many items of one caller stand in the line or run, `waiting` how many it may have that have
    not ended (and how many all callers of one address), and `losses` how many workers one item may cost.
    """

    def __init__(
        self,
        database: Database,
        *,
        window: int = 8,
        waiting: tuple[int, int] = (10_000, 20_000),
        losses: int = 3,
        poll_seconds: float = 0.5,
    ) -> None:
        self.database = database
        self.bell = Bell()
        self.window = window
        self.waiting = waiting
        self.losses = losses
        self.poll_seconds = poll_seconds
        self._spared: dict[int, float] = {}
        self.entered: Callable[[Sequence[int]], Awaitable[None]] = _nobody
        """Called with the items that have entered the line, after that is committed."""

    # -- callers ----------------------------------------------------------------------------------------------------
    async def add(self, new: NewJob) -> tuple[Job, bool]:
        """The job, and whether it is new: another one with the same key is that one again.

        Raises Conflict where the key was used for another request, TooMany where the caller, or all of an address,
        have too much that waits.
        """
        entered: tuple[int, ...] = ()
        async with self.database.writing() as connection:
            await lines.lock(connection, new.caller)
            job_id = await history.same_key(connection, new)
            if fresh := job_id is None:
                await lines.check_room(connection, new, self.waiting)
                job_id = await history.insert_job(connection, new)
                detail = f"{len(new.modules)} modules" if len(new.modules) > 1 else ""
                await event_log.append(connection, job_id, [Told(kind=EventKind.QUEUED, stage="queued", detail=detail)])
                entered = await lines.admit(connection, new.caller, self.window)
            job = await history.job_of(connection, await history.row_of(connection, job_id, None))
        await self._tell(job.id, entered)
        return job, fresh

    async def get(self, job_id: str, caller: str | None = None) -> Job:
        """The job. Raises NotFound, also where it is not this caller's; None asks for anybody's."""
        async with self.database.reading() as connection:
            return await history.job_of(connection, await history.row_of(connection, job_id, caller))

    async def reports(self, job_id: str, caller: str | None = None) -> tuple[KeptReport, ...]:
        """The reports of the job that there are, in the order of its modules. Raises NotFound."""
        async with self.database.reading() as connection:
            return await history.reports_of(connection, await history.row_of(connection, job_id, caller))

    async def page(self, wanted: Wanted) -> Page:
        """Some of a caller's jobs, newest first."""
        async with self.database.reading() as connection:
            return await history.page_of(connection, wanted)

    async def analytics(self, caller: str | None, days: int) -> Analytics:
        """What the results of the last days add up to; of everybody where `caller` is None."""
        async with self.database.reading() as connection:
            return await analytics_of(connection, caller, days)

    async def cancel(self, job_id: str, caller: str | None = None) -> Job:
        """The job, asked to end: at once where nobody works on it. A job that has ended is left as it is."""
        job, entered = await self.database.patiently(partial(self._cancel, job_id, caller))
        await self._tell(job_id, entered)
        return job

    async def _cancel(self, job_id: str, caller: str | None) -> tuple[Job, tuple[int, ...]]:
        entered: tuple[int, ...] = ()
        async with self.database.writing() as connection:
            await history.row_of(connection, job_id, caller)
            row = await _hold(connection, job_id)
            if not history.is_final(row):
                await connection.execute(update(jobs).where(jobs.c.id == job_id).values(cancels=jobs.c.cancels + 1))
                await lines.call_off(connection, job_id)
                await self._settle(connection, row)
                entered = await lines.admit(connection, row.caller, self.window)
            return await history.job_of(connection, await history.row_of(connection, job_id, None)), entered

    async def delete(self, job_id: str, caller: str | None = None) -> bool:
        """Whether the job has ended, and is gone now. Raises NotFound."""
        async with self.database.writing() as connection:
            ended = history.is_final(await history.row_of(connection, job_id, caller))
            if ended:
                await history.delete_job(connection, job_id)
        self.bell.ring(job_id)
        return ended

    def events(self, job_id: str, after: int = 0) -> AsyncIterator[JobEvent]:
        """Every event after this one, as they come, up to the last one of the job. Raises NotFound."""
        return event_log.follow(self.database, self.bell, job_id, after, lambda: self.poll_seconds)

    async def charge(self, caller: str, used: Usage) -> None:
        """Add to what the caller has used today."""
        async with self.database.writing() as connection:
            await usage.charge(connection, caller, used)

    async def used(self, caller: str) -> tuple[Usage, int]:
        """What the caller has used today (UTC), and the seconds until the day ends."""
        async with self.database.reading() as connection:
            return await usage.used_today(connection, caller)

    # -- workers ----------------------------------------------------------------------------------------------------
    async def anything(self) -> bool:
        """Whether an item stands in the line."""
        async with self.database.reading() as connection:
            standing = select(items.c.id).where(items.c.state == JobState.QUEUED).limit(1)
            return await connection.scalar(standing) is not None

    async def backlog(self) -> tuple[Backlog, ...]:
        """What is not ended, by state, with the age of the oldest."""
        async with self.database.reading() as connection:
            return await lines.backlog(connection)

    async def claim(self, worker: str, lease_seconds: float, item_id: int | None = None) -> Claim | None:
        """The next item of the line, or this one where it stands in it; None where there is none."""
        async with self.database.writing() as connection:
            row = await lines.take(connection, worker, lease_seconds, item_id)
            return await _claim(connection, row) if row is not None else None

    async def files(self, claim: Claim) -> dict[str, str]:
        """The files of the claim's job. Raises StoreError where the database does not come back."""

        async def work() -> dict[str, str]:
            async with self.database.reading() as connection:
                return await history.texts_of(connection, claim.job_id)

        return await self.database.patiently(work)

    async def renew(self, claim: Claim, lease_seconds: float) -> Held:
        """Hold the item longer. Raises LeaseLost where it is not this attempt's any more."""
        async with self.database.writing() as connection:
            if not await lines.extend(connection, claim.item_id, claim.attempt, lease_seconds):
                raise LeaseLost(claim.job_id)
            cancels = await connection.scalar(select(jobs.c.cancels).where(jobs.c.id == claim.job_id)) or 0
        return Held(cancelled=cancels > 0, at_once=cancels > 1)

    async def record(self, claim: Claim, told: Sequence[Told]) -> None:
        """Append events to the job. Raises LeaseLost where the item is not this attempt's any more."""

        async def work() -> None:
            async with self.database.writing() as connection:
                await _hold(connection, claim.job_id)
                await _fence(connection, claim)
                await event_log.append(connection, claim.job_id, told)

        await self.database.patiently(work)
        self.bell.ring(claim.job_id)

    async def finish(
        self, claim: Claim, outcome: Result | Trouble, told: Sequence[Told] = (), *, used: Usage | None = None
    ) -> None:
        """Keep what came out, with its last events, free the item, and charge its caller with what it used.

        Raises LeaseLost, and keeps nothing then.
        """

        async def work() -> tuple[int, ...]:
            async with self.database.writing() as connection:
                job = await _hold(connection, claim.job_id)
                error = as_json(outcome.body) if isinstance(outcome, Trouble) and not outcome.cancelled else None
                if not await lines.leave(connection, claim.item_id, claim.attempt, _state(outcome), error):
                    raise LeaseLost(claim.job_id)
                if isinstance(outcome, Result):
                    await _keep(connection, claim, outcome)
                await event_log.append(connection, claim.job_id, told)
                await self._settle(connection, job)
                if used:
                    await usage.charge_all(connection, (claim.caller, claim.address), used)
                return await lines.admit(connection, claim.caller, self.window)

        await self._tell(claim.job_id, await self.database.patiently(work))

    async def release(self, claim: Claim) -> None:
        """Put the item back into the line at its old place: nobody is to blame. Raises LeaseLost."""
        async with self.database.writing() as connection:
            job = await _hold(connection, claim.job_id)
            if not await lines.leave(connection, claim.item_id, claim.attempt, JobState.QUEUED):
                raise LeaseLost(claim.job_id)
            await event_log.append(connection, claim.job_id, [_back("its worker was told to end")])
            await self._settle(connection, job)
        await self._tell(claim.job_id, (claim.item_id,))

    async def holders(self) -> set[str]:
        """The workers that hold an item."""
        async with self.database.reading() as connection:
            held = select(items.c.worker).where(items.c.state == JobState.RUNNING).distinct()
            return {row.worker for row in await connection.execute(held)}

    async def forfeit(self, worker: str) -> None:
        """End the leases of a worker that is known to be gone."""
        async with self.database.writing() as connection:
            held = update(items).where(items.c.worker == worker, items.c.state == JobState.RUNNING)
            await connection.execute(held.values(lease_until=0.0))

    async def reap(self) -> tuple[int, ...]:
        """Put the items whose workers are lost into the line again; those that cost too many fail as `worker_lost`."""
        async with self.database.reading() as connection:
            late = await lines.expired(connection)
        self._spared = {item_id: self._spared[item_id] for item_id, _ in late if item_id in self._spared}
        returned = [item_id for item_id, job_id in late if await self._lost(item_id, job_id)]
        return tuple(returned)

    async def _lost(self, item_id: int, job_id: str) -> bool:
        """Look after one item whose lease has ended; whether it is in the line again.

        Where nobody could write for a while, as beside a process of SQLite's that is frozen, no lease could be renewed
        either: then it is spared for a while, in which its worker can renew it.
        """
        entered: tuple[int, ...] = ()
        asked = time.monotonic()
        async with self.database.writing() as connection:
            if (heard := time.monotonic()) - asked > HELD_UP_SECONDS:
                self._spared.setdefault(item_id, heard)
            if heard - self._spared.get(item_id, -HELD_UP_SECONDS) < HELD_UP_SECONDS:
                return False
            job = await _hold(connection, job_id)
            row = await lines.still_expired(connection, item_id)
            if row is None:  # its worker has renewed it, or somebody else was here first
                return False
            again = await lines.lose(connection, row, self.losses)
            if again:
                await event_log.append(connection, job_id, [_back(f"worker lost in attempt {row.attempt}")])
            await self._settle(connection, job)
            entered = await lines.admit(connection, row.caller, self.window)
        await self._tell(job_id, (item_id, *entered) if again else entered)
        return again

    async def clean(self, days: float | None, most_bytes: int | None) -> int:
        """Remove ended jobs that are older, and the oldest while all take more; how many."""
        removed = 0
        for rule, bound in ((remove_old, days), (remove_most, most_bytes)):
            gone = 1
            while bound is not None and gone:
                async with self.database.writing() as connection:
                    gone = await rule(connection, bound)
                removed += gone
        return removed

    # -- their parts ------------------------------------------------------------------------------------------------
    async def _settle(self, connection: AsyncConnection, job: Row[Any]) -> None:
        """Bring the state of the job, which is held, in line with its items; the last one ends it."""
        count = await lines.states(connection, job.id)
        changed = update(jobs).where(jobs.c.id == job.id)
        if any(count.get(state) for state in lines.UNFINISHED):
            begun = any(state not in (lines.WAITING, JobState.QUEUED) for state in count)
            state = JobState.RUNNING if begun else JobState.QUEUED
            await connection.execute(changed.values(state=state))
            return
        if history.is_final(job):
            return
        state = _ended(count)
        await connection.execute(changed.values(state=state, finished=now()))
        if not job.keep_code:
            await connection.execute(delete(files).where(files.c.job_id == job.id))
        end = Told(kind=EventKind.END, stage="end", detail="", more={"state": state})
        await event_log.append(connection, job.id, [end])

    async def _tell(self, job_id: str, entered: Sequence[int]) -> None:
        """After a transaction: wake who follows the job, and who works."""
        self.bell.ring(job_id)
        self.bell.ring(LINE)
        if entered:
            await self.entered(entered)

    async def aclose(self) -> None:
        await self.database.aclose()


async def _nobody(_item_ids: Sequence[int]) -> None:
    """Nobody has to be told by name: workers listen to the bell, and look."""


def _back(why: str) -> Told:
    return Told(kind=EventKind.QUEUED, stage="queued", detail=why)


async def _claim(connection: AsyncConnection, row: Row[Any]) -> Claim:
    job = (await connection.execute(select(jobs.c.kind, jobs.c.options).where(jobs.c.id == row.job_id))).one()
    return Claim(
        job_id=row.job_id,
        item_id=row.id,
        attempt=row.attempt,
        module=row.module,
        kind=JobKind(job.kind),
        caller=row.caller,
        address=row.address,
        options=history.options_of(job.options),
        trace=await connection.scalar(select(traces.c.parent).where(traces.c.job_id == row.job_id)) or "",
    )


async def _hold(connection: AsyncConnection, job_id: str) -> Row[Any]:
    """The job's row, which nobody else changes until the transaction ends. It is held before its items are, always:
    else two could wait for each other. Raises LeaseLost where the job is gone.
    """
    held = select(jobs).where(jobs.c.id == job_id).with_for_update(key_share=True)
    row = (await connection.execute(held)).one_or_none()
    if row is None:
        raise LeaseLost(job_id)
    return row


async def _fence(connection: AsyncConnection, claim: Claim) -> None:
    """Raises LeaseLost unless this attempt holds the item; it holds it then until the transaction ends."""
    held = (items.c.id == claim.item_id, items.c.attempt == claim.attempt, items.c.state == JobState.RUNNING)
    if await connection.scalar(select(items.c.id).where(*held).with_for_update(key_share=True)) is None:
        raise LeaseLost(claim.job_id)


def _state(outcome: Result | Trouble) -> JobState:
    if isinstance(outcome, Result):
        return JobState.CANCELLED if outcome.partial else JobState.DONE
    return JobState.CANCELLED if outcome.cancelled else JobState.FAILED


def _ended(count: dict[str, int]) -> JobState:
    if count.get(JobState.CANCELLED):
        return JobState.CANCELLED
    return JobState.DONE if count.get(JobState.DONE) else JobState.FAILED


async def _keep(connection: AsyncConnection, claim: Claim, result: Result) -> None:
    """The result, in place of one that an earlier attempt may have left."""
    await connection.execute(delete(results).where(results.c.item_id == claim.item_id))
    figures = result.figures
    payload, report = as_json(result.payload), as_json(result.report)
    await connection.execute(
        insert(results).values(
            item_id=claim.item_id,
            job_id=claim.job_id,
            caller=claim.caller,
            attempt=claim.attempt,
            finished=now(),
            payload=payload,
            report=report,
            **{name: value for name, value in asdict(figures).items() if name != "stages"},
        )
    )
    if figures.stages:
        rows = [{"item_id": claim.item_id, "name": name, "seconds": s} for name, s in figures.stages.items()]
        await connection.execute(insert(stages), rows)
    grown = update(jobs).where(jobs.c.id == claim.job_id)
    await connection.execute(grown.values(size_bytes=jobs.c.size_bytes + len(payload) + len(report)))
