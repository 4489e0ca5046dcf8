"""What the jails of one host could leave on a machine where other hosts run jails too."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.sandbox.podman import containers_of

from aitestgen.sandbox.slots import FIRST_UID, MOST

MARK = 1_000_000 + os.getpid()
"""A hash seed that no other host's runs have: it is in the environment of every process of a jail."""


def leftovers(host: int, mark: int = MARK) -> list[str]:
    """Processes, mounts, control groups, files and containers of the jails that `host` started, by name."""
    containers = containers_of(host) if shutil.which("podman") else []
    return [*leftovers_of([host], mark), *containers]


def leftovers_of(hosts: Iterable[int], mark: int) -> list[str]:
    """Likewise of several hosts, but for containers."""
    groups = (group for host in hosts for group in _groups(host))
    return [*_processes(str(mark).encode()), *_mounts(), *groups, *_files()]


def _processes(mark: bytes) -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            seen = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:  # it ended while we looked
            continue
        if b"PYTHONHASHSEED\0" + mark in seen or b"PYTHONHASHSEED=" + mark in seen:
            yield f"process {folder.name}"


def _mounts() -> list[str]:
    """A jail is laid out over /sys, in a mount namespace of its own."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return [f"mount {line}" for line in mounts if line.split(" ")[4] == "/sys" and " - tmpfs " in line]


def _groups(host: int) -> list[str]:
    return [f"group {folder}" for folder in groups_of(host) if folder.name.count("-") > 1]


def groups_of(host: int) -> list[Path]:
    """The control groups that `host` has; other hosts' may go while we look, which `Path.glob` would not survive."""
    prefix = f"{host}-"
    return [
        Path(folder, name)
        for folder, names, _ in os.walk("/sys/fs/cgroup")
        if Path(folder).name == "aitestgen"
        for name in names
        if name.startswith(prefix)
    ]


def _files() -> Iterator[str]:
    """Nobody but a jail has such a user id, and none may leave a file: of whichever host."""
    for root in ("/tmp", "/dev/shm", "/var/tmp"):  # noqa: S108  # looked at only
        for file in Path(root).glob("*"):
            if file.exists() and FIRST_UID <= file.lstat().st_uid < FIRST_UID + MOST:
                yield f"file {file}"
