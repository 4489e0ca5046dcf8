"""Reports to export: one that holds every kind of thing, and text that tries to act."""

from dataclasses import replace

from aitestgen.render.exported import Exported
from aitestgen.values import (
    Confidence,
    Coverage,
    Evidence,
    Finding,
    FindingKind,
    Mutant,
    MutantFate,
    Mutation,
    Outcome,
    Rejected,
    Report,
    RunResult,
    Spend,
    Stage,
    TestOutcome,
    Verdict,
)

ESC, TURN = "\x1b[31m", "\u202e"
EVIL = f"<img src=x onerror=alert(1)>{ESC}{TURN}]]>&amp;\"'\x00\ud800"
"""Markup, a terminal's command, a turn of direction, an end of CDATA, an entity, quotes, a null, half a character."""

SOURCE = """\
def grade(points, most):
    if points > most:
        raise ValueError(points)
    if points * 2 >= most:
        return "pass"
    return "fail"


def never(x):
    return x
"""

BUG = Finding(
    target_id="grade",
    input="grade(0, 0)",
    observed="'pass'",
    expected="'fail'",
    why="the docstring says so",
    reproducer="from school.marks import grade\nassert grade(0, 0) == 'fail'",
    line=4,
    kind=FindingKind.DOCSTRING,
    confidence=Confidence.HIGH,
    quote="No points, no pass.",
    error="AssertionError",
)


def a_mutant(number: int, line: int, before: str, after: str) -> Mutant:
    return Mutant(id=number, operator="comparison", line=line, end_line=line, before=before, after=after)


OUTCOMES = (
    TestOutcome(id="test_marks.py::test_pass", outcome=Outcome.PASSED, seconds=0.01),
    TestOutcome(id="test_marks.py::TestMore::test_table[a-b]", outcome=Outcome.PASSED, seconds=0.02),
    TestOutcome(id="test_marks.py::test_bug", outcome=Outcome.XFAILED, seconds=0.001, message="suspected bug"),
)

REPORT = Report(
    module="school.marks",
    tests_file="from school.marks import grade\n\n\ndef test_pass():\n    assert grade(1, 2) == 'pass'\n",
    tests=(Evidence(id="test_marks.py::test_pass", new_lines=(2, 4, 5), new_arcs=((4, 5),), kills=(1,), seconds=0.01),),
    rejected=(Rejected(name="test_odd", reason="flaky"),),
    coverage=Coverage(
        lines=8,
        covered_lines=5,
        branches=4,
        covered_branches=2,
        missing_lines=(3, 6, 10),
        missing_arcs=((2, 3), (4, 6)),
        hit_lines=(1, 2, 4, 5, 9),
        hit_arcs=((2, 4), (4, 5)),
    ),
    mutation=Mutation(
        mutants=(
            a_mutant(1, 4, ">=", ">"),
            a_mutant(2, 2, ">", ">="),
            a_mutant(3, 10, "x", "None"),
            a_mutant(4, 2, ">", "<"),
        ),
        fates={1: MutantFate.KILLED, 2: MutantFate.SURVIVED, 3: MutantFate.UNREACHED},
    ),
    findings=(BUG,),
    final=RunResult(
        verdict=Verdict.PASSED, outcomes=OUTCOMES, output="=== 2 passed ===\n", seconds=0.5, backend="bubblewrap"
    ),
    stages=(Stage(name="analyse", seconds=0.1), Stage(name="search", seconds=1.0)),
    spend=Spend(),
    seconds=2.0,
    seed=7,
    engine="search",
    notes=("a note",),
)


def exported(report: Report = REPORT, **fields: object) -> Exported:
    defaults: dict[str, object] = {"source": SOURCE, "path": "school/marks.py", "tests_path": "tests/test_marks.py"}
    return Exported(report=report, **{**defaults, "at": 1_764_322_200.0, **fields})  # type: ignore[arg-type]  # by name


def ended(verdict: Verdict, outcomes: tuple[TestOutcome, ...] = OUTCOMES, detail: str = "") -> Exported:
    """The same, where the last run ended so."""
    final = replace(REPORT.final, verdict=verdict, outcomes=outcomes, detail=detail)
    return exported(replace(REPORT, final=final))


def evil() -> Exported:
    """Whatever comes from the code, its tests or a guest tries to act."""
    bug = replace(BUG, target_id=EVIL, input=EVIL, observed=EVIL, expected=EVIL, why=EVIL, reproducer=EVIL, quote=EVIL)
    test = TestOutcome(id=f"test_marks.py::test_{EVIL}", outcome=Outcome.FAILED, seconds=0.1, message=f"{EVIL}\n{EVIL}")
    report = replace(
        REPORT,
        module=f"school.{EVIL}",
        tests_file=EVIL,
        rejected=(Rejected(name=EVIL, reason=EVIL),),
        mutation=Mutation(mutants=(a_mutant(1, 4, EVIL, EVIL),), fates={1: MutantFate.SURVIVED}),
        findings=(bug,),
        final=RunResult(verdict=Verdict.FAILED, outcomes=(test,), output=f"{EVIL}\r\n{EVIL}", detail=EVIL),
        stages=(Stage(name=EVIL, seconds=1.0),),
        notes=(EVIL,),
    )
    text = SOURCE.replace('"fail"', repr("fail") + f"  # <img src=x onerror=alert(1)>{ESC}{TURN}")
    return exported(report, source=text, path=f"{EVIL}.py", tests_path=f"{EVIL}.py")
