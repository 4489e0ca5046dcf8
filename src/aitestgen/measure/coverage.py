"""Line and branch coverage of one file from arcs, by coverage.py's own analysis: the totals are those of its report."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from coverage.config import DEFAULT_EXCLUDE, DEFAULT_PARTIAL, DEFAULT_PARTIAL_ALWAYS
from coverage.exceptions import NotPython
from coverage.parser import PythonParser

from aitestgen.errors import CodeInvalid
from aitestgen.values import Arc, Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """What tests can cover in a file: its statements (by their first lines), and its branches as arcs.

    `unasked` branches are marked `pragma: no branch`: coverage.py counts them, always as covered.
    """

    lines: frozenset[int]
    branches: frozenset[Arc]
    unasked: frozenset[Arc] = frozenset()
    single_exits: dict[int, int] = field(default_factory=dict, repr=False)
    parser: PythonParser = field(repr=False, compare=False)


def analyse_text(text: str, *, skip_lines: Iterable[int] = ()) -> Possible:
    """Find the statements and branches of a module, without what coverage.py excludes and without `skip_lines`.

    Raises CodeInvalid for what does not parse.
    """
    parser = PythonParser(text=_normalized(text), exclude=_any_of(DEFAULT_EXCLUDE))
    try:
        parser.parse_source()
    except NotPython as error:
        raise CodeInvalid(str(error)) from error
    left_out = parser.excluded | set(skip_lines)
    arcs = [(start, end) for start, end in parser.arcs() if not {start, end} & left_out]
    exits = Counter(start for start, _ in parser.arcs())
    asked = Counter(start for start, _ in arcs)
    branches = frozenset((start, end) for start, end in arcs if asked[start] > 1)
    no_branch = parser.lines_matching(_any_of([*DEFAULT_PARTIAL, *DEFAULT_PARTIAL_ALWAYS]))
    return Possible(
        lines=frozenset(parser.statements - left_out),
        branches=branches,
        unasked=frozenset(arc for arc in branches if arc[0] in no_branch),
        single_exits={start: end for start, end in parser.arcs() if exits[start] == 1},
        parser=parser,
    )


def covered(possible: Possible, arcs: Iterable[Arc]) -> tuple[frozenset[int], frozenset[Arc]]:
    """The statements and branches that these arcs cover, arcs and lines as coverage.py normalizes them."""
    arcs = list(arcs)
    lines = possible.parser.translate_lines(line for arc in arcs for line in arc if line > 0)
    normal = possible.parser.translate_arcs(arcs)
    # A jump from a statement to itself, made by its several lines, stands for its one exit.
    left = {(start, possible.single_exits.get(start, end) if start == end else end) for start, end in normal}
    return possible.lines & lines, possible.branches & possible.parser.translate_arcs(left)


def total(possible: Possible, arcs: Iterable[Iterable[Arc]]) -> Coverage:
    """The coverage of all these arcs together: of several tests, and of the import."""
    lines, branches = covered(possible, {arc for each in arcs for arc in each})
    missing = possible.branches - branches - possible.unasked
    return Coverage(
        lines=len(possible.lines),
        covered_lines=len(lines),
        branches=len(possible.branches),
        covered_branches=len(possible.branches) - len(missing),
        missing_lines=tuple(sorted(possible.lines - lines)),
        missing_arcs=tuple(sorted(missing)),
        hit_lines=tuple(sorted(lines)),
        hit_arcs=tuple(sorted(possible.branches - missing)),
    )


def _normalized(text: str) -> str:
    """As coverage.py reads a file: form feeds disturb the tokenizer's line numbers (CPython issue 19035)."""
    return text.replace("\f", " ").rstrip("\n") + "\n"


def _any_of(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
