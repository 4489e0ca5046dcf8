"""CrossHair beside the code under test: equations that no search solves, under an interpreter that has it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.jail
ROOT = Path(__file__).parents[2]
EQUATIONS = """
def solve(n: int, text: str) -> str:
    if (n * 31337 + 7919) % 1000003 == 424242:
        return "root"
    if len(text) == 7 and text[2] == "q" and text.endswith("zz"):
        return "text"
    return "none"


def descending(items: list[int]) -> bool:
    return sum(items) == 1234 and len(items) == 3 and items[0] > items[1] > items[2]


def writes(path: str, n: int) -> str:
    if n > 100000 and n % 9973 == 4321:
        with open(path, "w") as stream:
            stream.write("x")
        return "written"
    return "kept"


def halves(n: int):
    while n > 1:
        n //= 2
        yield n
"""


@pytest.fixture(scope="module")
def solver() -> Path:
    """A Python that has CrossHair."""
    python = ROOT / "build/symbolic/bin/python"
    if not python.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no CrossHair here: .ci/install-symbolic")
    return python


def generated(folder: Path, python: Path) -> tuple[dict[str, Any], str]:
    (folder / "equations.py").write_text(EQUATIONS)
    command = [sys.executable, "-m", "aitestgen", "generate", "equations.py", "--llm", "none", "--seed", "1"]
    command += ["--python", str(python), "--json", "--output", "tests", "--budget", "20"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)["modules"][0]
    return report, (folder / "tests/test_equations.py").read_text()


def test_what_no_search_reaches_is_solved_for(solver: Path, tmp_path: Path) -> None:
    report, suite = generated(tmp_path, solver)
    missing = {EQUATIONS.splitlines()[line - 1].strip() for line in report["coverage"]["missing_lines"]}
    assert missing <= {'with open(path, "w") as stream:', 'stream.write("x")', 'return "written"'}
    assert '"root"' in suite
    assert "descending" in suite
    assert report["verdict"] == "passed"


def test_without_it_the_search_does_what_it_can(tmp_path: Path) -> None:
    report, suite = generated(tmp_path, Path(sys.executable))
    assert report["verdict"] == "passed"
    assert '"root"' not in suite
