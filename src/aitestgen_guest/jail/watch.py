"""What pid 1 looks at now and then: how much the guest printed, and, without cgroups, its memory and processes."""

import os
import resource
import stat
from pathlib import Path
from typing import Any, Protocol

from aitestgen_guest.jail.own_group import OwnGroup

INTERVAL = 0.05
POLLING_INTERVAL = 0.01
OUTPUT_FACTOR = 4
"""Output is kept up to the limit, and cut beyond it; a guest that prints several times as much floods, and is ended."""

WRITABLE = ("/tmp", "/dev/shm", "/job")  # noqa: S108  # the jail's own
PAGE = os.sysconf("SC_PAGE_SIZE")
KIB = 1024


class Census(Protocol):
    """Who belongs to the jail, and what it has written."""

    memory_in_files: bool
    """Whether what it has written is memory."""

    def pids(self) -> "list[int]":
        """The processes that are counted."""
        ...

    def over(self, limits: "dict[str, Any]") -> "str | None":
        """The name of the limit that its files are over now, if any."""
        ...


class Everybody:
    """The census of a jail with namespaces: all there are, and file systems of a fixed size in memory."""

    memory_in_files = True

    def pids(self) -> "list[int]":
        """All processes."""
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208  # a name is all we need

    def over(self, limits: "dict[str, Any]") -> "str | None":  # noqa: ARG002  # the kernel keeps them
        """Never any."""
        return None


class Watch:
    """The supervisor's eyes. `limits["polled"]` says that no cgroup counts memory and processes.

    `group` is the one that does, where it can be read from here, and the host has none of its own.
    """

    def __init__(
        self, child: int, limits: dict[str, Any], group: "OwnGroup | None" = None, census: "Census | None" = None
    ) -> None:
        self.census = census or Everybody()
        self.child = child
        self.limits = limits
        self.group = None if limits["polled"] else group
        self.polled = bool(limits["polled"])
        self.interval = POLLING_INTERVAL if self.polled else INTERVAL
        self.peak = 0

    def exceeded(self) -> str | None:
        """The name of the limit that the guest is over now, if any."""
        if self._captured_bytes() > OUTPUT_FACTOR * self.limits["output_bytes"]:
            return "output_limit"
        if self.group is not None:
            return self.group.refused()
        if not self.polled:
            return None
        pids = self.census.pids()
        if self._memory(pids) > self.limits["memory_bytes"]:
            return "out_of_memory"
        threads = sum(_threads(pid) for pid in pids)
        if threads >= self.limits["processes"]:
            return "process_limit"
        return self.census.over(self.limits)

    def report(self) -> dict[str, Any]:
        """What was used, as far as it can be known from inside: seconds of CPU and bytes."""
        if self.group is not None:
            return self.group.used()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = resource.getrusage(resource.RUSAGE_SELF)
        cpu = children.ru_utime + children.ru_stime + own.ru_utime + own.ru_stime
        return {"cpu_seconds": cpu, "peak_bytes": max(self.peak, children.ru_maxrss * KIB)}

    def _captured_bytes(self) -> int:
        """The size of the file that pytest captures into while a test runs: it stands in for the child's stdout."""
        return sum(_file_bytes(f"/proc/{self.child}/fd/{number}") for number in (1, 2))

    def _memory(self, pids: list[int]) -> int:
        """Bytes in use by the whole jail, /tmp included. Shared pages count once, where the cheap sum is too much."""
        files = sum(_file_system_bytes().values()) if self.census.memory_in_files else 0
        used = files + sum(_resident(pid) for pid in pids)
        if used > self.limits["memory_bytes"]:
            used = files + sum(_proportional(pid) for pid in pids)
        self.peak = max(self.peak, used)
        return used


def _file_bytes(path: str) -> int:
    try:
        found = os.stat(path)  # noqa: PTH116  # a descriptor's link in /proc, not a path
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _file_system_bytes() -> dict[int, int]:
    """What lies in each file system that guests can write, by its device: in some jails two folders share one."""
    used = {}
    for folder in WRITABLE:
        if os.path.isdir(folder):  # noqa: PTH112  # asked a hundred times a second
            found = os.statvfs(folder)
            used[os.stat(folder).st_dev] = (found.f_blocks - found.f_bfree) * found.f_frsize  # noqa: PTH116  # likewise
    return used


def _threads(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208  # counted only
    except OSError:
        return 0


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    """Its proportional set size; the resident size where the process hides the former."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:  # noqa: PTH123  # thousands a second
            pss = next(line for line in rollup if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return _resident(pid)
    return int(pss.split()[1]) * KIB
