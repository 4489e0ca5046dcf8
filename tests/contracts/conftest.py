from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.databases import KINDS, Postgres, postgres_server

from aitestgen.store.database import database_url
from aitestgen.store.migrate import migrate


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of either kind, up to date."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.fresh()
    found = f"sqlite:///{tmp_path / 'jobs.db'}"
    migrate(database_url(found))
    return found
