"""Processes that outlive their maker in spite of `--die-with-parent`: found at the next start by whose they are.

Until bubblewrap's child has heard from its parent, nothing ends it with that: where the parent is killed within the
first milliseconds, it waits for ever. Its command line says who started it, as a variable that is unset at once.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

from aitestgen.sandbox.owner import is_gone, own_name

MARK = "AITESTGEN_OWNER"


def marks() -> tuple[str, ...]:
    """Arguments of bwrap that say whose it is: nothing of them is in its environment."""
    return ("--setenv", MARK, own_name(), "--unsetenv", MARK)


def sweep() -> None:
    """Kill the processes that were started by owners which are gone."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it has ended, or is somebody else's
                _end(int(folder.name))


def _end(pid: int) -> None:
    process = os.pidfd_open(pid)  # its number may be another's before the signal is sent
    try:
        if is_gone(_owner(pid)):
            signal.pidfd_send_signal(process, signal.SIGKILL)
    finally:
        os.close(process)


def _owner(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return words[words.index(MARK) + 1] if MARK in words[:-1] else ""
