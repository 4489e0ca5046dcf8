"""What is exported: a report with its source, and how lines and branches of it are looked up."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from aitestgen.values import Coverage, FindingKind, Mutant, MutantFate, Report

MEANINGS = {
    FindingKind.CRASH: "The code raises an error that nothing announces.",
    FindingKind.DOCTEST: "The code does not do what an example in its docstring shows.",
    FindingKind.DOCSTRING: "The code does not do what its docstring says.",
    FindingKind.ANNOTATION: "The code returns what its annotation rules out.",
    FindingKind.INVERSE: "Two functions that should undo each other do not.",
    FindingKind.PROTOCOL: "The class breaks a rule of a protocol of Python that it takes part in.",
    FindingKind.EXPECTATION: "The code does not do what a language model expected of it by its words.",
}
"""What each kind of suspected bug says, for people who have not read docs/findings.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A report of one module, with what formats need besides.

    The paths are as other tools find the files: relative to the project where they are in it, with forward slashes.
    `at` is when the run ended, in seconds since 1970 UTC.
    """

    report: Report
    source: str
    path: str
    tests_path: str
    at: float

    @property
    def lines(self) -> list[str]:
        """The lines as Python counts them: form feeds and the like end none."""
        return self.source.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


class Mark(StrEnum):
    """What coverage says of one line."""

    HIT = "covered"
    PARTIAL = "partly covered"
    MISSED = "not covered"


def marks(coverage: Coverage) -> dict[int, Mark]:
    """Statement line → its mark; partly covered are lines that ran, of which a branch was never taken."""
    partial = {start for start, _ in coverage.missing_arcs}
    found = {line: Mark.PARTIAL if line in partial else Mark.HIT for line in coverage.hit_lines}
    return found | dict.fromkeys(coverage.missing_lines, Mark.MISSED)


def branches(coverage: Coverage) -> dict[int, list[tuple[int, bool]]]:
    """Line → the lines that it can jump to (negative: leaving), in order, and whether it was seen to."""
    found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    both = [*((arc, True) for arc in coverage.hit_arcs), *((arc, False) for arc in coverage.missing_arcs)]
    for (start, end), hit in sorted(both):
        found[start].append((end, hit))
    return dict(found)


def survivors(report: Report) -> Iterator[tuple[Mutant, MutantFate]]:
    """The mutants that no test told apart, in order, and whether any test reaches them."""
    alive = (MutantFate.SURVIVED, MutantFate.UNREACHED)
    for mutant in sorted(report.mutation.mutants, key=lambda item: (item.line, item.id)):
        if (fate := report.mutation.fates.get(mutant.id)) in alive:
            yield mutant, fate
