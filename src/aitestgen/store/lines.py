"""The line of items: who comes next, who holds what, and until when. Each function works in a caller's transaction.

Fairness is by virtual time (start-time fair queueing: Goyal, Vin and Cheng, SIGCOMM 1996). Of each caller no more than
a window of items stand in the line or run; the others wait outside of it. An item that enters the line is tagged one
further than its caller's last one, but never behind what is served now; the lowest tag is served first. So whoever
comes late comes soon, however much others have queued, and the line itself stays short.
"""

from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.errors import TooMany
from aitestgen.job import Backlog, JobKind, JobState, NewJob
from aitestgen.store.database import now
from aitestgen.store.event_log import as_json
from aitestgen.store.schema import callers, items, jobs, served

WORKER_LOST = {
    "detail": "every worker that took this up was lost in its midst; the code may be what ends them",
    "error_type": "worker_lost",
    "code": "worker_lost",
    "retryable": False,
}

WAITING = "waiting"
"""Outside of the line, until the caller's window has room."""
HEAD_START = 8.0
"""By how much an interactive item may pass batch items that were tagged before it."""
COST = 1.0

UNFINISHED = (WAITING, JobState.QUEUED, JobState.RUNNING)


async def admit(connection: AsyncConnection, caller: str, window: int) -> tuple[int, ...]:
    """Let the caller's items into the line as far as its window has room, urgent ones first; the ids of those."""
    last = await lock(connection, caller)
    held = select(func.count()).where(items.c.caller == caller, items.c.state.in_((JobState.QUEUED, JobState.RUNNING)))
    room = window - ((await connection.scalar(held)) or 0)
    if room <= 0:
        return ()
    outside = select(items.c.id, items.c.urgent).where(items.c.caller == caller, items.c.state == WAITING)
    entering = (await connection.execute(outside.order_by(items.c.urgent.desc(), items.c.id).limit(room))).all()
    if not entering:
        return ()
    tag = max(last, await _served(connection))
    for item in entering:
        tag += COST
        placed = tag - (HEAD_START if item.urgent else 0.0)
        await connection.execute(update(items).where(items.c.id == item.id).values(state=JobState.QUEUED, tag=placed))
    await connection.execute(update(callers).where(callers.c.caller == caller).values(last_tag=tag))
    return tuple(item.id for item in entering)


async def lock(connection: AsyncConnection, caller: str) -> float:
    """The caller's virtual time; nobody else can let its items in before this transaction ends."""
    held = select(callers.c.last_tag).where(callers.c.caller == caller).with_for_update(key_share=True)
    tag = await connection.scalar(held)
    if tag is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        fresh = dialect.insert(callers).values(caller=caller, last_tag=0.0).on_conflict_do_nothing()
        await connection.execute(fresh)
        tag = await connection.scalar(held)
    return float(tag or 0.0)


async def backlog(connection: AsyncConnection) -> tuple[Backlog, ...]:
    """What is not ended, by state: each state, also where it has nothing."""
    age = now() - func.min(jobs.c.created)
    counted = (
        select(items.c.state, func.count().label("items"), age.label("age"))
        .join(jobs, jobs.c.id == items.c.job_id)
        .where(items.c.state.in_(UNFINISHED))
        .group_by(items.c.state)
    )
    found = {row.state: row for row in await connection.execute(counted)}
    return tuple(
        Backlog(state=state, items=found[state].items, oldest_seconds=max(0.0, float(found[state].age)))
        if state in found
        else Backlog(state=state, items=0, oldest_seconds=0.0)
        for state in UNFINISHED
    )


async def _served(connection: AsyncConnection) -> float:
    return float(await connection.scalar(select(served.c.tag)) or 0.0)


async def take(connection: AsyncConnection, worker: str, lease_seconds: float, item_id: int | None) -> Row[Any] | None:
    """Give the next item of the line (or this one, if it stands there) to a worker; None where there is none."""
    standing = select(items.c.id).where(items.c.state == JobState.QUEUED)
    if item_id is not None:
        standing = standing.where(items.c.id == item_id)
    first = standing.order_by(items.c.tag, items.c.id).limit(1).with_for_update(skip_locked=True, key_share=True)
    found = await connection.scalar(first)
    if found is None:
        return None
    taken = (
        update(items)
        .where(items.c.id == found, items.c.state == JobState.QUEUED)
        .values(
            state=JobState.RUNNING,
            attempt=items.c.attempt + 1,
            lease_until=now() + lease_seconds,
            worker=worker,
        )
        .returning(items)
    )
    row: Row[Any] | None = (await connection.execute(taken)).one_or_none()
    if row is not None:
        now_at = row.tag + (
            HEAD_START if row.urgent else 0.0
        )  # else who comes new would be that far ahead of the others
        await connection.execute(update(served).where(served.c.tag < now_at).values(tag=now_at))
        begun = update(jobs).where(jobs.c.id == row.job_id, jobs.c.state != JobState.RUNNING)
        await connection.execute(begun.values(state=JobState.RUNNING, started=func.coalesce(jobs.c.started, now())))
    return row


