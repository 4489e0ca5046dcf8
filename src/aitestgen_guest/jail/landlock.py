"""One more wall inside the jail: Landlock rules for the guest's process and all that it starts (landlock(7)).

The mounts already say what can be read and written. These rules say it once more, to another part of the kernel, and
hold where there are no mounts of our own. They also keep the guest from signalling whoever is outside its own tree.
"""

import ctypes
import os
import stat
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Numbers from 424 on are the same on every machine."""

ASK_VERSION, RULE_PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
RIGHTS = ((1, (1 << 13) - 1), (2, 1 << 13), (3, TRUNCATE), (5, IOCTL_DEV))
"""Since which version which rights over files can be governed."""

NETWORK_SINCE, NETWORK = 4, 0b11  # bind and connect of TCP: to no port
SCOPES_SINCE, SCOPES = 6, 0b11  # abstract UNIX sockets and signals: within the guest's own processes

READ = READ_FILE | READ_DIR | EXECUTE
DEVICES = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
ALL = sum(rights for _, rights in RIGHTS)

libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that this kernel speaks; 0 where it has none."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, 0, ASK_VERSION)))


def restrict(writable: "Iterable[str]") -> int:
    """Everything may be read and executed, only what lies below `writable` may be changed; the version that did it.

    Does nothing and returns 0 on a kernel without Landlock. Raises OSError where the kernel has it and refuses.
    """
    known = version()
    if known:
        changes = dict.fromkeys(writable, ALL & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK))
        _enforce(known, {"/": READ, "/dev": DEVICES, **changes})
    return known


def confine(readable: "Iterable[str]", devices: "Iterable[str]", writable: str) -> None:
    """Nothing may be opened but what lies below these: to read and execute, to use, to change but not execute.

    Raises OSError where this kernel cannot hold a process so, nor keep it from signalling others.
    """
    known = version()
    if known < SCOPES_SINCE:
        raise OSError(f"Landlock {SCOPES_SINCE} is needed, and this kernel has {known}")
    reads = dict.fromkeys(readable, READ)
    uses = dict.fromkeys(devices, READ_FILE | WRITE_FILE | TRUNCATE)
    _enforce(known, {**reads, **uses, writable: ALL & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK)})


def _enforce(known: int, rules: "dict[str, int]") -> None:
    governed = sum(rights for since, rights in RIGHTS if since <= known)
    wanted = _Ruleset(governed, NETWORK if known >= NETWORK_SINCE else 0, SCOPES if known >= SCOPES_SINCE else 0)
    size = 8 if known < NETWORK_SINCE else 16 if known < SCOPES_SINCE else 24
    ruleset = _done(libc.syscall(CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(size), 0), "make a ruleset")
    try:
        for place, rights in rules.items():
            _allow(ruleset, place, rights & governed)
        _done(libc.syscall(RESTRICT_SELF, ruleset, 0), "restrict this process")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, place: str, rights: int) -> None:
    descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        rule = _PathBeneath(rights, descriptor)
        _done(libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0), f"allow {place}")
    finally:
        os.close(descriptor)


def _done(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock refuses to {what}: {os.strerror(number)}")
    return int(result)
