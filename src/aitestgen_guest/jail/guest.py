"""The child of pid 1: becomes the guest. Once its program has its job, nothing in this process can be trusted."""

import importlib
import json
import os
import site
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

from aitestgen_guest.jail.places import GUEST, JOB, LIBRARY

FRAME, DONE, RAISED, READY = b"f", b"d", b"r", b"w"
ERROR_CHARACTERS = 8_000
TRUSTED = {
    "run_tests": ("pytest", "aitestgen_guest.suite.reporting", "aitestgen_guest.suite.hygiene"),
    "mutate": ("pytest", "_pytest.runner"),
    "reproduce": ("pytest",),
    "recapture": ("pytest",),
}
"""Imported before any folder of the user's is on sys.path: another pytest, or a file of such a name, may lie there."""

SHARED = frozenset({"iniconfig", "packaging", "pluggy", "pygments"})
"""What pytest is made of besides itself: the project may have these, too, in another version, or be one of them."""

PREPARED = frozenset({"run_tests"})
"""Programs with a `serve(wait)`: they do what they can before they call `wait()` for their job."""

FAILED = 70


@dataclass(frozen=True)
class Arrival:
    """A job that came to a confined process, and the pipe on which that process talks to pid 1."""

    job: "dict[str, Any]"
    pipe: int


def become_guest(name: str, arrive: "Callable[[], Arrival]") -> NoReturn:
    """Run the program `name` on the job that `arrive` brings, tell pid 1 how that ended, and exit.

    Program and pytest are imported before `arrive` is called; in a zygote that returns in forked processes only.
    """
    status = FAILED
    emitter = Emitter()

    def wait() -> "tuple[dict[str, Any], Emitter]":
        arrival = arrive()
        emitter.pipe = arrival.pipe
        _open_path(arrival.job["job"].get("path", ()))
        return arrival.job["job"], emitter

    try:
        emitter.send(*_run(name, wait, emitter))
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


class Emitter:
    """`emit`: sends one JSON object to the host, whole, also from several threads.

    `pipe` is -1 until there is a job.
    """

    def __init__(self) -> None:
        self.pipe = -1
        self._lock = threading.Lock()

    def __call__(self, frame: dict[str, Any]) -> None:
        self.send(FRAME, frame)

    def send(self, kind: bytes, body: dict[str, Any]) -> None:
        """Write one record to pid 1."""
        data = kind + json.dumps(body, separators=(",", ":")).encode()
        view = memoryview(len(data).to_bytes(4, "big") + data)
        with self._lock:
            while view:
                view = view[os.write(self.pipe, view) :]


def _run(
    name: str, wait: "Callable[[], tuple[dict[str, Any], Emitter]]", emitter: Emitter
) -> "tuple[bytes, dict[str, Any]]":
    try:
        program = load(name)
        if name in PREPARED:
            program.serve(wait)
        else:
            program.main(*wait())
    except BaseException as error:  # whatever the guest raised is the answer, SystemExit included
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=20))
        if emitter.pipe < 0:  # no job has come: it is for whoever reads what a jail prints
            sys.stderr.write(text)
            raise
        return RAISED, {"type": type(error).__name__, "text": text[-ERROR_CHARACTERS:]}
    return DONE, {}


def load(name: str) -> ModuleType:
    """The program and the modules that it trusts, before any folder of the user's is on sys.path."""
    if LIBRARY not in sys.path:
        sys.path.append(LIBRARY)
    program = importlib.import_module(f"aitestgen_guest.{name}")
    for trusted in TRUSTED.get(name, ()):
        importlib.import_module(trusted)
    return program


def _open_path(first: Sequence[str]) -> None:
    """sys.path as the guest sees it: the project, /job, the interpreter's own, site-packages, ours last.

    What pytest shares with projects is looked up anew there; pytest itself keeps what it has.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] in SHARED]:
        del sys.modules[name]
    sys.path[:] = [entry for entry in sys.path if entry not in {GUEST, LIBRARY}]
    site.main()  # runs the environment's .pth files: here, in the confined child, not in pid 1
    sys.path[:0] = [*first, JOB]
    sys.path += [GUEST, LIBRARY]
    sys.argv = ["aitestgen"]
