"""What every test gets: one event loop, a state folder of its own, hypothesis that repeats itself, the mark `jail`."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import coverage
import hypothesis
import pytest
from tests.jobs.databases import postgres, url

__all__ = ["postgres", "url"]  # fixtures

JAILED = Path(__file__).parent / "sandbox"

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def state_folder() -> Iterator[Path]:
    """Servers that are started here keep their jobs in it, and not in the user's own folder."""
    with tempfile.TemporaryDirectory(prefix="aitestgen-state-") as folder:
        before = os.environ.get("XDG_STATE_HOME")
        os.environ["XDG_STATE_HOME"] = folder
        yield Path(folder)
        if before is None:
            del os.environ["XDG_STATE_HOME"]
        else:
            os.environ["XDG_STATE_HOME"] = before


def pytest_sessionfinish() -> None:
    """Writes what was measured before the process ends: xdist kills a worker that needs over ten seconds for ending."""
    if measured := coverage.Coverage.current():
        measured.stop()
        measured.save()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if JAILED in item.path.parents:
            item.add_marker("jail")
