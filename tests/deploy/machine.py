"""A machine with systemd as its first process, in a privileged container of Podman, without a network.

The image is made by .ci/make-machine. /wheels holds the wheel of these sources and what it needs, and pip takes nothing
from elsewhere; the checkout is where a login of root begins.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.tools import DEPLOY, ROOT, missing, ran
from tests.deploy.topology import DATABASE_IMAGE as IMAGE
from tests.deploy.topology import PATIENCE_SECONDS, hard_processes, podman
from tests.deploy.walks import Step, parts, script_of
from tests.deploy.wheels import build_wheel
from tests.interfaces.programs import wait_until

PREPARED = r"""
mount --make-rshared /    # as on a machine; engines leave it private, and then systemd's credentials do not arrive
printf '[global]\nno-index = true\nfind-links = /wheels\n' > /etc/pip.conf
echo insecure > ~/.curlrc    # Caddy's own authority stands for a public one
"""


def demand_machine() -> None:
    """Skip without the image; where CI=true, fail."""
    if shutil.which("podman") is None or ran(["podman", "image", "exists", IMAGE]).returncode != 0:
        missing("the machine is not made: .ci/make-machine")


def fetch_wheels(folder: Path) -> Path:
    """The wheel of these sources, and what it needs under the machine's Python, checked by hash."""
    ask = ("run", "--rm", "--network=none", *limits(), IMAGE, "python3", "-V")
    version = re.sub(r"\D*(\d+\.\d+).*", r"\1", podman(*ask))
    wheels = build_wheel(folder).parent
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--only-binary=:all:"]
    command += ["--python-version", version, "--dest", wheels, "--require-hashes", "-r", ROOT / "requirements/run.txt"]
    subprocess.run(command, check=True, capture_output=True)
    return wheels


def limits() -> tuple[str, ...]:
    return ("--ulimit", "nofile=4096:4096", "--ulimit", f"nproc={min(4096, hard_processes())}")


@contextmanager
def machine(name: str, wheels: Path) -> Iterator[str]:
    """Its name, once systemd is up; gone at the end."""
    shown = (f"--volume={wheels}:/wheels:ro", f"--volume={ROOT}:/srv/aitestgen:ro", "--workdir=/srv/aitestgen")
    run = ("run", "--detach", "--pull=never", "--network=none", "--privileged", "--systemd=always", f"--name={name}")
    try:
        podman(*run, *limits(), *shown, IMAGE, "/sbin/init")
        wait_until(
            lambda: ran(["podman", "exec", name, "systemctl", "is-system-running"]).stdout.strip() in UP,
            PATIENCE_SECONDS,
        )
        typed(name, PREPARED)
        yield name
    finally:
        ran(["podman", "rm", "--force", "--time=0", "--ignore", name])


UP = ("running", "degraded")
"""Loading the kernel's modules fails in a container, and nothing here needs them."""


def typed(name: str, script: str) -> str:
    """What root's shell on the machine says, on both streams."""
    return ran(["podman", "exec", "--interactive", name, "bash"], input=f"exec 2>&1\n{script}").stdout


def walked(name: str, found: list[Step], others: dict[str, str]) -> list[str]:
    """What each command of a page answered there."""
    return parts(typed(name, script_of(found, others)), len(found))


def quadlet_command(name: str) -> list[str]:
    """The `podman run` that Podman's own generator makes of the quadlet. Raises AssertionError where it finds fault."""
    typed(name, f"mkdir -p /etc/containers/systemd && cp {DEPLOY.relative_to(ROOT)}/quadlet/* /etc/containers/systemd/")
    generator = "/usr/lib/systemd/system-generators/podman-system-generator"
    said = ran(["podman", "exec", name, generator, "--dryrun"])
    assert said.returncode == 0, said.stderr
    complaints = [line for line in said.stderr.splitlines() if "Loading source unit file" not in line]
    assert complaints == []
    (line,) = re.findall(r"^ExecStart=(/usr/bin/podman run .*)$", said.stdout, re.MULTILINE)
    return shlex.split(str(line))[1:]
