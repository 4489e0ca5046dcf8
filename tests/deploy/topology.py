"""The services of compose.yml in real containers of Podman: with the options, networks and variables of that file.

Podman's own compose tools resolve no names on internal networks; here an address does.
"""

import json
import os
import re
import resource
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from tests.deploy.tools import ROOT, ran, read_yaml
from tests.interfaces.programs import free_port, wait_until

DEFAULT = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")
PATIENCE_SECONDS = 60
NETWORKS = ("front", "jails", "store")
DATABASE_IMAGE = "localhost/aitestgen-machine"
PASSWORD = uuid.uuid4().hex
VALUES = {
    "POSTGRES_PASSWORD": PASSWORD,
    "DATABASE_URL": f"postgresql://aitestgen:{PASSWORD}@database/aitestgen",
    "JOBS_IN_SERVER": "0",
}
"""What DEPLOYMENT.md sets for the profile with workers."""

SERVER = r"""
set -eu
export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH"
install -d -o postgres /var/lib/postgresql/data
as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
cd /
echo "$POSTGRES_PASSWORD" > /tmp/password && chmod 644 /tmp/password
as initdb -D /var/lib/postgresql/data -U "$POSTGRES_USER" -E UTF8 --locale=C.UTF-8 \
  -A scram-sha-256 --pwfile=/tmp/password --no-sync >/dev/null
echo 'host all all all scram-sha-256' >> /var/lib/postgresql/data/pg_hba.conf
echo "CREATE DATABASE $POSTGRES_DB" | as postgres --single -F -D /var/lib/postgresql/data postgres >/dev/null
exec setpriv --reuid=postgres --regid=postgres --clear-groups postgres -D /var/lib/postgresql/data -h '*' -k /tmp
"""
"""What the entry of PostgreSQL's own image does, for the one of .ci/make-machine in its place."""

REACHES = """
import socket
for family, place in ((socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET, ("127.0.0.11", 53))):
    try:
        socket.create_connection(place, timeout=2).close()
        print("reached", place)
    except OSError as error:
        print(type(error).__name__)
try:
    print(socket.getaddrinfo("example.org", 80))
except OSError as error:
    print("no name", type(error).__name__)
"""
"""A program that says `reached` where it gets out, and else names three errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Containers that run, and where the backend answers."""

    name: str
    backend: str
    sandbox: str
    url: str = ""
    workers: tuple[str, ...] = ()
    database: str = ""


def podman(*words: str) -> str:
    """What the client says. Raises AssertionError where it fails."""
    ended = ran(["podman", *words])
    assert ended.returncode == 0, f"podman {' '.join(words[:3])}: {ended.stderr}"
    return ended.stdout.strip()


def plain(value: str, values: Mapping[str, str] = MappingProxyType({})) -> str:
    """The value where nothing but `values` is set."""
    return DEFAULT.sub(lambda found: values.get(found[1], found[2]), value)


def images() -> dict[str, str]:
    services = read_yaml(ROOT / "compose.yml")["services"]
    return {name: plain(services[name]["image"]) for name in ("backend", "sandbox", "worker")}


def are_built() -> bool:
    """Whether both images are there, and of today's sources."""
    return all(sources(revision(image)) == sources("HEAD") for image in images().values())


def revision(image: str) -> str:
    """The commit that the image was built from, by its label."""
    label = '{{index .Config.Labels "org.opencontainers.image.revision"}}'
    return ran(["podman", "image", "inspect", "--format", label, image]).stdout.strip() or "none"


def sources(commit: str) -> str:
    return ran(["git", "rev-parse", "--verify", f"{commit}:src"], cwd=ROOT).stdout.strip() or commit


