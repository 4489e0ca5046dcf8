"""What every test gets: one event loop, hypothesis that finds the same examples in each run, and the mark `jail`."""

from pathlib import Path

import hypothesis
import pytest

JAILED = Path(__file__).parent / "sandbox"

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if JAILED in item.path.parents:
            item.add_marker("jail")
