"""JUnit XML: cases, counts and outcomes as readers of the format expect them."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from tests.render.exported_reports import EVIL, REPORT, ended, evil, exported

from aitestgen.render.exported import Exported
from aitestgen.render.report_junit import junit
from aitestgen.values import Outcome, TestOutcome, Verdict

FORM: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, {"name", "tests", "failures", "errors", "skipped", "time"}),
    "testsuite": (
        {"properties", "testcase", "system-out"},
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    ),
    "properties": ({"property"}, set()),
    "property": (set(), {"name", "value"}),
    "testcase": ({"failure", "error", "skipped"}, {"classname", "name", "time"}),
    "failure": (set(), {"type", "message"}),
    "error": (set(), {"type", "message"}),
    "skipped": (set(), {"type", "message"}),
    "system-out": (set(), set()),
}
"""What each element may hold, and the attributes that it has, as pytest's own schema (xunit2) puts it; cases may name
their file."""


def parsed(*modules: Exported) -> ET.Element:
    return ET.fromstring(junit(modules))  # noqa: S314 # our own


def one(outcome: Outcome, message: str = "") -> TestOutcome:
    return TestOutcome(id="test_marks.py::test_one", outcome=outcome, seconds=0.5, message=message)


@pytest.mark.parametrize("modules", [[exported()], [exported(), evil()], [ended(Verdict.TIMED_OUT, (), "5 s")]])
def test_the_file_keeps_to_the_format(modules: list[Exported]) -> None:
    for element in parsed(*modules).iter():
        children, attributes = FORM[element.tag]
        assert {child.tag for child in element} <= children
        assert set(element.attrib) - {"file"} == attributes


def test_each_test_is_a_case_named_as_pytest_names_it() -> None:
    cases = [
        (case.get("classname"), case.get("name"), case.get("file")) for case in parsed(exported()).iter("testcase")
    ]
    assert cases == [
        ("tests.test_marks", "test_pass", "tests/test_marks.py"),
        ("tests.test_marks.TestMore", "test_table[a-b]", "tests/test_marks.py"),
        ("tests.test_marks", "test_bug", "tests/test_marks.py"),
    ]


def test_a_case_of_another_file_of_the_project_keeps_its_own() -> None:
    other = replace(one(Outcome.PASSED), id="test_old.py::test_one")
    (case,) = parsed(ended(Verdict.PASSED, (other,))).iter("testcase")
    assert (case.get("classname"), case.get("file")) == ("test_old", "test_old.py")


@pytest.mark.parametrize(
    ("outcome", "element"),
    [
        (Outcome.PASSED, None),
        (Outcome.FAILED, "failure"),
        (Outcome.XPASSED, "failure"),
        (Outcome.ERROR, "error"),
        (Outcome.INCOMPLETE, "error"),
        (Outcome.SKIPPED, "skipped"),
        (Outcome.XFAILED, "skipped"),
    ],
)
def test_an_outcome_is_told_and_counted(outcome: Outcome, element: str | None) -> None:
    root = parsed(ended(Verdict.FAILED if element in {"failure", "error"} else Verdict.PASSED, (one(outcome, "why"),)))
    told = [child.tag for child in root.iter() if child.tag in {"failure", "error", "skipped"}]
    assert told == ([element] if element else [])
    counted = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    names = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    assert counted == {
        "tests": "1",
        **{plural: str(int(singular == element)) for singular, plural in names.items()},
    }


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.PASSED])
def test_a_run_that_did_not_pass_never_looks_green(verdict: Verdict) -> None:
    root = parsed(ended(verdict, detail="because"))
    assert int(root.attrib["failures"]) + int(root.attrib["errors"]) == 1
    assert [error.get("type") for error in root.iter("error")] == [str(verdict)]


def test_figures_of_several_modules_are_summed_up() -> None:
    root = parsed(exported(), ended(Verdict.FAILED, (one(Outcome.FAILED),)))
    assert [suite.get("tests") for suite in root] == ["3", "1"]
    assert (root.get("tests"), root.get("failures"), root.get("skipped"), root.get("time")) == ("4", "1", "1", "1.000")


def test_what_pytest_printed_and_the_figures_are_there() -> None:
    root = parsed(exported())
    assert root.findtext("testsuite/system-out") == REPORT.final.output
    facts = {item.get("name"): item.get("value") for item in root.iter("property")}
    assert facts["line_coverage"] == "0.625"
    assert facts["suspected_bugs"] == "1"
    assert root[0].get("timestamp") == "2025-11-28T09:30:00"


def test_text_that_tries_to_act_is_plain_signs() -> None:
    failure = next(parsed(evil()).iter("failure"))
    shown = EVIL.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e").replace("\x00", "\\x00")
    assert failure.text == "\n".join([shown.replace("\ud800", "\\ud800")] * 2)


def test_a_run_without_a_test_is_one_error() -> None:
    final = replace(REPORT.final, verdict=Verdict.CRASHED, outcomes=(), detail="signal 11")
    root = parsed(exported(replace(REPORT, final=final)))
    assert [(case.get("name"), case[0].get("message")) for case in root.iter("testcase")] == [
        ("the whole run", "signal 11")
    ]
