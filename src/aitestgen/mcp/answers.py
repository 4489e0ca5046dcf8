"""What the tools answer: plain values, short enough for a model to read, with what was left out said.

The whole answers have no slots: the SDK would take these for defaults, and give no schema.
"""

from collections.abc import Callable
from dataclasses import dataclass

from aitestgen.render.report_json import mutation_figures
from aitestgen.render.visible import visible
from aitestgen.values import Finding, Mutant, MutantFate, Report, RunResult, TestOutcome

MOST_OUTPUT = 8_000
MOST_SURVIVORS = 40
Name = Callable[[Finding | Mutant], str]
"""Gives what is found an id under which it can be asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Ratios from 0 to 1, and what is missing. `mutants_judged` counts those that could have been killed."""

    line_coverage: float
    branch_coverage: float
    missing_lines: tuple[int, ...]
    mutation_score: float
    mutants_judged: int
    mutants_killed: int
    mutants_not_judged_in_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A small fault that no test notices: `before` became `after`. `reached` is whether a test runs the place."""

    id: str
    line: int
    before: str
    after: str
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """A suspected bug: the code contradicts its own words. No test was made that blesses it."""

    id: str
    target: str
    line: int
    kind: str
    confidence: str
    why: str
    quote: str
    observed: str
    expected: str
    reproducer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestGain:
    """A test, and how many lines, branches and mutants it is the first, or one, to reach or kill."""

    __test__ = False

    id: str
    adds_lines: int
    adds_branches: int
    kills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestEnd:
    """How one test ended: passed, failed, error, skipped, xfailed, xpassed or incomplete."""

    __test__ = False

    id: str
    outcome: str
    seconds: float
    message: str


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A verified test file, and what it is worth. Nothing was written: save `tests_file` at `suggested_path`.

    `verdict` is `passed` where every test passed in the jail. `tests_file` is empty where nothing needs to be added
    to `existing_tests` passing tests of the project.
    """

    module: str
    verdict: str
    tests_file: str
    suggested_path: str
    tests: tuple[TestGain, ...]
    existing_tests: int
    score: Score
    survivors: tuple[Survivor, ...]
    survivors_left_out: int
    suspected_bugs: tuple[Bug, ...]
    notes: tuple[str, ...]
    output: str
    seconds: float
    seed: int
    isolation: str


@dataclass(frozen=True, kw_only=True)
class Audited:
    """What existing tests are worth: of those that pass. `failing` are the others, with the reason."""

    module: str
    verdict: str
    passing: int
    failing: tuple[str, ...]
    score: Score
    survivors: tuple[Survivor, ...]
    survivors_left_out: int
    output: str
    seconds: float
    isolation: str


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run of a test file. `verdict` is passed, failed, errored, not_collected, timed_out, out_of_memory,
    output_limit, process_limit, crashed, incomplete or forged; `output` is what pytest printed.
    """

    module: str
    verdict: str
    passed: bool
    detail: str
    tests: tuple[TestEnd, ...]
    output: str
    seconds: float
    peak_memory_bytes: int
    isolation: str


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A finding in full. `reproduced` is whether a suspected bug showed again just now, in a fresh jail; null where
    that run could not tell, and for survivors.

    `source` are the lines around it, numbered. `test` is a test to start from.
    """

    id: str
    kind: str
    summary: str
    meaning: str
    source: str
    reproduced: bool | None
    output: str
    test: str
    next_steps: tuple[str, ...]


def generated(report: Report, suggested_path: str, name: Name) -> Generated:
    """The answer of `generate_tests`."""
    survivors, left_out = _survivors(report, name)
    return Generated(
        module=report.module,
        verdict=str(report.final.verdict),
        tests_file=report.tests_file,
        suggested_path=suggested_path if report.tests_file else "",
        tests=tuple(
            TestGain(
                id=test.id, adds_lines=len(test.new_lines), adds_branches=len(test.new_arcs), kills=len(test.kills)
            )
            for test in report.tests
        ),
        existing_tests=report.before.tests if report.before else 0,
        score=_score(report),
        survivors=survivors,
        survivors_left_out=left_out,
        suspected_bugs=tuple(_bug(finding, name) for finding in report.findings),
        notes=tuple(map(visible, report.notes)),
        output=shortened(report.final.output),
        seconds=round(report.seconds, 3),
        seed=report.seed,
        isolation=_isolation(report.final),
    )


def audited(report: Report, name: Name) -> Audited:
    """The answer of `find_survivors`."""
    survivors, left_out = _survivors(report, name)
    return Audited(
        module=report.module,
        verdict=str(report.final.verdict),
        passing=len(report.tests),
        failing=tuple(visible(f"{item.name}: {item.reason}") for item in report.rejected),
        score=_score(report),
        survivors=survivors,
        survivors_left_out=left_out,
        output=shortened(report.final.output),
        seconds=round(report.seconds, 3),
        isolation=_isolation(report.final),
    )


def ran(module: str, result: RunResult, passed: bool) -> Ran:
    """The answer of `run_tests`."""
    return Ran(
        module=module,
        verdict=str(result.verdict),
        passed=passed,
        detail=visible(result.detail),
        tests=tuple(_end(outcome) for outcome in result.outcomes),
        output=shortened(result.output),
        seconds=round(result.seconds, 3),
        peak_memory_bytes=result.peak_bytes,
        isolation=_isolation(result),
    )


def shortened(text: str) -> str:
    """The text made `visible`; of a long one the beginning and the end, with how much is missing between."""
    text = visible(text)
    if len(text) <= MOST_OUTPUT:
        return text
    first, last = MOST_OUTPUT // 4, MOST_OUTPUT - MOST_OUTPUT // 4
    return f"{text[:first]}\n… {len(text) - first - last} characters left out …\n{text[-last:]}"


def _end(outcome: TestOutcome) -> TestEnd:
    message = shortened(outcome.message)
    return TestEnd(id=visible(outcome.id), outcome=outcome.outcome, seconds=round(outcome.seconds, 4), message=message)


def _score(report: Report) -> Score:
    return Score(
        line_coverage=report.coverage.line_ratio,
        branch_coverage=report.coverage.branch_ratio,
        missing_lines=report.coverage.missing_lines,
        mutation_score=report.mutation.score,
        mutants_judged=report.mutation.valid,
        mutants_killed=report.mutation.killed,
        mutants_not_judged_in_time=mutation_figures(report.mutation).unjudged,
    )


def _survivors(report: Report, name: Name) -> tuple[tuple[Survivor, ...], int]:
    """The first of them, and how many more there are."""
    alive = mutation_figures(report.mutation).survivors
    told = tuple(
        Survivor(
            id=name(mutant),
            line=mutant.line,
            before=visible(mutant.before),
            after=visible(mutant.after),
            reached=report.mutation.fates[mutant.id] is MutantFate.SURVIVED,
        )
        for mutant in alive[:MOST_SURVIVORS]
    )
    return told, len(alive) - len(told)


def _bug(finding: Finding, name: Name) -> Bug:
    return Bug(
        id=name(finding),
        target=finding.target_id,
        line=finding.line,
        kind=str(finding.kind),
        confidence=str(finding.confidence),
        why=visible(finding.why),
        quote=visible(finding.quote),
        observed=shortened(finding.observed),
        expected=shortened(finding.expected),
        reproducer=visible(finding.reproducer),
    )


def _isolation(result: RunResult) -> str:
    return f"{result.backend or 'none'}, tier {result.tier}"
