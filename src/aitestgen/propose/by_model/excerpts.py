"""As much of a module as a question needs, within a number of tokens; numbers on the lines that matter."""

import ast
from collections.abc import Iterator, Sequence

from aitestgen.values import Subject, Target

CHARACTERS_A_TOKEN = 3
"""Fewer than any tokenizer that is used for code makes of one on average: an estimate that is not too low."""
ELIDED = "..."
MAKERS = ("__init__", "__new__", "__post_init__")
"""Methods that tell how objects are made and what they hold."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


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


def outline(subject: Subject, focus: Sequence[Target], *, tokens: int) -> str:
    """The module without what its functions do: heads, docstrings, constants, and how objects are made.

    Of a long module the docstrings of what is in focus only.
    """
    lines = subject.source.text.splitlines()
    own = [number for number in range(1, len(lines) + 1) if number not in subject.test_lines]
    functions = list(_functions(ast.parse(subject.source.text)))
    starts = {target.lines[0] for target in focus}
    whole = _outlined(lines, own, {line for one in functions for line in _inside(one, docstring=True)})
    if tokens_in(whole) <= tokens:
        return whole
    hidden = {line for one in functions for line in _inside(one, docstring=_start(one) in starts)}
    return fitting(_outlined(lines, own, hidden), tokens)


def _outlined(lines: Sequence[str], numbers: Sequence[int], hidden: set[int]) -> str:
    return "\n".join(_told(lines, numbers, hidden))


def _told(lines: Sequence[str], numbers: Sequence[int], hidden: set[int]) -> Iterator[str]:
    """The lines, with dots in place of those that are hidden."""
    for number in numbers:
        text = lines[number - 1]
        if number not in hidden:
            yield text
        elif number - 1 not in hidden:
            yield text[: len(text) - len(text.lstrip())] + ELIDED


def _functions(tree: ast.Module | ast.ClassDef) -> Iterator[Function]:
    """Those that the module and its classes hold, but not those that make objects."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node)
        elif isinstance(node, Function) and node.name not in MAKERS:
            yield node


def _start(node: Function) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _inside(node: Function, *, docstring: bool) -> range:
    """The lines of what a function does; what stands on the line of its head stays."""
    first = node.body[0]
    keeps = docstring and ast.get_docstring(node, clean=False) is not None
    start = (first.end_lineno or first.lineno) + 1 if keeps else max(first.lineno, node.lineno + 1)
    return range(start, (node.end_lineno or start) + 1)


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
