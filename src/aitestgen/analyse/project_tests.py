"""The test files that a project already has: which of them test a module, and where a new one would go."""

import ast
import contextlib
import io
import itertools
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aitestgen.analyse.project import locate
from aitestgen.analyse.reach import is_hidden
from aitestgen.errors import CodeInvalid, UsageError
from aitestgen.values import SourceFile, TestModule

FOLDERS = ("tests", "test")
CONFTEST = "conftest.py"
PROJECT_FILES = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "setup.py", ".git")
_AUTOUSE = re.compile(r"\bautouse\s*=\s*True\b")
DEEPEST = 8
MOST_FILES = 2_000
MOST_STRATEGY_FILES = 8
LARGEST = 200_000


@dataclass(frozen=True, slots=True)
class Known:
    """A test file and the dotted names that it imports: modules, and names in them."""

    path: Path
    imports: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProjectTests:
    """The test files of a project, and the folder that holds them or would."""

    folder: Path
    known: tuple[Known, ...] = ()

    def of(self, source: SourceFile) -> tuple[Path, ...]:
        """The files that test a module: they import it, or have its name and import something of its package."""
        top = source.module.partition(".")[0]
        names = _file_names(source.module)
        return tuple(
            one.path
            for one in self.known
            if source.module in one.imports
            or (one.path.name in names and any(name.partition(".")[0] == top for name in one.imports))
        )

    def own_file(self, source: SourceFile) -> Path | None:
        """The file that is named after the module, among those that test it."""
        return next((path for path in self.of(source) if path.name in _file_names(source.module)), None)

    @property
    def ends_in_test(self) -> bool:
        """Whether files are called `cart_test.py` here and not `test_cart.py`."""
        endings = [one.path.stem.endswith("_test") and not one.path.stem.startswith("test_") for one in self.known]
        return sum(endings) * 2 > len(endings)

    def are_beside(self, source: SourceFile) -> bool:
        """Whether a module is of the same project: it stands in its folder, and is not installed there."""
        return source.path is not None and (
            source.path.is_relative_to(self.folder.parent.resolve()) and "site-packages" not in source.path.parts
        )

    def depth_left_out(self, modules: Iterable[str]) -> int | None:
        """How many leading packages the folders of the tests leave out, where they mirror the packages; else None."""
        folders = {one.path.parent for one in self.known} - {self.folder}
        packages = [module.split(".")[:-1] for module in modules]
        for left_out in (0, 1):
            mirrored = {self.folder.joinpath(*parts[left_out:]) for parts in packages} - {self.folder}
            if mirrored & folders:
                return left_out
        return None


def project_tests(project: Path) -> ProjectTests:
    """What lies under `tests` and `test` of the project; files that do not parse are left out."""
    found = [project / name for name in FOLDERS if (project / name).is_dir()]
    files = [path for folder in found for path in _test_files(folder)]
    known = (Known(path, names) for path in files[:MOST_FILES] if (names := _imports(path)))
    return ProjectTests(found[0] if found else project / FOLDERS[0], tuple(known))


def read_tests(path: Path) -> TestModule:
    """The file as it is, with the files of fixtures for it that can be read.

    Raises CodeInvalid where its bytes are no text in its encoding that could be written again.
    """
    return _with_fixtures(_read(path))


def place_of(path: Path) -> TestModule | None:
    """The place of a test file at `path`, without text, where fixtures act on every test there; else None."""
    place = _with_fixtures(TestModule(path=path, text=""))
    return place if any(_AUTOUSE.search(one.text) for one in place.conftests) else None


def _with_fixtures(file: TestModule) -> TestModule:
    conftests = []
    for folder in _up_to_project(file.path):
        with contextlib.suppress(CodeInvalid):
            conftests += [_read(folder / CONFTEST)] if (folder / CONFTEST).is_file() else []
    together = (file, *conftests)
    return replace(
        file,
        roots=tuple(dict.fromkeys(root for one in together for root in one.roots)),
        binds=tuple(dict.fromkeys(bind for one in together for bind in one.binds)),
        conftests=tuple(reversed(conftests)),
    )


def _up_to_project(path: Path) -> Iterator[Path]:
    """The folders that hold a file, up to that of its project, the innermost first; its own alone without a project."""
    folders = path.resolve().parents[:DEEPEST]
    last = next((n for n, folder in enumerate(folders) if any((folder / name).exists() for name in PROJECT_FILES)), 0)
    yield from folders[int(path.name == CONFTEST) : last + 1]


def _read(path: Path) -> TestModule:
    data = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        same = text.encode(encoding) == data
    except (SyntaxError, UnicodeError) as error:
        raise CodeInvalid(f"{path}: {error}") from None
    if not same:
        raise CodeInvalid(f"{path}: its bytes are not what {encoding} would write for its text")
    roots, binds = _needs(path)
    return TestModule(path=path, text=text, encoding=encoding, roots=roots, binds=binds)


def strategies_of(tests: ProjectTests) -> tuple[TestModule, ...]:
    """The files among a project's tests that register strategies of Hypothesis for types, or hold nothing else."""
    top = tests.folder.parent / CONFTEST
    files = [top] if top.is_file() else []
    files += _python_files(tests.folder) if tests.folder.is_dir() else []
    found = (read for path in files[:MOST_FILES] if (read := _with_strategies(path)) is not None)
    return tuple(itertools.islice(found, MOST_STRATEGY_FILES))


def _with_strategies(path: Path) -> TestModule | None:
    if path.stat().st_size > LARGEST or not all(word in path.read_bytes() for word in (b"hypothesis", b"strateg")):
        return None
    try:
        found = read_tests(path)
    except CodeInvalid:
        return None
    return found if "register_type_strategy" in found.text or not _is_test_file(path) else None


def _needs(path: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """What its imports of helpers beside it need, or by the name of the folder of tests: `from tests.helpers import …`.

    Other folders above do not count: a project's often has the name of its package, and is not it.
    """
    tops = {name.partition(".")[0] for name in _imports(path)}.intersection(FOLDERS)
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        folder = folder.parent
    folder = next((parent.parent for parent in path.parents if parent.name in tops), folder)
    try:
        found = locate(path, folder)
    except UsageError:
        return (), ()
    return found.roots, found.binds


def _file_names(module: str) -> tuple[str, str]:
    last = module.rpartition(".")[2]
    return f"test_{last}.py", f"{last}_test.py"


def _test_files(folder: Path) -> Iterator[Path]:
    return filter(_is_test_file, _python_files(folder))


def _is_test_file(path: Path) -> bool:
    return path.stem.startswith("test_") or path.stem.endswith("_test")


def _python_files(folder: Path) -> Iterator[Path]:
    for child in sorted(folder.iterdir()):
        if is_hidden(child) or child.is_symlink():
            continue
        if child.is_dir():
            yield from _python_files(child)
        elif child.suffix == ".py":
            yield child


def _imports(path: Path) -> frozenset[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(_names(ast.walk(tree)))


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def beside(tests: ProjectTests, source: SourceFile, left_out: Sequence[Path] = ()) -> tuple[TestModule, ...]:
    """The readable files that test a module, without those left out."""
    found = []
    for path in tests.of(source):
        if path not in left_out:
            try:
                found.append(read_tests(path))
            except CodeInvalid:
                continue
    return tuple(found)
