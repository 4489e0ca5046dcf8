"""A report as the few lines that end a run in the terminal."""

from collections.abc import Iterator

from aitestgen.render.report_json import count_passed, mutation_figures
from aitestgen.values import Coverage, Finding, Mutation, Report, Verdict


def summary(report: Report, written: str | None, command: str | None = None) -> str:
    """Tests, coverage, mutants, suspected bugs, seconds, where the file went, and the `command` that runs it."""
    lines = [*_lines(report), f"  written    {written or 'nothing'}"]
    return "\n".join([*lines, f"  run it     {command}"] if command else lines)


def _lines(report: Report) -> Iterator[str]:
    passed, total = count_passed(report), len(report.final.outcomes)
    state = " (interrupted: what was verified so far)" if report.interrupted else ""
    yield f"{report.module}: {_plural(total, 'test')}, {passed} passed{state}"
    yield f"  coverage   {_coverage(report.coverage)}"
    yield f"  mutants    {_mutation(report.mutation)}"
    yield f"  seconds    {report.seconds:.1f}   seed {report.seed}   engine {report.engine}   {_jail(report)}"
    for finding in report.findings:
        yield from _finding(finding)
    for note in report.notes:
        yield f"  note       {note}"
    if report.final.detail and report.final.verdict is not Verdict.PASSED:
        yield f"  verdict    {report.final.verdict}: {report.final.detail}"


def _jail(report: Report) -> str:
    return f"jail {report.final.backend or 'none'}, tier {report.final.tier}"


def _coverage(coverage: Coverage) -> str:
    lines = f"{coverage.covered_lines}/{coverage.lines} lines ({_percent(coverage.line_ratio)})"
    return f"{lines}, {coverage.covered_branches}/{coverage.branches} branches ({_percent(coverage.branch_ratio)})"


def _mutation(mutation: Mutation) -> str:
    figures = mutation_figures(mutation)
    if not figures.total:
        return "none made"
    text = f"{mutation.killed}/{mutation.valid} killed ({_percent(mutation.score)})"
    return f"{text}, {figures.unjudged} not judged in time" if figures.unjudged else text


def _finding(finding: Finding) -> Iterator[str]:
    place = f" (line {finding.line})" if finding.line else ""
    yield f"  suspected bug in {finding.target_id}{place}: {finding.why}"
    yield f"    input      {finding.input}"
    yield f"    observed   {finding.observed}"
    yield f"    expected   {finding.expected}"


def _percent(ratio: float) -> str:
    """Rounded down, so that 100% means all."""
    return f"{int(ratio * 1000) / 10:g}%"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
