"""The report as one HTML page that needs nothing else: no script, no network, light and dark.

Every text that comes from the code under test, its tests or a guest is escaped, and what would act or hide in it
(markup, terminal commands, characters that turn text around) is shown as plain signs.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version

from aitestgen.render.exported import Exported, survivors
from aitestgen.render.html_source import change, source
from aitestgen.render.html_style import STYLE
from aitestgen.render.report_json import count_passed, mutation_figures
from aitestgen.render.visible import one_line, visible
from aitestgen.values import Evidence, Finding, Outcome, Report, Verdict
from aitestgen.wording import counted

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html(modules: Sequence[Exported]) -> bytes:
    """One page for all modules; with several, a table of them comes first."""
    title = modules[0].report.module if len(modules) == 1 else f"{len(modules)} modules"
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">',
        f"<title>Tests of {escape(one_line(title))}</title><style>{STYLE}</style></head><body>",
        f"<main><h1>Generated tests of {escape(one_line(title))}</h1>",
        *(_index(modules) if len(modules) > 1 else ()),
        *(part for number, module in enumerate(modules, 1) for part in _module(module, f"m{number}")),
        f"</main><footer>aitestgen {escape(version('aitestgen'))}, {_moment(modules)}</footer></body></html>",
    ]
    return "\n".join(parts).encode() + b"\n"


def _moment(modules: Sequence[Exported]) -> str:
    at = max((item.at for item in modules), default=0.0)
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _index(modules: Sequence[Exported]) -> Iterator[str]:
    rows = []
    for number, item in enumerate(modules, 1):
        report = item.report
        link = f'<a href="#m{number}">{escape(one_line(report.module))}</a>'
        ratios = (report.coverage.line_ratio, report.coverage.branch_ratio, report.mutation.score)
        figures = [len(report.tests), *map(_percent, ratios), len(report.findings)]
        rows.append([link, *map(str, figures), _verdict(report)])
    titles = ("module", "tests", "lines", "branches", "mutants killed", "suspected bugs", "verdict")
    yield from _table("", titles, rows, numbers=range(1, 6))


def _module(module: Exported, anchor: str) -> Iterator[str]:
    report = module.report
    yield f'<section id="{anchor}"><h2>{escape(one_line(report.module))}</h2>'
    yield f"<p><code>{escape(one_line(module.path))}</code>: {_verdict(report)}{_detail(report)}</p>"
    yield from _figures(report)
    yield from (f"<p>{escape(visible(note))}</p>" for note in report.notes)
    lines = anchor if module.source else ""
    yield from _bugs(report.findings, lines)
    yield from _survivors(report, lines)
    yield f"<h3>Source</h3>{''.join(source(module, anchor)) if module.source else '<p>It was not kept.</p>'}"
    yield from _tests(report)
    yield f"<h3>The test file</h3>{_pre(report.tests_file or '(nothing to add)')}"
    yield f"<h3>What pytest printed</h3>{_pre(report.final.output or '(nothing)', class_='wrap')}"
    yield from _timings(report)
    yield from _rejected(report)
    yield "</section>"


def _verdict(report: Report) -> str:
    good = report.final.verdict is Verdict.PASSED
    state = " (interrupted)" if report.interrupted else ""
    return f'<span class="verdict {"passed" if good else "bad"}">{report.final.verdict}{state}</span>'


def _detail(report: Report) -> str:
    return f", {escape(visible(report.final.detail))}" if report.final.detail else ""


def _figures(report: Report) -> Iterator[str]:
    coverage, mutation = report.coverage, report.mutation
    unjudged = mutation_figures(mutation).unjudged
    facts = {
        "tests passed": f"{count_passed(report)} of {len(report.final.outcomes)}",
        "lines": f"{_percent(coverage.line_ratio)} ({coverage.covered_lines} of {coverage.lines})",
        "branches": f"{_percent(coverage.branch_ratio)} ({coverage.covered_branches} of {coverage.branches})",
        "mutants killed": f"{_percent(mutation.score)} ({mutation.killed} of {mutation.valid})",
        **({"mutants not judged": str(unjudged)} if unjudged else {}),
        "suspected bugs": str(len(report.findings)),
        "seconds": f"{report.seconds:.1f}",
        "seed": str(report.seed),
        "jail": f"{report.final.backend or 'none'}, tier {report.final.tier}",
        **({"model calls": f"{report.spend.calls} (${report.spend.usd:.4f})"} if report.spend.calls else {}),
    }
    yield '<dl class="figures">'
    yield from (f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    yield "</dl>"


def _bugs(findings: Sequence[Finding], anchor: str) -> Iterator[str]:
    if not findings:
        return
    yield "<h3>Suspected bugs</h3>"
    for finding in findings:
        yield f"<article><h4>{escape(visible(finding.target_id))}: {escape(visible(finding.why))}</h4>"
        where = f"{_link(anchor, finding.line)}, " if finding.line else ""
        yield f"<p>{where}{finding.kind}, confidence {finding.confidence}</p>"
        told = {"it says": finding.quote, "input": finding.input, "observed": finding.observed}
        told |= {"expected": finding.expected, "reproduce": finding.reproducer}
        yield from (f"<p>{name}</p>{_pre(text)}" for name, text in told.items() if text)
        yield "</article>"


def _survivors(report: Report, anchor: str) -> Iterator[str]:
    rows = [[_link(anchor, mutant.line), change(mutant, fate)] for mutant, fate in survivors(report)]
    if rows:
        yield "<h3>Survivors</h3>"
        yield from _table("Small faults put into the code that no test notices", ("where", "what"), rows)


def _tests(report: Report) -> Iterator[str]:
    evidence = {item.id: item for item in report.tests}
    rows = [
        [
            f"<code>{escape(one_line(test.id))}</code>",
            _outcome(test.outcome, test.message),
            *_gains(evidence.get(test.id)),
            f"{test.seconds * 1000:.1f} ms",
        ]
        for test in report.final.outcomes
    ]
    titles = ("test", "outcome", "lines it adds", "branches", "mutants killed", "time")
    yield "<h3>Tests</h3>"
    yield from _table("What each test is the first to bring", titles, rows, numbers=range(2, 6))


def _outcome(outcome: Outcome, message: str) -> str:
    good = outcome in (Outcome.PASSED, Outcome.XFAILED)
    told = f": {escape(visible(message))}" if message and not good else ""
    return f'<span class="{"passed" if good else "bad"}">{outcome}</span>{told}'


def _gains(evidence: Evidence | None) -> list[str]:
    if evidence is None:
        return ["-", "-", "-"]
    return [str(len(item)) for item in (evidence.new_lines, evidence.new_arcs, evidence.kills)]


def _timings(report: Report) -> Iterator[str]:
    longest = max((stage.seconds for stage in report.stages), default=0.0) or 1.0
    rows = [
        [
            escape(one_line(stage.name)),
            f"{stage.seconds:.2f} s",
            f'<span class="bar" style="width: {100 * max(0.0, stage.seconds) / longest:.1f}%"></span>',
        ]
        for stage in report.stages
    ]
    yield "<h3>Timings</h3>"
    yield from _table("", ("stage", "seconds", ""), rows, numbers=range(1, 2))


def _rejected(report: Report) -> Iterator[str]:
    rows = [[f"<code>{escape(one_line(item.name))}</code>", escape(visible(item.reason))] for item in report.rejected]
    if rows:
        yield f"<h3>Not delivered</h3><details><summary>{counted(len(rows), 'candidate')}</summary>"
        yield from _table("", ("candidate", "why"), rows)
        yield "</details>"


def _table(
    caption: str, titles: Iterable[str], rows: Iterable[Sequence[str]], numbers: range = range(0)
) -> Iterator[str]:
    """The cells are HTML already; `numbers` are the columns of figures."""
    yield f'<div class="scroll" tabindex="0"><table>{f"<caption>{caption}</caption>" if caption else ""}<thead>'
    yield f"{_row('th', titles, numbers)}</thead><tbody>"
    yield from (_row("td", row, numbers) for row in rows)
    yield "</tbody></table></div>"


def _row(tag: str, cells: Iterable[str], numbers: range) -> str:
    classes = dict.fromkeys(numbers, ' class="number"')
    return "".join(["<tr>", *(f"<{tag}{classes.get(n, '')}>{cell}</{tag}>" for n, cell in enumerate(cells)), "</tr>"])


def _pre(text: str, class_: str = "plain") -> str:
    """A block as it is; it can be reached by keyboard, as it may have to be scrolled."""
    return f'<pre class="{class_}" tabindex="0">{escape(visible(text))}</pre>'


def _link(anchor: str, line: int) -> str:
    """Of a line; without an anchor there is no source to lead to."""
    return f'<a href="#{anchor}-L{line}">line {line}</a>' if anchor else f"line {line}"


def _percent(ratio: float) -> str:
    """Rounded down, so that 100% means all."""
    return f"{int(ratio * 1000) / 10:g}%"
