"""A small program of its own (run with -I -S, imports nothing of ours): prepares the mounts, then becomes bwrap.

It reads its plan, a JSON object, from a descriptor. In a mount namespace of its own it lays out a stage that bwrap
shows the guest: the files of the run, the folders to bind (also such as only this process can reach), and one
capped tmpfs that is noexec, nosuid and nodev, which bwrap's own --tmpfs is not. It enters the cgroups, gives up
root for good, and executes bwrap. The stage is only in its namespace and goes with it.
"""

import base64
import ctypes
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

CLONE_NEWNS, CLONE_NEWUSER = 0x0002_0000, 0x1000_0000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x4_0000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
TMP_INODES = 16_384
FAILED = 97

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Do what the plan says; on failure say on stderr what failed, and exit with 97."""
    try:
        with os.fdopen(int(sys.argv[1]), "rb") as plan_file:
            plan = json.load(plan_file)
        for entrance in plan["entrances"]:
            os.write(entrance, b"0")
            os.close(entrance)
        own_namespace()
        lay_stage(plan)
        give_up_root(plan["uid"])
        die_with(plan["parent"])
        os.execv(plan["argv"][0], plan["argv"])  # noqa: S606  # no shell is wanted
    except OSError as error:
        sys.stderr.write(f"launcher: {error}\n")
        sys.exit(FAILED)


def own_namespace() -> None:
    """A mount namespace for the stage: by right as root, through a user namespace as anyone else."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        check(libc.unshare(CLONE_NEWNS), "unshare the mount namespace")
    else:
        check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare the user namespace")
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    mount("none", Path("/"), "", MS_REC | MS_PRIVATE)


def lay_stage(plan: dict[str, Any]) -> None:
    """Everything that bwrap will show, under `plan["stage"]`: rw/tmp, rw/shm, job/…, and the binds."""
    stage = Path(plan["stage"])
    mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    writable = stage / "rw"
    writable.mkdir()
    size = f"size={plan['tmp_bytes']},nr_inodes={TMP_INODES},mode=755"
    mount("tmpfs", writable, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, size)
    for name in ("tmp", "shm"):
        (writable / name).mkdir()
        (writable / name).chmod(0o1777)
    os.umask(0o022)
    write_files(stage / "job", plan["files"])
    (stage / "nothing").touch()
    for name, source in plan["binds"].items():
        bind(Path(source), stage / name)
        for place in listening_in(Path(source)):
            with suppress(FileNotFoundError):  # it is gone by now
                mount(str(stage / "nothing"), stage / name / place, "", MS_BIND)


def listening_in(folder: Path) -> set[Path]:
    """Where below the folder somebody on this host listens: a mount that is read-only does not keep a guest from it."""
    lines = Path("/proc/net/unix").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    places = {Path(words[7]) for line in lines if len(words := line.split(None, 7)) > 7}
    return {place.relative_to(folder) for place in places if folder in place.parents and is_socket(place)}


def is_socket(place: Path) -> bool:
    """Whether there is one that this user can see: a guest sees no more."""
    try:
        return place.is_socket()
    except OSError:
        return False


def write_files(folder: Path, files: dict[str, str]) -> None:
    """The run's files, given as base64."""
    folder.mkdir()
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(data))


def bind(source: Path, target: Path) -> None:
    """Show `source`, a file or a folder with what is mounted in it, at `target`."""
    if source.is_dir():
        target.mkdir(parents=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount(str(source), target, "", MS_BIND | MS_REC)


def give_up_root(uid: int | None) -> None:
    """Become `uid` for good, with no group but its own. None: already somebody without rights."""
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs")


def die_with(parent: int) -> None:
    """Be killed when the host ends, also if it ended just now."""
    check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "set the parent-death signal")
    if os.getppid() != parent:
        raise OSError("the host has ended")


def mount(source: str, target: Path, kind: str, flags: int, options: str = "") -> None:
    """mount(2), with the place in the error."""
    done = libc.mount(os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode())
    check(done, f"mount {source} on {target}")


def check(result: int, what: str) -> None:
    """Raise OSError, saying what was tried, where a C call failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
