"""Hard limits on memory, CPU and processes of one jail, by control groups (cgroup-v1/*.rst, cgroup-v2.rst).

Two versions, one shape. A group is named after the process that owns it, so that the groups of a host that was
killed are found and removed at the next start.
"""

import asyncio
import contextlib
import errno
import itertools
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aitestgen.errors import SandboxError
from aitestgen.sandbox.owner import started
from aitestgen.values import Limits

MOUNTS = Path("/proc/self/mountinfo")
MEMBERSHIP = Path("/proc/self/cgroup")
FOLDER = "aitestgen"
PERIOD_US = 100_000
MICROSECOND, NANOSECOND = 1e-6, 1e-9
GONE = (errno.ENOENT, errno.ENODEV)
REMOVE_SECONDS, REMOVE_PAUSE = 30.0, 0.005
"""How long what was killed may take to die: it needs a processor for that, and on a busy machine it waits for one."""

BURY_SECONDS = 1.0

_numbers = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a group used, and which of its limits it ran into."""

    cpu_seconds: float
    peak_bytes: int
    out_of_memory: bool
    out_of_processes: bool


class Group(Protocol):
    """One jail's control group, in every hierarchy that it needs."""

    def entrances(self) -> tuple[int, ...]:
        """Open descriptors; a process that writes "0" to each is inside. The caller closes them."""
        ...

    def limit(self, limits: Limits) -> None:
        """Set every limit but that of CPU. Raises SandboxError."""
        ...

    def throttle(self, cores: float) -> None:
        """From now on no more than so much CPU a second."""
        ...

    def usage(self) -> Usage:
        """What was used until now."""
        ...

    def kill(self, spare: int) -> None:
        """Kill everything inside but the process `spare`."""
        ...

    async def remove(self) -> None:
        """Kill what is left inside, and remove the group. Raises SandboxError if it stays."""
        ...


class Hierarchy(Protocol):
    """Where groups can be made."""

    @property
    def version(self) -> str:
        """`v1` or `v2`."""
        ...

    def create(self) -> Group:
        """A new, empty group. Raises SandboxError."""
        ...

    def sweep(self) -> None:
        """Remove the groups of owners that are gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupV1:
    """The same name below each of the v1 controllers."""

    folders: Mapping[str, Path]

    def entrances(self) -> tuple[int, ...]:
        return _open_all(self._distinct())

    def limit(self, limits: Limits) -> None:
        memory = self.folders["memory"]
        with _as_sandbox_error():
            _write(memory / "memory.limit_in_bytes", limits.memory_bytes)
            if (memory / "memory.memsw.limit_in_bytes").exists():
                _write(memory / "memory.memsw.limit_in_bytes", limits.memory_bytes)
            else:
                _write(memory / "memory.swappiness", 0)
            _write(self.folders["pids"] / "pids.max", limits.processes)

    def throttle(self, cores: float) -> None:
        _write(self.folders["cpu"] / "cpu.cfs_period_us", PERIOD_US)
        _write(self.folders["cpu"] / "cpu.cfs_quota_us", max(1000, int(cores * PERIOD_US)))

    def usage(self) -> Usage:
        return Usage(
            cpu_seconds=int((self.folders["cpuacct"] / "cpuacct.usage").read_text()) * NANOSECOND,
            peak_bytes=int((self.folders["memory"] / "memory.max_usage_in_bytes").read_text()),
            out_of_memory=_counter(self.folders["memory"] / "memory.oom_control", "oom_kill") > 0,
            out_of_processes=_counter(self.folders["pids"] / "pids.events", "max") > 0,
        )

    def kill(self, spare: int) -> None:
        _kill(self.folders["pids"], spare)

    async def remove(self) -> None:
        for folder in self._distinct():
            await _remove(folder)

    def _distinct(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(self.folders.values()))  # cpu and cpuacct are often one


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchyV1:
    """The v1 controllers' folders, below which to make groups. Root's only: v1 is not safe to delegate."""

    parents: Mapping[str, Path]
    version: str = "v1"

    def create(self) -> Group:
        name = _new_name()
        folders = {controller: parent / FOLDER / name for controller, parent in self.parents.items()}
        with _as_sandbox_error():
            for folder in folders.values():
                folder.mkdir(parents=True, exist_ok=True)
        return GroupV1(folders=folders)

    def sweep(self) -> None:
        for parent in set(self.parents.values()):
            _sweep(parent / FOLDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupV2:
    """One folder of the unified hierarchy."""

    folder: Path

    def entrances(self) -> tuple[int, ...]:
        return _open_all((self.folder,))

    def limit(self, limits: Limits) -> None:
        with _as_sandbox_error():
            _write(self.folder / "memory.max", limits.memory_bytes)
            _write(self.folder / "memory.oom.group", 1)
            if (self.folder / "memory.swap.max").exists():
                _write(self.folder / "memory.swap.max", 0)
            _write(self.folder / "pids.max", limits.processes)

    def throttle(self, cores: float) -> None:
        _write(self.folder / "cpu.max", f"{max(1000, int(cores * PERIOD_US))} {PERIOD_US}")

    def usage(self) -> Usage:
        peak = self.folder / "memory.peak"  # since Linux 5.19
        return Usage(
            cpu_seconds=_counter(self.folder / "cpu.stat", "usage_usec") * MICROSECOND,
            peak_bytes=int(peak.read_text()) if peak.exists() else 0,
            out_of_memory=_counter(self.folder / "memory.events", "oom_kill") > 0,
            out_of_processes=_counter(self.folder / "pids.events", "max") > 0,
        )

    def kill(self, spare: int) -> None:
        _kill(self.folder, spare)

    async def remove(self) -> None:
        await _remove(self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchyV2:
    """A folder of the unified hierarchy that is root's, or delegated to this user."""

    parent: Path
    version: str = "v2"

    def create(self) -> Group:
        home = self.parent / FOLDER
        folder = home / _new_name()
        with _as_sandbox_error():
            home.mkdir(exist_ok=True)
            self._hand_down(home)
            folder.mkdir()
        return GroupV2(folder=folder)

    def sweep(self) -> None:
        _sweep(self.parent / FOLDER)

    def _hand_down(self, home: Path) -> None:
        """Let groups below use the controllers. A folder that does so may hold no process itself: ours move aside."""
        for folder in (self.parent, home):
            if _words(folder / "cgroup.subtree_control") >= V2_CONTROLLERS:
                continue
            try:
                _write(folder / "cgroup.subtree_control", V2_REQUEST)
            except OSError:
                aside = folder / "host"
                aside.mkdir(exist_ok=True)
                for pid in (folder / "cgroup.procs").read_text().split():
                    _write(aside / "cgroup.procs", pid)
                _write(folder / "cgroup.subtree_control", V2_REQUEST)


