"""The folder of one run on the host's own file system, for jails that have none: made, filled and removed here.

Nothing is opened by a path that a guest could have turned elsewhere: it is removed when everything that could is dead,
by names below descriptors, and no link is followed.
"""

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from aitestgen.errors import SandboxError
from aitestgen.sandbox.owner import is_gone, own_name

PREFIX = "aitestgen-landlock-"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """`job` holds the run's files, `tmp` is the guest's to write. `root`, which holds them, is closed to all others."""

    root: Path

    @property
    def job(self) -> Path:
        return self.root / "job"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    def write(self, files: Mapping[str, bytes]) -> None:
        """Files of the run, by their name in `job`; whatever our umask is, all may read them. Raises SandboxError."""
        for name, data in files.items():
            target = Path(os.path.normpath(self.job / name))
            if self.job not in target.parents:
                raise SandboxError(f"a run's file may not be named {name!r}: it lies outside of its folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            target.chmod(0o644)
        for folder in (self.job, *filter(Path.is_dir, self.job.rglob("*"))):
            folder.chmod(0o755)


@contextmanager
def run_folder(files: Mapping[str, bytes], uid: int | None) -> Iterator[RunFolder]:
    """A folder for a guest that is to be `uid` (None: who we are). To be left when all processes in there are dead.

    Raises SandboxError where it cannot be made.
    """
    try:
        folder = RunFolder(root=own_folder())
    except OSError as error:
        raise SandboxError(f"no folder for a run can be made in {tempfile.gettempdir()}: {error}") from error
    try:
        folder.job.mkdir(mode=0o755)
        folder.tmp.mkdir(mode=0o700)
        if uid is not None:
            os.chown(folder.tmp, uid, uid)
            os.chown(folder.root, 0, uid)
            folder.root.chmod(0o710)
        folder.write(files)
        yield folder
    finally:
        remove_folder(folder.root)


def own_folder(prefix: str = PREFIX) -> Path:
    """A new folder in the system's temporary one, closed to others, whose name tells a later process whose it was."""
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{own_name()}-"))


def sweep(prefix: str = PREFIX) -> None:
    """Remove what processes that are gone have left of such folders, if it is this user's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(FileNotFoundError):  # another process may be at it too
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and is_gone(_owner(folder, prefix)):
                remove_folder(folder)


def _owner(folder: Path, prefix: str) -> str:
    return folder.name.removeprefix(prefix).rpartition("-")[0]


def remove_folder(root: Path) -> None:
    """Remove it with all that is in it, however deep, however closed."""
    parent = os.open(root.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        os.chmod(root.name, 0o700, dir_fd=parent)
        holder = os.open(root.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
        try:
            _empty(holder)
        finally:
            os.close(holder)
        os.rmdir(root.name, dir_fd=parent)
    finally:
        os.close(parent)


def _empty(holder: int) -> None:
    """Remove all in the folder that the descriptor holds; of what lies deeper, level after level is moved up to it."""
    numbers = (f"level-{number}" for number in count())
    while names := os.listdir(holder):  # by descriptor
        for name in names:
            _flatten(holder, name, numbers)


def _flatten(holder: int, name: str, numbers: Iterator[str]) -> None:
    if not _is_folder(holder, name):
        os.unlink(name, dir_fd=holder)
        return
    os.chmod(name, 0o700, dir_fd=holder)
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=holder)
    try:
        for inner in os.listdir(folder):  # noqa: PTH208  # by descriptor
            if _is_folder(folder, inner):
                os.chmod(inner, 0o700, dir_fd=folder)
                os.rename(inner, _free(holder, numbers), src_dir_fd=folder, dst_dir_fd=holder)
            else:
                os.unlink(inner, dir_fd=folder)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=holder)


def _free(holder: int, numbers: Iterator[str]) -> str:
    """A name that nothing in the folder has: a guest's own may have come up there."""
    return next(name for name in numbers if not _exists(holder, name))


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _is_folder(folder: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
