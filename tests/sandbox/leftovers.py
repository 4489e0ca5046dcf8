"""What jails could leave on this machine: processes, mounts, control groups, files."""

from collections.abc import Iterator
from pathlib import Path

from aitestgen.sandbox.slots import FIRST_UID, MOST


def leftovers() -> frozenset[str]:
    """Everything that a jail makes and must take with it; names only, so that two looks can be compared."""
    return frozenset((*_processes(), *_mounts(), *_groups(), *_files()))


def _processes() -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            uid, command = folder.stat().st_uid, (folder / "cmdline").read_bytes()
        except OSError:  # it ended while we looked
            continue
        if FIRST_UID <= uid < FIRST_UID + MOST or b"aitestgen_guest.bootstrap" in command:
            yield f"process {folder.name} {command!r}"


def _mounts() -> list[str]:
    return [f"mount {line}" for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]


def _groups() -> list[str]:
    return [f"group {folder}" for folder in Path("/sys/fs/cgroup").glob("**/aitestgen/*-*-*")]


def _files() -> list[str]:
    # pytest's own folder is not a jail's
    return [f"file {file}" for root in ("/tmp", "/dev/shm", "/var/tmp") for file in Path(root).glob("aitestgen*")]  # noqa: S108  # looked at only