V1_CONTROLLERS = ("memory", "cpu", "cpuacct", "pids")
V2_CONTROLLERS = frozenset({"memory", "cpu", "pids"})
V2_REQUEST = "+memory +cpu +pids"


def find_hierarchy(wanted: str = "auto") -> Hierarchy | None:
    """Where this process may make groups: `v1`, `v2`, or the first of them with `auto`; None where it may not."""
    finders = {"v2": _find_v2, "v1": _find_v1}
    for version, find in finders.items():
        if wanted in {"auto", version} and (found := find()) is not None:
            return found
    return None


def _find_v1() -> Hierarchy | None:
    mounted = _mounted_v1()
    own = _own_paths()
    parents = {name: _below(mounted[name], own.get(name, "/")) for name in V1_CONTROLLERS if name in mounted}
    complete = set(parents) == set(V1_CONTROLLERS)
    if os.geteuid() != 0 or not complete or not all(os.access(parent, os.W_OK) for parent in parents.values()):
        return None
    return HierarchyV1(parents=parents)


def _find_v2() -> Hierarchy | None:
    for fields, kind, _ in _mounts():
        if kind == "cgroup2":
            parent = _below(Path(fields[4]), _own_paths().get("", "/"))
            able = _words(parent / "cgroup.controllers") >= V2_CONTROLLERS
            if able and os.access(parent, os.W_OK) and os.access(parent / "cgroup.procs", os.W_OK):
                return HierarchyV2(parent=parent)
    return None


def _mounted_v1() -> dict[str, Path]:
    return {
        controller: Path(fields[4])
        for fields, kind, options in _mounts()
        if kind == "cgroup"
        for controller in options.split(",")
        if controller in V1_CONTROLLERS
    }


def _mounts() -> Iterator[tuple[list[str], str, str]]:
    """Of each mount: the fields before the dash (proc(5)), its type, and its super options."""
    for line in MOUNTS.read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        yield before.split(" "), kind, options


def _own_paths() -> dict[str, str]:
    """This process's path in each hierarchy, by controller; "" names the unified one."""
    lines = (line.split(":", 2) for line in MEMBERSHIP.read_text().splitlines())
    return {controller: path for _, controllers, path in lines for controller in controllers.split(",")}


def _below(mount: Path, own: str) -> Path:
    """Our own group's folder; in a container that shows only its own part, the mount itself."""
    folder = mount / own.lstrip("/")
    return folder if folder.is_dir() else mount


@contextlib.contextmanager
def _as_sandbox_error() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SandboxError(f"cannot make a control group: {error}") from error


def _new_name() -> str:
    return f"{os.getpid()}-{started(os.getpid())}-{next(_numbers)}"


def _sweep(home: Path) -> None:
    for folder in home.glob("*-*-*"):
        pid, start, _ = folder.name.split("-")
        if started(int(pid)) != start:
            _bury(folder)


def _bury(folder: Path) -> None:
    """Remove what a dead host left, also where its processes are still dying. What stays is left to the next start."""
    deadline = time.monotonic() + BURY_SECONDS
    while time.monotonic() < deadline:
        _kill(folder)
        if _removed(folder):
            return
        time.sleep(REMOVE_PAUSE)


async def _remove(folder: Path) -> None:
    deadline = time.monotonic() + REMOVE_SECONDS
    while time.monotonic() < deadline:
        if _removed(folder):
            return
        _kill(folder)
        await asyncio.sleep(REMOVE_PAUSE)
    raise SandboxError(f"the control group {folder} stays: something in it does not die")


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # not empty yet
        return False
    return True


def _kill(folder: Path, spare: int = 0) -> None:
    """Kill what is inside; nothing is in a group that is gone, as when two hosts that start bury the same one."""
    try:
        inside = (folder / "cgroup.procs").read_text().split()
    except OSError as error:
        if error.errno not in GONE:
            raise
        return
    for pid in map(int, inside):
        if pid != spare:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _open_all(folders: tuple[Path, ...]) -> tuple[int, ...]:
    return tuple(os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC) for folder in folders)


def _write(file: Path, value: int | str) -> None:
    file.write_text(f"{value}", encoding="ascii")


def _words(file: Path) -> set[str]:
    return set(file.read_text().split())


def _counter(file: Path, name: str) -> int:
    """One value of a file of `name value` lines; 0 if it has none."""
    for line in file.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
