"""What of a repository changed since BASE, as arguments of `aitestgen generate`: FILE::NAME for each function or class.

    python deploy/action/changed.py BASE [FOLDER...]

One argument a line. Tests, deleted files and files that do not parse are left out; a change outside of every function
stands for the whole file. Standard library only.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")
TESTS = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|[^/]*_test\.py$|conftest\.py$)")


def changed_lines(diff: str) -> dict[str, set[int]]:
    """File → its new or changed lines, out of `git diff --unified=0`; where lines were removed, their neighbours."""
    found: dict[str, set[int]] = {}
    name = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            name = line[6:] if line.startswith("+++ b/") else ""
        elif (hunk := HUNK.match(line)) and name:
            start, count = int(hunk[1]), int(hunk[2] or 1)
            lines = range(start, start + count) if count else range(max(start, 1), start + 2)
            found.setdefault(name, set()).update(lines)
    return found


def targets(path: str, source: str, lines: set[int]) -> list[str]:
    """The arguments for one file: its top-level functions and classes that hold a changed line, or the file."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    defined = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    spans = [(node.name, set(range(first_line(node), (node.end_lineno or node.lineno) + 1))) for node in defined]
    elsewhere = lines - set().union(*(span for _, span in spans))
    written = {number for number, text in enumerate(source.splitlines(), 1) if text.strip()}
    if not spans or elsewhere & written:
        return [path] if spans else []
    return [f"{path}::{name}" for name, span in spans if span & lines]


def first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def changed_since(base: str, folders: Sequence[str]) -> dict[str, set[int]]:
    """File → new lines, at the checked-out commit of the repository in the current directory.

    Against the merge base: what others changed meanwhile is not this branch's.
    """
    options = ["--unified=0", "--no-color", "--diff-filter=d", "--no-renames", f"{base}...HEAD", "--", *folders]
    command = ["git", "-c", "core.quotePath=false", "diff", *options]
    return changed_lines(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603  # git itself


def changed_targets(base: str, folders: Sequence[str]) -> Iterator[str]:
    for name, lines in changed_since(base, folders).items():
        path = Path(PurePosixPath(name))
        if path.suffix == ".py" and not TESTS.search(name) and path.is_file():
            yield from targets(name, path.read_text(encoding="utf-8", errors="replace"), lines)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} BASE [FOLDER...]")
    print("\n".join(changed_targets(sys.argv[1], sys.argv[2:] or ["."])))
