"""Where the tests go: decided, and refused where something would be overwritten, before the budget is spent."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from aitestgen.analyse.project_tests import ProjectTests
from aitestgen.cli.console import shown
from aitestgen.errors import UsageError
from aitestgen.values import SourceFile

STDOUT = "-"


def destinations(sources: Sequence[SourceFile], output: str | None, tests: ProjectTests) -> list[Path | None]:
    """One path a source; None is stdout. Raises UsageError where one file would have to hold several suites.

    Without `output` a module's tests go into the file that tests it already, under its name, else to a new one in the
    layout of the others.
    """
    single = output is not None and (output == STDOUT or output.endswith(".py"))
    if single and len(sources) > 1:
        raise UsageError(f"--output {output} takes one module, and there are {len(sources)}: name a folder")
    if output == STDOUT:
        return [None for _ in sources]
    if output is not None and single:
        return [Path(output)]
    if output is not None:
        return [Path(output) / name for name in file_names([source.module for source in sources])]
    return list(in_layout(sources, tests))


def in_layout(sources: Sequence[SourceFile], tests: ProjectTests) -> Iterator[Path]:
    """The file of each source's tests in the project's own layout."""
    modules = [source.module for source in sources]
    left_out = tests.depth_left_out(modules)
    for source, name in zip(sources, file_names(modules, ends_in_test=tests.ends_in_test), strict=True):
        packages = source.module.split(".")[:-1]
        parts = [] if left_out is None else packages[left_out:]
        yield tests.own_file(source) or tests.folder.joinpath(*parts, name)


def file_names(modules: Sequence[str], *, ends_in_test: bool = False) -> list[str]:
    """`test_<module>.py`, with the package in front where two modules share their last name."""
    last = [module.rpartition(".")[2] for module in modules]
    counts = Counter(last)
    names = (
        short if counts[short] == 1 else module.replace(".", "_") for short, module in zip(last, modules, strict=True)
    )
    return [f"{name}_test.py" if ends_in_test else f"test_{name}.py" for name in names]


def check_writable(path: Path, *, force: bool) -> None:
    """Raises UsageError where the file exists and is not to be replaced, or its folder cannot be written."""
    if path.is_dir():
        raise UsageError(f"{shown(path)} is a folder: name a file")
    if path.exists() and not force:
        raise UsageError(
            f"{shown(path)} exists: use --force to overwrite it, --update to add to it, or --output to write elsewhere"
        )
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(f"{shown(path)} cannot be written: no permission in {folder}")


def make_packages(folder: Path, tests: Path) -> None:
    """Make the folder; where the folder of all tests is a package, those made below it are packages too."""
    missing = [one for one in (folder, *folder.parents) if one.is_relative_to(tests) and not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    if (tests / "__init__.py").is_file():
        for one in missing:
            (one / "__init__.py").touch()


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    """As `write_bytes`; line ends stay as they are."""
    write_bytes(path, text.encode(encoding))


def write_bytes(path: Path, content: bytes) -> None:
    """Write the whole file or nothing: readers never see a half of it. Permissions stay as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o7777)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
