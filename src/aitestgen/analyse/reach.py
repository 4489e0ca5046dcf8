"""Which files of a project a module needs, by following the imports as written."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aitestgen.analyse.source import parse, read
from aitestgen.errors import CodeInvalid, UsageError

_MOST_MODULES = 3_000
_MOST_ENTRIES = 50_000
_MOST_BINDS = 200
_NEVER_SHOWN = frozenset({"node_modules", "__pycache__", "site-packages"})


def is_hidden(path: Path) -> bool:
    """Whether a file or folder is never shown to the jail: dot files, virtual environments, installed packages."""
    return path.name.startswith(".") or path.name in _NEVER_SHOWN or (path / "pyvenv.cfg").is_file()


@dataclass(frozen=True, slots=True)
class Project:
    """The modules under one import root."""

    root: Path

    def reached(self, path: Path) -> tuple[Path, ...]:
        """The files that importing one imports from this root, it first. Raises UsageError where they are too many."""
        waiting, seen = [path, *self._packages(path)], {path: None}
        while waiting:
            current = waiting.pop(0)
            for found in self._imported(current):
                if found not in seen:
                    seen[found] = None
                    waiting.append(found)
            if len(seen) > _MOST_MODULES:
                raise UsageError(f"{path} reaches over {_MOST_MODULES} files under {self.root}: choose a nearer root")
        return tuple(seen)

    def near(self, path: Path, most: int) -> tuple[Path, ...]:
        """The first files, at most so many, of its own package that importing one imports, the nearest first.

        Of one that lies in no package: files beside it, unless these are installed.
        """
        waiting, seen = [path], {path: None}
        while waiting and len(seen) <= most:
            found = [other for other in self._imported(waiting.pop(0)) if self._is_beside(path, other)]
            waiting += [other for other in dict.fromkeys(found) if other not in seen]
            seen.update(dict.fromkeys(found))
        return tuple(seen)[1 : most + 1]

    def _is_beside(self, path: Path, other: Path) -> bool:
        own, others = path.relative_to(self.root).parts, other.relative_to(self.root).parts
        if len(own) > 1:
            return own[0] == others[0]
        return len(others) == 1 and self.root.name not in _NEVER_SHOWN

    def top_level_imports(self, path: Path) -> set[str]:
        """The first parts of the names that a file imports absolutely; empty where it does not parse."""
        return {names[0].partition(".")[0] for names in self._names(path) if names}

    def _imported(self, path: Path) -> Iterator[Path]:
        for names in self._names(path):
            for name in names:
                yield from self._files(name)

    def _names(self, path: Path) -> Iterator[tuple[str, ...]]:
        """For each import of a file the dotted names that it may load, the module's own first."""
        try:
            tree = parse(read(path))
        except (CodeInvalid, OSError):
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name,) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = ".".join([*self._package(path, node.level), *([node.module] if node.module else [])])
                members = (f"{base}.{alias.name}" for alias in node.names if base and alias.name != "*")
                yield (base, *members) if base else tuple(alias.name for alias in node.names)

    def _package(self, path: Path, level: int) -> tuple[str, ...]:
        """The parts of the package that a relative import of `level` dots starts from."""
        parts = path.relative_to(self.root).parent.parts
        return parts[: len(parts) - level + 1] if level else ()

    def _packages(self, path: Path) -> list[Path]:
        folders = [parent for parent in path.parents if parent != self.root and parent.is_relative_to(self.root)]
        return [folder / "__init__.py" for folder in folders if (folder / "__init__.py").is_file()]

    def _files(self, name: str) -> Iterator[Path]:
        """The files that importing a dotted name runs, as far as they are under the root."""
        folder = self.root
        for part in name.split("."):
            folder = folder / part
            candidates = (folder / "__init__.py", folder.with_name(f"{part}.py"))
            yield from [path for path in candidates if path.is_file() and not is_hidden(folder)][:1]
            if not folder.is_dir():
                return


def shown(project: Project, files: Iterable[Path]) -> tuple[Path, ...]:
    """The top-level packages and files that hold these files, without what is hidden, in order.

    A package with something hidden in it is shown piece by piece. Raises UsageError where that is too much.
    """
    tops = dict.fromkeys(project.root / path.relative_to(project.root).parts[0] for path in files)
    budget = _Budget(_MOST_ENTRIES, project.root)
    found = tuple(dict.fromkeys(path for top in tops for path in _pieces(top, budget)))
    if len(found) > _MOST_BINDS:
        raise UsageError(
            f"over {_MOST_BINDS} pieces of {project.root} would be shown to the jail: choose a nearer root"
        )
    return found


class _Budget:
    """Counts the entries looked at."""

    def __init__(self, most: int, root: Path) -> None:
        self.left = most
        self.root = root

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise UsageError(f"{self.root} holds over {_MOST_ENTRIES} files to show to the jail: choose a nearer root")


def _pieces(path: Path, budget: _Budget) -> list[Path]:
    """The path itself where nothing hidden is in it, else the pieces of it that are not hidden."""
    budget.take()
    if not path.is_dir() or path.is_symlink():
        return [path]
    pieces, whole = [], True
    for child in sorted(path.iterdir()):
        if child.name == "__pycache__":
            continue
        below = [] if is_hidden(child) else _pieces(child, budget)
        whole = whole and below == [child]
        pieces += below
    return [path] if whole else pieces
