"""Namespaces and a file system of its own for one job of a zygote (namespaces(7), mount(2), capabilities(7)).

All of it happens inside the outer jail, whose root is read-only and holds nothing of the host but what guests may see.
"""

import base64
import contextlib
import ctypes
import os
from collections.abc import Callable, Sequence
from pathlib import Path

NAMESPACES = {
    "user": 0x1000_0000, "mount": 0x0002_0000, "pid": 0x2000_0000, "ipc": 0x0800_0000, "uts": 0x0400_0000,
    "net": 0x4000_0000,
}  # fmt: skip
CLONE_NEWCGROUP = 0x0200_0000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    *(1, 2, 4, 8, 0x20, 0x1000, 0x4000, 0x4_0000),
)
NOTHING_SPECIAL = MS_NOSUID | MS_NODEV | MS_NOEXEC
MNT_DETACH = 2
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 24, 38, 47, 4
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
CAPABILITY_VERSION_3, MOST_CAPABILITIES = 0x2008_0522, 64
SCRATCH = "/mnt"
TMP_INODES = 16_384
JOB_BYTES = 32 * 1024 * 1024

libc = ctypes.CDLL(None, use_errno=True)


def unshare() -> None:
    """A new namespace of every kind but one; this process's children are in the new pid namespace."""
    user = os.getuid()
    group = os.getgid()
    _check(libc.unshare(sum(NAMESPACES.values())), "unshare")
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(content, encoding="ascii")


def unshare_cgroups() -> None:
    """The one that is left, by a process that is in its control group by now: the group is the root of what it sees."""
    _check(libc.unshare(CLONE_NEWCGROUP), "unshare the cgroup namespace")


def lay_out(tmp_bytes: int, shown: "Sequence[str]") -> "Callable[[dict[str, str]], None]":
    """Mount a fresh /proc, /tmp, /dev/shm and /job; return what fills /job, which no one else can write.

    /tmp and /dev/shm share `tmp_bytes`. What is shown below them, none inside another, is shown again. Files are given
    as base64 by their name in /job.
    """
    covered = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in shown}
    _mount("none", "/", "", MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", NOTHING_SPECIAL | MS_RDONLY)
    _mount("tmpfs", SCRATCH, "tmpfs", NOTHING_SPECIAL, f"size={tmp_bytes},nr_inodes={TMP_INODES},mode=755")
    for name, target in (("tmp", "/tmp"), ("shm", "/dev/shm")):  # noqa: S108  # the jail's own
        Path(SCRATCH, name).mkdir()
        Path(SCRATCH, name).chmod(0o1777)
        _mount(f"{SCRATCH}/{name}", target, "", MS_BIND)
    _unmount(SCRATCH)
    for path, descriptor in covered.items():
        _show_again(path, descriptor)
    _mount("tmpfs", SCRATCH, "tmpfs", NOTHING_SPECIAL, f"size={JOB_BYTES},nr_inodes={TMP_INODES},mode=755")
    folder = os.open(SCRATCH, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    _mount(SCRATCH, "/job", "", MS_BIND)
    _mount("none", "/job", "", MS_REMOUNT | MS_BIND | MS_RDONLY | NOTHING_SPECIAL)
    _unmount(SCRATCH)  # what `folder` holds open stays writable, through it alone
    os.chdir("/tmp")  # noqa: S108  # the jail's own

    def fill(files: "dict[str, str]") -> None:
        for name, data in files.items():
            _write(folder, name, base64.b64decode(data))
        os.close(folder)

    return fill


def _show_again(path: str, descriptor: int) -> None:
    """Mount the file or folder that the descriptor holds at its old place, which a fresh mount has covered."""
    held = f"/proc/self/fd/{descriptor}"
    place = Path(path)
    if os.path.isdir(held):  # noqa: PTH112  # a link in /proc, not a path
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    _mount(held, path, "", MS_BIND | MS_REC)
    os.close(descriptor)


def give_up_everything(seccomp: bytes) -> None:
    """No capability, none to be had again, and from now on only the system calls that the filter allows."""
    for number in range(MOST_CAPABILITIES):
        if libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break  # past the last that this kernel knows
    _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear the ambient capabilities")
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _check(libc.capset(header, (ctypes.c_uint32 * 6)()), "drop the capabilities")
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs")
    program = ctypes.create_string_buffer(seccomp, len(seccomp))
    filter_ = _Program(len(seccomp) // 8, ctypes.cast(program, ctypes.c_void_p))
    _check(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0), "set the system-call filter")


class _Program(ctypes.Structure):
    """struct sock_fprog (linux/filter.h)."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _write(folder: int, name: str, data: bytes) -> None:
    parts = name.split("/")
    for depth in range(1, len(parts)):
        with contextlib.suppress(FileExistsError):
            os.mkdir("/".join(parts[:depth]), 0o755, dir_fd=folder)
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    done = libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _check(done, f"mount {source} on {target}")


def _unmount(target: str) -> None:
    _check(libc.umount2(target.encode(), MNT_DETACH), f"unmount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")
