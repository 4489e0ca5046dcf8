"""Which files of a folder are worth testing."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from aitestgen.analyse.reach import is_hidden

_SKIPPED_FOLDERS = frozenset({"tests", "test", "testing", "build", "dist", "docs", "migrations"})
_SKIPPED_FILES = frozenset({"conftest.py", "setup.py", "noxfile.py", "__main__.py", "_version.py"})
_TEST_FILE = re.compile(r"(test_.*|.*_test|tests?)\.py")
_DEFINES = re.compile(rb"^\s*(?:async\s+def|def|class)\s", re.MULTILINE)
_GIT = (
    "git",
    "-c",
    "core.fsmonitor=false",
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
    "--",
    "*.py",
)


def discover(folder: Path) -> tuple[Path, ...]:
    """The Python files under a folder that define something to test, sorted.

    Left out are what git ignores (where the folder is in a repository), hidden folders, virtual environments, tests,
    documentation and build output, and files that only configure or start something.
    """
    root = folder.absolute()
    files = _known_to_git(root)
    candidates = _walk(root) if files is None else files
    return tuple(sorted(path for path in candidates if _is_worth(path, root)))


def _known_to_git(folder: Path) -> list[Path] | None:
    """The files that git tracks or would; None without git or outside a repository."""
    try:
        done = subprocess.run(_GIT, cwd=folder, capture_output=True, check=False, timeout=20)  # noqa: S603  fixed words
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    return [folder / name for name in done.stdout.decode("utf-8", "surrogateescape").split("\0") if name]


def _walk(folder: Path) -> Iterator[Path]:
    for child in sorted(folder.iterdir()):
        if is_hidden(child) or child.is_symlink():
            continue
        if child.is_dir():
            yield from _walk(child)
        elif child.suffix == ".py":
            yield child


def _is_worth(path: Path, root: Path) -> bool:
    parents = [
        root.joinpath(*path.relative_to(root).parts[:depth]) for depth in range(1, len(path.relative_to(root).parts))
    ]
    if any(parent.name in _SKIPPED_FOLDERS or is_hidden(parent) for parent in parents):
        return False
    if path.name in _SKIPPED_FILES or _TEST_FILE.fullmatch(path.name) or not path.is_file():
        return False
    return _DEFINES.search(path.read_bytes()) is not None
