"""Our tracer counts exactly what coverage.py counts, and its arcs give coverage.py's numbers."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import coverage
import pytest
from tests.sandbox.test_bubblewrap import PYTHONS

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import inspect_interpreter
from aitestgen.values import Arc, Limits, Run, Verdict

TRICKY = Path(__file__).parents[1] / "corpus" / "arcs" / "tricky.py"
TESTS = "import tricky\ndef test_all(): tricky.exercise()\n"
REFERENCE = """
import sys, json
sys.path.append(sys.argv[2])
import coverage
sys.path.insert(0, sys.argv[1])
measured = coverage.Coverage(branch=True, data_file=None, config_file=False, include=[sys.argv[1] + "/tricky.py"])
measured.start()
import tricky
tricky.exercise()
measured.stop()
data = measured.get_data()
[file] = data.measured_files()
sys.__stdout__.write("ARCS" + json.dumps(sorted(data.arcs(file))))
"""


MEASURABLE = [python for python in PYTHONS if not python.parts[-3].startswith("3.10.")]  # which coverage.py has left


def _ours(python: Path, sandbox: BubblewrapSandbox) -> frozenset[Arc]:
    run = Run(
        program="run_tests",
        job={"tests": ["test_tricky.py"], "trace": "/job/tricky.py", "path": []},
        interpreter=inspect_interpreter(python),
        files={"tricky.py": TRICKY.read_bytes(), "test_tricky.py": TESTS.encode()},
        limits=Limits(wall_seconds=20.0, cpu_cores=2.0),
    )
    result = asyncio.run(sandbox.run(run))
    assert result.verdict is Verdict.PASSED, result.output
    frames = [frame for frame in result.frames if frame["ev"] == "arcs"]
    return frozenset((start, end) for frame in frames for start, end in frame["arcs"])


def _coverages(python: Path) -> frozenset[Arc]:
    packages = str(Path(coverage.__file__).parents[1])
    command = [str(python), "-I", "-B", "-c", REFERENCE, str(TRICKY.parent), packages]
    done = subprocess.run(command, env={"COVERAGE_CORE": "pytrace"}, capture_output=True, text=True, check=True)
    return frozenset((start, end) for start, end in json.loads(done.stdout.split("ARCS")[1]))


@pytest.mark.parametrize("python", MEASURABLE, ids=lambda python: python.parts[-3])
def test_arcs_of_tricky_code_are_those_of_coverage(python: Path, tier_a: BubblewrapSandbox) -> None:
    ours, theirs = _ours(python, tier_a), _coverages(python)
    assert sorted(ours - theirs) == sorted(theirs - ours) == []


def test_numbers_from_our_arcs_are_those_of_coverage(tier_a: BubblewrapSandbox, tmp_path: Path) -> None:
    python = Path(sys.executable)
    assert _numbers(_ours(python, tier_a), tmp_path / "ours") == _numbers(_coverages(python), tmp_path / "theirs")


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
