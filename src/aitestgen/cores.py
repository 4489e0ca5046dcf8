"""How many cores this process may keep busy."""

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path("/")


def usable_cores() -> int:
    """Cores that the scheduler gives us (sched_setaffinity(2)), fewer under a CPU quota; at least 1."""
    return under_quota(len(os.sched_getaffinity(0)), ROOT)


def under_quota(cores: int, root: Path) -> int:
    """So many cores, fewer under a CPU quota; at least 1. `root` is where /proc and /sys lie.

    A quota is rounded up: half a core still runs one job.
    """
    return max(1, min([cores, *(math.ceil(quota) for quota in _quotas(root))]))


def _quotas(root: Path) -> Iterator[float]:
    """Cores by each quota on the way up from our control group (cgroup-v2.rst, sched-bwc.rst)."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        for folder in (path, *map(str, PurePosixPath(path).parents)):
            yield from _quota(root / "sys/fs/cgroup" / controllers / folder.lstrip("/"))


def _quota(folder: Path) -> Iterator[float]:
    v2 = _text(folder / "cpu.max").split()
    v1 = [_text(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
    for quota, period in (pair for pair in (v2, v1) if len(pair) == len(("quota", "period"))):
        if quota.isdecimal() and period.isdecimal() and int(period):
            yield int(quota) / int(period)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
