"""A report as the few lines that end a run in the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aitestgen.render.report_json import count_passed, mutation_figures
from aitestgen.values import Before, Confidence, Coverage, Finding, Mutation, Report, Verdict
from aitestgen.wording import counted

MOST_NOTE = 70


def summary(report: Report, written: str | None, command: str | None = None) -> str:
    """Tests, coverage, mutants, suspected bugs, seconds, where the file went, and the `command` that runs it."""
    lines = [*_lines(report), f"  written    {written or 'nothing'}"]
    return "\n".join([*lines, f"  run it     {command}"] if command else lines)


def _lines(report: Report) -> Iterator[str]:
    passed, total = count_passed(report), len(report.final.outcomes)
    state = " (interrupted: what was verified so far)" if report.interrupted else ""
    yield f"{report.module}: {counted(total, 'test')}, {passed} passed{state}"
    if report.before:
        yield f"  existing   {_existing(report.before)}; {len(report.tests)} new"
    yield f"  coverage   {_coverage(report.coverage)}"
    yield f"  mutants    {_mutation(report.mutation)}"
    yield f"  seconds    {report.seconds:.1f}   seed {report.seed}   engine {report.engine}   {_jail(report)}"
    yield from findings_of(report)
    for note in report.notes:
        yield f"  note       {note}"
    if report.final.detail and report.final.verdict is not Verdict.PASSED:
        yield f"  verdict    {report.final.verdict}: {report.final.detail}"


def one_line(report: Report, written: str) -> str:
    """The figures of one module of several."""
    beside = f" beside {report.before.tests} existing" if report.before else ""
    figures = (
        counted(len(report.tests), "test") + beside,
        f"{_percent(report.coverage.line_ratio)} of lines",
        f"{_percent(report.coverage.branch_ratio)} of branches",
        f"{_percent(report.mutation.score)} of mutants" if report.mutation.fates else "no mutants judged",
    )
    verdict = "" if report.final.verdict is Verdict.PASSED else f" ({report.final.verdict}: {report.final.detail})"
    state = " (interrupted: what was verified so far)" if report.interrupted else ""
    return f"{report.module}: {', '.join(figures)}, {report.seconds:.1f} s: {written}{verdict}{state}"


def findings_of(report: Report) -> Iterator[str]:
    """The lines that tell the suspected bugs."""
    for finding in report.findings:
        if finding.confidence is not Confidence.LOW:
            yield from _finding(finding)
    yield from _unsure(report.findings)


TITLES = ("module", "tests", "line", "branch", "mutation", "bugs", "seconds", "note")


def table(modules: Sequence[Mapping[str, Any]]) -> str:
    """Figures of several modules under each other, totals last. The modules are as in `module_report`."""
    rows = [TITLES, *(_row(facts) for facts in modules), _totals(modules)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(TITLES))]
    lines = [_aligned(row, widths) for row in rows]
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *figures, note = row
    numbers = (text.rjust(width) for text, width in zip(figures, widths[1:-1], strict=True))
    return "  ".join([first.ljust(widths[0]), *numbers, note]).rstrip()


def _row(facts: Mapping[str, Any]) -> tuple[str, ...]:
    if "tests" not in facts:
        return (str(facts["module"]), *["-"] * (len(TITLES) - 2), _first_line(str(facts.get("error", ""))))
    mutants = facts["mutants"]
    judged = mutants["total"] > mutants["unjudged"]
    return (
        str(facts["module"]),
        str(facts["tests"]),
        _percent(facts["line_coverage"]),
        _percent(facts["branch_coverage"]),
        _percent(facts["mutation_score"]) if judged else "-",
        str(len(facts["suspected_bugs"])),
        f"{facts['seconds']:.1f}",
        _note(facts),
    )


def _note(facts: Mapping[str, Any]) -> str:
    notes = []
    if facts.get("done_before"):
        notes.append("done before")
    if facts.get("existing"):
        notes.append(f"{len(facts['suite'])} new")
    if facts.get("interrupted"):
        notes.append("interrupted")
    if facts["verdict"] != Verdict.PASSED:
        notes.append(f"not written: {facts['verdict']}")
    if facts["mutants"]["unjudged"]:
        notes.append(f"{counted(facts['mutants']['unjudged'], 'mutant')} not judged")
    return ", ".join(notes)


def _totals(modules: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Ratios of all counts together, not means of ratios."""
    done = [facts for facts in modules if "tests" in facts]
    covered, lines, branched, branches = (
        sum(facts["coverage"][key] for facts in done)
        for key in ("covered_lines", "lines", "covered_branches", "branches")
    )
    counts = [facts["mutants"] for facts in done]
    killed = sum(count["killed"] + count["timed_out"] for count in counts)
    valid = sum(count["total"] - count["unjudged"] - count["invalid"] for count in counts)
    return (
        f"{len(done)} of {counted(len(modules), 'module')}",
        str(sum(facts["tests"] for facts in done)),
        _percent(covered / lines) if lines else "-",
        _percent(branched / branches) if branches else "-",
        _percent(killed / valid) if valid else "-",
        str(sum(len(facts["suspected_bugs"]) for facts in done)),
        f"{sum(facts['seconds'] for facts in done):.1f}",
        "",
    )


def _first_line(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= MOST_NOTE else f"{line[:MOST_NOTE]}…"


def _jail(report: Report) -> str:
    return f"jail {report.final.backend or 'none'}, tier {report.final.tier}"


def _coverage(coverage: Coverage) -> str:
    lines = f"{coverage.covered_lines}/{counted(coverage.lines, 'line')} ({_percent(coverage.line_ratio)})"
    branches = f"{coverage.covered_branches}/{counted(coverage.branches, 'branch')}"
    return f"{lines}, {branches} ({_percent(coverage.branch_ratio)})"


def _existing(before: Before) -> str:
    lines, branches = _percent(before.coverage.line_ratio), _percent(before.coverage.branch_ratio)
    killed = f", {_percent(before.mutation.score)} of mutants" if before.mutation.fates else ""
    return f"{counted(before.tests, 'test')} of the project: {lines} of lines, {branches} of branches{killed}"


def _mutation(mutation: Mutation) -> str:
    figures = mutation_figures(mutation)
    if not figures.total:
        return "none made"
    text = f"{mutation.killed}/{mutation.valid} killed ({_percent(mutation.score)})"
    return f"{text}, {figures.unjudged} not judged in time" if figures.unjudged else text


def _finding(finding: Finding) -> Iterator[str]:
    place = f" (line {finding.line})" if finding.line else ""
    yield f"  suspected bug in {finding.target_id}{place}, confidence {finding.confidence}: {finding.why}"
    if finding.quote:
        yield f"    says       {_indented(finding.quote)}"
    yield f"    observed   {_indented(finding.observed)}"
    yield f"    expected   {_indented(finding.expected)}"
    yield f"    reproduce  {_indented(finding.reproducer)}"


def _unsure(findings: Sequence[Finding]) -> Iterator[str]:
    count = sum(1 for finding in findings if finding.confidence is Confidence.LOW)
    if count:
        yield f"  note       {counted(count, 'suspicion')} of low confidence: see suspected_bugs in --report or --json"


def _indented(text: str) -> str:
    return text.replace("\n", "\n" + " " * 15)


def _percent(ratio: float) -> str:
    """Rounded down, so that 100% means all."""
    return f"{int(ratio * 1000) / 10:g}%"
