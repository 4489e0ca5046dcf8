"""The jail's system-call filter (seccomp.py) in the words of container runtimes: the OCI runtime specification's JSON.

A rule allows the calls that it names, under conditions on their arguments, or gives them an error other than EPERM. It
allows no more than the filter does; tests compare them call by call. A rule has one condition an argument, because
runc takes several as alternatives; and where the kernel reads only the lower half of an argument, so does the
condition (CVE-2019-10063).
"""

import errno
import platform
from collections.abc import Iterable, Iterator
from typing import Any

from aitestgen.errors import SandboxError
from aitestgen.sandbox.seccomp import AF_UNIX, ARCHITECTURES, NEW_NAMESPACES, SPECIAL, TIOCLINUX, TIOCSTI

NAMES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
LOWER_HALF, LOWER_BITS = 0xFFFF_FFFF, 32
ABSENT = ("clone3", "memfd_create", "fchmodat2", "cachestat", "map_shadow_stack", "mseal")
"""Answered as by an old kernel: the first two on purpose, the others because they are younger than the tables."""

OF_ITSELF = {"prlimit64": (0,), "sched_setaffinity": (0,), "setpriority": (0, 1)}
"""Calls that could change the process which watches the guest, and is of the same user: allowed where these arguments
are 0, which is the caller itself."""


def seccomp_profile(machine: str | None = None) -> dict[str, Any]:
    """The profile for `machine` (this one by default). Raises SandboxError for one without a table."""
    name = machine or platform.machine()
    if name not in ARCHITECTURES:
        raise SandboxError(f"no system-call filter for {name}: use an engine on x86_64 or aarch64")
    plain = sorted(set(ARCHITECTURES[name].calls) - SPECIAL - set(OF_ITSELF))
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.EPERM,
        "architectures": [NAMES[name]],
        "syscalls": [_rule(plain), *_conditional(), *_failing()],
    }


def _conditional() -> Iterator[dict[str, Any]]:
    yield _rule(["clone"], _equal(0, 0, NEW_NAMESPACES))
    yield _rule(["socket", "socketpair"], _equal(0, AF_UNIX))
    for call, arguments in OF_ITSELF.items():
        yield _rule([call], *(_equal(index, 0) for index in arguments))
    for value, mask in _all_but({TIOCSTI, TIOCLINUX}):
        yield _rule(["ioctl"], _equal(1, value, mask))


def _failing() -> Iterator[dict[str, Any]]:
    for value, mask in _all_but({AF_UNIX}):
        yield _rule(["socket", "socketpair"], _equal(0, value, mask), error=errno.EAFNOSUPPORT)
    yield _rule(ABSENT, error=errno.ENOSYS)


def _all_but(forbidden: set[int]) -> Iterator[tuple[int, int]]:
    """Values with masks; each number of 32 bits that is not forbidden is one of the values under its mask."""
    for bit in reversed(range(LOWER_BITS)):
        mask = LOWER_HALF & -(1 << bit)
        ways = {value & mask for value in forbidden}
        yield from ((way ^ (1 << bit), mask) for way in sorted(ways) if way ^ (1 << bit) not in ways)


def _rule(calls: Iterable[str], *conditions: dict[str, int | str], error: int | None = None) -> dict[str, Any]:
    action = {"action": "SCMP_ACT_ALLOW"} if error is None else {"action": "SCMP_ACT_ERRNO", "errnoRet": error}
    return {"names": list(calls), "args": list(conditions), **action}


def _equal(index: int, value: int, mask: int = LOWER_HALF) -> dict[str, int | str]:
    return {"index": index, "op": "SCMP_CMP_MASKED_EQ", "value": mask, "valueTwo": value}
