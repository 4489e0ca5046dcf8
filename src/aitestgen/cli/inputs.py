"""From what was typed to the modules to test."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aitestgen.analyse.discover import discover
from aitestgen.analyse.project import import_root, locate, locate_module, parse_spec
from aitestgen.cli.console import shown
from aitestgen.errors import UsageError
from aitestgen.values import Interpreter, SourceFile

PROJECT_MARKS = ("pyproject.toml", "setup.cfg", "setup.py", ".git")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A module to test: what of it (empty: all), why its import root is what it is, and whether it was named itself.

    `trouble` is why a file that a folder holds cannot be tested at all; then its source is empty.
    """

    source: SourceFile
    only: tuple[str, ...] = ()
    root: str = ""
    named: bool = True
    trouble: UsageError | None = None


def project_of(paths: Iterable[str]) -> Path:
    """The folder of the project that the first path (else the current folder) belongs to, or its own folder."""
    first = next(iter(paths), ".")
    start = Path(parse_spec(first)[0]).resolve()
    folder = start if start.is_dir() else start.parent
    return next((f for f in (folder, *folder.parents) if any((f / mark).exists() for mark in PROJECT_MARKS)), folder)


def from_paths(specs: Iterable[str], root: Path | None) -> tuple[Input, ...]:
    """One input a file, in the order typed; names of one file come together. Raises UsageError, CodeInvalid."""
    wanted: dict[Path, list[str]] = {}
    found: dict[Path, None] = {}
    for spec in specs:
        text, name = parse_spec(spec)
        path = Path(text)
        if path.is_dir() and name is None:
            found.update(dict.fromkeys(_files(path)))
        else:
            wanted.setdefault(path, []).extend([name] if name else [])
    return (
        *(_located(path, root, tuple(names), named=True) for path, names in wanted.items()),
        *(_found(path, root) for path in found if path not in wanted),
    )


def _found(path: Path, root: Path | None) -> Input:
    """A file that nobody named: what is wrong with it must not stop the others."""
    try:
        return _located(path, root, (), named=False)
    except UsageError as error:
        source = SourceFile(text="", module=path.stem, path=path)
        return Input(source=source, named=False, trouble=error)


def _files(folder: Path) -> Iterator[Path]:
    files = discover(folder)
    if not files:
        raise UsageError(f"{shown(folder)}: no Python file with a function or class in this folder")
    yield from files


def _located(path: Path, root: Path | None, only: tuple[str, ...], *, named: bool) -> Input:
    why = f"import root: {shown(root.resolve())} (--root)" if root else str(import_root(path.resolve()))
    return Input(source=locate(path, root), only=only, root=why, named=named)


def from_modules(names: Iterable[str], interpreter: Interpreter, root: Path | None) -> tuple[Input, ...]:
    """One input a dotted name, found as `python -m` would. Raises UsageError."""
    first = (root or Path.cwd()).resolve()
    return tuple(_from_module(name, interpreter, first) for name in names)


def _from_module(name: str, interpreter: Interpreter, first: Path) -> Input:
    source = locate_module(name, interpreter, (first,))
    return Input(source=source, root=f"found in {source.path.parent}" if source.path else "")
