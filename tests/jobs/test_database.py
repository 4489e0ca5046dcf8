"""Connections: whoever is called off leaves no lock behind."""

import asyncio
import contextlib
import gc
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from aitestgen.store.database import Database, database_url, opened

MOMENTS = 60
"""Within which a connection to a file is opened and used."""

SLOW = """WITH RECURSIVE counted(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM counted WHERE n < 3000)
SELECT max(n) FROM counted UNION ALL SELECT 0"""
"""It is called off most often while its first row is looked for; a second one is left then."""


@pytest.fixture
def nothing_collected() -> Iterator[None]:
    """A lock must not last until the garbage collector happens to come by."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("use", ["reading", "writing"])
def test_whoever_is_called_off_leaves_no_lock_behind(tmp_path: Path, use: str) -> None:
    for moment in range(MOMENTS):
        file = tmp_path / f"{moment}.db"
        asyncio.run(_called_off_at(moment, file, use))
        with contextlib.closing(sqlite3.connect(file, timeout=0)) as other:
            other.execute("BEGIN EXCLUSIVE")


async def _called_off_at(moment: int, file: Path, use: str) -> None:
    database = opened(database_url(f"sqlite:///{file}"))
    user = asyncio.ensure_future(_used(database, use))
    for _ in range(moment):
        await asyncio.sleep(0.0003)
    user.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await user
    await database.aclose()


async def _used(database: Database, use: str) -> None:
    while True:
        async with getattr(database, use)() as connection:
            await connection.exec_driver_sql(SLOW)
