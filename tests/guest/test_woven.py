"""Probes change nothing that code can notice, and what they cannot tell truly is left to the exact tracer."""

import importlib
import inspect
import json
import linecache
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from tests.sandbox.test_bubblewrap import PYTHONS

import aitestgen_guest
from aitestgen_guest.tracing.arcs import ArcTracer
from aitestgen_guest.tracing.bytecode import put_together, taken_apart
from aitestgen_guest.tracing.flags import Probes
from aitestgen_guest.tracing.tracer import PROBED, ProbeTracer, tracer_of
from aitestgen_guest.tracing.woven import woven

pytestmark = pytest.mark.skipif(sys.version_info[:2] not in PROBED, reason="no probes for this Python")

SOURCE = '''"""The module's docstring."""


def first(x):
    """The function's docstring."""
    if x:
        return second(
            x,
        )
    return 0


def second(x):
    return 1 / (x - 1)


def deep(level=0):
    return deep(level + 1)


async def leaves(gate):
    async with gate:
        return 1
'''


def codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def made(file: Path, probes: Probes) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "made"}
    exec(woven(compile(SOURCE, str(file), "exec"), probes), namespace)  # noqa: S102  # our own text
    return namespace


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that can be imported as `traced_subject` and is forgotten afterwards."""
    file = tmp_path / "traced_subject.py"
    file.write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield file
    sys.modules.pop("traced_subject", None)
    linecache.clearcache()


@pytest.fixture
def tracer(subject: Path) -> Iterator[ProbeTracer]:
    before = sys.gettrace()  # coverage.py's own, where it measures us
    tracer = ProbeTracer(str(subject))
    tracer.start()
    yield tracer
    tracer.stop()
    sys.settrace(before)


def imported() -> ModuleType:
    return importlib.import_module("traced_subject")


def test_taking_apart_and_putting_together_changes_nothing() -> None:
    source = Path(inspect.__file__).read_text(encoding="utf-8")
    for code in codes(compile(source, "inspect.py", "exec")):
        again = put_together(code, taken_apart(code), {})
        assert again.co_code == code.co_code
        assert list(again.co_positions()) == list(code.co_positions())


def test_traceback_shows_the_same_lines_and_columns(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"__name__": "made"}
    exec(compile(SOURCE, str(tmp_path / "a.py"), "exec"), plain)  # noqa: S102  # our own text
    shown = []
    for namespace in (plain, made(tmp_path / "a.py", Probes())):
        with pytest.raises(ZeroDivisionError) as caught:
            namespace["first"](1)
        frames = [item for item in traceback.extract_tb(caught.tb) if item.name in ("first", "second")]
        shown.append([(item.lineno, item.end_lineno, item.colno, item.end_colno) for item in frames])
    assert shown[0] == shown[1]
    assert len(shown[0]) == 2


@pytest.mark.usefixtures("tracer")
def test_source_docstrings_and_file_stay(subject: Path) -> None:
    module = imported()
    assert module.__doc__ == "The module's docstring."
    assert module.first.__doc__ == "The function's docstring."
    assert module.__file__ == str(subject)
    assert inspect.getsource(module.second) == "def second(x):\n    return 1 / (x - 1)\n"


def test_arcs_are_told_once_for_each_asking(tracer: ProbeTracer) -> None:
    module = imported()
    tracer.taken()
    module.first(0)
    assert tracer.taken() == [(-4, 6), (6, 10), (10, -4)]
    assert tracer.taken() == []
    module.first(0)
    assert tracer.taken() == [(-4, 6), (6, 10), (10, -4)]


def test_code_objects_keep_their_hash(tmp_path: Path) -> None:
    functions = [item for item in made(tmp_path / "a.py", Probes()).values() if inspect.isfunction(item)]
    assert len({item.__code__ for item in functions}) == len(functions)


def test_threads_are_counted(tracer: ProbeTracer) -> None:
    module = imported()
    tracer.taken()
    thread = threading.Thread(target=module.first, args=(0,))
    thread.start()
    thread.join()
    assert (6, 10) in tracer.taken()


def test_recursion_to_the_limit_is_counted_and_as_deep_as_ever(tmp_path: Path) -> None:
    probes = Probes()
    namespace = made(tmp_path / "a.py", probes)
    probes.taken()
    with pytest.raises(RecursionError):
        namespace["deep"]()
    assert probes.taken() == {(-17, 18), (18, -17)}


def test_another_tracer_neither_disturbs_nor_is_disturbed(tracer: ProbeTracer) -> None:
    module = imported()
    tracer.taken()
    seen = []
    before = sys.gettrace()
    sys.settrace(lambda frame, event, _: seen.append((event, frame.f_code.co_name)))
    try:
        module.first(0)
    finally:
        sys.settrace(before)
    assert ("call", "first") in seen
    assert tracer.taken() == [(-4, 6), (6, 10), (10, -4)]


def test_what_probes_cannot_tell_is_left_out(tmp_path: Path) -> None:
    probes = Probes()
    made(tmp_path / "a.py", probes)
    assert [code.co_name for code, _ in probes.left_out] == ["leaves"]


def test_code_run_other_than_by_import_goes_to_the_exact_tracer(tracer: ProbeTracer, subject: Path) -> None:
    namespace: dict[str, Any] = {}
    exec(compile(SOURCE, str(subject), "exec"), namespace)  # noqa: S102  # our own text
    namespace["first"](0)
    assert {(-1, 1), (6, 10)} <= set(tracer.taken())


def test_module_that_was_imported_before_goes_to_the_exact_tracer(subject: Path) -> None:
    module = imported()
    before = sys.gettrace()
    tracer = ProbeTracer(str(subject))
    tracer.start()
    try:
        module.first(0)
        assert (6, 10) in tracer.taken()
    finally:
        tracer.stop()
        sys.settrace(before)


@pytest.mark.parametrize("python", [(3, 9), (3, 14)])
def test_python_whose_bytecode_is_not_known_gets_the_exact_tracer(python: tuple[int, int]) -> None:
    assert isinstance(tracer_of("/job/a.py", python), ArcTracer)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parts[-3])
def test_code_with_probes_behaves_as_before_on_every_python(python: Path) -> None:
    sources = Path(aitestgen_guest.__file__).parents[1]
    command = [str(python), "-I", "-B", str(Path(__file__).with_name("run_woven.py")), str(sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    plain, with_probes = json.loads(done.stdout)
    assert plain == with_probes
    assert len(plain) == 10