async def extend(connection: AsyncConnection, item_id: int, attempt: int, lease_seconds: float) -> bool:
    """Whether this attempt still holds the item; then its lease is as long as at the beginning again."""
    held = (items.c.id == item_id, items.c.attempt == attempt, items.c.state == JobState.RUNNING)
    kept = await connection.execute(update(items).where(*held).values(lease_until=now() + lease_seconds))
    return bool(kept.rowcount)


async def leave(connection: AsyncConnection, item_id: int, attempt: int, state: str, error: str | None = None) -> bool:
    """End this attempt's hold; whether it had it. After it nothing that the attempt says is accepted."""
    held = (items.c.id == item_id, items.c.attempt == attempt, items.c.state == JobState.RUNNING)
    values = {"state": state, "error": error, "lease_until": None, "worker": None}
    return bool((await connection.execute(update(items).where(*held).values(values))).rowcount)


async def expired(connection: AsyncConnection) -> list[tuple[int, str]]:
    """The items whose lease has ended, each with its job."""
    late = (items.c.state == JobState.RUNNING, items.c.lease_until < now())
    return [(row.id, row.job_id) for row in await connection.execute(select(items.c.id, items.c.job_id).where(*late))]


async def still_expired(connection: AsyncConnection, item_id: int) -> Row[Any] | None:
    """The item, locked, where its lease has still ended."""
    late = (items.c.id == item_id, items.c.state == JobState.RUNNING, items.c.lease_until < now())
    return (await connection.execute(select(items).where(*late).with_for_update(key_share=True))).one_or_none()


async def lose(connection: AsyncConnection, row: Row[Any], most: int) -> bool:
    """Count the loss of a worker; whether the item is in the line again, at its old place. Else it has failed."""
    again: bool = row.losses + 1 < most
    values: dict[str, Any] = {"losses": row.losses + 1, "lease_until": None, "worker": None}
    values |= {"state": JobState.QUEUED} if again else {"state": JobState.FAILED, "error": as_json(WORKER_LOST)}
    await connection.execute(update(items).where(items.c.id == row.id, items.c.attempt == row.attempt).values(values))
    return again


async def states(connection: AsyncConnection, job_id: str) -> dict[str, int]:
    """How many items of the job are in which state."""
    counted = (
        select(items.c.state, func.count().label("number")).where(items.c.job_id == job_id).group_by(items.c.state)
    )
    return {row.state: row.number for row in await connection.execute(counted)}


async def standing(connection: AsyncConnection) -> int:
    """How many items stand in the line."""
    counted = select(func.count()).select_from(items).where(items.c.state == JobState.QUEUED)
    return int(await connection.scalar(counted) or 0)


async def unfinished(connection: AsyncConnection, whose: ColumnElement[bool]) -> int:
    """How many of these items have not ended."""
    open_items = (whose, items.c.state.in_(UNFINISHED))
    return int(await connection.scalar(select(func.count()).select_from(items).where(*open_items)) or 0)


async def check_room(connection: AsyncConnection, new: NewJob, most: tuple[int, int]) -> None:
    """Raises TooMany where the caller, who is locked, or its address would have more that has not ended.

    The address is locked after the caller, always: else two could wait for each other.
    """
    of_caller, of_address = most
    if await unfinished(connection, items.c.caller == new.caller) + len(new.modules) > of_caller:
        raise TooMany(of_caller)
    if not new.address:
        return
    await lock(connection, new.address)
    if await unfinished(connection, items.c.address == new.address) + len(new.modules) > of_address:
        raise TooMany(of_address, whose="your address")


async def call_off(connection: AsyncConnection, job_id: str) -> None:
    """Cancel the items that no worker has."""
    idle = (items.c.job_id == job_id, items.c.state.in_((WAITING, JobState.QUEUED)))
    await connection.execute(update(items).where(*idle).values(state=JobState.CANCELLED, tag=None))


async def position(connection: AsyncConnection, job_id: str) -> int:
    """How many items stand before the job's first one that has not been started."""
    mine = (items.c.job_id == job_id, items.c.state.in_((WAITING, JobState.QUEUED)))
    outside_last = case((items.c.state == JobState.QUEUED, 0), else_=1)
    first = select(items).where(*mine).order_by(outside_last, items.c.tag, items.c.id).limit(1)
    row = (await connection.execute(first)).one_or_none()
    if row is None:
        return 0
    in_line = items.c.state == JobState.QUEUED
    if row.state == WAITING:
        earlier = or_(in_line, (items.c.state == WAITING) & (items.c.id < row.id))
    else:
        earlier = in_line & ((items.c.tag < row.tag) | ((items.c.tag == row.tag) & (items.c.id < row.id)))
    return int(await connection.scalar(select(func.count()).select_from(items).where(earlier)) or 0)


async def put(connection: AsyncConnection, job_id: str, new: NewJob) -> None:
    """Items for the job's modules, outside of the line."""
    whose = {"job_id": job_id, "caller": new.caller, "address": new.address}
    stands = {"urgent": new.kind is JobKind.SNIPPET, "state": WAITING}
    await connection.execute(insert(items), [{**whose, **stands, "module": module} for module in new.modules])
