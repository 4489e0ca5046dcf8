"""The shape of the source tree: what the guest may import, how long a file may be, how a folder may be called."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
GUEST = sorted((SRC / "aitestgen_guest").rglob("*.py"))
LINES = 400
VOCABULARY = "src/aitestgen/values.py"  # one page that is read first: longer by design, and no longer than this
VOCABULARY_LINES = 660
FORBIDDEN_NAMES = {"services", "managers", "utils", "util", "helpers", "common", "core", "misc", "shared", "lib"}


def imports(node: ast.AST) -> Iterator[str]:
    """The top-level names imported by a module when it is imported; `.` for its own package."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield "." if child.level else (child.module or "").partition(".")[0]
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imports(child)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import os.path, json", ["os", "json"]),
        ("from . import x", ["."]),
        ("try:\n    import a\nexcept ImportError:\n    from b.c import d", ["a", "b"]),
        ("class A:\n    import a", ["a"]),
        ("def f():\n    import a", []),
    ],
)
def test_a_module_level_import_is_seen_wherever_it_stands(source: str, names: list[str]) -> None:
    assert list(imports(ast.parse(source))) == names


PYTEST_SIDE = {"hygiene.py", "reporting.py"}
"""pytest's plug-in: loaded only where pytest runs, by run_tests, after the jail is closed."""


@pytest.mark.parametrize("path", GUEST, ids=name_of)
def test_a_guest_module_imports_only_the_standard_library_and_its_own_package(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"aitestgen_guest", "."}
    if path.name in PYTEST_SIDE:
        allowed |= {"pytest", "_pytest", "pluggy"}
    assert set(imports(ast.parse(path.read_bytes()))) - allowed == set()


@pytest.mark.parametrize("path", [path for path in GUEST if path.name not in PYTEST_SIDE], ids=name_of)
def test_the_plug_in_for_pytest_is_imported_by_nobody_at_module_level(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    modules = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert [name for name in modules if f"{name.rpartition('.')[2]}.py" in PYTEST_SIDE] == []


@pytest.mark.parametrize("path", GUEST, ids=name_of)
def test_a_guest_module_never_imports_the_host(path: Path) -> None:
    nodes = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Import | ast.ImportFrom)]
    named = [alias.name for node in nodes for alias in node.names if isinstance(node, ast.Import)]
    named += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    assert [name for name in named if name.partition(".")[0] == "aitestgen"] == []


@pytest.mark.parametrize("path", GUEST, ids=name_of)
def test_a_guest_module_parses_as_python_3_10(path: Path) -> None:
    ast.parse(path.read_bytes(), feature_version=(3, 10))


def test_no_source_file_is_over_the_limit_of_lines() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in SRC.rglob("*.py")}
    assert lengths.pop(VOCABULARY) <= VOCABULARY_LINES
    assert {name: length for name, length in lengths.items() if length > LINES} == {}


def test_no_folder_or_module_has_a_name_that_says_nothing() -> None:
    paths = [path for path in SRC.rglob("*") if path.suffix == ".py" or path.is_dir()]
    assert [name_of(path) for path in paths if path.stem in FORBIDDEN_NAMES] == []
