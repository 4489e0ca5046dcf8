"""The run of the delivered tests as JUnit XML, as pytest writes it and CI services read it."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from aitestgen.render.exported import Exported
from aitestgen.render.xml_bytes import xml_bytes
from aitestgen.values import Outcome, Report, TestOutcome, Verdict

ELEMENTS = {
    Outcome.FAILED: "failure",
    Outcome.XPASSED: "failure",
    Outcome.ERROR: "error",
    Outcome.INCOMPLETE: "error",
    Outcome.SKIPPED: "skipped",
    Outcome.XFAILED: "skipped",
}
COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
TYPES = {Outcome.XFAILED: "pytest.xfail", Outcome.SKIPPED: "pytest.skip"}


def junit(modules: Sequence[Exported]) -> bytes:
    """One suite a module, one case a test, and what pytest printed.

    A run that ended otherwise than by its tests, such as `timed_out`, has a case of its own that is in error.
    """
    suites = [_suite(item) for item in modules]
    root = ET.Element("testsuites", {"name": "aitestgen", **_totals(suites)})
    root.extend(suites)
    return xml_bytes(root)


def _suite(module: Exported) -> ET.Element:
    report = module.report
    suite = ET.Element("testsuite", {"name": report.module})
    _properties(suite, report)
    for outcome in report.final.outcomes:
        _case(suite, module, outcome)
    if not _is_told_by_tests(report):
        case = ET.SubElement(suite, "testcase", {"classname": report.module, "name": "the whole run", "time": "0"})
        _add(case, "error", type_=str(report.final.verdict), message=report.final.detail or str(report.final.verdict))
    ET.SubElement(suite, "system-out").text = report.final.output
    when = datetime.fromtimestamp(module.at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for name, value in {**_figures(suite), "time": _seconds(report.final.seconds), "timestamp": when}.items():
        suite.set(name, value)
    return suite


def _properties(suite: ET.Element, report: Report) -> None:
    facts = {
        "verdict": str(report.final.verdict),
        "line_coverage": f"{report.coverage.line_ratio:.4g}",
        "branch_coverage": f"{report.coverage.branch_ratio:.4g}",
        "mutation_score": f"{report.mutation.score:.4g}",
        "suspected_bugs": str(len(report.findings)),
        "seed": str(report.seed),
    }
    parent = ET.SubElement(suite, "properties")
    for name, value in facts.items():
        ET.SubElement(parent, "property", {"name": name, "value": value})


def _case(suite: ET.Element, module: Exported, outcome: TestOutcome) -> None:
    file, *inner = outcome.id.split("::")
    *classes, name = inner or [outcome.id]
    path = module.tests_path if file == module.tests_path.rpartition("/")[2] else file
    dotted = path.removesuffix(".py").strip("/").replace("/", ".")
    about = {"classname": ".".join([dotted, *classes]), "name": name, "file": path}
    about["time"] = _seconds(outcome.seconds)
    case = ET.SubElement(suite, "testcase", about)
    if element := ELEMENTS.get(outcome.outcome):
        _add(case, element, type_=TYPES.get(outcome.outcome, str(outcome.outcome)), message=outcome.message)


def _add(case: ET.Element, element: str, *, type_: str, message: str) -> None:
    ET.SubElement(case, element, {"type": type_, "message": message.partition("\n")[0]}).text = message


def _is_told_by_tests(report: Report) -> bool:
    """Whether the verdict follows from the cases."""
    bad = {ELEMENTS.get(outcome.outcome) for outcome in report.final.outcomes} & {"failure", "error"}
    return report.final.verdict is Verdict.PASSED or bool(bad)


def _figures(suite: ET.Element) -> dict[str, str]:
    cases = suite.findall("testcase")
    counts = Counter(child.tag for case in cases for child in case)
    return {"tests": str(len(cases)), **{name: str(counts[element]) for name, element in COUNTED.items()}}


def _totals(suites: Sequence[ET.Element]) -> dict[str, str]:
    names = ("tests", *COUNTED)
    counts = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in names}
    return {**counts, "time": _seconds(sum(float(suite.get("time", "0")) for suite in suites))}


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
