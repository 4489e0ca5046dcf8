"""The child of pid 1: becomes the guest. From `program.main` on, nothing in this process can be trusted."""

import importlib
import json
import os
import site
import sys
import threading
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NoReturn

from aitestgen_guest.confine import confine

FRAME, DONE, RAISED = b"f", b"d", b"r"
GUEST, LIBRARY, JOB = "/aitestgen/guest", "/aitestgen/lib", "/job"
ERROR_CHARACTERS = 8_000
TRUSTED = {
    "run_tests": ("pytest", "aitestgen_guest.reporting", "aitestgen_guest.hygiene"),
    "mutate": ("pytest", "_pytest.runner"),
}
"""Imported before any folder of the user's is on sys.path: another pytest, or a file of such a name, may lie there."""

FAILED = 70


def become_guest(job: dict[str, Any], pipe: int) -> NoReturn:
    """Confine this process, run the job's program, tell pid 1 how that ended, and exit."""
    status = FAILED
    emitter = Emitter(pipe)
    try:
        confine(job["limits"], pipe)
        emitter.send(*_run(job, emitter))
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


class Emitter:
    """`emit`: sends one JSON object to the host, whole, also from several threads."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def __call__(self, frame: dict[str, Any]) -> None:
        self.send(FRAME, frame)

    def send(self, kind: bytes, body: dict[str, Any]) -> None:
        """Write one record to pid 1."""
        data = kind + json.dumps(body, separators=(",", ":")).encode()
        view = memoryview(len(data).to_bytes(4, "big") + data)
        with self._lock:
            while view:
                view = view[os.write(self._pipe, view) :]


def _run(job: dict[str, Any], emitter: Emitter) -> tuple[bytes, dict[str, Any]]:
    try:
        program = _load(job["program"])
        _open_path(job["job"].get("path", ()))
        program.main(job["job"], emitter)
    except BaseException as error:  # noqa: BLE001  # whatever the guest raised is the answer, SystemExit included
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=20))
        return RAISED, {"type": type(error).__name__, "text": text[-ERROR_CHARACTERS:]}
    return DONE, {}


def _load(name: str) -> ModuleType:
    """The program and the modules that it trusts, before any folder of the user's is on sys.path."""
    sys.path.append(LIBRARY)
    program = importlib.import_module(f"aitestgen_guest.{name}")
    for trusted in TRUSTED.get(name, ()):
        importlib.import_module(trusted)
    return program


def _open_path(first: Sequence[str]) -> None:
    """sys.path as the guest sees it: the project, /job, the interpreter's own, site-packages, ours last."""
    sys.path[:] = [entry for entry in sys.path if entry not in {GUEST, LIBRARY}]
    site.main()  # runs the environment's .pth files: here, in the confined child, not in pid 1
    sys.path[:0] = [*first, JOB]
    sys.path += [GUEST, LIBRARY]
    sys.argv = ["aitestgen"]
