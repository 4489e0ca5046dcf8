"""A virtual machine for the sandbox: the steps of DEPLOYMENT.md, typed on a machine with systemd."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.deploy.machine import complaints_about_quadlets, demand_machine, fetch_wheels, machine, typed, walked
from tests.deploy.tools import ROOT, missing, tool
from tests.deploy.topology import REACHES, are_built, images
from tests.deploy.walks import amiss, replaced, section, steps

pytestmark = [pytest.mark.jail, pytest.mark.timeout(400)]

BEFORE, AFTER = "3. The sandbox on a virtual machine", "TLS in front of either"
IMAGE = "ghcr.io/OWNER/aitestgen-sandbox:0.1.0"
OWN = {"sandbox.example.org": "localhost"}
"""Of this name Caddy's own authority makes the certificate."""

TIER_B = {'"tier":"A"': '"tier":"B"'}
CODE = """{"code": "def f(): return 1", "tests": "from user_code import f\\ndef test_f(): assert f() == 1"}"""
SENT = f"""
curl -s -H "Authorization: Bearer TOKEN" https://localhost/execute -H 'content-type: application/json' -d '{CODE}'
"""
SOUGHT = "curl -s -o /dev/null -w '%{http_code}' https://localhost/metrics"
SERVICE = "systemctl show --property DynamicUser,NRestarts,SubState aitestgen-sandbox"
AS_BEFORE = """
systemctl disable --now aitestgen-sandbox
rm -rf /etc/default/caddy /etc/systemd/system/aitestgen-sandbox.service /etc/containers/systemd
systemctl daemon-reload
"""
PUBLISHED = "sudo systemctl daemon-reload && sudo systemctl start aitestgen-sandbox"


@pytest.fixture(scope="module")
def name(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demand_machine()
    wheels = fetch_wheels(tmp_path_factory.mktemp("wheels"))
    with machine(f"aitestgen-machine-{os.getpid()}", wheels) as made:
        yield made


def test_a_service_of_systemd_answers_as_the_page_says(name: str) -> None:
    answers_as_the_page_says(name, "With systemd alone", {}, {} if has_tier_a() else TIER_B)
    assert set(typed(name, SERVICE).split()) == {"DynamicUser=yes", "NRestarts=0", "SubState=running"}


def answers_as_the_page_says(name: str, way: str, others: dict[str, str], tiers: dict[str, str]) -> None:
    """The steps of one way to start the service, with those around it; then it takes a run, with the token."""
    typed(name, AS_BEFORE)
    page = (ROOT / "DEPLOYMENT.md").read_text()
    found = [step for heading in (BEFORE, way, AFTER) for step in steps(section(page, heading))]
    said = walked(name, found, OWN | others)
    assert len(said) == len(found)
    for step, answer in zip(found, said, strict=True):
        expected = [replaced(line, OWN | tiers) for line in step.expected]
        assert amiss(step.expecting(expected), answer) == "", f"$ {step.command}\n{answer.said}"
    assert '"verdict":"passed"' in typed(name, SENT.replace("TOKEN", said[0].said.strip()))
    assert typed(name, SOUGHT) == "404"


def has_tier_a() -> bool:
    """Whether services get control groups of their own: those of version 2 can be delegated."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def test_a_container_of_podman_answers_as_the_page_says_and_reaches_nobody(name: str) -> None:
    """Podman's own generator makes a service of the quadlet. The image of this checkout stands for a published one."""
    tool("yaml")
    if not are_built():
        missing("the images are not built: make images, or make images LOCAL=1")
    own = f"sed -i s@{IMAGE}@{images()['sandbox']}@ /etc/containers/systemd/*.container"
    answers_as_the_page_says(name, "In a container of Podman", {PUBLISHED: f"{own} && {PUBLISHED}"}, {})
    assert complaints_about_quadlets(name) == []
    said = typed(name, f"podman exec --interactive aitestgen-sandbox python3 - <<'EOF'\n{REACHES}\nEOF")
    assert ("reached" in said, "gaierror" in said) == (False, True)
