"""What a process inside the jail gives up before it runs anything untrusted (prctl(2), getrlimit(2)).

The walls that matter stand already when this runs: namespaces, no capabilities, no_new_privs, the system-call filter.
"""

import ctypes
import math
import os
import resource
import signal
from collections.abc import Callable, Iterable
from typing import Any

from aitestgen_guest.jail import landlock

PR_SET_DUMPABLE = 4
OPEN_FILES = 512
WRITABLE = ("/tmp", "/dev/shm")  # noqa: S108  # the jail's own
SPARE_PROCESSES = 8
"""Where a control group counts, it shall be what refuses the process: then the host knows of it."""

SPARE_CPU_SECONDS = 2
ADDRESS_SPACE_FACTOR = 4
THREAD_ADDRESS_BYTES = 72 << 20
"""Address space is reserved generously; the watch counts what is really used. Each thread reserves a stack of 8 MiB
and, where it competes for memory, an arena of 64 MiB (mallopt(3))."""


def not_dumpable() -> None:
    """No process of the same user may read, write or trace this one from now on."""
    _set_dumpable(0)


def seal(keep: "Iterable[int]", walls: "Callable[[], object]") -> None:
    """Make this process an ordinary one: own session, no descriptor above 2 but those of `keep`, and the `walls`."""
    _set_dumpable(1)
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    last = 2
    for descriptor in sorted(keep):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))
    walls()


def landlock_rules() -> None:
    """The last wall of a jail that has namespaces."""
    landlock.restrict(WRITABLE)


def keep_limits(limits: dict[str, Any]) -> None:
    """Set hard rlimits for this process and all that it starts."""
    for kind, value in _rlimits(limits).items():
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def _rlimits(limits: dict[str, Any]) -> dict[int, int]:
    chosen = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: limits["tmp_bytes"],
        resource.RLIMIT_CPU: math.ceil(limits["wall_seconds"] * max(1.0, limits["cpu_cores"])) + SPARE_CPU_SECONDS,
    }
    if not limits.get("user_is_shared"):  # the kernel counts them per user, over all jails of one
        chosen[resource.RLIMIT_NPROC] = limits["processes"] + (0 if limits["polled"] else SPARE_PROCESSES)
    if limits["polled"]:
        threads = limits["processes"] * THREAD_ADDRESS_BYTES
        chosen[resource.RLIMIT_AS] = ADDRESS_SPACE_FACTOR * limits["memory_bytes"] + threads
    return chosen


def _set_dumpable(value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot change whether this process is dumpable")