def options(service: dict[str, Any], values: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """The flags of `podman run` that say what the service says."""
    yield from ("--ulimit", "nofile=4096:4096", "--ulimit", f"nproc={min(4096, hard_processes())}")
    if service.get("read_only"):
        yield from ("--read-only", "--read-only-tmpfs=false")
    yield from (f"--cap-drop={name}" for name in service.get("cap_drop", ()))
    yield from (f"--tmpfs={folder}" for folder in service.get("tmpfs", ()))
    yield f"--memory={service['mem_limit']}"
    yield from (f"--pids-limit={service[key]}" for key in ("pids_limit",) if key in service)
    yield from (f"--security-opt={option}" for option in map(security, service["security_opt"]))
    for name, value in service["environment"].items():
        yield f"--env={name}={plain(value, values)}"


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
    """The services without a profile, on networks of this test alone; gone at the end. Names begin with `name`."""
    made = Topology(name=name, backend=f"{name}-backend", sandbox=f"{name}-sandbox")
    try:
        for network in NETWORKS:
            inner = ["--internal"] if network != "front" else []
            podman("network", "create", *inner, f"{name}-{network}")
        up(made, made.sandbox, "sandbox")
        wait_until(lambda: is_healthy(made.sandbox), PATIENCE_SECONDS)
        yield with_backend(made, {})
    finally:
        remove(made.backend, made.sandbox)
        ran(["podman", "network", "rm", "--force", *(f"{name}-{network}" for network in NETWORKS)])


@contextmanager
def with_workers(made: Topology) -> Iterator[Topology]:
    """The services of the profile `workers` beside the sandbox of `made`: another backend, and a PostgreSQL."""
    others = replace(
        made,
        backend=f"{made.name}-backend-of-workers",
        workers=(f"{made.name}-worker-1", f"{made.name}-worker-2"),
        database=f"{made.name}-database",
    )
    try:
        up(others, others.database, "database", image=DATABASE_IMAGE, command=("bash", "-c", SERVER), values=VALUES)
        check = read_yaml(ROOT / "compose.yml")["services"]["database"]["healthcheck"]["test"][1:]
        ask = ["podman", "exec", others.database, check[0], "--host=/tmp", *check[1:]]
        wait_until(lambda: ran(ask).returncode == 0, PATIENCE_SECONDS)
        command = tuple(read_yaml(ROOT / "compose.yml")["services"]["worker"]["command"])
        for container in others.workers:
            up(others, container, "worker", "--no-healthcheck", command=command, values=VALUES)
        yield with_backend(others, VALUES)
    finally:
        remove(others.backend, others.database, *others.workers)


def with_backend(made: Topology, values: Mapping[str, str]) -> Topology:
    """With a healthy backend, and where it answers."""
    url = f"http://127.0.0.1:{free_port()}"
    up(made, made.backend, "backend", f"--publish={url.removeprefix('http://')}:8000", values=values)
    wait_until(lambda: is_healthy(made.backend), PATIENCE_SECONDS)
    return replace(made, url=reachable(made, url))


def up(
    made: Topology,
    container: str,
    service: str,
    *more: str,
    command: tuple[str, ...] = (),
    image: str = "",
    values: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """A container of the service; those that it calls are there already, and known to it by name."""
    told = read_yaml(ROOT / "compose.yml")["services"][service]
    joined = [f"--network={made.name}-{network}" for network in told["networks"]]
    known = {"sandbox": (made.sandbox, "jails"), "database": (made.database, "store")}
    hosts = [
        f"--add-host={name}:{address(other, f'{made.name}-{network}')}"
        for name, (other, network) in known.items()
        if other and other != container and network in told["networks"]
    ]
    flags = (f"--name={container}", *joined, *options(told, values), *hosts, *more)
    podman("run", "--detach", "--pull=never", *flags, image or images()[service], *command)


def remove(*containers: str) -> None:
    ran(["podman", "rm", "--force", "--time=0", "--ignore", *containers])


def reachable(made: Topology, url: str) -> str:
    """Where the host reaches the backend: what publishes ports for root may lead into a network that has no way in."""
    return f"http://{address(made.backend, f'{made.name}-front')}:8000" if os.getuid() == 0 else url


def is_healthy(container: str) -> bool:
    return ran(["podman", "healthcheck", "run", container]).returncode == 0


@contextmanager
def alone(name: str, service: str, **more: Any) -> Iterator[str]:
    """One service in a healthy container, without a network; `more` replaces what compose.yml says of it."""
    flags = options(read_yaml(ROOT / "compose.yml")["services"][service] | more)
    try:
        podman("run", "--detach", "--pull=never", f"--name={name}", "--network=none", *flags, images()[service])
        wait_until(lambda: is_healthy(name), PATIENCE_SECONDS)
        yield name
    finally:
        remove(name)


def exit_code(container: str) -> int:
    """Of a container that is told to stop as engines do it."""
    podman("stop", "--time=15", container)
    (facts,) = json.loads(podman("inspect", container))
    return int(facts["State"]["ExitCode"])


def address(container: str, network: str) -> str:
    (facts,) = json.loads(podman("inspect", container))
    return str(facts["NetworkSettings"]["Networks"][network]["IPAddress"])


def inside(container: str, code: str) -> str:
    """What the container's own Python prints."""
    return podman("exec", container, "python3", "-c", code)
