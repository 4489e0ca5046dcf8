"""CrossHair beside the code under test: equations that no search solves, under an interpreter that has it."""

import sys
from pathlib import Path

import pytest
from tests.flow.under_another_python import generated, python_with

pytestmark = pytest.mark.jail
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
    return python_with("symbolic")


def test_what_no_search_reaches_is_solved_for(solver: Path, tmp_path: Path) -> None:
    report, suite = generated(tmp_path, solver, EQUATIONS)
    missing = {EQUATIONS.splitlines()[line - 1].strip() for line in report["coverage"]["missing_lines"]}
    assert missing <= {'with open(path, "w") as stream:', 'stream.write("x")', 'return "written"'}
    assert '"root"' in suite
    assert "descending" in suite
    assert report["verdict"] == "passed"


def test_without_it_the_search_does_what_it_can(tmp_path: Path) -> None:
    report, suite = generated(tmp_path, Path(sys.executable), EQUATIONS)
    assert report["verdict"] == "passed"
    assert '"root"' not in suite
