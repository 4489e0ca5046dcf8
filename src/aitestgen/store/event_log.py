"""What happens to a job, numbered without a gap, and who waits to hear of it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.errors import NotFound
from aitestgen.job import FINAL, EventKind, JobEvent, Told
from aitestgen.store.database import Database, now
from aitestgen.store.schema import events, jobs

MOST_AT_ONCE = 500
CHANNEL = "aitestgen_jobs"
"""Where PostgreSQL says which job has something new. The payload is its id alone: it may not be long."""


class Bell:
    """Wakes who waits in this process. A ring that nobody heard is not lost: waiters look first, and look again."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def ring(self, name: str) -> None:
        for waiter in self._waiting.get(name, ()):
            waiter.set()

    def ring_all(self) -> None:
        for name in list(self._waiting):
            self.ring(name)

    def listen(self, name: str) -> asyncio.Event:
        """An event that is set at the next ring. Give it back with `forget`."""
        waiter = asyncio.Event()
        self._waiting[name].add(waiter)
        return waiter

    def forget(self, name: str, waiter: asyncio.Event) -> None:
        self._waiting[name].discard(waiter)
        if not self._waiting[name]:
            del self._waiting[name]


async def wait(waiter: asyncio.Event, seconds: float) -> None:
    """Until the ring, or so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await waiter.wait()
    except TimeoutError:
        return
    finally:
        waiter.clear()


async def append(connection: AsyncConnection, job_id: str, told: Sequence[Told]) -> None:
    """Number the events and write them; whoever else writes of this job waits until the transaction ends."""
    if not told:
        return
    counted = update(jobs).where(jobs.c.id == job_id).values(last_seq=jobs.c.last_seq + len(told))
    numbered = counted.returning(jobs.c.last_seq, now().label("at"))
    if connection.dialect.name == "postgresql":  # heard once the transaction is committed
        numbered = numbered.returning(func.pg_notify(CHANNEL, job_id))
    row = (await connection.execute(numbered)).one()
    first = row.last_seq - len(told) + 1
    await connection.execute(insert(events), [_row(job_id, seq, row.at, item) for seq, item in enumerate(told, first)])


def _row(job_id: str, seq: int, at: float, told: Told) -> dict[str, Any]:
    data = {"stage": told.stage, "detail": told.detail, **told.more}
    return {"job_id": job_id, "seq": seq, "at": at, "kind": told.kind, "data": as_json(data)}


def as_json(value: Any) -> str:
    """ASCII alone: PostgreSQL takes neither NUL nor half a character in a text, and a guest may print both."""
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept")


async def read(connection: AsyncConnection, job_id: str, after: int) -> list[JobEvent]:
    """The events after this one, in order, at most so many at once."""
    later = select(events).where(events.c.job_id == job_id, events.c.seq > after).order_by(events.c.seq)
    rows = (await connection.execute(later.limit(MOST_AT_ONCE))).all()
    return [JobEvent(seq=row.seq, at=row.at, kind=EventKind(row.kind), data=json.loads(row.data)) for row in rows]


async def follow(
    database: Database, bell: Bell, job_id: str, after: int, poll_seconds: Callable[[], float]
) -> AsyncIterator[JobEvent]:
    """Every event after this one, as they come, up to the last one of the job.

    Raises NotFound where there is no such job; it ends where the job is deleted meanwhile.
    """
    waiter = bell.listen(job_id)
    try:
        if not await _exists(database, job_id):
            raise NotFound(f"there is no job {job_id}")
        while True:
            found = await database.patiently(partial(_read, database, job_id, after))
            for item in found:
                yield item
                after = item.seq
                if item.kind is EventKind.END:
                    return
            if not found:
                if not await database.patiently(partial(_goes_on, database, job_id, after)):
                    return
                await wait(waiter, poll_seconds())
    finally:
        bell.forget(job_id, waiter)


async def _read(database: Database, job_id: str, after: int) -> list[JobEvent]:
    async with database.reading() as connection:
        return await read(connection, job_id, after)


async def _exists(database: Database, job_id: str) -> bool:
    async with database.reading() as connection:
        return await connection.scalar(select(jobs.c.id).where(jobs.c.id == job_id)) is not None


async def _goes_on(database: Database, job_id: str, after: int) -> bool:
    """Whether there is, or will be, an event after this one."""
    async with database.reading() as connection:
        row = (await connection.execute(select(jobs.c.state, jobs.c.last_seq).where(jobs.c.id == job_id))).one_or_none()
    return row is not None and (row.state not in FINAL or row.last_seq > after)
