"""When the files of a case were changed: moments that a test can give them, where the code reads them.

A file's own moment is that at which the case ran, and no test could expect that again. So each gets one of the world's
(`times`, name → seconds), or the present of the fake clocks. Which were read is noted.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from aitestgen_guest.environment.folders import FOLDER
from aitestgen_guest.environment.mentions import mentions
from aitestgen_guest.shapes import Spec
from aitestgen_guest.tracing.probes import Cut

READS = r"\bst_[acm]time(_ns)?\b|\bget[acm]time\b"
PRESENT = 1_700_000_000
NOW = "now"
NOW_SPEC: Spec = ("choice", (f"{PRESENT}.0", f"{PRESENT + 3600}.0", f"{PRESENT + 86_400}.0"))
"""What a parameter of the name `NOW` takes where moments of files are read."""
AGES = (0, 1, 60, 3600, 86_400)
"""Seconds that numbers in the code may count."""
_UNSEEN = r"\b(scandir|fstat|walk)\b"
_MANY = 1000


class FileTimes:
    """The moments of the files in one folder; does nothing for a source that reads none."""

    def __init__(self, source: str, folder: str) -> None:
        self.read = mentions(source, READS)
        self._folder = folder
        # what is asked past `os.stat` is not seen, and Path objects of CPython 3.10 bound that when they were made
        self._unseen = sys.version_info < (3, 11) or mentions(source, _UNSEEN)
        self._set: dict[str, int] = {}
        self.asked: set[str] = set()

    def lay_out(self, names: "Iterable[str]", times: "dict[str, int]") -> None:
        """Give the folder and these files and folders in it the moments that `times` tells, or else the present."""
        self._set, self.asked = {}, set()
        if not self.read:
            return
        parents = {"/".join(name.split("/")[:depth]) for name in names for depth in range(name.count("/") + 1)}
        for name in sorted({*names, *parents, ""}, reverse=True):
            self._set[name] = times.get(name, PRESENT)
            os.utime(f"{self._folder}/{name}", (self._set[name],) * 2)
        if self._unseen:
            self.asked = {name for name in self._set if name}

    def seen(self, path: Any, found: os.stat_result) -> Any:
        """What a look at the path gives, so that it is noted if its moments are read."""
        return _Looked(self, str(path), found) if self.read else found

    def note(self, path: str, found: os.stat_result) -> None:
        """The moments of a path are read; those of what was not laid out so are no test's to tell."""
        name = path[len(self._folder) + 1 :] if path.startswith(self._folder) else os.path.normpath(path)
        if self._set.get("" if name == "." else name) != found.st_mtime:
            raise Cut
        self.asked.add("" if name == "." else name)

    def lines(self) -> "list[str]":
        """What a test does after it has laid out the files: it sets the moments that were read."""
        names = sorted(self.asked, key=lambda name: (name == "", name))
        return [f"os.utime({_path(name)}, ({self._set[name]:_}, {self._set[name]:_}))" for name in names]


class _Looked:
    """The result of a look at a file; whoever reads its moments is noted."""

    def __init__(self, times: FileTimes, path: str, found: os.stat_result) -> None:
        self._times, self._path, self._found = times, path, found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("st_ctime"):
            raise Cut  # nobody can set it
        if name.startswith(("st_mtime", "st_atime")):
            self._times.note(self._path, self._found)
        return getattr(self._found, name)

    def __getitem__(self, place: Any) -> Any:
        return self._found[place]


def chosen(names: "Iterable[str]", numbers: "Sequence[int]", random: Random) -> "dict[str, int]":
    """Moments for some of the files: as long before the present as numbers in the code may mean."""
    known = [number for number in numbers if 0 < number < _MANY] or [1]
    times = {}
    for name in names:
        age = random.choice((1, 2, *known)) * random.choice(AGES) + random.choice((0, 0, 1, -1))
        if age and random.random() < 0.7:
            times[name] = PRESENT - age
    return times


def _path(name: str) -> str:
    return f'{FOLDER} / "{name}"' if name else FOLDER
