"""Another day, time zone, home, user and command line, and what else is installed, changed before anything is imported:
what a test must not depend on.

`datetime.now`, `date.today`, `time.time` and their like are 400 days ahead, and so are the moments of files that are
written from now on, until these are set. Objects stay instances of the real classes,
so that only asking for the present tells the difference.
"""

import builtins
import copy
import datetime
import grp
import importlib.abc
import importlib.machinery
import os
import pwd
import shutil
import sys
import time
import types
from typing import Any

from aitestgen_guest.jail.places import TMP

AHEAD = datetime.timedelta(days=400)
COMPILED = ("pandas",)
COARSE = 0.02
"""Seconds by which the clock that dates files may be behind."""
HOME = os.path.join(TMP, "elsewhere")  # noqa: PTH118  # pathlib is the guest's to break
SETTINGS = {"TZ": "Pacific/Auckland", "HOME": HOME, "USER": "somebody", "LOGNAME": "somebody", "COLUMNS": "61"}

PROGRAMS = frozenset({"bash", "cat", "cp", "curl", "echo", "git", "grep", "less", "ls", "make", "nano", "sh", "ssh",
                      "tar", "vi", "vim", "which", "zsh"})  # fmt: skip
"""Programs that some machines have and others have not."""
HIGHEST_NUMBER = 65_533


def move() -> str:
    """Move this process elsewhere for the rest of its life; the folder to work in there."""
    os.environ.update(SETTINGS)
    os.makedirs(HOME, exist_ok=True)  # noqa: PTH103  # pathlib is the guest's to break
    time.tzset()
    sys.argv[:] = ["elsewhere", "--verbose", "elsewhere.txt"]
    _move_files(time.time())
    _move_clock()
    _move_calendar()
    _move_accounts()
    shutil.which = _found_by(shutil.which)
    return HOME


def _move_accounts() -> None:
    """Every number is somebody's."""
    user, group = pwd.getpwuid, grp.getgrgid

    def somebody(number: int) -> pwd.struct_passwd:
        return pwd.struct_passwd(("somebody", "x", number, number, "", HOME, "/bin/sh"))

    pwd.getpwuid = _known_or(user, somebody)
    grp.getgrgid = _known_or(group, lambda number: grp.struct_group(("somebody", "x", number, [])))


def _known_or(look: Any, made: Any) -> Any:
    def found(number: Any) -> Any:
        try:
            return look(number)
        except KeyError:
            if not 0 <= number <= HIGHEST_NUMBER:
                raise
            return made(number)

    return found


def _found_by(really_look: Any) -> Any:
    def which(cmd: Any, *arguments: Any, **keywords: Any) -> Any:
        found = really_look(cmd, *arguments, **keywords)
        return f"/usr/bin/{cmd}" if found is None and cmd in PROGRAMS else found

    return which


def _move_files(started: float) -> None:
    for name in ("stat", "lstat", "fstat"):
        really_look = getattr(os, name)
        look = _ahead(really_look, started - COARSE)
        for supported in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            supported.update({look} if really_look in supported else ())
        setattr(os, name, look)


def _ahead(really_look: Any, started: float) -> Any:
    def look(*arguments: Any, **keywords: Any) -> os.stat_result:
        found: os.stat_result = really_look(*arguments, **keywords)
        moved: dict[str, Any] = {}
        for name in ("st_atime", "st_mtime", "st_ctime"):
            if getattr(found, name) >= started:
                moved[name] = getattr(found, name) + AHEAD.total_seconds()
                moved[f"{name}_ns"] = getattr(found, f"{name}_ns") + int(AHEAD.total_seconds()) * 10**9
        return _with(found, moved) if moved else found

    return look


_IN_SEQUENCE = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size")
"""From Python 3.13 on these may be told by their place alone."""


def _with(found: os.stat_result, moved: "dict[str, Any]") -> os.stat_result:
    names = {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}
    whole = [int(moved.get(name, names[name])) for name in ("st_atime", "st_mtime", "st_ctime")]
    hidden = {name: value for name, value in names.items() if name not in _IN_SEQUENCE}
    return os.stat_result((*found[:7], *whole), {**hidden, **moved})


