"""Our tracer counts exactly what coverage.py counts, and its arcs give coverage.py's numbers."""

import ast
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import coverage
import pytest
from tests.sandbox.test_bubblewrap import PYTHONS

import aitestgen_guest
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import inspect_interpreter
from aitestgen.values import Arc, Limits, Outcome, Run, Verdict

CORPUS = Path(__file__).parents[1] / "corpus" / "arcs"
TRICKY = CORPUS / "tricky.py"
REFERENCE = """
import contextlib, importlib, io, json, sys
folder, packages, name, *cases = sys.argv[1:]
sys.path.append(packages)
import coverage
sys.path.insert(0, folder)
measured = coverage.Coverage(branch=True, data_file=None, config_file=False, include=[f"{folder}/{name}.py"])
measured.start()
measured.switch_context("import")
module = importlib.import_module(name)
with contextlib.redirect_stdout(io.StringIO()):
    for case in cases:
        measured.switch_context(case)
        getattr(module, case)()
measured.stop()
data = measured.get_data()
[file] = data.measured_files()
told = {}
for context in ("import", *cases):
    data.set_query_contexts([f"^{context}$"])
    told[context] = sorted(data.arcs(file))
sys.__stdout__.write("ARCS" + json.dumps(told))
"""

EXACT = """
import contextlib, importlib, io, json, sys
sources, folder, name, *cases = sys.argv[1:]
sys.path[:0] = [folder, sources]
from aitestgen_guest.tracing.arcs import ArcTracer
tracer = ArcTracer(f"{folder}/{name}.py")
tracer.start()
module = importlib.import_module(name)
told = {"import": tracer.taken()}
with contextlib.redirect_stdout(io.StringIO()):
    for case in cases:
        getattr(module, case)()
        told[case] = tracer.taken()
tracer.stop()
sys.__stdout__.write("ARCS" + json.dumps(told))
"""

MEASURABLE = [python for python in PYTHONS if not python.parts[-3].startswith("3.10.")]  # which coverage.py has left
OLD = [python for python in PYTHONS if python not in MEASURABLE]
Told = dict[str, frozenset[Arc]]


def _cases(file: Path) -> list[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name.startswith("case_") or name == "exercise"]


def _ours(python: Path, file: Path, sandbox: BubblewrapSandbox) -> Told:
    tests = [f"def test_{name}(): {file.stem}.{name}()" for name in _cases(file)]
    run = Run(
        program="run_tests",
        job={"tests": ["test_it.py"], "trace": f"/job/{file.name}", "path": []},
        interpreter=inspect_interpreter(python),
        files={file.name: file.read_bytes(), "test_it.py": "\n".join([f"import {file.stem}", *tests]).encode()},
        limits=Limits(wall_seconds=20.0, cpu_cores=2.0),
    )
    result = asyncio.run(sandbox.run(run))
    assert result.verdict is Verdict.PASSED, result.output
    frames = [frame for frame in result.frames if frame["ev"] == "arcs"]
    return {
        frame["id"].partition("::test_")[2] or "import": frozenset((start, end) for start, end in frame["arcs"])
        for frame in frames
    }


def _coverages(python: Path, file: Path) -> Told:
    packages = str(Path(coverage.__file__).parents[1])
    command = [str(python), "-I", "-B", "-c", REFERENCE, str(file.parent), packages, file.stem, *_cases(file)]
    return _told(command)


def _exact(python: Path, file: Path) -> Told:
    sources = str(Path(aitestgen_guest.__file__).parents[1])
    return _told([str(python), "-I", "-B", "-c", EXACT, sources, str(file.parent), file.stem, *_cases(file)])


def _told(command: list[str]) -> Told:
    done = subprocess.run(command, env={"COVERAGE_CORE": "pytrace"}, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.split("ARCS")[1])
    return {name: frozenset((start, end) for start, end in arcs) for name, arcs in told.items()}


