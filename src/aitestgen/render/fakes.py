"""The source of the fakes that a test file may define: those of the guest, on which the search ran its cases.

Annotations are left out, as people leave them out in tests.
"""

import ast
import importlib.util
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_FILE = "environment/fakes.py"


def needed(code: str, defined: Iterable[str]) -> list[str]:
    """The definitions of the fakes that the code names, and of those that they name; none that is defined already."""
    sources, found = _sources(), dict[str, str]()
    known, texts = set(defined), [code]
    while texts:
        text = texts.pop()
        for name, source in sources.items():
            if name not in found and name not in known and re.search(rf"\b{name}\b", text):
                found[name] = source
                texts.append(source)
    return [found[name] for name in sources if name in found]


def names() -> frozenset[str]:
    """The names of all fakes."""
    return frozenset(_sources())


@cache
def _sources() -> dict[str, str]:
    spec = importlib.util.find_spec("aitestgen_guest")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        return {}
    tree = ast.parse(Path(folders[0], _FILE).read_text(encoding="utf-8"))
    return {node.name: ast.unparse(_Plain().visit(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


class _Plain(ast.NodeTransformer):
    """Leaves annotations out."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return node
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)
