"""A jail without namespaces: Landlock, the filter and rlimits round the guest, two trusted processes over it.

The warden takes the place of the kernel, which ends all of a pid namespace with its pid 1: whoever loses his parent in
here becomes the warden's child, and when the judge has ended, however it did, the warden kills until no child is left.
Only then does it exit. The judge does what pid 1 does in other jails (bootstrap.py). Guests cannot signal, trace or
read either: Landlock keeps them to their own, neither is dumpable, and the filter refuses the calls.
"""

import json
import os
import resource
import signal
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from aitestgen_guest.jail import landlock, namespaces
from aitestgen_guest.jail.bootstrap import Channel, Duty, attend
from aitestgen_guest.jail.confine import not_dumpable
from aitestgen_guest.jail.container import first_to_die
from aitestgen_guest.jail.guest import become_guest

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
FAILED = 97
OTHERS_GROWTH = 2
MOST_FILES = 16_384
BLOCK = 512
UNREADABLE_SHARE = 16
"""A folder that was closed to us may hold anything: it counts as one part in so many of what is allowed in all."""

LOOK_SECONDS, LOOK_SHARE = 0.05, 5
"""What lies on the disk is looked at no more often than this, and for a fifth of the time at most."""


def main(channel: int, told: int) -> None:
    """Serve one job on the descriptor `channel`; exit when everything that it started is dead.

    The plan is JSON in the descriptor `told`: `tmp`, `readable`, `seccomp` (the filter, in hexadecimal), `own_user`
    (whether nobody else on this machine has this user id).
    """
    with os.fdopen(told, "rb") as file:
        plan = json.load(file)
    demand_walls()
    not_dumpable()
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    judge = os.fork()
    if judge == 0:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        duty = Duty(prepared=first_to_die, walls=lambda: stand_walls(plan), census=Census(plan["tmp"]))
        arrival = attend(Channel(channel, channel), duty)()
        become_guest(arrival.job["program"], lambda: arrival)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(judge, signal.SIGKILL))  # the host's last resort
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # the host shall see the judge's end
    outlive(judge, own_user=plan["own_user"])
    os._exit(0)


def demand_walls() -> None:
    """Exit, saying what is missing, where this kernel has not all that such a jail stands on."""
    known = landlock.version()
    if known < landlock.SCOPES_SINCE:
        _refuse(f"Landlock {landlock.SCOPES_SINCE} is needed (Linux 6.12), and this kernel has {known or 'none'}")
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):  # noqa: PTH110  # /proc alone
        _refuse("/proc does not tell a process's children (CONFIG_PROC_CHILDREN)")


def stand_walls(plan: "dict[str, Any]") -> None:
    """All that holds the guest, in the process that becomes it: raises OSError where one wall does not stand."""
    if not plan["own_user"]:
        cap_processes(plan["processes"])
    landlock.confine(plan["readable"], DEVICES, plan["tmp"])
    namespaces.give_up_everything(bytes.fromhex(plan["seccomp"]))


def cap_processes(most: int) -> None:
    """A hard end to forks where the user has other processes too, with room for theirs; the watch counts exactly.

    Whoever kills can only keep up with a tree that cannot grow without end.
    """
    now = 0
    for name in os.listdir("/proc"):  # noqa: PTH208  # names are all we need
        with suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid():  # noqa: PTH116  # /proc
                now += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208  # counted only
    cap = now + OTHERS_GROWTH * most
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    cap = cap if hard == resource.RLIM_INFINITY else min(cap, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (cap, cap))


def outlive(judge: int, *, own_user: bool) -> None:
    """Reap until the judge has ended, then kill and reap until there is nobody left."""
    while os.wait()[0] != judge:
        pass
    with suppress(ChildProcessError):  # by then all are dead: whoever lost his parent became our child
        while True:
            kill_all(own_user=own_user)
            os.wait()
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def kill_all(*, own_user: bool) -> None:
    """Kill everybody below this process that can be seen now: at once, and no one missed, where the user is our own."""
    if own_user:
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        return
    for pid in list(below(os.getpid())):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def below(pid: int) -> Iterator[int]:
    """The children of a process, theirs, and so on (proc(5), /proc/pid/task/tid/children)."""
    waiting = [pid]
    while waiting:
        found = _children(waiting.pop())
        yield from found
        waiting += found


def _children(pid: int) -> "list[int]":
    found: list[int] = []
    with suppress(OSError):  # it is gone
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  # hundreds of times a second
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:  # noqa: PTH123  # likewise
                found += map(int, file.read().split())
    return found


class Census:
    """Implements watch.Census for the processes below this one, and one folder."""

    memory_in_files = False

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._next = 0.0

    def pids(self) -> "list[int]":
        """The two over the guest, and all below them: those that the kernel counts for a user of our own."""
        return [os.getppid(), os.getpid(), *below(os.getpid())]

    def over(self, limits: "dict[str, Any]") -> "str | None":
        """Whether more lies in the folder, or is held open without a name, than may."""
        started = time.monotonic()
        if started < self._next:
            return None
        most = limits["tmp_bytes"]
        full = False
        total = 0
        for count, size in enumerate(self._sizes(most // UNREADABLE_SHARE)):
            total += size
            if total > most or count >= MOST_FILES:
                full = True
                break
        ended = time.monotonic()
        self._next = ended + max(LOOK_SECONDS, LOOK_SHARE * (ended - started))
        return "disk_full" if full else None

    def _sizes(self, unreadable: int) -> Iterator[int]:
        device = os.stat(self._folder).st_dev  # noqa: PTH116  # twenty times a second
        seen: set[int] = set()
        yield from _lying(self._folder, unreadable, seen)
        yield from _open(device, seen)


def _lying(top: str, unreadable: int, seen: "set[int]") -> Iterator[int]:
    """Bytes of each thing below the folder; no link is followed. What can be filled unseen counts without end."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    found = entry.stat(follow_symlinks=False)
                    if found.st_ino not in seen:
                        seen.add(found.st_ino)
                        yield found.st_blocks * BLOCK
                    if stat.S_ISDIR(found.st_mode):
                        waiting.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it went while we looked
        except OSError:
            yield 1 << 60 if _can_be_filled(folder) else unreadable


def _can_be_filled(folder: str) -> bool:
    try:
        mode = os.lstat(folder).st_mode  # twenty times a second
    except OSError:
        return False  # its name is too long: a guest cannot use it either
    return mode & stat.S_IRWXU == stat.S_IWUSR | stat.S_IXUSR


def _open(device: int, seen: "set[int]") -> Iterator[int]:
    """Bytes of files that somebody below us holds open, and that were not found by name."""
    for pid in below(os.getpid()):
        with suppress(OSError):
            for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208  # names are all we need
                found = os.stat(f"/proc/{pid}/fd/{number}")  # noqa: PTH116  # a descriptor's link in /proc, not a path
                if found.st_dev == device and stat.S_ISREG(found.st_mode) and found.st_ino not in seen:
                    seen.add(found.st_ino)
                    yield found.st_blocks * BLOCK


def _refuse(what: str) -> None:
    sys.stderr.write(f"landlocked: {what}\n")
    sys.stderr.flush()
    os._exit(FAILED)


def _prctl(option: int, value: int) -> None:
    if landlock.libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(f"prctl {option} is refused")
