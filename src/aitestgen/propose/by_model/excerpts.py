"""As much of a module as a question needs, within a number of tokens; numbers on the lines that matter."""

import ast
from collections.abc import Sequence

from aitestgen.values import Subject, Target

CHARACTERS_A_TOKEN = 3
"""Fewer than any tokenizer that is used for code makes of one on average: an estimate that is not too low."""
ELIDED = "..."


def tokens_in(text: str) -> int:
    """About how many tokens a text is."""
    return len(text) // CHARACTERS_A_TOKEN + 1


def fitting(text: str, tokens: int) -> str:
    """The first lines of the text that fit."""
    kept: list[str] = []
    left = tokens * CHARACTERS_A_TOKEN
    for line in text.splitlines():
        left -= len(line) + 1
        if left < 0:
            return "\n".join([*kept, ELIDED])
        kept.append(line)
    return "\n".join(kept)


def excerpt(subject: Subject, focus: Sequence[Target], marked: frozenset[int], *, tokens: int, mark: str) -> str:
    """The whole module where it fits, else what is in focus in full and of the rest the heads.

    Lines in `marked` get a comment with their number. Tests in the module are left out.
    """
    lines = subject.source.text.splitlines()
    own = [number for number in range(1, len(lines) + 1) if number not in subject.test_lines]
    whole = _text(lines, own, marked, mark)
    if tokens_in(whole) <= tokens:
        return whole
    shown = _around(subject, focus, marked)
    return fitting(_text(lines, [number for number in own if number in shown], marked, mark), tokens)


def _text(lines: Sequence[str], numbers: Sequence[int], marked: frozenset[int], mark: str) -> str:
    said = f": {mark}" if mark else ""
    found: list[str] = []
    last = 0
    for number in numbers:
        if number != last + 1 and found and found[-1] != ELIDED:
            found.append(ELIDED)
        note = f"  # line {number}{said}" if number in marked else ""
        found.append(lines[number - 1] + note)
        last = number
    return "\n".join(found).strip("\n")


def _around(subject: Subject, focus: Sequence[Target], marked: frozenset[int]) -> set[int]:
    """The lines of the targets in focus, or of those with marked lines, and the heads of all others."""
    wanted = focus or [one for one in subject.targets if any(one.lines[0] <= line <= one.lines[1] for line in marked)]
    shown: set[int] = set()
    for target in wanted:
        shown |= set(range(target.lines[0], target.lines[1] + 1))
    for node in ast.walk(ast.parse(subject.source.text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            shown |= set(range(node.lineno, max(node.lineno, node.body[0].lineno - 1) + 1))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            shown.add(node.lineno)
    return shown
