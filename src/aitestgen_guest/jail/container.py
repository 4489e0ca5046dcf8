"""Pid 1 of a container: as the bootstrap, but its channel is the container's own stdin and stdout.

The program is named when the container is started, so that the process that is to be the guest can prepare itself
before there is a job. What the guest prints goes to the container's stderr.
"""

import base64
import hashlib
import os
from pathlib import Path

from aitestgen_guest.jail.bootstrap import Channel, Duty, attend
from aitestgen_guest.jail.guest import become_guest, load
from aitestgen_guest.jail.own_group import find_own_group

JOB = "/job"
ENVIRONMENT = frozenset(
    {
        *("PATH", "HOME", "TMPDIR", "LOGNAME", "LANG", "TZ"),
        *("PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"),
    }
)
"""What guests see; engines and images add names of their own."""


def main(program: str, *, rehearsed: bool) -> None:
    """Serve one job of this program. `rehearsed`: everything is done once for nothing before the job comes."""
    for name in set(os.environ) - ENVIRONMENT:
        del os.environ[name]
    group = find_own_group()
    hello = {"guest": digest(), "limits": group.limits() if group else None}
    duty = Duty(take_files=fill, prepared=first_to_die, hello=hello, group=group)
    arrive = attend(take_streams(), duty)
    if rehearsed and hasattr(prepared := load(program), "rehearse"):
        prepared.rehearse()
    become_guest(program, arrive)


def first_to_die(child: int) -> None:
    """Where memory runs out the kernel shall take the guest, not pid 1, who tells of it (proc(5), oom_score_adj)."""
    Path(f"/proc/{child}/oom_score_adj").write_text("1000", encoding="ascii")


def take_streams() -> Channel:
    """Stdin and stdout, moved away from where guests print and read: stdin is empty now, stdout is stderr."""
    channel = Channel(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return channel


def fill(files: "dict[str, str]") -> None:
    """Write a job's files, given as base64 by their name in /job."""
    for name, data in files.items():
        target = Path(JOB, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(data))


def digest() -> str:
    """Tells these guest programs from those of any other version."""
    whole = hashlib.sha256()
    package = Path(__file__).parents[1]
    for file in sorted(package.rglob("*.py")):
        whole.update(f"{file.relative_to(package)}\n".encode() + file.read_bytes())
    return whole.hexdigest()
