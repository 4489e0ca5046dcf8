"""Guest program: run reproducers, each in a process of its own, and tell how each ended.

Job: `path`, `programs` (source texts). Frames, one a program: `{"ev":"reproduced","number","error","message"}`, with
`error` the name of the exception type that ended it, or "" where it ran to its end.
"""

import contextlib
import importlib
import io
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from aitestgen_guest.processes.forks import in_child

MAX_MESSAGE = 500


def main(job: "dict[str, Any]", emit: "Callable[[dict[str, Any]], None]") -> None:
    """Run them all; a program that dies or takes too long is told as such."""
    if any("import pytest" in text for text in job["programs"]):
        importlib.import_module("pytest")  # once, before the forks: it takes long
    sys.path[:0] = job["path"]
    for number, text in enumerate(job["programs"]):
        ended = in_child(partial(_run, text)) or ["", "", "died"]
        emit({"ev": "reproduced", "number": number, "error": ended[0], "message": ended[1]})


def _run(text: str) -> "list[str]":
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(text, "<reproducer>", "exec"), {"__name__": "reproducer"})  # noqa: S102 - inside the jail, by design
        except BaseException as error:  # noqa: BLE001 - whatever ends the program is the answer
            return [type(error).__name__, str(error)[:MAX_MESSAGE]]
    return ["", ""]
