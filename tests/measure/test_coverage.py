"""Coverage from arcs has the figures of coverage.py's own report."""

import json
import subprocess
import sys

import coverage
import pytest

from aitestgen.errors import CodeInvalid
from aitestgen.measure.coverage import analyse_text, covered, total
from aitestgen.values import Arc

SOURCE = '''"""Every kind of branch."""
import contextlib


def loops(items):
    for item in items:
        if item is None:
            continue
        if item < 0: break
    else:
        return sum(
            items,
            0,
        )
    while items:
        items = items[1:]
    return [
        x
        for x in items
        if x
    ]


def caught(x):
    try:
        with contextlib.suppress(KeyError):
            x = {1: 2}[x]
    except TypeError:
        return "type"
    finally:
        x = (
            x
        )
    while True:
        if x: return x
        x = 1


def matched(x):
    match x:
        case 1 | 2:
            y = "low"
        case [a, *_] if a:
            y = a
        case _:
            y = None
    return lambda: y if y else x


def never(x):  # pragma: no cover
    if x:
        return 1


def partly(x):
    if x:  # pragma: no branch
        x += 1
    return x


async def later(flag):
    async with contextlib.AsyncExitStack():
        if flag:
            return
    yield 2


class C:
    """Docs."""

    if loops([1]):
        attribute = 1
\f
    def method(self): ...
'''
CALLS = ["loops([1])", "loops([None, -1])", "caught(1)", "caught([])", "matched(1)", "matched([0])()", "partly(1)"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[Arc], dict[str, int]]:
    """The arcs of some calls, and the totals that coverage.py reports for them."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "everything.py").write_text(SOURCE, encoding="utf-8")
    (folder / "calls.py").write_text("from everything import *\n" + "\n".join(CALLS), encoding="utf-8")
    tool = [sys.executable, "-m", "coverage"]
    same = ["--rcfile=/dev/null", "--data-file=data"]
    subprocess.run([*tool, "run", "--branch", "--include=everything.py", *same, "calls.py"], cwd=folder, check=True)
    subprocess.run([*tool, "json", *same, "-o", "report.json"], cwd=folder, check=True, capture_output=True)
    data = coverage.CoverageData(str(folder / "data"))
    data.read()
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return set(data.arcs(str(folder / "everything.py")) or ()), report["totals"]


def test_totals_are_those_of_the_report_of_coverage_py(measured: tuple[set[Arc], dict[str, int]]) -> None:
    arcs, report = measured
    result = total(analyse_text(SOURCE), [arcs])
    assert report["num_branches"] > 15
    assert (result.lines, result.covered_lines) == (report["num_statements"], report["covered_lines"])
    assert (result.branches, result.covered_branches) == (report["num_branches"], report["covered_branches"])
    assert len(result.missing_lines) == report["missing_lines"]
    assert len(result.missing_arcs) == report["missing_branches"]


def test_parts_add_up_to_the_total(measured: tuple[set[Arc], dict[str, int]]) -> None:
    arcs, _ = measured
    possible = analyse_text(SOURCE)
    parts = [covered(possible, {arc}) for arc in arcs]
    lines = frozenset[int]().union(*(part[0] for part in parts))
    branches = frozenset[Arc]().union(*(part[1] for part in parts))
    assert (lines, branches) == covered(possible, arcs)


def test_multi_line_statement_counts_once_by_its_first_line() -> None:
    possible = analyse_text("x = [\n    1,\n    2,\n]\n")
    assert possible.lines == {1}
    assert covered(possible, [(-1, 1), (1, 2), (2, 1), (1, -1)])[0] == {1}


def test_skipped_lines_count_neither_as_statements_nor_as_branches() -> None:
    source = "def f(x):\n    if x:\n        return 1\n\n\ndef test_f():\n    if f(1):\n        assert f(0) is None\n"
    possible = analyse_text(source, skip_lines=range(6, 9))
    assert possible.lines == {1, 2, 3}
    assert possible.branches == {(2, 3), (2, -1)}


def test_no_arcs_cover_nothing() -> None:
    result = total(analyse_text("x = 1\n"), [])
    assert (result.line_ratio, result.branch_ratio, result.missing_lines) == (0.0, 1.0, (1,))


def test_source_that_does_not_parse_is_invalid() -> None:
    with pytest.raises(CodeInvalid, match="line 1"):
        analyse_text("def f(:\n")
