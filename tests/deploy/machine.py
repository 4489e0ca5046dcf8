"""A machine with systemd as its first process, in a privileged container of Podman, without a network.

The image is made by .ci/make-machine. /wheels holds the wheel of these sources and what it needs, and pip takes nothing
from elsewhere; /images has the images of this machine; the checkout is where a login of root begins.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.tools import ROOT, missing, ran
from tests.deploy.topology import DATABASE_IMAGE as IMAGE
from tests.deploy.topology import PATIENCE_SECONDS, hard_processes, podman
from tests.deploy.walks import Answer, Step, parts, script_of
from tests.deploy.wheels import build_wheel
from tests.interfaces.programs import wait_until

PREPARED = r"""
mount --make-rshared /    # as on a machine; engines leave it private, and then systemd's credentials do not arrive
printf '[global]\nno-index = true\nfind-links = /wheels\n' > /etc/pip.conf
printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"
[storage.options]\nadditionalimagestores = ["/images"]\n' > /etc/containers/storage.conf
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
    command += ["--python-version", version, "--dest", wheels, "--require-hashes", "--no-deps"]
    command += ["-r", ROOT / "requirements/run.txt"]
    subprocess.run(command, check=True, capture_output=True)
    return wheels


def limits() -> tuple[str, ...]:
    return ("--ulimit", "nofile=4096:4096", "--ulimit", f"nproc={min(4096, hard_processes())}")


@contextmanager
def machine(name: str, wheels: Path) -> Iterator[str]:
    """Its name, once systemd is up; gone at the end."""
    shown = (f"--volume={wheels}:/wheels:ro", f"--volume={ROOT}:/srv/aitestgen:ro", "--workdir=/srv/aitestgen")
    store = podman("info", "--format", "{{.Store.GraphRoot}}")
    shown += (f"--volume={store}:/images:ro", "--tmpfs=/var/lib/containers")
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


def walked(name: str, found: list[Step], others: dict[str, str]) -> list[Answer]:
    """How each command of a page answered there."""
    return parts(typed(name, script_of(found, others)), len(found))


def complaints_about_quadlets(name: str) -> list[str]:
    """What Podman's own generator says of the quadlets that lie on the machine."""
    generator = "/usr/lib/systemd/system-generators/podman-system-generator"
    said = ran(["podman", "exec", name, generator, "--dryrun"])
    assert "podman run" in said.stdout
    return [line for line in said.stderr.splitlines() if "Loading source unit file" not in line]
