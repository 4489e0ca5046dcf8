"""Where the tests go: decided, and refused where something would be overwritten, before the budget is spent."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aitestgen.cli.console import shown
from aitestgen.errors import UsageError
from aitestgen.values import SourceFile

STDOUT = "-"


def destinations(sources: Sequence[SourceFile], output: str | None, project: Path) -> list[Path | None]:
    """One path a source; None is stdout. Raises UsageError where one file would have to hold several suites."""
    single = output is not None and (output == STDOUT or output.endswith(".py"))
    if single and len(sources) > 1:
        raise UsageError(f"--output {output} takes one module, and there are {len(sources)}: name a folder")
    if output == STDOUT:
        return [None for _ in sources]
    if output is not None and single:
        return [Path(output)]
    folder = Path(output) if output is not None else tests_folder(project)
    return [folder / name for name in file_names([source.module for source in sources])]


def tests_folder(project: Path) -> Path:
    """The project's `tests` (or `test`, where only that exists)."""
    return next((project / name for name in ("tests", "test") if (project / name).is_dir()), project / "tests")


def file_names(modules: Sequence[str]) -> list[str]:
    """`test_<module>.py`, with the package in front where two modules share their last name."""
    last = [module.rpartition(".")[2] for module in modules]
    counts = Counter(last)
    names = (
        short if counts[short] == 1 else module.replace(".", "_") for short, module in zip(last, modules, strict=True)
    )
    return [f"test_{name}.py" for name in names]


def check_writable(path: Path, *, force: bool) -> None:
    """Raises UsageError where the file exists and is not to be replaced, or its folder cannot be written."""
    if path.is_dir():
        raise UsageError(f"{shown(path)} is a folder: name a file")
    if path.exists() and not force:
        raise UsageError(f"{shown(path)} exists: use --force to overwrite it, or --output to write elsewhere")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(f"{shown(path)} cannot be written: no permission in {folder}")


def write(path: Path, text: str) -> None:
    """Write the whole file or nothing: readers never see a half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
