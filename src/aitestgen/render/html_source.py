"""The source of a module as HTML: line by line, with what covers it in words and signs, and what survived there."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from aitestgen.render.exported import Exported, Mark, branches, marks, survivors
from aitestgen.render.visible import one_line, visible
from aitestgen.values import Mutant, MutantFate

SIGNS = {Mark.HIT: ("hit", "✓"), Mark.PARTIAL: ("partial", "◐"), Mark.MISSED: ("missed", "✗")}
NO_SIGN = ("", "")


def source(module: Exported, anchor: str) -> Iterator[str]:
    """A table of the lines; each has the id `<anchor>-L<number>`. What is worth a word has a row below its line."""
    notes = _notes(module)
    found = marks(module.report.coverage)
    yield "<p>✓ covered &nbsp; ◐ a branch was never taken &nbsp; ✗ not covered</p>"
    yield '<div class="source scroll" tabindex="0"><table class="code">'
    yield '<caption class="unseen">Source with coverage</caption>'
    yield '<thead class="unseen"><tr><th>Line</th><th>Coverage</th><th>Code</th></tr></thead><tbody>'
    for number, text in enumerate(module.lines, 1):
        yield _line(f"{anchor}-L{number}", number, found.get(number), text)
        for note in notes.get(number, ()):
            yield f'<tr><td></td><td></td><td class="note">{note}</td></tr>'
    yield "</tbody></table></div>"


def _line(id_: str, number: int, mark: Mark | None, text: str) -> str:
    class_, sign = SIGNS[mark] if mark else NO_SIGN
    told = f'<span aria-hidden="true">{sign}</span><span class="unseen">{mark}</span>' if mark else ""
    cells = f'<td class="at">{number}</td><td class="mark">{told}</td><td>{escape(visible(text))}</td>'
    return f'<tr id="{id_}" class="{class_}">{cells}</tr>'


def _notes(module: Exported) -> Mapping[int, Sequence[str]]:
    notes = defaultdict(list)
    for line, ends in branches(module.report.coverage).items():
        never = [_place(end) for end, hit in ends if not hit]
        if never and line in module.report.coverage.hit_lines:
            notes[line].append(f"never goes on {escape(' or '.join(never))}")
    for finding in module.report.findings:
        notes[finding.line].append(f"suspected bug: {escape(visible(finding.why))}")
    for mutant, fate in survivors(module.report):
        notes[mutant.line].append(f"survived: {change(mutant, fate)}")
    return notes


def _place(end: int) -> str:
    return f"to line {end}" if end > 0 else "to the end of its function or module"


def change(mutant: Mutant, fate: MutantFate) -> str:
    """What was changed, as HTML; in words too, so that it needs no colour."""
    before, after = escape(one_line(mutant.before)), escape(one_line(mutant.after))
    reached = "" if fate is MutantFate.SURVIVED else " (no test reaches it)"
    return f"<code><del>{before}</del></code> became <code><ins>{after or '(nothing)'}</ins></code>{reached}"
