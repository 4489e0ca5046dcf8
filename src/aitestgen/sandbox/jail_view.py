"""What the guest sees: from a run to the arguments of bwrap (bwrap(1)) and the plan for the launcher. Pure."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen.errors import SandboxError
from aitestgen.values import Run

STAGE = Path("/sys")
"""Covered by the launcher, in its own mount namespace: it exists on every Linux, and nothing started here reads it."""

NOBODY = "65534"
GUEST_HOME = "/aitestgen"
RESERVED = tuple(map(Path, ("/", "/proc", "/dev", "/dev/shm", "/sys", "/tmp", "/job", GUEST_HOME)))  # noqa: S108  # the jail's own
START = "import sys; sys.path[0] = '/aitestgen/guest'; from aitestgen_guest.bootstrap import main; main({channel})"

ISOLATION = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup"),
    *("--disable-userns", "--cap-drop", "ALL", "--uid", NOBODY, "--gid", NOBODY, "--hostname", "sandbox"),
    *("--as-pid-1", "--die-with-parent", "--new-session", "--clearenv"),
)
SYSTEM = ("--proc", "/proc", "--dev", "/dev")
WRITABLE = ("--bind", f"{STAGE}/rw/tmp", "/tmp", "--bind", f"{STAGE}/rw/shm", "/dev/shm")  # noqa: S108  # the jail's own
SEALS = ("--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp")  # noqa: S108  # likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Bwrap:
    """A bubblewrap binary. `parts` are folders that it needs beside it, by their place relative to each other."""

    executable: str
    version: tuple[int, ...]
    parts: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """Numbers of the open descriptors that the launcher inherits."""

    channel: int
    seccomp: int
    entrances: tuple[int, ...]


def launch_plan(run: Run, bwrap: Bwrap, library: Path, descriptors: Descriptors) -> dict[str, Any]:
    """What the launcher is told, but for who it shall be. Raises SandboxError for a bind that would cover the jail."""
    shown = dict(_shown(run, library))
    names = {target: f"binds/{number}" for number, target in enumerate(sorted(shown))}
    sources = {names[target]: str(source) for target, source in shown.items()}
    sources |= {f"bwrap/{name}": str(folder) for name, folder in bwrap.parts.items()}
    binds = [word for target in sorted(shown) for word in ("--ro-bind", f"{STAGE}/{names[target]}", str(target))]
    return {
        "stage": str(STAGE),
        "tmp_bytes": run.limits.tmp_bytes,
        "files": {name: base64.b64encode(data).decode() for name, data in run.files.items()},
        "binds": sources,
        "entrances": list(descriptors.entrances),
        "argv": [
            bwrap.executable,
            *ISOLATION,
            *_environment(run),
            *SYSTEM,
            *WRITABLE,
            *_links(),
            *binds,
            *("--ro-bind", f"{STAGE}/job", "/job"),
            *SEALS,
            *("--seccomp", str(descriptors.seccomp), "--"),
            *(str(run.interpreter.executable), "-S", "-s", "-c", START.format(channel=descriptors.channel)),
        ],
    }


def _shown(run: Run, library: Path) -> Iterator[tuple[Path, Path]]:
    """Target in the jail, and source on the host: the same for all but our own library."""
    for bound in (*run.interpreter.folders, *run.binds):
        if bound in RESERVED or not bound.is_absolute():
            raise SandboxError(f"{bound} cannot be shown in the jail whole: put the project into a folder of its own")
        yield bound, bound
    yield Path(GUEST_HOME), library


def _links() -> Iterable[str]:
    """/lib as the link into /usr that it is on most hosts: the loader's cache names libraries by it."""
    lib = Path("/lib")
    return ("--symlink", str(lib.readlink()), str(lib)) if lib.is_symlink() else ()


def _environment(run: Run) -> Iterator[str]:
    variables = {
        "PATH": str(run.interpreter.executable.parent),
        "HOME": "/tmp",  # noqa: S108  # the jail's own
        "TMPDIR": "/tmp",  # noqa: S108  # the jail's own
        "LOGNAME": "sandbox",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": str(run.hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    for name, value in variables.items():
        yield from ("--setenv", name, value)
