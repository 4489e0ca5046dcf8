"""The control group of a container as it is seen from inside (cgroups(7)): read-only, and the kernel's own word.

An engine may be on another machine, or belong to somebody else: here its limits can be read and believed all the same.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path("/sys/fs/cgroup")
UNLIMITED = 1 << 60
"""Version 1 has no word for it: it says a number that no machine has."""

MICROSECOND, NANOSECOND = 1e-6, 1e-9


@dataclass(frozen=True)
class OwnGroup:
    """The files of one version's controllers."""

    memory_limit: Path
    memory_peak: Path
    memory_events: Path
    pids_limit: Path
    pids_events: Path
    cpu: Path

    def limits(self) -> "dict[str, int | None]":
        """What the kernel holds: bytes of memory, and processes. None: without a limit."""
        return {"memory_bytes": _limit(self.memory_limit), "processes": _limit(self.pids_limit)}

    def refused(self) -> "str | None":
        """The limit that the group ran into, if any."""
        if _counter(self.memory_events, "oom_kill"):
            return "out_of_memory"
        return "process_limit" if _counter(self.pids_events, "max") else None

    def used(self) -> "dict[str, Any]":
        """Seconds of CPU and bytes of memory until now, by all in the group."""
        if self.cpu.name == "cpu.stat":
            seconds = _counter(self.cpu, "usage_usec") * MICROSECOND
        else:
            seconds = int(_text(self.cpu)) * NANOSECOND
        peak = int(_text(self.memory_peak)) if self.memory_peak.exists() else 0
        return {"cpu_seconds": seconds, "peak_bytes": peak}


def find_own_group(root: Path = ROOT) -> "OwnGroup | None":
    """The group that this process is in; None where its files are not shown whole here."""
    version_1 = OwnGroup(
        memory_limit=root / "memory/memory.limit_in_bytes",
        memory_peak=root / "memory/memory.max_usage_in_bytes",
        memory_events=root / "memory/memory.oom_control",
        pids_limit=root / "pids/pids.max",
        pids_events=root / "pids/pids.events",
        cpu=root / "cpuacct/cpuacct.usage",
    )
    version_2 = OwnGroup(
        memory_limit=root / "memory.max",
        memory_peak=root / "memory.peak",  # since Linux 5.19
        memory_events=root / "memory.events",
        pids_limit=root / "pids.max",
        pids_events=root / "pids.events",
        cpu=root / "cpu.stat",
    )
    return next((group for group in (version_2, version_1) if _whole(group)), None)


def _whole(group: OwnGroup) -> bool:
    """gVisor, for one, has some of these files, and not those that tell of a limit."""
    needed = (group.memory_limit, group.memory_events, group.pids_limit, group.pids_events, group.cpu)
    return all(file.is_file() for file in needed) and "oom_kill " in _text(group.memory_events)


def _limit(file: Path) -> "int | None":
    text = _text(file)
    return None if text == "max" or int(text) >= UNLIMITED else int(text)


def _counter(file: Path, name: str) -> int:
    for line in _text(file).splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _text(file: Path) -> str:
    return file.read_text(encoding="ascii").strip()
