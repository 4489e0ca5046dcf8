"""The images, started as compose.yml says, answer what DEPLOYMENT.md says, and the sandbox reaches nobody."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.deploy.machine import demand_machine
from tests.deploy.tools import DEPLOY, ROOT, missing, ran, tool
from tests.deploy.topology import (
    PASSWORD,
    REACHES,
    Topology,
    alone,
    are_built,
    exit_code,
    images,
    inside,
    podman,
    started,
    with_workers,
)
from tests.interfaces.test_job_servers import ended

ROUTES = "print([line.split()[1] for line in open('/proc/net/route').readlines()[1:]])"
IDENTITY = "import os; print(os.getuid(), [l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')])"
WRITES = """
import pathlib
for place in ("/opt/aitestgen/x", "/usr/x", "/etc/x"):
    try:
        pathlib.Path(place).write_text("x")
        print("written")
    except OSError:
        print("refused")
"""

ADD = "def add(a: int, b: int) -> int:\n    return a + b\n"
ASKED = ("psql", "--host=127.0.0.1", "--username=aitestgen", "--tuples-only", "--command=SELECT id FROM jobs")

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120)]


def demand_images() -> None:
    tool("yaml")
    if shutil.which("podman") is None:
        missing("podman is not installed: .ci/install-podman")
    if not are_built():
        missing("the images are not built: make images, or make images LOCAL=1")


@pytest.fixture(scope="module")
def topology() -> Iterator[Topology]:
    demand_images()
    with started(f"aitestgen-topology-{os.getpid()}") as made:
        yield made


def health_of(container: str) -> Any:
    code = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8001/health').read().decode())"
    return json.loads(inside(container, code))


def test_the_checks_of_the_deployment_pass(topology: Topology) -> None:
    said = ran([DEPLOY / "checks.sh", topology.url])
    assert said.returncode == 0, said.stdout + said.stderr
    promised = (ROOT / "DEPLOYMENT.md").read_text()
    assert [line for line in said.stdout.splitlines() if line not in promised] == []
    assert said.stdout.count("ok    ") == 6


def test_the_sandbox_gives_jails_with_namespaces_inside_its_container(topology: Topology) -> None:
    health = health_of(topology.sandbox)
    assert (health["backend"], health["tier"]) == ("bubblewrap", "B")


@pytest.mark.usefixtures("topology")
def test_with_the_walls_of_the_engine_kept_the_sandbox_gives_jails_without_namespaces_and_ends_when_told() -> None:
    closed = {"security_opt": ["no-new-privileges:true"], "environment": {"AITESTGEN_SANDBOX_FLOOR": "C"}}
    with alone(f"aitestgen-closed-{os.getpid()}", "sandbox", **closed) as container:
        health = health_of(container)
        assert (health["backend"], health["tier"]) == ("landlock", "C")
        assert exit_code(container) == 0


def test_the_sandbox_has_no_way_out(topology: Topology) -> None:
    assert "00000000" not in inside(topology.sandbox, ROUTES)
    assert "reached" not in inside(topology.sandbox, REACHES)


def test_the_backend_is_reached_by_its_published_port_only(topology: Topology) -> None:
    assert podman("port", topology.sandbox) == ""
    assert podman("port", topology.backend).startswith("8000/tcp -> 127.0.0.1:")


@pytest.mark.parametrize("name", ["backend", "sandbox"])
def test_a_service_is_not_root_has_no_capability_and_cannot_change_its_image(name: str, topology: Topology) -> None:
    container = getattr(topology, name)
    assert inside(container, IDENTITY) == "10001 ['0000000000000000']"
    assert inside(container, WRITES).split() == ["refused"] * 3


@pytest.mark.parametrize("name", ["backend", "sandbox"])
def test_an_image_says_what_it_is_and_holds_no_installer(name: str, topology: Topology) -> None:
    container = getattr(topology, name)
    (facts,) = json.loads(podman("inspect", container))
    assert facts["Config"]["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    found = inside(
        container, "import importlib.util as u; print([u.find_spec(n) for n in ('pip', 'setuptools', 'hatchling')])"
    )
    assert found == "[None, None, None]"


SIZES = re.compile(r"each image has (\d+) MB, of which the base is (\d+)")


@pytest.mark.usefixtures("topology")
def test_the_images_have_the_size_that_the_page_tells() -> None:
    (told,) = SIZES.findall((ROOT / "DEPLOYMENT.md").read_text().replace("\n", " "))
    of = ("image", "inspect", "--format", "{{.Size}}")
    for name in ("backend", "sandbox"):
        assert int(podman(*of, images()[name])) / 1e6 == pytest.approx(int(told[0]), rel=0.05)
    assert int(podman(*of, "localhost/aitestgen-base")) / 1e6 == pytest.approx(int(told[1]), rel=0.05)


def test_with_postgresql_and_workers_a_job_is_done_by_a_worker_and_kept_in_the_database(topology: Topology) -> None:
    demand_machine()
    with with_workers(topology) as made:
        checks = ran([DEPLOY / "checks.sh", made.url])
        assert checks.returncode == 0, checks.stdout
        with httpx2.Client(base_url=made.url, timeout=20) as client:
            job_id = client.post("/api/jobs", json={"code": ADD}).json()["id"]
            job = ended(client, job_id)
        assert job["state"] == "done", job
        assert any(job_id in ran(["podman", "logs", worker]).stderr for worker in made.workers)
        kept = podman("exec", "--env", f"PGPASSWORD={PASSWORD}", made.database, *ASKED).split()
        assert (job_id in kept, len(kept)) == (True, 2)  # the other is that for which the checks have waited
        assert [exit_code(container) for container in (made.backend, *made.workers)] == [0, 0, 0]
