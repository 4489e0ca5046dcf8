"""Findings explained: what they mean, where they are, whether they show again, and what to do next."""

from pathlib import Path

from aitestgen.mcp.answers import Explained, shortened
from aitestgen.mcp.ledger import Entry
from aitestgen.propose.by_search.suspected import expected_failure
from aitestgen.render.exported import MEANINGS
from aitestgen.render.visible import one_line, visible
from aitestgen.values import Confidence, Finding, Mutant, RunResult, SourceFile, TestModule, Verdict

AROUND = 4

SURENESS = {
    Confidence.HIGH: "High confidence: the code contradicts a statement that leaves little room.",
    Confidence.MEDIUM: "Medium confidence: the statement may have been meant less strictly.",
    Confidence.LOW: "Low confidence: look at it, but expect that it may be meant so.",
}


def reproducing_test(finding: Finding) -> TestModule:
    """A test that passes only where the reproducer runs to its end: where the bug is, it fails."""
    text = (
        f"PROGRAM = {finding.reproducer!r}\n\n\n"
        'def test_reproducer():\n    exec(compile(PROGRAM, "reproducer", "exec"), {"__name__": "reproducer"})\n'
    )
    return TestModule(path=Path("test_reproducer.py"), text=text)


def explained_bug(id_: str, entry: Entry, finding: Finding, result: RunResult) -> Explained:
    """`result` is that of the reproducing test, run just now."""
    told = [f"{finding.target_id}: {finding.why}."]
    told += [f"It says: {finding.quote}"] if finding.quote else []
    told += [f"Input: {finding.input}", f"Observed: {finding.observed}", f"Expected: {finding.expected}"]
    candidate = expected_failure(finding, 1)
    test = "\n".join(["import pytest", *candidate.imports, "", "", candidate.code])
    return Explained(
        id=id_,
        kind=f"suspected bug: {finding.kind}",
        summary=visible("\n".join(told)),
        meaning=f"{MEANINGS[finding.kind]} {SURENESS[finding.confidence]}",
        source=excerpt(entry.source, finding.line, finding.line),
        reproduced={Verdict.FAILED: True, Verdict.PASSED: False}.get(result.verdict),
        output=shortened(result.output or f"{result.verdict}: {result.detail}"),
        test=visible(test),
        next_steps=(
            "Decide which side is wrong, the code or what it says of itself, and mend that side.",
            "Until then `test` pins the bug: it is expected to fail, and fails for real once the bug is gone.",
        ),
    )


def explained_survivor(id_: str, entry: Entry, mutant: Mutant) -> Explained:
    change = f"`{one_line(mutant.before)}` was replaced by `{one_line(mutant.after)}` (line {mutant.line})"
    return Explained(
        id=id_,
        kind=f"surviving mutant: {mutant.operator}",
        summary=f"{change}, and no test failed.",
        meaning="What this place computes is not checked by any test, or both forms are equal for every input.",
        source=excerpt(entry.source, mutant.line, mutant.end_line),
        reproduced=None,
        output="",
        test="",
        next_steps=(
            "Find an input on which the two forms give different results, and assert the result of the original.",
            "If there is no such input the mutant is equivalent: leave it.",
            "Call find_survivors again with the new tests to see whether it is killed.",
        ),
    )


def excerpt(source: SourceFile, line: int, end_line: int) -> str:
    """The lines and some around them, numbered, with a mark at those that are meant."""
    lines = source.text.split("\n")
    first, last = max(1, line - AROUND), min(len(lines), end_line + AROUND)
    if not 1 <= line <= len(lines):
        return ""
    numbered = (
        f"{'>' if line <= number <= end_line else ' '} {number:4} {lines[number - 1]}"
        for number in range(first, last + 1)
    )
    return visible("\n".join(numbered))
