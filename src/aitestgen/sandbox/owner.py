"""Who made something that could outlive its maker: a name that tells at the next start whether that process is gone."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
PID_NAMESPACE = Path("/proc/self/ns/pid")


def started(pid: int) -> str:
    """When a process started, in clock ticks since boot (proc(5), field 22); "" if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def own_name() -> str:
    """This process, among all of every machine: where it counts its processes, its number, when it started."""
    return f"{_realm()}-{os.getpid()}-{started(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether the process of that name (of `own_name`) has ended. False where that cannot be known from here."""
    realm, _, process = name.partition("-")
    pid, _, start = process.partition("-")
    return realm == _realm() and pid.isdigit() and started(int(pid)) != start


def kill_if(told: Callable[[Sequence[str]], bool], pid: int) -> None:
    """Kill the process where its command line is `told` to be the wanted one's. Raises OSError where it is gone, or
    somebody else's.
    """
    process = os.pidfd_open(pid)  # its number may be another's before the signal is sent
    try:
        if told(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")):
            signal.pidfd_send_signal(process, signal.SIGKILL)
    finally:
        os.close(process)


def _realm() -> str:
    """Numbers of processes mean something within one boot of one machine, and one pid namespace."""
    return BOOT.read_text(encoding="ascii")[:8] + "".join(filter(str.isdigit, f"{PID_NAMESPACE.readlink()}"))
