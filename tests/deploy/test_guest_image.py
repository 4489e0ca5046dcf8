"""The guests' image, built by its Containerfile on a local root file system, holds guests as the one from scratch."""

import shutil

import pytest
from tests.deploy.tools import missing, ran
from tests.deploy.topology import revision, sources
from tests.sandbox.podman import QUICK, a_run, once
from tests.sandbox.test_container import MISBEHAVING

from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.container_engine import IMAGE
from aitestgen.values import Tier, Verdict

WHAT_IS_LEFT = """
import os, shutil, stat
def test_a():
    assert os.getuid() == 65534
    assert [name for name in ("sh", "bash", "perl", "apt", "dpkg", "pip", "su", "mount") if shutil.which(name)] == []
    for folder, _, names in os.walk("/usr"):
        for name in names:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            assert not (stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID)), name
"""

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def sandbox() -> ContainerSandbox:
    if shutil.which("podman") is None:
        missing("podman is not installed: .ci/install-podman")
    if sources(revision(IMAGE)) != sources("HEAD"):
        missing("the image of the guests is not built of these sources: make images LOCAL=1")
    return ContainerSandbox("podman", image=IMAGE)


def test_an_honest_guest_passes_with_its_arcs(sandbox: ContainerSandbox) -> None:
    result = once(sandbox, a_run())
    assert (result.verdict, result.tier) == (Verdict.PASSED, Tier.A), result.output
    assert result.outcomes[0].arcs == {(-1, 2), (2, -1)}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_a_guest_that_misbehaves_gets_its_verdict(name: str, sandbox: ContainerSandbox) -> None:
    tests, limits, verdict = MISBEHAVING[name]
    result = once(sandbox, a_run(tests, limits=limits))
    assert result.verdict is verdict, (result.detail, result.output)


def test_a_guest_is_nobody_and_finds_no_shell_and_nothing_set_uid(sandbox: ContainerSandbox) -> None:
    result = once(sandbox, a_run(WHAT_IS_LEFT, limits=QUICK))
    assert result.verdict is Verdict.PASSED, result.output


def test_it_starts_python_by_name_and_is_of_a_size_to_pull() -> None:
    of = ("podman", "image", "inspect", "--format", "{{.Size}} {{.Config.User}}", IMAGE)
    size, user = ran(list(of)).stdout.split()
    assert (int(size) < 300_000_000, user) == (True, "testuser")
