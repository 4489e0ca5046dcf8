"""What the guest sees: from a run to the arguments of bwrap (bwrap(1)) and the plan for the launcher. Pure."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen.errors import SandboxError
from aitestgen.sandbox.orphans import marks
from aitestgen.values import Interpreter, Run

STAGE = Path("/sys")
"""Covered by the launcher, in its own mount namespace: it exists on every Linux, and nothing started here reads it."""

NOBODY = "65534"
GUEST_HOME = "/aitestgen"
RESERVED = tuple(map(Path, ("/", "/proc", "/dev", "/dev/shm", "/sys", "/tmp", "/job", GUEST_HOME)))  # noqa: S108  # the jail's own
START = "import sys; sys.path[0] = '/aitestgen/guest'; from aitestgen_guest.jail.{program} import main; main({channel})"

ISOLATION = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup"),
    *("--cap-drop", "ALL", "--uid", NOBODY, "--gid", NOBODY, "--hostname", "sandbox"),
    *("--as-pid-1", "--die-with-parent", "--new-session", "--clearenv"),
)
SYSTEM = ("--proc", "/proc", "--dev", "/dev", "--dir", "/mnt")
WRITABLE = ("--bind", f"{STAGE}/rw/tmp", "/tmp", "--bind", f"{STAGE}/rw/shm", "/dev/shm")  # noqa: S108  # the jail's own
SEALS = ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp")  # noqa: S108  # likewise
FOR_GUESTS = ("--disable-userns", "--remount-ro", "/proc")
"""Not for a zygote: it makes user namespaces, by writing to /proc. Nothing untrusted runs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bwrap:
    """A bubblewrap binary. `parts` are folders that it needs beside it, by their place relative to each other."""

    executable: str
    version: tuple[int, ...]
    parts: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What every guest of one jail sees, and from its start on: of runs with equal views one zygote can serve all."""

    interpreter: Interpreter
    binds: tuple[Path, ...]
    hash_seed: int
    tmp_bytes: int

    @classmethod
    def of(cls, run: Run) -> "View":
        return cls(
            interpreter=run.interpreter, binds=run.binds, hash_seed=run.hash_seed, tmp_bytes=run.limits.tmp_bytes
        )

    @property
    def below_writable(self) -> tuple[Path, ...]:
        """What is shown below the guest's own writable folders: the outermost of it."""
        places = [Path("/tmp"), Path("/dev/shm")]  # noqa: S108  # the jail's own
        shown = {*self.interpreter.folders, *self.binds}
        below = [path for path in shown if any(place in path.parents for place in places)]
        return tuple(sorted(path for path in below if not shown.intersection(path.parents)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """Numbers of the open descriptors that the launcher inherits. Without a filter the jail is a zygote's."""

    channel: int
    seccomp: int | None = None
    entrances: tuple[int, ...] = ()

    @property
    def inherited(self) -> tuple[int, ...]:
        return (self.channel, *(() if self.seccomp is None else (self.seccomp,)), *self.entrances)


def launch_plan(
    view: View, files: Mapping[str, bytes], bwrap: Bwrap, library: Path, descriptors: Descriptors
) -> dict[str, Any]:
    """What the launcher is told, but for who it shall be. Raises SandboxError for a bind that would cover the jail."""
    shown = dict(_shown(view, library))
    names = {target: f"binds/{number}" for number, target in enumerate(sorted(shown))}
    sources = {names[target]: str(source) for target, source in shown.items()}
    sources |= {f"bwrap/{name}": str(folder) for name, folder in bwrap.parts.items()}
    binds = [word for target in sorted(shown) for word in ("--ro-bind", f"{STAGE}/{names[target]}", str(target))]
    seccomp = descriptors.seccomp
    program = "zygote" if seccomp is None else "bootstrap"
    return {
        "stage": str(STAGE),
        "tmp_bytes": view.tmp_bytes,
        "files": {name: base64.b64encode(data).decode() for name, data in files.items()},
        "binds": sources,
        "entrances": list(descriptors.entrances),
        "argv": [
            bwrap.executable,
            *ISOLATION,
            *marks(),
            *_environment(view),
            *SYSTEM,
            *WRITABLE,
            *_links(),
            *binds,
            *("--ro-bind", f"{STAGE}/job", "/job"),
            *SEALS,
            *(() if seccomp is None else (*FOR_GUESTS, "--seccomp", str(seccomp))),
            *("--", str(view.interpreter.executable), "-S", "-s", "-c"),
            START.format(program=program, channel=descriptors.channel),
        ],
    }


def _shown(view: View, library: Path) -> Iterator[tuple[Path, Path]]:
    """Target in the jail, and source on the host: the same for all but our own library."""
    for bound in (*view.interpreter.folders, *view.binds):
        if bound in RESERVED or not bound.is_absolute():
            raise SandboxError(f"{bound} cannot be shown in the jail whole: put the project into a folder of its own")
        yield bound, bound
    yield Path(GUEST_HOME), library


def _links() -> Iterable[str]:
    """/lib as the link into /usr that it is on most hosts: the loader's cache names libraries by it."""
    lib = Path("/lib")
    return ("--symlink", str(lib.readlink()), str(lib)) if lib.is_symlink() else ()


def _environment(view: View) -> Iterator[str]:
    variables = {"PATH": str(view.interpreter.executable.parent), **guest_variables(view.hash_seed)}
    for name, value in variables.items():
        yield from ("--setenv", name, value)


def guest_variables(hash_seed: int) -> dict[str, str]:
    """The whole environment of a guest, but for PATH."""
    return {
        "HOME": "/tmp",  # noqa: S108  # the jail's own
        "TMPDIR": "/tmp",  # noqa: S108  # the jail's own
        "LOGNAME": "sandbox",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
