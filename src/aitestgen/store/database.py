"""The connection to SQLite or PostgreSQL: transactions, the clock, and what a URL may be."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Double, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from aitestgen.errors import StoreError, UsageError

T = TypeVar("T")

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
BUSY_SECONDS = 20.0
AWAY_SECONDS = 30.0
"""How long a write is tried again where the database went away, as at its restart."""
FROZEN_SECONDS = 10.0
"""After so long the server ends a transaction whose process says nothing more: others wait for what it has locked."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 1.0


class now(FunctionElement[float]):  # noqa: N801  # it is written as a function of SQL is
    """The database's own clock, in seconds since the epoch: machines need not agree on the time."""

    type = Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_of_sqlite(_element: object, _compiler: object, **_more: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_of_postgresql(_element: object, _compiler: object, **_more: object) -> str:
    return "(extract(epoch from clock_timestamp())::double precision)"


def database_url(text: str) -> URL:
    """The URL with the driver that is used here. Raises UsageError, which never holds a password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise UsageError("AITESTGEN_DATABASE_URL: write sqlite:///FILE or postgresql://USER@HOST/DATABASE") from None
    family = url.drivername.partition("+")[0]
    if family not in DRIVERS:
        raise UsageError(f"AITESTGEN_DATABASE_URL: {family!r} is not supported; it takes sqlite and postgresql")
    url = url.set(drivername=DRIVERS[family])
    # A database of SQL_ASCII would otherwise answer with bytes.
    return url if family == "sqlite" else url.update_query_dict({"client_encoding": "utf8"})


def blocking(url: URL) -> URL:
    """The same database, for a driver that blocks."""
    return url.set(drivername="sqlite") if url.drivername.startswith("sqlite") else url


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A pool of connections. Build it with `opened`."""

    url: URL
    engine: AsyncEngine
    settling: set[asyncio.Task[None]] = field(default_factory=set, repr=False, compare=False)
    """What gives connections back, some of them after their user was called off."""

    @property
    def shared(self) -> bool:
        """Whether workers on other machines can reach it."""
        return not self.url.drivername.startswith("sqlite")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Each statement sees what is committed by then."""
        async with self._connected() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction; on SQLite it is the only one that writes, from its beginning on."""
        async with self._connected() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool, opened whole and given back whole: cut short it would be lost with its locks."""
        opening = asyncio.ensure_future(self.engine.connect().start())
        try:
            yield await asyncio.shield(opening)
        finally:
            closing = asyncio.ensure_future(_closed(opening))
            self.settling.add(closing)
            closing.add_done_callback(self.settling.discard)
            await asyncio.shield(closing)

    async def patiently(self, work: Callable[[], Awaitable[T]], seconds: float = AWAY_SECONDS) -> T:
        """What `work` gives; it is done again where the database went away in its midst, for so many seconds.

        Raises StoreError after that. `work` must be safe to do twice: whether it was committed can be unknown.
        """
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + seconds, FIRST_PAUSE_SECONDS
        while True:
            try:
                return await work()
            except DBAPIError as error:
                if not passing(error):
                    raise
                if loop.time() >= deadline:
                    raise StoreError(f"the database does not answer ({type(error.orig).__name__})") from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def aclose(self) -> None:
        await asyncio.gather(*self.settling)
        await self.engine.dispose()


async def _closed(opening: asyncio.Future[AsyncConnection]) -> None:
    await asyncio.wait([opening])
    if opening.exception() is None:
        await opening.result().close()


def passing(error: DBAPIError) -> bool:
    """Whether the same may succeed in a while: the connection is gone, or somebody else holds a lock."""
    return error.connection_invalidated or isinstance(error, OperationalError)


def opened(url: URL) -> Database:
    """The database behind this URL. Nothing is connected yet."""
    if url.drivername.startswith("sqlite"):
        return Database(url=url, engine=_sqlite(url))
    options = f"-c idle_in_transaction_session_timeout={int(FROZEN_SECONDS * 1000)}"
    engine = create_async_engine(
        url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args={"options": options}
    )
    return Database(url=url, engine=engine)


def _sqlite(url: URL) -> AsyncEngine:
    if url.database and url.database != ":memory:":
        with contextlib.suppress(FileExistsError):
            Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "invalidate", _let_go)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin by itself, and too late
    cursor = connection.cursor()
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={int(BUSY_SECONDS * 1000)}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    """A transaction that reads first and writes then could not be completed beside another one."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _let_go(connection: Any, _record: object, _error: object) -> None:
    """A statement whose user was called off outlives its closed connection, and its locks with it."""
    connection.rollback()
