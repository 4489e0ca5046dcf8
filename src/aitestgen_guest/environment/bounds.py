"""Keeps what a case does to files within its own folder: a test that did it elsewhere would do it to its user's files.

Seen by audit events (PEP 578), which tell of changes by whatever way code asks for them. A hook cannot be removed, so
there is one for the process, which looks while a case runs.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.tracing.probes import Cut

DESTROYS = r"\b(rmtree|unlink|rmdir|removedirs)\(|\bos\.(remove|rename|replace)\(|\bshutil\.move\("
_SYSTEM = ("/proc", "/sys", "/dev", "/usr", "/etc", "/lib", "/bin", sys.prefix, sys.base_prefix)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGED: "dict[str, tuple[int, ...]]" = {
    **dict.fromkeys(("os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.truncate", "os.utime"), (0,)),
    **dict.fromkeys(("os.setxattr", "os.removexattr", "shutil.rmtree"), (0,)),
    **dict.fromkeys(("os.rename", "shutil.move"), (0, 1)),
    **dict.fromkeys(("os.link", "os.symlink"), (1,)),
}
"""By event, which of its arguments name what is changed."""
_OF_THE_LINK = frozenset({"os.remove", "os.rmdir", "os.mkdir", "os.rename", "os.link", "os.symlink", "shutil.rmtree"})
"""Events that change what has the name itself, and not what it leads to."""
_BESIDE: "dict[str, tuple[int, ...]]" = {
    "os.remove": (1,), "os.rmdir": (1,), "os.mkdir": (2,), "os.chmod": (2,), "os.chown": (3,), "os.utime": (3,),
    "shutil.rmtree": (1,), "os.rename": (2, 3), "os.link": (3,), "os.symlink": (2,),
}  # fmt: skip
"""Where the events tell of an open folder that the names are relative to; those within a tree were entered from it."""
_cwd, _readlink, _lstat = os.getcwd, os.readlink, os.lstat
"""The real ones: while a case runs, `os` has others, which take note of who looks."""
_watched: "list[str]" = []
"""The folder of the case that runs, if one does."""
_is_installed = False


def is_anybodys(path: str) -> bool:
    """Whether something of its user's may lie there that is not here: no place of the system's or of Python's."""
    return path.startswith("/") and not path.startswith(_SYSTEM) and not _is_here(path)


@contextlib.contextmanager
def within(folder: str) -> "Iterator[None]":
    """Raise Cut, which no code catches, where anything is about to be changed that does not lie in the folder."""
    _install()
    _watched.append(os.path.realpath(folder))
    try:
        yield
    finally:
        _watched.pop()


def _install() -> None:
    global _is_installed  # noqa: PLW0603 - a hook stays for good, and forked processes inherit it
    if not _is_installed:
        _is_installed = True
        sys.addaudithook(_look)


def _look(event: str, arguments: "tuple[Any, ...]") -> None:
    if not _watched or (event != "open" and event not in _CHANGED):
        return
    if event == "open":
        changed = arguments[:1] if isinstance(arguments[2], int) and arguments[2] & _WRITING else ()
    elif any(arguments[place] not in (-1, None) for place in _BESIDE.get(event, ()) if place < len(arguments)):
        return
    else:
        changed = tuple(arguments[place] for place in _CHANGED[event])
    if not all(_is_within(path, follow=event not in _OF_THE_LINK) for path in changed):
        raise Cut


def _is_within(path: Any, *, follow: bool, links: int = 8) -> bool:
    """Whether the path lies in the folder, links followed; an open file was looked at when it was opened."""
    if isinstance(path, int):
        return True
    name, folder = os.fsdecode(path), _watched[-1]
    text = os.path.normpath(name if name.startswith("/") else f"{_cwd()}/{name}")
    if text in (folder, os.devnull):
        return True
    if not text.startswith(folder + "/"):
        return False
    parts = text[len(folder) + 1 :].split("/")
    for count in range(1, len(parts) + follow):
        before, rest = "/".join([folder, *parts[: count - 1]]), parts[count:]
        if target := _target(f"{before}/{parts[count - 1]}"):
            led = "/".join([target if target.startswith("/") else f"{before}/{target}", *rest])
            return links > 0 and _is_within(led, follow=follow, links=links - 1)
    return True


def _is_here(path: str) -> bool:
    try:
        _lstat(path)
    except (OSError, ValueError):
        return False
    return True


def _target(path: str) -> str:
    """What the link points to; empty for what is none."""
    try:
        return _readlink(path)
    except OSError:
        return ""
