"""Guest program: make calls where no test is around, and tell what they gave.

Job: `path`, `seed`, `module`, `questions`: each has `imports` (lines) and `steps`: `["do", statement]` or
`["ask", expression]`, in order. What the host expects is not in it.

Frames: `{"ev":"answer","number","values"}` with the text of each asked value (literals.py), null where it has none, as
most objects of other types than Python's own; or `{"ev":"answer","number","raised"}` with the name of an exception.
A question whose process dies, or takes longer than SECONDS, has no answer.
"""

import importlib
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from aitestgen_guest.calls.literals import HELPERS, Writer
from aitestgen_guest.jail.places import GUEST
from aitestgen_guest.processes.child import collect
from aitestgen_guest.shapes import Frame, Namespace

SECONDS = 1.0
OURS = __name__.partition(".")[0]
Send = Callable[[Frame], None]


def main(job: "dict[str, Any]", emit: Send) -> None:
    """Answer the questions, each in a forked process of its own, so that no call sees what another left behind."""
    _step_aside(job["module"])
    module = importlib.import_module(job["module"])
    for number, question in enumerate(job["questions"]):
        sent, _ = collect(partial(answer, module, question), SECONDS)
        for said in sent[:1]:
            emit({"ev": "answer", "number": number, **said})


def _step_aside(module: str) -> None:
    """Leave nothing in sys.modules and sys.path by which code could tell this process from an ordinary one, nor a
    `module` that was imported for our own use.
    """
    sys.path[:] = [entry for entry in sys.path if entry != GUEST]
    for name in list(sys.modules):
        if name.partition(".")[0] == OURS or name == module or name.startswith(f"{module}."):
            del sys.modules[name]


def answer(module: ModuleType, question: "dict[str, Any]", send: Send) -> None:
    """Take the question's steps, with the names that a test of the module would have, and send what was asked for."""
    namespace = dict(HELPERS)
    try:
        for line in question["imports"]:
            exec(line, namespace)  # noqa: S102 - inside the jail, by design
        namespace.update(vars(module))
        send({"values": _values(namespace, module.__name__, question["steps"])})
    except BaseException as error:  # noqa: BLE001 - whatever a call raises is the answer
        send({"raised": type(error).__name__})


def _values(namespace: Namespace, module_name: str, steps: "list[tuple[str, str]]") -> "list[str | None]":
    writer = Writer(namespace, module_name)
    values = []
    for kind, text in steps:
        if kind == "do":
            exec(compile(text, "<call>", "exec"), namespace)  # noqa: S102 - inside the jail, by design
        else:
            values.append(writer.literal(eval(compile(text, "<call>", "eval"), namespace)))  # noqa: S307 - likewise
    return values
