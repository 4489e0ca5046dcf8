"""Tests that the submitted code already holds: they are kept, and what they miss is added."""

import ast
import builtins
from collections.abc import Iterable, Iterator

from aitestgen.analyse.source import Definition, Function, dotted, last_name, lines_of, parse, segment
from aitestgen.values import SourceFile

_KNOWN_FIXTURES = frozenset(
    {
        "anyio_backend", "benchmark", "cache", "capfd", "capfdbinary", "caplog", "capsys", "capsysbinary", "event_loop",
        "doctest_namespace", "faker", "freezer", "httpx_mock", "mocker", "monkeypatch", "pytestconfig", "recwarn",
        "record_property", "request", "requests_mock", "subtests", "tmp_path", "tmp_path_factory", "tmpdir",
        "tmpdir_factory",
    }
)  # fmt: skip
"""Those of pytest, and of plugins that many use."""
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


def is_test(node: ast.stmt, fixtures: Iterable[str]) -> bool:
    """Whether pytest would collect and could run it: `def test…`, whose arguments are its own or other known fixtures,
    `class Test…` with test methods, or a unittest.TestCase. `fixtures` are those of the module.
    """
    if isinstance(node, Function):
        is_named = node.name.startswith("test_") or node.name == "test"
        return is_named and (_is_parametrized(node) or _needed(node) <= _KNOWN_FIXTURES.union(fixtures))
    if not isinstance(node, ast.ClassDef):
        return False
    if any(last_name(base).endswith("TestCase") for base in node.bases):
        return True
    methods = (child.name for child in node.body if isinstance(child, Function))
    return node.name.startswith("Test") and any(name.startswith("test") for name in methods)


def _is_parametrized(node: Function) -> bool:
    return any(last_name(getattr(one, "func", one)) == "parametrize" for one in node.decorator_list)


def _needed(node: Function) -> frozenset[str]:
    """The names of the arguments without a default."""
    taken = [*node.args.posonlyargs, *node.args.args]
    bare = [item for item, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if default is None]
    return frozenset(item.arg for item in (*taken[: len(taken) - len(node.args.defaults)], *bare))


def is_fixture(node: ast.stmt) -> bool:
    """Whether it is decorated as a pytest fixture."""
    return isinstance(node, Function) and any(last_name(decorator) == "fixture" for decorator in node.decorator_list)


def existing_nodes(tree: ast.Module) -> tuple[Definition, ...]:
    """The tests at module level and the fixtures that they use, directly or through other fixtures, in file order."""
    fixtures = {node.name: node for node in tree.body if isinstance(node, Function) and is_fixture(node)}
    tests = [node for node in tree.body if isinstance(node, Definition) and is_test(node, fixtures)]
    if not tests:
        return ()
    used = _reached(tests, fixtures)
    return tuple(
        node for node in tree.body if isinstance(node, Definition) and (node in tests or used.get(node.name) is node)
    )


def existing_tests(tree: ast.Module, text: str) -> tuple[tuple[str, ...], frozenset[int]]:
    """Source text of each test and fixture found, and all the lines that they take."""
    nodes = existing_nodes(tree)
    lines = (range(first, last + 1) for first, last in map(lines_of, nodes))
    return tuple(segment(text, node) for node in nodes), frozenset(line for span in lines for line in span)


def imports_of(text: str, source: SourceFile) -> tuple[str, ...]:
    """The import lines that a piece of the module needs in a file of its own, sorted.

    What the module imports is imported from the same place; what it defines is imported from it, except its tests
    and fixtures, which move along.
    """
    wanted = _free_names(ast.parse(text))
    tree = parse(source.text)
    lines = {line for name, line in _imported(tree, source) if name in wanted}
    moved = {node.name for node in existing_nodes(tree)}
    defined = sorted((wanted & _defined(tree)) - moved)
    return tuple(sorted(lines | {f"from {source.module} import {name}" for name in defined}))


def _reached(tests: Iterable[Definition], fixtures: dict[str, Function]) -> dict[str, Function]:
    waiting: list[Definition] = [*tests, *(node for node in fixtures.values() if _is_autouse(node))]
    used = {node.name: node for node in fixtures.values() if _is_autouse(node)}
    while waiting:
        for name in _mentioned(waiting.pop()):
            if name in fixtures and name not in used:
                used[name] = fixtures[name]
                waiting.append(fixtures[name])
    return used


def _is_autouse(fixture: Function) -> bool:
    keywords = (
        keyword
        for decorator in fixture.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )
    return any(keyword.arg == "autouse" for keyword in keywords)


def _mentioned(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.arg):
            yield child.arg
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def _free_names(tree: ast.Module) -> set[str]:
    loaded, bound = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                loaded.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
    return loaded - bound - _BUILTINS


def _imported(tree: ast.Module, source: SourceFile) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], f"import {_as(alias)}"
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for alias in node.names:
                yield alias.asname or alias.name, f"from {_absolute(node, source)} import {_as(alias)}"


def _as(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _absolute(node: ast.ImportFrom, source: SourceFile) -> str:
    is_package = source.path is not None and source.path.name == "__init__.py"
    parts = source.module.split(".")
    keep = len(parts) - node.level + (1 if is_package else 0)
    base = parts[:keep] if node.level else []
    return ".".join([*base, *([node.module] if node.module else [])])


def _defined(tree: ast.Module) -> set[str]:
    names = {node.name for node in tree.body if isinstance(node, Definition)}
    targets = (child for node in tree.body if not isinstance(node, Definition) for child in ast.walk(node))
    return names | {
        node.id for node in targets if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and dotted(node)
    }
