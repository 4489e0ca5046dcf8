"""Processes that outlive their maker in spite of `--die-with-parent`: found at the next start by whose they are.

Until bubblewrap's child has heard from its parent, nothing ends it with that: where the parent is killed within the
first milliseconds, it may wait for ever (6 of 300 did on a busy machine). Its command line says who started it, as a
variable that is unset at once.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aitestgen.sandbox.owner import is_gone, kill_if, own_name

MARK = "AITESTGEN_OWNER"


def marks() -> tuple[str, ...]:
    """Arguments of bwrap that say whose it is: nothing of them is in its environment."""
    return ("--setenv", MARK, own_name(), "--unsetenv", MARK)


def sweep() -> None:
    """Kill the processes that were started by owners which are gone."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it has ended, or is somebody else's
                kill_if(_is_left, int(folder.name))


def _is_left(words: Sequence[str]) -> bool:
    return MARK in words[:-1] and is_gone(words[words.index(MARK) + 1])
