"""Guest program: take the steps of tests one by one, and tell what each came to.

Job: `path`, `seed`, `module`, `tests`: each has `imports` (lines), `fixtures` (names out of FIXTURES) and `steps`:
`{"do": statement}`, `{"left": expression, "check": assertion about GIVEN, or ""}`, where GIVEN is what the expression
gave, or `{"raises": a statement with pytest.raises}`, whose block may leave what it gave in GIVEN. Nothing runs twice.

Frames: `{"ev":"retold","number","steps"}` with as many entries as steps: `{"came":"held"}`,
`{"came":"differs","value"}` (text of what `left` gives, null where it has none), `{"came":"silent","value"}` (no
exception where one was to come) or `{"came":"raised","error","import","message","line","inside","within"}`: the
exception's name, the line that imports it, where in the module it was raised (0: elsewhere), whether its code was
running, and whether one was to come (`within`). A test whose process dies, or takes longer than SECONDS, has none.
"""

import builtins
import contextlib
import importlib
import io
import pathlib
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from aitestgen_guest.calls.literals import HELPERS, Writer
from aitestgen_guest.processes.child import collect
from aitestgen_guest.shapes import Frame, Namespace

SECONDS = 2.0
MAX_MESSAGE = 400
GIVEN = "_given_"
FIXTURES = ("tmp_path", "monkeypatch", "capsys")
Send = Callable[[Frame], None]


class Captured(io.StringIO):
    """What stands in for `capsys`: the output so far."""

    def readouterr(self) -> Any:
        """The output since the last call; nothing of stderr."""
        said = self.getvalue()
        self.seek(0)
        self.truncate()
        return type("CaptureResult", (), {"out": said, "err": ""})


def main(job: "dict[str, Any]", emit: Send) -> None:
    """Retell the tests, each in a forked process of its own, so that no test sees what another left behind."""
    importlib.import_module("pytest")  # once, before the forks: it takes long
    module = importlib.import_module(job["module"])
    for number, test in enumerate(job["tests"]):
        sent, _ = collect(partial(retell, module, test), SECONDS)
        for said in sent[:1]:
            emit({"ev": "retold", "number": number, **said})


def retell(module: ModuleType, test: Frame, send: Send) -> None:
    """Take the test's steps, with the names that a test of the module would have, and send what each came to."""
    output = Captured()
    with contextlib.redirect_stdout(output):
        namespace = _namespace(module, test["fixtures"], output)
        for line in test["imports"]:
            with contextlib.suppress(Exception):
                exec(line, namespace)  # noqa: S102 - inside the jail, by design
        writer = Writer(namespace, module.__name__)
        send({"steps": [_taken(step, namespace, writer, module) for step in test["steps"]]})


def _namespace(module: ModuleType, fixtures: "list[str]", output: Captured) -> Namespace:
    pytest = sys.modules["pytest"]
    makers: dict[str, Callable[[], Any]] = {
        "tmp_path": lambda: pathlib.Path(tempfile.mkdtemp()),
        "monkeypatch": pytest.MonkeyPatch,
        "capsys": lambda: output,
    }
    made = {name: makers[name]() for name in fixtures}
    return {**HELPERS, "pytest": pytest, **vars(module), "__name__": "test_retold", **made}


def _taken(step: Frame, namespace: Namespace, writer: Writer, module: ModuleType) -> Frame:
    """What one step came to. Only a failed check of the test's own, not one in the module, makes it differ."""
    namespace.pop(GIVEN, None)
    try:
        if "left" in step:
            namespace[GIVEN] = eval(compile(step["left"], "<step>", "eval"), namespace)  # noqa: S307 - inside the jail, by design
    except BaseException as error:  # noqa: BLE001 - whatever ends a step is the answer
        return _told(error, module, within=False)
    if step.get("check") == "":
        return {"came": "differs", "value": writer.literal(namespace[GIVEN])}
    text = step.get("do") or step.get("raises") or step["check"]
    try:
        exec(compile(text, "<step>", "exec"), namespace)  # noqa: S102 - inside the jail, by design
    except BaseException as error:  # noqa: BLE001 - likewise
        return _ended(step, error, namespace, writer, module)
    return {"came": "held"}


def _ended(step: Frame, error: BaseException, namespace: Namespace, writer: Writer, module: ModuleType) -> Frame:
    value = writer.literal(namespace[GIVEN]) if GIVEN in namespace else None
    if "check" in step:
        return {"came": "differs", "value": value}
    if "raises" in step and type(error).__name__ == "Failed":
        return {"came": "silent", "value": value}
    came = error.__context__
    if "raises" in step and isinstance(error, AssertionError) and came is not None and not _runs_in(error, module):
        return _told(came, module, within=True)  # it came, and said something else
    return _told(error, module, within="raises" in step)


def _runs_in(error: BaseException, module: ModuleType) -> bool:
    return any(frame.filename == module.__file__ for frame in traceback.extract_tb(error.__traceback__))


def _told(error: BaseException, module: ModuleType, *, within: bool) -> Frame:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    name, home = type(error).__name__, type(error).__module__
    known = getattr(builtins, name, None) is type(error) or vars(module).get(name) is type(error)
    try:
        message = str(error)[:MAX_MESSAGE]
    except Exception:  # noqa: BLE001 - the exception's own code is untrusted
        message = ""
    return {
        "came": "raised",
        "error": name,
        "import": "" if known else f"from {home} import {name}",
        "message": message,
        "line": (last.lineno or 0) if last is not None and last.filename == module.__file__ else 0,
        "inside": _runs_in(error, module),
        "within": within,
    }
