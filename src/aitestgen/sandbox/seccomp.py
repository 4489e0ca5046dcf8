"""The system-call filter of the jail: an allowlist, assembled by hand as classic BPF (seccomp(2), linux/filter.h).

Refused calls fail with EPERM. ENOSYS where the C library then takes an older call that the filter can read (clone3),
or where programs expect an old kernel. A foreign architecture kills the process.
"""

import errno
import platform
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from aitestgen.errors import SandboxError
from aitestgen.sandbox.syscalls import AARCH64, X86_64

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, FAIL = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT, THIRD_ARGUMENT = 0, 4, 16, 24, 32

X32_BIT = 0x4000_0000
NEW_NAMESPACES = 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: every one that clone(2) can ask for."""

AF_UNIX = 1
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
FIRST_UNKNOWN = 452
"""From here on (fchmodat2) calls are younger than every C library's fallback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """How one machine names its calls. `audit` is its AUDIT_ARCH number."""

    audit: int
    calls: dict[str, int]


ARCHITECTURES = {
    "x86_64": Architecture(audit=0xC000_003E, calls=X86_64),
    "aarch64": Architecture(audit=0xC000_00B7, calls=AARCH64),
}

PRIO_PROCESS, PRIO_USER = 0, 2
ITSELF = 0
NOW = 0
PR_SET_DUMPABLE = 4
SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC = 1, 0x800, 0x8_0000
STREAMS = tuple(SOCK_STREAM | more for more in (0, SOCK_NONBLOCK, SOCK_CLOEXEC, SOCK_NONBLOCK | SOCK_CLOEXEC))
"""Not datagrams: what is sent through one of a pair can be addressed to somebody else."""

PID_1 = 1
"""The process that watches the guest, and is of the same user: nothing of it may be changed."""

SPECIAL = frozenset(
    {
        "clone",
        "socket",
        "socketpair",
        "ioctl",
        "clone3",
        "memfd_create",
        "prlimit64",
        "sched_setaffinity",
        "setpriority",
    }
)
"""Calls that are not simply allowed, whatever the table says of their number."""


REACHING = frozenset(
    {
        *("connect", "bind", "listen", "accept", "accept4", "inotify_init", "inotify_init1", "inotify_add_watch"),
        *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
        *("prctl", "utime", "utimes", "futimesat", "utimensat"),
    }
)
"""What reaches others by a name that Landlock does not govern, or tells what they do. The last line's are judged."""

TIMES = {"utime": SECOND_ARGUMENT, "utimes": SECOND_ARGUMENT, "futimesat": THIRD_ARGUMENT, "utimensat": THIRD_ARGUMENT}
"""Which argument points to the dates; where it is null, now is meant, and whoever may write the file may set that."""

CHANGING = frozenset({"chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat"})
"""What changes files of one's own without opening them to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What holds a guest that has no namespaces, where others of this machine could be reached by name or number.

    `shared_user`: other processes and files of this machine belong to its user, too.
    """

    shared_user: bool


def filter_program(machine: str | None = None, alone: Alone | None = None) -> bytes:
    """The filter for `machine` (this one by default), in the form that bwrap's --seccomp reads.

    With `alone` it takes the place of the namespaces as well: no socket but pairs, nothing of another process, and no
    new mode, owner or date of a file where the user is shared: Landlock does not govern these. Raises SandboxError for
    a machine that has no table here.
    """
    name = machine or platform.machine()
    if name not in ARCHITECTURES:
        raise SandboxError(f"no system-call filter for {name}: run the sandbox service on x86_64 or aarch64")
    return b"".join(_instructions(ARCHITECTURES[name], alone))


