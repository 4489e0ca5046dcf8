"""Docker's own client, before Podman's service, which speaks Docker's protocol.

That service refuses two things which Docker's daemon takes, and which are taken out on the way: a system-call filter
that comes as text, and a number of inodes.
"""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sandbox.podman import HUNGRY_CHILDREN, IMAGE, SLEEPS, a_run, containers_of, once

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.values import Limits, Tier, Verdict

DOCKER = shutil.which("docker")

pytestmark = [
    pytest.mark.usefixtures("podman_image"),
    pytest.mark.skipif(DOCKER is None, reason="no docker client here; ITS COMMANDS ARE NOT TESTED"),
]

WITHOUT = f"""#!/bin/sh
for a; do
  shift
  case $a in
    --security-opt=seccomp=*) ;;
    *,nr_inodes=*) set -- "$@" "${{a%,nr_inodes=*}}" ;;
    *) set -- "$@" "$a" ;;
  esac
done
exec {DOCKER} "$@"
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, podman_image: None) -> Iterator[str]:  # noqa: ARG001  # Podman is there
    """Where Podman's service listens."""
    place = tmp_path_factory.mktemp("docker") / "socket"
    command = [shutil.which("podman") or "", "system", "service", "--time=0", f"unix://{place}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=place.parent) as service:
        deadline = time.monotonic() + 10.0
        while not place.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        yield f"unix://{place}"
        service.terminate()
        service.communicate()


@pytest.fixture
def docker(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ContainerSandbox:
    client = tmp_path / "docker"
    client.write_text(WITHOUT)
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", address)
    return ContainerSandbox("docker", image=IMAGE)


def test_an_honest_guest_passes(docker: ContainerSandbox) -> None:
    result = once(docker, a_run(limits=Limits(wall_seconds=20.0)))
    assert (result.verdict, result.tier, result.backend) == (Verdict.PASSED, Tier.A, "docker"), result.output
    assert "1 passed in " in result.output.splitlines()[-1]


def test_a_guest_that_eats_memory_is_told_by_the_kernel(docker: ContainerSandbox) -> None:
    assert once(docker, a_run(HUNGRY_CHILDREN)).verdict is Verdict.OUT_OF_MEMORY


def test_a_cancelled_run_leaves_no_container(docker: ContainerSandbox) -> None:
    async def cancelled() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(docker.run(a_run(SLEEPS, limits=Limits(wall_seconds=99.0)), lambda _: started.set()))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await docker.aclose()

    asyncio.run(cancelled())
    assert containers_of(os.getpid()) == []


@pytest.mark.usefixtures("docker")
def test_a_missing_image_is_an_error_that_names_the_command() -> None:
    with pytest.raises(SandboxError, match=r"image localhost/none is missing: build it with `make sandbox-image`"):
        once(ContainerSandbox("docker", image="localhost/none"), a_run())


def test_a_daemon_that_does_not_run_is_an_error_with_the_fix(
    docker: ContainerSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    with pytest.raises(SandboxError, match="systemctl start docker"):
        once(docker, a_run())
