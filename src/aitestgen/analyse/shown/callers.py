"""The project's own code that may call a module: itself, its tests, its other modules. Read, never run."""

import ast
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aitestgen.analyse.examples import examples
from aitestgen.analyse.existing import is_fixture
from aitestgen.analyse.reach import is_hidden
from aitestgen.analyse.source import Definition, own_nodes, parse, read
from aitestgen.errors import CodeInvalid
from aitestgen.values import SourceFile, TestModule

MOST_FILES = 300
LONGEST = 200_000
MOST_READ = 400_000
"""Characters of other modules that are parsed for one module: what is left out could only have made a hint."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A file's tree, and what its names mean in the module under test: `p` → `parse`, `cart.Cart` → `Cart`."""

    tree: ast.Module
    names: Mapping[str, str]
    whole: frozenset[str] = frozenset()
    """Names, with dots, that mean the module itself."""
    above: "Caller | None" = None
    """The file whose fixtures it may use, and those of the one above that."""

    def meaning(self, dotted: str) -> str:
        """What a dotted name of the file is called in the module; empty where it is nothing of the module's."""
        prefix = max((one for one in self.whole if dotted.startswith(f"{one}.")), key=len, default="")
        if prefix:
            return dotted[len(prefix) + 1 :]
        first, dot, rest = dotted.partition(".")
        return f"{self.names[first]}{dot}{rest}" if first in self.names else ""


def callers(source: SourceFile, tree: ast.Module, tests: Sequence[TestModule]) -> Iterator[Caller]:
    """The module's own script and tests first, then what its docstrings show, the tests of the project, other modules.

    What its own functions call of each other is no example: empty beginnings, what is not known before it runs.
    """
    own = _own_names(tree)
    names = {name: name for name in own}
    yield Caller(ast.Module(body=[node for node in tree.body if not _is_code(node)], type_ignores=[]), names)
    shown_as = frozenset({source.module, *_parents(source.module)})  # `semver.Version` of semver/version.py
    yield from (Caller(example, names, shown_as) for example in _examples(tree))
    origins = _imports(tree, _package(source.path, source.roots))
    known = {origin: name for name, origin in origins.items() if name in own}
    known.update({f"{source.module}.{name}": name for name in own if name not in origins})
    read = functools.partial(_caller, source=source, known=known)
    for test in tests:
        above = found = None
        for one in (*test.conftests, test):
            found = read(one.path, one.text)
            above = replace(found, above=above) if found is not None else above
        if found is not None and above is not None:
            yield above
    yield from filter(None, (read(path, text) for path, text in _others(source, tests)))


def _caller(path: Path, text: str, source: SourceFile, known: Mapping[str, str]) -> Caller | None:
    """What the names of a file mean; None for one that does not parse."""
    try:
        tree = parse(text)
    except CodeInvalid:
        return None
    module, package = source.module, _package(path, source.roots)
    names, whole = {}, set()
    parents = _parents(module)
    for name, origin in _imports(tree, package).items():
        if origin == module:
            whole.add(name)
        elif origin in known:
            names[name] = known[origin]
        elif origin.rpartition(".")[0] in parents and f"{module}.{origin.rpartition('.')[2]}" in known:
            names[name] = known[f"{module}.{origin.rpartition('.')[2]}"]  # its package hands it on
        elif name.endswith(".*") and origin == f"{module}.*":
            names.update({one: one for one in known.values()})
    return Caller(tree, names, frozenset(whole))


def _is_code(node: ast.stmt) -> bool:
    """Whether it is a function or class, and neither a test nor a fixture."""
    is_named = isinstance(node, Definition) and not node.name.lower().startswith("test")
    return is_named and not is_fixture(node)


def _parents(module: str) -> frozenset[str]:
    parts = module.split(".")
    return frozenset(".".join(parts[:count]) for count in range(1, len(parts)))


def _own_names(tree: ast.Module) -> frozenset[str]:
    """What the module binds at its top, branches and all."""
    found: set[str] = set()
    for node in own_nodes(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update(one.asname or one.name.partition(".")[0] for one in names)
            case ast.Assign(targets=targets):
                found.update(one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return frozenset(found)


def _imports(tree: ast.Module, package: Sequence[str]) -> dict[str, str]:
    """Each imported name with the dotted name of what it means; `import a.b` binds `a.b` here, a star `module.*`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({one.asname or one.name: one.name for one in node.names})
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*_base(package, node.level), *([node.module] if node.module else [])])
            for one in node.names:
                found[f"{base}.*" if one.name == "*" else one.asname or one.name] = f"{base}.{one.name}"
    return found


def _base(package: Sequence[str], level: int) -> Sequence[str]:
    return package[: len(package) - level + 1] if level else ()


def _package(path: Path | None, roots: Iterable[Path]) -> tuple[str, ...]:
    """The parts of the package that a file lies in; empty where it lies under none of the roots."""
    for root in roots:
        if path is not None and path.is_relative_to(root):
            return path.relative_to(root).parent.parts
    return ()


def _others(source: SourceFile, tests: Sequence[TestModule]) -> Iterator[tuple[Path, str]]:
    """Other files that the jail will show, with the module's last name in them: as many as may be parsed."""
    word = re.compile(rf"\b{re.escape(source.module.rpartition('.')[2])}\b")
    seen = {source.path, *(test.path for test in tests)}
    left = MOST_READ
    for path in _files(source.binds):
        try:
            text = read(path) if path not in seen and path.stat().st_size <= LONGEST else ""
        except (CodeInvalid, OSError):
            continue
        if word.search(text) and len(text) <= left:
            left -= len(text)
            yield path, text


def _files(binds: Iterable[Path]) -> Iterator[Path]:
    left = MOST_FILES
    for bind in binds:
        for path in sorted(bind.rglob("*.py")) if bind.is_dir() else [bind]:
            if path.suffix == ".py" and not is_hidden(path) and not path.is_symlink():
                yield path
                left -= 1
            if not left:
                return


def _examples(tree: ast.Module) -> Iterator[ast.Module]:
    """The doctest examples of each docstring, one after the other; those that do not parse are left out."""
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, described))
    for text in texts:
        found = [_statements(example) for example in examples(text)] if text and ">>>" in text else []
        if body := [*itertools.chain.from_iterable(found)]:
            yield ast.Module(body=body, type_ignores=[])


def _statements(example: str) -> list[ast.stmt]:
    lines = [line[4:] for line in example.splitlines() if line.startswith((">>>", "..."))]
    try:
        return parse("\n".join(lines)).body
    except CodeInvalid:
        return []
