"""The schema and its migrations, on both databases: they agree, take turns, keep what was there; backups come back."""

import asyncio
import contextlib
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine
from tests.contracts.test_store import a_job, a_result
from tests.jobs.databases import Postgres, program

from aitestgen import wiring
from aitestgen.account import Account, Deed, NewKey
from aitestgen.errors import StoreError, UsageError
from aitestgen.job import Claim, Job, JobState
from aitestgen.settings import Settings
from aitestgen.store.accounts import Accounts
from aitestgen.store.database import blocking, database_url, opened
from aitestgen.store.migrate import at_connection, configuration, migrate, pending
from aitestgen.store.schema import metadata
from aitestgen.store.sql import SqlStore

HEAD = ScriptDirectory.from_config(configuration()).get_current_head()


@pytest.fixture(params=["sqlite", "postgresql", "ascii"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param != "sqlite":
        server: Postgres = request.getfixturevalue("postgres")
        return server.ascii() if request.param == "ascii" else server.empty()
    return f"sqlite:///{tmp_path / 'folder' / 'jobs.db'}"


async def with_a_job(url: str) -> Job:
    store = SqlStore(opened(database_url(url)))
    job, _ = await store.add(a_job())
    claim = await store.claim("worker", 60)
    assert claim
    await store.finish(claim, a_result())
    done = await store.get(job.id)
    await store.aclose()
    return done


async def found(url: str, job_id: str) -> Job:
    store = SqlStore(opened(database_url(url)))
    try:
        return await store.get(job_id)
    finally:
        await store.aclose()


def test_migrations_make_exactly_the_schema(empty: str) -> None:
    url = database_url(empty)
    assert migrate(url) == HEAD
    with create_engine(blocking(url), poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours})
        assert compare_metadata(context, metadata) == []


def ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name and name.startswith("procrastinate"))


def test_many_that_start_at_once_migrate_once_and_one_after_the_other(empty: str) -> None:
    url = database_url(empty)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: migrate(url), range(4))) == {HEAD}
    assert pending(url) is None


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_a_database_of_an_earlier_revision_keeps_its_jobs(empty: str, revision: str) -> None:
    url = database_url(empty)
    migrate(url)
    job = asyncio.run(with_a_job(empty))
    with at_connection(url) as config:
        command.downgrade(config, revision)
    assert str(HEAD) in (pending(url) or "")
    migrate(url)
    assert asyncio.run(found(empty, job.id)) == job


def test_who_connects_to_a_new_file_beside_a_reader_is_not_refused(tmp_path: Path) -> None:
    """SQLite refuses who changes the kind of journal while somebody reads."""
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    migrate(database_url(url))
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert asyncio.run(with_a_job(url)).state is JobState.DONE


def test_a_server_that_may_not_migrate_says_what_is_to_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_DATABASE_URL", f"sqlite:///{tmp_path / 'jobs.db'}")
    monkeypatch.setenv("AITESTGEN_MIGRATE", "by-command")
    with pytest.raises(StoreError, match="aitestgen migrate"):
        wiring.open_store(Settings())
    migrate(wiring.database_url(Settings()))
    asyncio.run(wiring.open_store(Settings()).aclose())


def test_a_backup_of_a_database_in_use_can_be_restored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    migrate(database_url(url))
    job = asyncio.run(with_a_job(url))
    with sqlite3.connect(tmp_path / "jobs.db") as source, sqlite3.connect(tmp_path / "copy.db") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    (tmp_path / "jobs.db").unlink()
    restored = asyncio.run(found(f"sqlite:///{tmp_path / 'copy.db'}", job.id))
    assert (restored, restored.state) == (job, JobState.DONE)


def test_a_dump_of_postgresql_in_use_can_be_restored(postgres: Postgres, tmp_path: Path) -> None:
    """As docs/jobs.md says: what has ended is there, and what ran is worked on again."""
    url, other = postgres.fresh(), postgres.empty()
    ended, taken = asyncio.run(with_jobs_at_work(url))
    dump = tmp_path / "jobs.dump"
    with dump.open("wb") as file:
        client("pg_dump", "--format=custom", plain(url), stdout=file)
    with dump.open("rb") as file:
        client("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={plain(other)}", stdin=file)
    assert (pending(database_url(other)), asyncio.run(found(other, ended.id))) == (None, ended)
    again = asyncio.run(taken_again(other))
    assert (again.job_id, again.attempt) == (taken.job_id, taken.attempt + 1)


def plain(url: str) -> str:
    """As PostgreSQL's own programs take it."""
    return database_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def client(name: str, *words: str, **streams: Any) -> None:
    subprocess.run([str(program(name)), *words], check=True, **streams)


async def with_jobs_at_work(url: str) -> tuple[Job, Claim]:
    """A job that has ended, and another one that a worker holds for a second."""
    ended = await with_a_job(url)
    store = SqlStore(opened(database_url(url)))
    await store.add(a_job())
    claim = await store.claim("worker", 1.0)
    assert claim
    await store.aclose()
    return ended, claim


async def taken_again(url: str) -> Claim:
    """What a worker is given once the lease of the one that is gone is over."""
    store = SqlStore(opened(database_url(url)))
    async with asyncio.timeout(20):
        while not (claim := await store.claim("another", 60)):
            await asyncio.sleep(0.1)
            await store.reap()
    await store.aclose()
    return claim


def test_the_default_database_is_a_file_that_only_its_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AITESTGEN_DATABASE_URL", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    asyncio.run(wiring.open_store(Settings()).aclose())
    file = tmp_path / "aitestgen" / "jobs.db"
    assert (file.exists(), file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (True, 0, 0)


@pytest.mark.parametrize("text", ["mysql://user:secret@host/x", "nonsense:secret", ""])
def test_a_url_of_no_use_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(UsageError, match="AITESTGEN_DATABASE_URL") as refused:
        database_url(text)
    assert "secret" not in str(refused.value)


def test_a_database_that_is_not_there_is_said_without_its_password() -> None:
    with pytest.raises(StoreError) as away:
        migrate(database_url("postgresql://user:secret@127.0.0.1:9/none"))
    assert "secret" not in str(away.value)


def test_a_file_that_cannot_be_made_is_an_error() -> None:
    with pytest.raises(StoreError, match="brought up to date"):
        migrate(database_url("sqlite:////proc/none/jobs.db"))


def test_keys_come_back_with_a_backup(tmp_path: Path) -> None:
    async def made(url: str) -> str:
        accounts = Accounts(opened(database_url(url)))
        _, secret = await accounts.add_key(NewKey(owner="ann"), Deed(actor="test", action="key created"))
        await accounts.database.aclose()
        return secret

    async def known(url: str, secret: str) -> tuple[Account | None, int]:
        accounts = Accounts(opened(database_url(url)))
        found = await accounts.by_key(secret), len(await accounts.deeds(10))
        await accounts.database.aclose()
        return found

    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    migrate(database_url(url))
    secret = asyncio.run(made(url))
    source, copy = sqlite3.connect(tmp_path / "jobs.db"), sqlite3.connect(tmp_path / "copy.db")
    with contextlib.closing(source), contextlib.closing(copy):
        source.backup(copy)
    account, deeds = asyncio.run(known(f"sqlite:///{tmp_path / 'copy.db'}", secret))
    assert (account.name if account else None, deeds) == ("user:ann", 1)
