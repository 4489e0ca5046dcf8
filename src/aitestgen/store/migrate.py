"""Bringing a database up to date, by Alembic. Two that start together do it one after the other."""

import contextlib
import fcntl
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from aitestgen.errors import StoreError
from aitestgen.store.database import BUSY_SECONDS, blocking

LOCK = 0x61697465
"""Of PostgreSQL's advisory locks: ours."""


def migrate(url: URL) -> str:
    """Bring the database to the newest revision, and return it. Raises StoreError."""
    try:
        with at_connection(url) as config:
            command.upgrade(config, "head")
            return current(config.attributes["connection"])
    except (DBAPIError, OSError) as error:
        raise StoreError(f"the database cannot be brought up to date: {_reason(error)}") from error


def pending(url: URL) -> str | None:
    """Why the database is not what this version needs; None where it is. Raises StoreError where it is not reached."""
    try:
        with _engine(url).connect() as connection:
            here = current(connection)
    except DBAPIError as error:
        raise StoreError(f"the database does not answer: {_reason(error)}") from error
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    return (
        None
        if here == head
        else f"the database is at revision {here or 'none'}, and {head} is needed: aitestgen migrate"
    )


def current(connection: Connection) -> str:
    """The revision that the database is at; "" for an empty one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def configuration() -> Config:
    """What Alembic is to know: where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(files("aitestgen.store") / "migrations").replace("%", "%%"))
    return config


def _engine(url: URL) -> Engine:
    """Nothing stays connected; a file that somebody else still writes to is waited for."""
    waiting = {"timeout": BUSY_SECONDS} if url.drivername.startswith("sqlite") else {}
    return create_engine(blocking(url), poolclass=NullPool, connect_args=waiting)


@contextlib.contextmanager
def at_connection(url: URL) -> Iterator[Config]:
    """For Alembic's commands, one after the other with whoever else migrates; committed at the end."""
    with _alone(url) as connection:
        config = configuration()
        config.attributes["connection"] = connection
        yield config


@contextlib.contextmanager
def _alone(url: URL) -> Iterator[Connection]:
    """A connection, while nobody else migrates."""
    if url.drivername.startswith("sqlite"):
        with _file_lock(url.database):
            _written_ahead(url)
            with _engine(url).begin() as connection:
                yield connection
        return
    engine = _engine(url)
    with engine.connect() as holder:
        holder.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            holder.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))


def _written_ahead(url: URL) -> None:
    """SQLite's journal for readers beside a writer. The file keeps it; who asks for it beside others can be refused.

    https://www.sqlite.org/wal.html
    """
    with _engine(url).connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


@contextlib.contextmanager
def _file_lock(database: str | None) -> Iterator[None]:
    if not database or database == ":memory:":
        yield
        return
    path = Path(database)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path.touch(mode=0o600)  # it holds code: what SQLite puts beside it gets the same mode
        yield


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())[:300] or type(cause).__name__