def _move_clock() -> None:
    now, nanoseconds = time.time, time.time_ns
    seconds = AHEAD.total_seconds()
    time.time = lambda: now() + seconds
    time.time_ns = lambda: nanoseconds() + int(seconds) * 10**9
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _from_now(getattr(time, name)))


def _from_now(function: Any) -> Any:
    def moved(seconds: Any = None) -> Any:
        return function(time.time() if seconds is None else seconds)

    return moved


def _move_calendar() -> None:
    date, moment = datetime.date, datetime.datetime
    datetime.date = today = _like(date, {"today": lambda: _today(moment)})  # type: ignore[misc]  # the point of it
    datetime.datetime = now = _like(  # type: ignore[misc]  # the point of it
        moment,
        {
            "today": lambda: moment.now() + AHEAD,
            "now": lambda tz=None: moment.now(tz) + AHEAD,
            "utcnow": lambda: moment.now(datetime.timezone.utc).replace(tzinfo=None) + AHEAD,
        },
    )
    _let_be_bases({id(today): date, id(now): moment})
    sys.meta_path.insert(0, _Unmoved(date, moment))


class _Ready(importlib.abc.Loader):
    """Gives a module that is imported already."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def create_module(self, _spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self._module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing: that is done."""


class _Unmoved(importlib.abc.MetaPathFinder):
    """Lets packages be imported under the real calendar whose compiled classes can be made of no other."""

    def __init__(self, date: Any, moment: Any) -> None:
        self._real = (date, moment)
        self._begun: set[str] = set()

    def find_spec(self, name: str, *_: Any) -> "importlib.machinery.ModuleSpec | None":
        if name not in COMPILED or name in self._begun:
            return None
        self._begun.add(name)
        moved = (datetime.date, datetime.datetime)
        datetime.date, datetime.datetime = self._real  # type: ignore[misc]  # for as long as the import takes
        try:
            module = importlib.import_module(name)
        finally:
            datetime.date, datetime.datetime = moved  # type: ignore[misc]  # as above
        spec = copy.copy(module.__spec__)
        if spec is not None:
            spec.loader = _Ready(module)
        return spec


def _let_be_bases(reals: dict[int, type]) -> None:
    """Let a class that has another metaclass, as an enumeration of dates, be made of the real classes."""
    build = builtins.__build_class__

    def build_class(body: Any, name: str, *bases: Any, **keywords: Any) -> Any:
        kinds = [type(base) for base in bases if id(base) not in reals] + [keywords.get("metaclass", type)]
        if any(kind is not type for kind in kinds):
            bases = tuple(reals.get(id(base), base) for base in bases)
        return build(body, name, *bases, **keywords)

    builtins.__build_class__ = build_class  # type: ignore[assignment]  # its own arguments are positional only


def _today(moment: Any) -> datetime.date:
    day: datetime.date = (moment.now() + AHEAD).date()
    return day


def _like(real: Any, present: dict[str, Any]) -> Any:
    """A stand-in for a class: makes and recognises the real class's objects, with `present` in place of its own."""

    class Recognising(type):
        def __instancecheck__(cls, item: object) -> bool:
            return isinstance(item, real)

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, real)

        def __eq__(cls, other: object) -> bool:
            return other is cls or other is real

        def __hash__(cls) -> int:
            return hash(real)

    def new(cls: Any, *arguments: Any, **keywords: Any) -> Any:
        if cls is not stand_in:
            return real.__new__(cls, *arguments, **keywords)
        return real(*arguments, **keywords)

    body = {"__new__": new, "__module__": real.__module__, "__qualname__": real.__qualname__, "__doc__": real.__doc__}
    stand_in: Any = Recognising(real.__name__, (real,), {**body, **{n: staticmethod(f) for n, f in present.items()}})
    return stand_in
