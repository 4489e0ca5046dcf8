"""What callers have used of a day: the seconds for which they held slots."""

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.store.database import now
from aitestgen.store.schema import usage

DAY_SECONDS = 86_400


async def charge(connection: AsyncConnection, caller: str, seconds: float) -> None:
    """Add to what the caller has used today (UTC, by the database's clock). Earlier days are forgotten."""
    day, _ = await _today(connection)
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = make(usage).values(caller=caller, day=day, seconds=seconds)
    added = {"seconds": usage.c.seconds + seconds}
    row = row.on_conflict_do_update(index_elements=[usage.c.caller, usage.c.day], set_=added)
    used_today = await connection.scalar(row.returning(usage.c.seconds)) or 0.0
    if used_today <= seconds:  # the first of the day
        await connection.execute(delete(usage).where(usage.c.caller == caller, usage.c.day < day))


async def used(connection: AsyncConnection, caller: str) -> tuple[float, int]:
    """The seconds that the caller has used today, and the whole seconds until the day ends."""
    day, left = await _today(connection)
    found = await connection.scalar(select(usage.c.seconds).where(usage.c.caller == caller, usage.c.day == day))
    return found or 0.0, left


async def _today(connection: AsyncConnection) -> tuple[int, int]:
    at = await connection.scalar(select(now())) or 0.0
    return int(at // DAY_SECONDS), DAY_SECONDS - int(at % DAY_SECONDS)
