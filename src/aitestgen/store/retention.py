"""Removing what is too old, or too much. Jobs that have not ended are never removed."""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.job import FINAL
from aitestgen.store.database import now
from aitestgen.store.schema import jobs

DAY_SECONDS = 86_400
MOST_AT_ONCE = 500


async def remove_old(connection: AsyncConnection, days: float) -> int:
    """Remove some of the jobs that ended longer ago, the oldest first; how many."""
    old = (jobs.c.state.in_(FINAL), jobs.c.finished < now() - days * DAY_SECONDS)
    chosen = select(jobs.c.id).where(*old).order_by(jobs.c.finished).limit(MOST_AT_ONCE)
    return (await connection.execute(delete(jobs).where(jobs.c.id.in_(chosen.scalar_subquery())))).rowcount


async def remove_most(connection: AsyncConnection, most_bytes: float) -> int:
    """Remove some of the oldest ended jobs, as long as what is kept takes more than this; how many."""
    newer = func.sum(jobs.c.size_bytes).over(order_by=(jobs.c.created.desc(), jobs.c.id.desc()))
    sizes = select(jobs.c.id, jobs.c.state, jobs.c.created, newer.label("together")).subquery()
    over = (sizes.c.together > most_bytes, sizes.c.state.in_(FINAL))
    chosen = select(sizes.c.id).where(*over).order_by(sizes.c.created).limit(MOST_AT_ONCE)
    return (await connection.execute(delete(jobs).where(jobs.c.id.in_(chosen.scalar_subquery())))).rowcount
