"""The system-call filter of the jail: an allowlist, assembled by hand as classic BPF (seccomp(2), linux/filter.h).

Refused calls fail with EPERM. ENOSYS where the C library then takes an older call that the filter can read (clone3),
or where programs expect an old kernel. A foreign architecture kills the process.
"""

import errno
import platform
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aitestgen.errors import SandboxError
from aitestgen.sandbox.syscalls import AARCH64, X86_64

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, FAIL = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24

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

PRIO_USER = 2
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


def filter_program(machine: str | None = None) -> bytes:
    """The filter for `machine` (this one by default), in the form that bwrap's --seccomp reads.

    Raises SandboxError for a machine that has no table here.
    """
    name = machine or platform.machine()
    if name not in ARCHITECTURES:
        raise SandboxError(f"no system-call filter for {name}: run the sandbox service on x86_64 or aarch64")
    return b"".join(_instructions(ARCHITECTURES[name]))


def _instructions(machine: Architecture) -> Iterator[bytes]:
    calls = machine.calls
    yield _op(LOAD, ARCHITECTURE)
    yield from _unless(EQUAL, machine.audit, KILL)
    yield _op(LOAD, NUMBER)
    yield from _when(AT_LEAST, X32_BIT, KILL)
    yield from _when(AT_LEAST, FIRST_UNKNOWN, FAIL | errno.ENOSYS)
    for name in ("clone3", "memfd_create"):
        yield from _when(EQUAL, calls[name], FAIL | errno.ENOSYS)
    for name in ("socket", "socketpair"):
        yield from _judge(calls[name], FIRST_ARGUMENT, _unless(EQUAL, AF_UNIX, FAIL | errno.EAFNOSUPPORT))
    yield from _judge(calls["clone"], FIRST_ARGUMENT, _when(ANY_BIT, NEW_NAMESPACES, FAIL | errno.EPERM))
    injections = [*_when(EQUAL, TIOCSTI, FAIL | errno.EPERM), *_when(EQUAL, TIOCLINUX, FAIL | errno.EPERM)]
    yield from _judge(calls["ioctl"], SECOND_ARGUMENT, injections)
    for name in ("prlimit64", "sched_setaffinity"):
        yield from _judge(calls[name], FIRST_ARGUMENT, _when(EQUAL, PID_1, FAIL | errno.EPERM))
    all_of_a_user = _when(EQUAL, PRIO_USER, FAIL | errno.EPERM)
    of_pid_1 = [_op(LOAD, SECOND_ARGUMENT), *_when(EQUAL, PID_1, FAIL | errno.EPERM)]
    yield from _judge(calls["setpriority"], FIRST_ARGUMENT, [*all_of_a_user, *of_pid_1])
    for number in sorted(number for name, number in calls.items() if name not in SPECIAL):
        yield from _when(EQUAL, number, ALLOW)
    yield _op(RETURN, FAIL | errno.EPERM)


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
