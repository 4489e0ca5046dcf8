"""From a path or a dotted name to a SourceFile: the import root, the module's name and what the jail must show.

Everything is found by reading; nothing is imported.
"""

import keyword
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from aitestgen.analyse.reach import Project, is_hidden, shown
from aitestgen.analyse.source import read
from aitestgen.errors import UsageError
from aitestgen.values import Interpreter, SourceFile

_PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
_WHERE = re.compile(r"^(?:where\s*=\s*|\s*=\s*)([\w./-]+)\s*$", re.MULTILINE)
_COMPILED = (".so", ".pyd")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRoot:
    """The folder that goes on sys.path, and why: `str()` of it is fit to be shown."""

    folder: Path
    reason: str

    def __str__(self) -> str:
        return f"import root: {self.folder} ({self.reason})"


def parse_spec(text: str) -> tuple[str, str | None]:
    """Split `path::Name` or `path::Class::method`; the name comes back dotted. Raises UsageError for an empty part."""
    path, *names = text.split("::")
    if not path or not all(names):
        raise UsageError(f"{text!r} is no target: write PATH or PATH::NAME, for example shop/cart.py::Cart")
    return path, ".".join(names) or None


def locate(path: Path, root: Path | None = None) -> SourceFile:
    """The module in a file, under its real name; `root` overrides the import root that would be found.

    `binds` holds its top-level package or file, and what it imports, directly or not, from the same root. Hidden files
    and virtual environments are never in it. Raises UsageError where the file cannot be imported under any name, and
    CodeInvalid where it is no text.
    """
    path = path.resolve()
    _require_python_file(path)
    folder = import_root(path).folder if root is None else root.resolve()
    if not path.is_relative_to(folder):
        raise UsageError(f"{path} is not under the import root {folder}: choose a root that holds it")
    project = Project(folder)
    return SourceFile(
        text=read(path),
        module=_module_name(path, folder),
        path=path,
        roots=(folder,),
        binds=shown(project, project.reached(path)),
    )


def import_root(path: Path) -> ImportRoot:
    """The folder from which a file is imported: above its topmost package, or the project's source folder."""
    package = path.parent
    while (package / "__init__.py").is_file() and package.name.isidentifier():
        package = package.parent
    declared = _source_folder(package)
    if declared is not None and not _imports_sibling(path, package):
        return declared
    if package == path.parent:
        return ImportRoot(folder=package, reason="the file's own folder, which is no package")
    return ImportRoot(folder=package, reason="the folder above the topmost __init__.py")


def locate_module(name: str, interpreter: Interpreter, first: tuple[Path, ...] = ()) -> SourceFile:
    """The module of a dotted name, searched in `first` and then on the interpreter's path, as its import would.

    An installed one needs no roots and no binds. Raises UsageError where there is no such module with Python source.
    """
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise UsageError(f"{name!r} is no module name: write it as in an import, for example package.module")
    entries = (*first, *interpreter.path)
    path, entry = _search(parts, entries)
    if any(path.is_relative_to(folder) for folder in interpreter.folders):
        return SourceFile(text=read(path), module=name, path=path)
    project = Project(entry)
    return SourceFile(
        text=read(path), module=name, path=path, roots=(entry,), binds=shown(project, project.reached(path))
    )


def _require_python_file(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a Python file in it")
    if not path.exists():
        raise UsageError(f"{path} does not exist")
    if path.suffix != ".py":
        raise UsageError(f"{path} is no Python file: its name must end in .py")


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    wrong = [part for part in parts if not part.isidentifier() or keyword.iskeyword(part)]
    if wrong:
        raise UsageError(f"{path} cannot be imported: {wrong[0]!r} is no module name; rename it")
    if not parts:
        raise UsageError(f"{path} cannot be imported from its own package folder {root}: choose the folder above it")
    return ".".join(parts)


def _source_folder(package: Path) -> ImportRoot | None:
    """The nearest project's source folder, where it lies above `package` or is it."""
    for folder in (package, *package.parents):
        manifest = next((folder / name for name in _PROJECT_FILES if (folder / name).is_file()), None)
        if manifest is None:
            continue
        for name in (*_declared(manifest), "src"):
            source = (folder / name).resolve() if name != "src" else folder / name
            if _may_hold(source, package):
                return ImportRoot(folder=source, reason=f"the source folder of the project in {folder.name or folder}")
        return None
    return None


def _may_hold(source: Path, package: Path) -> bool:
    return package.is_relative_to(source) and all(part.isidentifier() for part in package.relative_to(source).parts)


def _declared(manifest: Path) -> list[str]:
    """The source folders that a project file names for setuptools, hatch or poetry; empty where it does not parse."""
    if manifest.suffix != ".toml":
        return _WHERE.findall(read(manifest)) if manifest.suffix == ".cfg" else []
    try:
        tool = tomllib.loads(manifest.read_text(encoding="utf-8")).get("tool", {})
        return _strings(
            *tool.get("setuptools", {}).get("packages", {}).get("find", {}).get("where", []),
            *tool.get("setuptools", {}).get("package-dir", {}).values(),
            *(package.get("from") for package in tool.get("poetry", {}).get("packages", [])),
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, TypeError):
        return []


def _strings(*values: object) -> list[str]:
    return [value for value in values if isinstance(value, str) and value not in {"", "."}]


def _imports_sibling(path: Path, folder: Path) -> bool:
    """Whether the file imports, by a bare name, a file beside it: then it is run from its own folder."""
    return folder == path.parent and any(
        (folder / f"{name}.py").is_file() for name in Project(folder).top_level_imports(path)
    )


def _search(parts: list[str], entries: tuple[Path, ...]) -> tuple[Path, Path]:
    """The source file of a module and the path entry that holds it."""
    for entry in entries:
        if not entry.is_dir() or is_hidden(entry / parts[0]):
            continue
        folder = entry.joinpath(*parts)
        for path in (folder / "__init__.py", folder.with_name(f"{parts[-1]}.py")):
            if path.is_file():
                return path.absolute(), entry.absolute()
    name = ".".join(parts)
    raise UsageError(f"there is no Python source of {name}: {_why_not(parts, entries)}")


def _why_not(parts: list[str], entries: tuple[Path, ...]) -> str:
    for entry in entries:
        folder = entry.joinpath(*parts)
        if folder.is_dir():
            return f"{folder} is a namespace package, name a module in it"
        if folder.parent.is_dir() and any(
            path.suffix in _COMPILED and path.name.partition(".")[0] == parts[-1] for path in folder.parent.iterdir()
        ):
            return f"it is compiled ({folder.parent})"
    return "it is neither on the interpreter's path nor here; for a file give its path, for another Python --python"
