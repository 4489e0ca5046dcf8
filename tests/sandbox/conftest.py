"""What the tests of the jail share: one sandbox of each tier, and one event loop."""

import asyncio
from collections.abc import Iterator

import pytest

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox


@pytest.fixture(scope="session")
def tier_a() -> BubblewrapSandbox:
    sandbox = BubblewrapSandbox()
    if sandbox.tier != "A":
        pytest.skip("no control groups can be used here: see `aitestgen doctor`")
    return sandbox


@pytest.fixture(scope="session")
def tier_b() -> BubblewrapSandbox:
    return BubblewrapSandbox(cgroups="none")


@pytest.fixture(params=["auto", "none"], ids=["best", "tier_b"])
def sandbox(request: pytest.FixtureRequest) -> BubblewrapSandbox:
    return BubblewrapSandbox(cgroups=request.param)


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner
