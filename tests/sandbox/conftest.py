"""What the tests of the jail share: one sandbox of each tier, and one event loop."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sandbox.podman import IMAGE, build_image, containers_of, demand_podman

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.container_pool import Stock


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


@pytest.fixture(scope="session")
def podman_image() -> None:
    demand_podman()
    build_image()


@pytest.fixture
def cold(podman_image: None) -> ContainerSandbox:  # noqa: ARG001  # built first
    return ContainerSandbox("podman", image=IMAGE)


@pytest.fixture(scope="module")
def warm(podman_image: None, runner: asyncio.Runner) -> Iterator[ContainerSandbox]:  # noqa: ARG001  # built first
    """With containers on standby; after all tests of a module nothing of it is left."""
    sandbox = ContainerSandbox("podman", image=IMAGE, stock=Stock(spares=2, kinds=2))
    yield sandbox
    runner.run(sandbox.aclose())
    assert containers_of(os.getpid()) == []
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.fixture
def nothing_is_left(podman_image: None) -> Iterator[None]:  # noqa: ARG001  # Podman is there
    """No container more than before; those on standby are another fixture's, and may come at any time."""
    before = containers_of(os.getpid(), standby=False)
    yield
    assert set(containers_of(os.getpid(), standby=False)) <= set(before)