def _instructions(machine: Architecture, alone: Alone | None) -> Iterator[bytes]:
    calls = machine.calls
    yield _op(LOAD, ARCHITECTURE)
    yield from _unless(EQUAL, machine.audit, KILL)
    yield _op(LOAD, NUMBER)
    yield from _when(AT_LEAST, X32_BIT, KILL)
    yield from _when(AT_LEAST, FIRST_UNKNOWN, FAIL | errno.ENOSYS)
    for name in ("clone3", "memfd_create"):
        yield from _when(EQUAL, calls[name], FAIL | errno.ENOSYS)
    yield from _of_others(calls) if alone is None else _of_nobody(calls, alone)
    yield from _judge(calls["clone"], FIRST_ARGUMENT, _when(ANY_BIT, NEW_NAMESPACES, FAIL | errno.EPERM))
    injections = [*_when(EQUAL, TIOCSTI, FAIL | errno.EPERM), *_when(EQUAL, TIOCLINUX, FAIL | errno.EPERM)]
    yield from _judge(calls["ioctl"], SECOND_ARGUMENT, injections)
    refused = SPECIAL if alone is None else SPECIAL | REACHING | (CHANGING if alone.shared_user else frozenset())
    for number in sorted(number for name, number in calls.items() if name not in refused):
        yield from _when(EQUAL, number, ALLOW)
    yield _op(RETURN, FAIL | errno.EPERM)


def _of_others(calls: Mapping[str, int]) -> Iterator[bytes]:
    """Within namespaces: local sockets only, and nothing of pid 1."""
    for name in ("socket", "socketpair"):
        yield from _judge(calls[name], FIRST_ARGUMENT, _unless(EQUAL, AF_UNIX, FAIL | errno.EAFNOSUPPORT))
    for name in ("prlimit64", "sched_setaffinity"):
        yield from _judge(calls[name], FIRST_ARGUMENT, _when(EQUAL, PID_1, FAIL | errno.EPERM))
    all_of_a_user = _when(EQUAL, PRIO_USER, FAIL | errno.EPERM)
    of_pid_1 = [_op(LOAD, SECOND_ARGUMENT), *_when(EQUAL, PID_1, FAIL | errno.EPERM)]
    yield from _judge(calls["setpriority"], FIRST_ARGUMENT, [*all_of_a_user, *of_pid_1])


def _of_nobody(calls: Mapping[str, int], alone: Alone) -> Iterator[bytes]:
    """Without: pairs of streams only, which can reach nobody by name; and each process changes itself alone."""
    yield from _when(EQUAL, calls["socket"], FAIL | errno.EAFNOSUPPORT)
    kinds = [_unless(EQUAL, AF_UNIX, FAIL | errno.EAFNOSUPPORT), [_op(LOAD, SECOND_ARGUMENT)]]
    kinds += [_when(EQUAL, kind, ALLOW) for kind in STREAMS]
    yield from _judge(calls["socketpair"], FIRST_ARGUMENT, [*chain(*kinds), _op(RETURN, FAIL | errno.EPERM)])
    for name in ("prlimit64", "sched_setaffinity"):
        yield from _judge(calls[name], FIRST_ARGUMENT, _unless(EQUAL, ITSELF, FAIL | errno.EPERM))
    itself = [*_unless(EQUAL, PRIO_PROCESS, FAIL | errno.EPERM), _op(LOAD, SECOND_ARGUMENT)]
    yield from _judge(calls["setpriority"], FIRST_ARGUMENT, [*itself, *_unless(EQUAL, ITSELF, FAIL | errno.EPERM)])
    yield from _judge(calls["prctl"], FIRST_ARGUMENT, _when(EQUAL, PR_SET_DUMPABLE, FAIL | errno.EPERM))
    if not alone.shared_user:  # else none of these is allowed
        for name in sorted(TIMES.keys() & calls.keys()):
            yield from _judge(calls[name], TIMES[name], _when(EQUAL, NOW, FAIL | errno.EPERM))


def _judge(number: int, argument: int, refusals: Iterable[bytes]) -> Iterator[bytes]:
    """For one call: look at one argument, refuse what is refused, allow the rest."""
    body = [_op(LOAD, argument), *refusals, _op(RETURN, ALLOW)]
    yield _op(EQUAL, number, 0, len(body))
    yield from body


def _when(test: int, value: int, result: int) -> Iterator[bytes]:
    yield _op(test, value, 0, 1)
    yield _op(RETURN, result)


def _unless(test: int, value: int, result: int) -> Iterator[bytes]:
    yield _op(test, value, 1, 0)
    yield _op(RETURN, result)


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
