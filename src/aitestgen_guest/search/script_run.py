"""The module run by itself, as `python module.py` would.

Only what prints something, ends by itself, leaves no file behind, asks for no input and does the same twice is worth a
test.
"""

import builtins
import contextlib
import io
import os
import random
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.search.hunt import SWITCH
from aitestgen_guest.search.world import World
from aitestgen_guest.shapes import Frame

SECONDS = 1.0
MAX_OUTPUT = 1500
FEATURE = -1
"""No other case has it."""
_ASKS_FOR_ARGUMENTS = ("argv", "argparse", "click", "optparse", "typer")


def as_script(world: World) -> "Iterator[Frame]":
    """The frame of a case that runs the module by itself; none where no test could be made of it."""
    first, again = (in_child(partial(_run, world)) for _ in range(2))
    if first and first == again and 0 < len(first["output"]) <= MAX_OUTPUT:
        yield _frame(world, first)


def _run(world: World) -> "dict[str, Any] | None":
    """What the module prints and with which code it exits; None where it does what a test should not."""
    random.seed(os.urandom(8))
    sys.argv, sys.stdin = [world.job["file"]], io.StringIO()
    before = _files()
    name = world.job["module"]
    namespace = {
        "__name__": "__main__", "__file__": world.job["file"], "__package__": name.rpartition(".")[0],
        "__builtins__": builtins, SWITCH: 0,
    }  # fmt: skip
    output, errors, ended = io.StringIO(), io.StringIO(), ""
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            if within(SECONDS, partial(_execute, world, namespace), otherwise=True):
                return None
        except SystemExit as error:
            ended = "exits" if error.code is None else str(error.code)
        except BaseException:  # noqa: BLE001 - whatever else ends it is nothing that a test should bless
            return None
    clean = _files() == before and not errors.getvalue()
    return {"output": output.getvalue(), "exit": ended} if clean else None


def _files() -> "list[str]":
    return sorted(map(str, Path().iterdir()))


def _execute(world: World, namespace: "dict[str, Any]") -> bool:
    exec(world.code, namespace)  # noqa: S102 - inside the jail, by design
    return False


def _frame(world: World, seen: "dict[str, Any]") -> Frame:
    name, file = world.job["module"], Path(world.job["file"]).name
    effects = [f'monkeypatch.setattr("sys.argv", ["{file}"])'] if _asks(world.job["source"]) else []
    if "." in name:  # runpy warns where the module is imported already
        effects.append(f'monkeypatch.delitem(sys.modules, "{name}", raising=False)')
    facts = {"output": repr(seen["output"])}
    if seen["exit"]:
        facts.update(error="SystemExit", message=repr("" if seen["exit"] == "exits" else seen["exit"]))
    observation = {
        "outcome": "raises" if seen["exit"] else "returns", "facts": facts, "shown": ["output"], "wraps": [],
        "effects": effects,
    }  # fmt: skip
    return {
        "ev": "case", "target": "__main__", "case": ["__main__", {}, observation], "receiver": None, "calls": [],
        "arguments": [], "keywords": {}, "then": None, "again": None, "loop": False, "alone": 0, "tasks": [],
        "after": [], "template": f'runpy.run_module("{name}", run_name="__main__")', "observation": observation,
        "features": [FEATURE], "kills": [], "needed": [], "cost": 40,
        "imports": {"runpy": "import runpy", "sys": "import sys"},
    }  # fmt: skip


def _asks(source: str) -> bool:
    """Whether it seems to look at its command line."""
    return any(word in source for word in _ASKS_FOR_ARGUMENTS)
