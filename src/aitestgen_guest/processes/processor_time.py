"""How long processes have really worked: alike on a busy machine and on a quiet one, as clocks are not."""

import os
import resource
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def starved_seconds(pid: int) -> float:
    """How long a process was ready to run and not let (proc(5), schedstat); 0.0 where the kernel does not tell."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def children_seconds() -> float:
    """Processor time of all children of this process that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def running_seconds(pid: int) -> float:
    """Processor time of a running process and of its own ended children; 0.0 where the kernel does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS_A_SECOND