@pytest.mark.parametrize("name", ["tricky", "constructs", "groups"])
@pytest.mark.parametrize("python", MEASURABLE, ids=lambda python: python.parts[-3])
def test_arcs_of_every_test_are_those_of_coverage(python: Path, name: str, tier_a: BubblewrapSandbox) -> None:
    file = CORPUS / f"{name}.py"
    ours, theirs = _ours(python, file, tier_a), _coverages(python, file)
    assert ours.keys() == theirs.keys()
    assert [case for case in ours if ours[case] != theirs[case]] == []


@pytest.mark.parametrize("name", ["tricky", "constructs"])
@pytest.mark.parametrize("python", OLD, ids=lambda python: python.parts[-3])
def test_arcs_without_coverage_are_those_of_the_exact_tracer(
    python: Path, name: str, tier_a: BubblewrapSandbox
) -> None:
    file = CORPUS / f"{name}.py"
    ours, exact = _ours(python, file, tier_a), _exact(python, file)
    assert ours.keys() == exact.keys()
    assert [case for case in ours if ours[case] != _begun(exact[case])] == []


def _begun(arcs: frozenset[Arc]) -> frozenset[Arc]:
    """Without those of generators that were ended before they began, of which no instruction ran."""
    return frozenset(arc for arc in arcs if arc[0] != arc[1] or arc[0] > 0)


def test_numbers_from_our_arcs_are_those_of_coverage(tier_a: BubblewrapSandbox, tmp_path: Path) -> None:
    python = Path(sys.executable)
    ours, theirs = _ours(python, TRICKY, tier_a), _coverages(python, TRICKY)
    assert _numbers(_all(ours), tmp_path / "ours") == _numbers(_all(theirs), tmp_path / "theirs")


def _all(told: Told) -> frozenset[Arc]:
    return frozenset().union(*told.values())


def _numbers(arcs: Iterable[Arc], file: Path) -> tuple[int, ...]:
    data = coverage.CoverageData(basename=str(file))
    data.add_arcs({str(TRICKY): arcs})
    data.write()
    measured = coverage.Coverage(data_file=str(file), branch=True, config_file=False)
    measured.load()
    numbers = measured._analyze(str(TRICKY)).numbers  # the public report rounds
    counts = (numbers.n_statements, numbers.n_missing, numbers.n_branches, numbers.n_missing_branches)
    assert min(counts) > 0
    return counts


MEDDLING = """
import sys, threading
import pytest
import user_code

def test_settrace():
    sys.settrace(lambda *_: None)
    user_code.f(0)
    sys.settrace(None)

def test_after(): user_code.f(0)

@pytest.mark.skipif(sys.version_info < (3, 12), reason="no sys.monitoring")
def test_monitoring():
    for tool in range(6):
        if sys.monitoring.get_tool(tool): sys.monitoring.free_tool_id(tool)
    sys.monitoring.use_tool_id(1, "mine")
    sys.monitoring.set_events(1, sys.monitoring.events.LINE)
    sys.monitoring.register_callback(1, sys.monitoring.events.LINE, lambda *_: sys.monitoring.DISABLE)
    user_code.f(0)
    sys.monitoring.set_events(1, 0)
    sys.monitoring.free_tool_id(1)

def test_last():
    thread = threading.Thread(target=user_code.f, args=(0,))
    thread.start(); thread.join()
"""


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parts[-3])
def test_tests_that_trace_themselves_are_counted_like_any_other(python: Path, tier_a: BubblewrapSandbox) -> None:
    run = Run(
        program="run_tests",
        job={"tests": ["test_it.py"], "trace": "/job/user_code.py", "path": []},
        interpreter=inspect_interpreter(python),
        files={
            "user_code.py": b"def f(x):\n    if x:\n        return 1\n    return 2\n",
            "test_it.py": MEDDLING.encode(),
        },
        limits=Limits(wall_seconds=20.0, cpu_cores=2.0),
    )
    result = asyncio.run(tier_a.run(run))
    assert result.verdict is Verdict.PASSED, result.output
    ran = [item for item in result.outcomes if item.outcome is Outcome.PASSED]
    assert [item.arcs for item in ran] == [frozenset({(-1, 2), (2, 4), (4, -1)})] * (
        3 if python.parts[-3] < "3.12" else 4
    )
