"""What callers have used of a day."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.job import Usage
from aitestgen.store.database import now
from aitestgen.store.schema import usage

DAY_SECONDS = 86_400


async def charge(connection: AsyncConnection, caller: str, used: Usage) -> None:
    """Add to what the caller has used today (UTC, by the database's clock). Earlier days are forgotten."""
    day, _ = await _today(connection)
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    amounts = {"seconds": used.seconds, "cpu_seconds": used.cpu_seconds, "tokens": used.tokens, "usd": used.usd}
    row = make(usage).values(caller=caller, day=day, **amounts)
    added = {name: usage.c[name] + amount for name, amount in amounts.items()}
    row = row.on_conflict_do_update(index_elements=[usage.c.caller, usage.c.day], set_=added)
    seconds_today = await connection.scalar(row.returning(usage.c.seconds)) or 0.0
    if seconds_today <= used.seconds:  # the first of the day
        await connection.execute(delete(usage).where(usage.c.caller == caller, usage.c.day < day))


async def charge_all(connection: AsyncConnection, callers: Iterable[str], used: Usage) -> None:
    """Likewise for each of them that has a name, in this order, and once."""
    for caller in filter(None, dict.fromkeys(callers)):
        await charge(connection, caller, used)


async def used_today(connection: AsyncConnection, caller: str) -> tuple[Usage, int]:
    """What the caller has used today, and the whole seconds until the day ends."""
    day, left = await _today(connection)
    columns = (usage.c.seconds, usage.c.cpu_seconds, usage.c.tokens, usage.c.usd)
    found = (
        await connection.execute(select(*columns).where(usage.c.caller == caller, usage.c.day == day))
    ).one_or_none()
    return Usage(**found._mapping) if found else Usage(), left


async def _today(connection: AsyncConnection) -> tuple[int, int]:
    at = await connection.scalar(select(now())) or 0.0
    return int(at // DAY_SECONDS), DAY_SECONDS - int(at % DAY_SECONDS)
