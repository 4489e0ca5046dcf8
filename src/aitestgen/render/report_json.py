"""A report as plain data: what `--json`, `--report` and the HTTP API hand out. CONTRACT: keys are only ever added."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aitestgen.values import Before, Coverage, Evidence, Finding, Mutant, MutantFate, Mutation, Outcome, Report

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFigures:
    """Ratios from 0 to 1, the counts behind them, and what is missing."""

    line: float
    branch: float
    lines: int
    covered_lines: int
    branches: int
    covered_branches: int
    missing_lines: tuple[int, ...]
    missing_branches: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationFigures:
    """`total` mutants were made; those never judged for want of time are `unjudged`. `score` is killed over valid."""

    score: float
    total: int
    killed: int
    survived: int
    timed_out: int
    invalid: int
    unreached: int
    unjudged: int
    survivors: tuple[Mutant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFigures:
    """One test: its node id, the lines and branches it adds, the mutants it kills."""

    __test__ = False

    name: str
    lines: tuple[int, ...]
    branches: tuple[tuple[int, int], ...]
    mutants_killed: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingFigures:
    """What the tests that were there bring without the new ones: how many pass, and their ratios."""

    tests: int
    line_coverage: float
    branch_coverage: float
    mutation_score: float


def coverage_figures(coverage: Coverage) -> CoverageFigures:
    return CoverageFigures(
        line=coverage.line_ratio,
        branch=coverage.branch_ratio,
        lines=coverage.lines,
        covered_lines=coverage.covered_lines,
        branches=coverage.branches,
        covered_branches=coverage.covered_branches,
        missing_lines=coverage.missing_lines,
        missing_branches=coverage.missing_arcs,
    )


def mutation_figures(mutation: Mutation) -> MutationFigures:
    fates = Counter(mutation.fates.values())
    alive = (MutantFate.SURVIVED, MutantFate.UNREACHED)
    return MutationFigures(
        score=mutation.score,
        total=len(mutation.mutants),
        killed=fates[MutantFate.KILLED],
        survived=fates[MutantFate.SURVIVED],
        timed_out=fates[MutantFate.TIMED_OUT],
        invalid=fates[MutantFate.INVALID],
        unreached=fates[MutantFate.UNREACHED],
        unjudged=len(mutation.mutants) - len(mutation.fates),
        survivors=tuple(mutant for mutant in mutation.mutants if mutation.fates.get(mutant.id) in alive),
    )


def figures_of_test(evidence: Evidence) -> TestFigures:
    return TestFigures(
        name=evidence.id,
        lines=evidence.new_lines,
        branches=evidence.new_arcs,
        mutants_killed=evidence.kills,
        seconds=evidence.seconds,
    )


def module_report(report: Report) -> dict[str, Any]:
    """One module of the `--report` file (CONTRACT §5), with the figures behind each ratio."""
    mutation = asdict(mutation_figures(report.mutation))
    return {
        "module": report.module,
        "verdict": str(report.final.verdict),
        "tests": len(report.final.outcomes),
        "passed": count_passed(report),
        "line_coverage": report.coverage.line_ratio,
        "branch_coverage": report.coverage.branch_ratio,
        "mutation_score": mutation.pop("score"),
        "survivors": mutation.pop("survivors"),
        "mutants": mutation,
        "coverage": asdict(coverage_figures(report.coverage)),
        "suite": [asdict(figures_of_test(test)) for test in report.tests],
        "rejected": [asdict(candidate) for candidate in report.rejected],
        "suspected_bugs": findings(report.findings),
        "stages": [asdict(stage) for stage in report.stages],
        "spend": asdict(report.spend),
        "llm": asdict(report.llm) if report.llm else None,
        "seconds": report.seconds,
        "seed": report.seed,
        "engine": report.engine,
        "isolation": {"backend": report.final.backend, "tier": str(report.final.tier)},
        "value_oracle": asdict(report.oracle),
        "notes": list(report.notes),
        "interrupted": report.interrupted,
        "existing": asdict(existing_figures(report.before)) if report.before else None,
    }


def existing_figures(before: Before) -> ExistingFigures:
    return ExistingFigures(
        tests=before.tests,
        line_coverage=before.coverage.line_ratio,
        branch_coverage=before.coverage.branch_ratio,
        mutation_score=before.mutation.score,
    )


def findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in found]


def count_passed(report: Report) -> int:
    """How many tests passed in the run of exactly the delivered file; an expected failure counts as passed."""
    good = (Outcome.PASSED, Outcome.XFAILED)
    return sum(1 for outcome in report.final.outcomes if outcome.outcome in good)


def document(modules: Iterable[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """The one JSON object that `--json` prints and `--report` writes."""
    return {"schema_version": SCHEMA_VERSION, "modules": list(modules), **more}
