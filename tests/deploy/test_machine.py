"""A virtual machine for the sandbox: the steps of DEPLOYMENT.md, typed on a machine with systemd."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.deploy.machine import demand_machine, fetch_wheels, limits, machine, quadlet_command, typed, walked
from tests.deploy.tools import DEPLOY, ROOT, missing, ran, tool
from tests.deploy.topology import PATIENCE_SECONDS, are_built, images, inside, podman
from tests.deploy.walks import replaced, section, steps, unlike
from tests.interfaces.programs import free_port, wait_until

pytestmark = [pytest.mark.jail, pytest.mark.timeout(400)]

HEADING = "3. The sandbox on a virtual machine"
TOKEN = "c0ffee" * 8
OWN = {"sandbox.example.org": "localhost"}
"""Of this name Caddy's own authority makes the certificate."""

TIER_B = {'"tier":"A"': '"tier":"B"'}
CODE = """{"code": "def f(): return 1", "tests": "from user_code import f\\ndef test_f(): assert f() == 1"}"""
SENT = f"""
curl -s -H "Authorization: Bearer $(cat /etc/aitestgen/sandbox-token)" https://localhost/execute \\
  -H 'content-type: application/json' -d '{CODE}'
"""
ASKED = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8001/health').read().decode())"
REFUSED = """
import urllib.error, urllib.request as u
try:
    u.urlopen(u.Request("http://127.0.0.1:8001/execute", b"{}", {"content-type": "application/json"}))
except urllib.error.HTTPError as error:
    print(error.code)
"""
SOUGHT = "curl -s -o /dev/null -w '%{http_code}' https://localhost/metrics"
SERVICE = "systemctl show --property DynamicUser,NRestarts,SubState aitestgen-sandbox"


@pytest.fixture(scope="module")
def name(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demand_machine()
    wheels = fetch_wheels(tmp_path_factory.mktemp("wheels"))
    with machine(f"aitestgen-machine-{os.getpid()}", wheels) as made:
        yield made


def test_the_steps_of_the_virtual_machine_answer_as_the_page_says(name: str) -> None:
    found = steps(section((ROOT / "DEPLOYMENT.md").read_text(), HEADING))
    said = walked(name, found, OWN)
    assert len(said) == len(found)
    for step, answer in zip(found, said, strict=True):
        expected = [replaced(line, OWN if has_tier_a() else OWN | TIER_B) for line in step.expected]
        assert unlike(step.expecting(expected), answer) == "", f"$ {step.command}\n{answer}"
    assert '"verdict":"passed"' in typed(name, SENT)
    assert typed(name, SOUGHT) == "404"
    assert set(typed(name, SERVICE).split()) == {"DynamicUser=yes", "NRestarts=0", "SubState=running"}


def has_tier_a() -> bool:
    """Whether services get control groups of their own: those of version 2 can be delegated."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def test_the_quadlet_starts_a_sandbox_that_has_jails_and_wants_its_token(name: str) -> None:
    """Asked from inside: whether a port of an internal network reaches the host depends on Podman's network plug-in."""
    tool("yaml")
    if not are_built():
        missing("the images are not built: make images, or make images LOCAL=1")
    container, port = f"aitestgen-quadlet-{os.getpid()}", free_port()
    words = here(quadlet_command(name), container, port)
    try:
        podman("network", "create", "--internal", container)
        assert (
            ran([shutil.which("podman") or "podman", "secret", "create", container, "-"], input=TOKEN).returncode == 0
        )
        podman(*words)
        wait_until(lambda: ran(["podman", "healthcheck", "run", container]).returncode == 0, PATIENCE_SECONDS)
        health = json.loads(inside(container, ASKED))
        assert (health["backend"], health["tier"]) == ("bubblewrap", "B")
        assert inside(container, REFUSED) == "401"
    finally:
        ran(["podman", "rm", "--force", "--time=0", "--ignore", container])
        ran(["podman", "network", "rm", "--force", container])
        ran(["podman", "secret", "rm", container])


def here(words: list[str], container: str, port: int) -> list[str]:
    """The generator's command with names, files and the image of this test, and without what only systemd can give."""
    own = {
        "aitestgen-sandbox": container,
        "aitestgen": container,
        "127.0.0.1:8001:8001": f"127.0.0.1:{port}:8001",
        "seccomp=/etc/aitestgen/seccomp.json": f"seccomp={DEPLOY / 'sandbox/seccomp.json'}",
        words[-1]: images()["sandbox"],
    }
    left_out = ["--cidfile=", "--cgroups=", "--sdnotify="] + ([] if shutil.which("catatonit") else ["--init"])
    kept = [word for word in words if not word.startswith(tuple(left_out))]
    named = [own.get(word, word).replace("aitestgen-sandbox-token", container) for word in kept]
    return [named[0], *limits(), *named[1:]]
