"""LCOV and Cobertura: the figures that coverage.py's own reports of the same run have."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import coverage
import pytest
from tests.render.exported_reports import REPORT, evil, exported

from aitestgen.measure.coverage import analyse_text, total
from aitestgen.render.exported import Exported
from aitestgen.render.report_cobertura import cobertura
from aitestgen.render.report_lcov import lcov

SUBJECT = '''\
"""Forms that coverage.py counts in ways of their own."""

import functools


class Basket:
    """Holds prices."""

    def __init__(self, prices):
        self.prices = prices

    @property
    def sum(self):
        return sum(self.prices)

    def dearest(self):
        if not self.prices:
            return None
        return max(
            self.prices,
        )


@functools.cache
def sign(number):
    if number > 0 and number < 100:
        return 1
    elif number == 0:
        return 0
    else:
        return -1


def first_even(numbers):
    for number in numbers:
        if number % 2 == 0:
            break
    else:
        return None
    return number


def outer(flag):
    def inner():
        return 1

    while flag:
        flag -= 1
        try:
            int("x")
        except ValueError:
            continue
        finally:
            flag = flag
    with open("/dev/null") as null:
        match flag:
            case 0:
                null.read()
            case _:
                null.close()
    return [n for n in range(flag) if n]


async def later():
    return None


def hidden():  # pragma: no cover
    return 1
'''
DRIVER = "from subject import *\nBasket([]).dearest(), sign(1), sign(-1), first_even([1, 2]), outer(2)\n"


@dataclass(frozen=True)
class Measured:
    """The module as we export it, and coverage.py's own reports of the same run."""

    ours: Exported
    lcov: str
    xml: ET.Element


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("measured")
    (folder / "subject.py").write_text(SUBJECT)
    (folder / "driver.py").write_text(DRIVER)
    for args in (["run", "--branch", "driver.py"], ["lcov", "-q", "-o", "l"], ["xml", "-q", "-o", "x"]):
        more = [] if args[0] == "run" else ["--include", "subject.py"]
        command = [sys.executable, "-m", "coverage", args[0], *more, *args[1:]]
        subprocess.run(command, cwd=folder, check=True, env={"PATH": ""}, capture_output=True)
    found = total(analyse_text(SUBJECT), [arcs_of(folder)])
    ours = exported(replace(REPORT, module="subject", coverage=found), source=SUBJECT, path="subject.py")
    return Measured(ours, (folder / "l").read_text(), ET.fromstring((folder / "x").read_text()))  # noqa: S314 # our own


def arcs_of(folder: Path) -> list[tuple[int, int]]:
    data = coverage.CoverageData(str(folder / ".coverage"))
    data.read()
    return data.arcs(str(folder / "subject.py")) or []


def records(text: str, name: str) -> list[list[str]]:
    return [line.partition(":")[2].split(",") for line in text.splitlines() if line.startswith(f"{name}:")]


def taken(text: str) -> list[tuple[int, str]]:
    """Line and count of each branch, without how it is called."""
    return sorted((int(record[0]), record[-1]) for record in records(text, "BRDA"))


@pytest.mark.parametrize("name", ["DA", "LF", "LH", "FNDA", "FNF", "FNH", "BRF", "BRH"])
def test_a_tracefile_has_the_counts_of_the_one_by_coverage_py(name: str, measured: Measured) -> None:
    text = lcov([measured.ours]).decode()
    assert sorted(records(text, name)) == sorted(records(measured.lcov, name)) != []


def test_a_tracefile_has_the_branches_of_the_one_by_coverage_py(measured: Measured) -> None:
    assert taken(lcov([measured.ours]).decode()) == taken(measured.lcov) != []


def test_a_tracefile_is_made_of_the_records_of_its_format_alone() -> None:
    text = lcov([exported(), exported(path="/elsewhere/x.py")]).decode()
    kinds = {line.partition(":")[0] for line in text.splitlines()}
    assert kinds == {"TN", "SF", "FN", "FNDA", "FNF", "FNH", "BRDA", "BRF", "BRH", "DA", "LF", "LH", "end_of_record"}
    assert records(text, "SF") == [["school/marks.py"], ["/elsewhere/x.py"]]
    assert text.count("end_of_record\n") == 2


def test_branches_of_a_line_that_never_ran_are_told_from_those_not_taken() -> None:
    never = replace(REPORT.coverage, hit_lines=(1,), missing_lines=(2, 3, 4, 5, 6, 9, 10), hit_arcs=())
    text = lcov([exported(replace(REPORT, coverage=never))]).decode()
    assert {count for _, count in taken(text)} == {"-"}


def test_source_that_python_warns_of_is_read_in_silence() -> None:
    assert b"FN:1,2,digits\n" in lcov([exported(source='def digits():\n    return "\\d" is 5\n')])


def lines(element: ET.Element) -> list[dict[str, str]]:
    """The facts of each line, without what coverage.py adds to the format."""
    found = (
        {name: value for name, value in line.items() if name != "missing-branches"} for line in element.iter("line")
    )
    return [{"branch": "false", **line} for line in found]


def test_cobertura_has_the_lines_of_the_one_by_coverage_py(measured: Measured) -> None:
    ours = parsed([measured.ours])
    assert lines(ours) == lines(measured.xml) != []
    for name in ("lines-valid", "lines-covered", "branches-valid", "branches-covered"):
        assert ours.get(name) == measured.xml.get(name)
    for name in ("line-rate", "branch-rate"):
        assert float(ours.attrib[name]) == pytest.approx(float(measured.xml.attrib[name]), abs=1e-3)


COBERTURA: dict[str, tuple[set[str], set[str]]] = {
    "coverage": (
        {"sources", "packages"},
        {"line-rate", "branch-rate", "lines-covered", "lines-valid", "branches-covered", "branches-valid"}
        | {"complexity", "version", "timestamp"},
    ),
    "sources": ({"source"}, set()),
    "source": (set(), set()),
    "packages": ({"package"}, set()),
    "package": ({"classes"}, {"name", "line-rate", "branch-rate", "complexity"}),
    "classes": ({"class"}, set()),
    "class": ({"methods", "lines"}, {"name", "filename", "line-rate", "branch-rate", "complexity"}),
    "methods": ({"method"}, set()),
    "lines": ({"line"}, set()),
    "line": (set(), {"number", "hits", "branch"}),
}
"""By the coverage-04 document type: what each element holds, and its attributes; `line` may have another."""


@pytest.mark.parametrize("modules", [[exported()], [exported(), evil()], [exported(), exported()]])
def test_cobertura_keeps_to_its_document_type(modules: list[Exported]) -> None:
    for element in parsed(modules).iter():
        children, attributes = COBERTURA[element.tag]
        assert {child.tag for child in element} <= children
        assert set(element.attrib) - {"condition-coverage"} == attributes


def test_modules_of_one_package_come_together() -> None:
    top = exported(replace(REPORT, module="tool"), path="tool.py")
    packages = parsed([exported(), top, exported(replace(REPORT, module="school.terms"))]).iter("package")
    assert {package.get("name"): len(list(package.iter("class"))) for package in packages} == {"school": 2, ".": 1}


def parsed(modules: list[Exported]) -> ET.Element:
    return ET.fromstring(cobertura(modules))  # noqa: S314 # our own


@pytest.mark.parametrize("render", [lcov, cobertura])
def test_text_of_the_code_is_plain_signs(render: Any) -> None:
    text = render([evil()]).decode()
    assert not {"\x1b", "\u202e", "\x00"} & set(text)
    assert "\\x1b[31m\\u202e" in text
