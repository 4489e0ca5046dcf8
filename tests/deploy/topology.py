"""The services of compose.yml in real containers of Podman: with the options, networks and variables of that file.

Podman's own compose tools resolve no names on internal networks; here an address does.
"""

import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.deploy.tools import ROOT, ran, read_yaml
from tests.interfaces.programs import free_port, wait_until

DEFAULT = re.compile(r"\$\{[A-Z_]+:-([^}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Two containers that run, and where the backend answers."""

    backend: str
    sandbox: str
    url: str


def podman(*words: str) -> str:
    """What the client says. Raises AssertionError where it fails."""
    ended = ran(["podman", *words])
    assert ended.returncode == 0, f"podman {' '.join(words[:3])}: {ended.stderr}"
    return ended.stdout.strip()


def plain(value: str) -> str:
    """The value where nothing else is set."""
    return DEFAULT.sub(r"\1", value)


def images() -> dict[str, str]:
    services = read_yaml(ROOT / "compose.yml")["services"]
    return {name: plain(services[name]["image"]) for name in ("backend", "sandbox")}


def are_built() -> bool:
    """Whether both images are there, and of today's sources."""
    return all(sources(revision(image)) == sources("HEAD") for image in images().values())


def revision(image: str) -> str:
    """The commit that the image was built from, by its label."""
    label = '{{index .Config.Labels "org.opencontainers.image.revision"}}'
    return ran(["podman", "image", "inspect", "--format", label, image]).stdout.strip() or "none"


def sources(commit: str) -> str:
    return ran(["git", "rev-parse", "--verify", f"{commit}:src"], cwd=ROOT).stdout.strip() or commit


def options(service: dict[str, Any]) -> Iterator[str]:
    """The flags of `podman run` that say what the service says."""
    yield from ("--ulimit", "nofile=4096:4096", "--ulimit", f"nproc={min(4096, hard_processes())}")
    if service["read_only"]:
        yield from ("--read-only", "--read-only-tmpfs=false")
    yield from (f"--cap-drop={name}" for name in service["cap_drop"])
    yield from (f"--tmpfs={folder}" for folder in service["tmpfs"])
    yield from (f"--memory={service['mem_limit']}", f"--pids-limit={service['pids_limit']}")
    yield from (f"--security-opt={option}" for option in map(security, service["security_opt"]))
    for name, value in service["environment"].items():
        yield f"--env={name}={plain(value)}"


def hard_processes() -> int:
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    return hard if hard > 0 else 4096


def security(option: str) -> str:
    """Docker's words in Podman's."""
    name, _, value = plain(option).partition(":")
    if name == "systempaths=unconfined":
        return "unmask=ALL"
    if name == "no-new-privileges":
        return name
    return f"{name}={ROOT / value if name == 'seccomp' else value}"


@contextmanager
def started(name: str) -> Iterator[Topology]:
    """Both services, on networks of this test alone; gone at the end. Names begin with `name`."""
    services = read_yaml(ROOT / "compose.yml")["services"]
    port = free_port()
    made = Topology(backend=f"{name}-backend", sandbox=f"{name}-sandbox", url=f"http://127.0.0.1:{port}")
    try:
        podman("network", "create", "--internal", f"{name}-jails")
        podman("network", "create", f"{name}-front")
        run = ("run", "--detach", "--pull=never")
        jails, front = f"--network={name}-jails", f"--network={name}-front"
        podman(*run, f"--name={made.sandbox}", jails, *options(services["sandbox"]), images()["sandbox"])
        way = (
            front,
            jails,
            f"--add-host=sandbox:{address(made.sandbox, f'{name}-jails')}",
            f"--publish=127.0.0.1:{port}:8000",
        )
        podman(*run, f"--name={made.backend}", *way, *options(services["backend"]), images()["backend"])
        for container in (made.sandbox, made.backend):
            wait_until(lambda container=container: ran(["podman", "healthcheck", "run", container]).returncode == 0)
        yield made
    finally:
        ran(["podman", "rm", "--force", "--time=0", "--ignore", made.backend, made.sandbox])
        ran(["podman", "network", "rm", "--force", f"{name}-jails", f"{name}-front"])


@contextmanager
def alone(name: str, service: str, **more: Any) -> Iterator[str]:
    """One service in a healthy container, without a network; `more` replaces what compose.yml says of it."""
    flags = options(read_yaml(ROOT / "compose.yml")["services"][service] | more)
    try:
        podman("run", "--detach", "--pull=never", f"--name={name}", "--network=none", *flags, images()[service])
        wait_until(lambda: ran(["podman", "healthcheck", "run", name]).returncode == 0)
        yield name
    finally:
        ran(["podman", "rm", "--force", "--time=0", "--ignore", name])


def address(container: str, network: str) -> str:
    (facts,) = json.loads(podman("inspect", container))
    return str(facts["NetworkSettings"]["Networks"][network]["IPAddress"])


def inside(container: str, code: str) -> str:
    """What the container's own Python prints."""
    return podman("exec", container, "python3", "-c", code)
