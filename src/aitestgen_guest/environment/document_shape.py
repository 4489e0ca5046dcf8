"""How the documents that code reads are built, as far as it shows: what is looked up in what was looked up."""

import ast
import functools
from collections.abc import Iterable, Iterator
from typing import Any

ITEM = "[]"
"""Stands for each item of a list."""
Shape = dict[str, Any]
"""By key the shape of what is found there; empty where nothing is looked up in that."""
Path = tuple[str, ...]
_LOOKUPS = frozenset({"get", "pop", "setdefault"})
_KEPT = frozenset({"sorted", "list", "reversed", "enumerate", "iter"})


@functools.lru_cache(maxsize=4)
def document_shape(source: str) -> Shape:
    """One shape for all documents of the module; empty where nothing is looked up by constant keys."""
    shape: Shape = {}
    for scope in _scopes(ast.parse(source)):
        known: dict[str, Path] = {}
        for node in scope:
            _bind(node, known)
            if isinstance(node, (ast.Subscript, ast.Call)) and (path := _path(node, known)):
                _add(shape, path)
    return {key: inner for key, inner in shape.items() if key != ITEM}


def _scopes(tree: ast.Module) -> "Iterator[list[ast.expr | ast.stmt]]":
    """The nodes of each function, and those of the module, in the order of the source."""
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for scope in (*functions, tree):
        nodes = [node for node in ast.walk(scope) if isinstance(node, (ast.expr, ast.stmt))]
        yield sorted(nodes, key=lambda node: (node.lineno, isinstance(node, ast.Subscript), node.col_offset))


def _bind(node: ast.AST, known: "dict[str, Path]") -> None:
    """Remember what a variable stands for."""
    pairs: list[tuple[ast.expr, ast.expr, bool]] = []
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value, False) for target in node.targets]
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        pairs = [(node.target, node.iter, True)]
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        pairs = [(one.target, one.iter, True) for one in node.generators]
    for target, value, each in pairs:
        if isinstance(target, ast.Name):
            path = _path(value, known)
            known[target.id] = (*path, ITEM) if each and path else path


def _path(node: ast.expr, known: "dict[str, Path]") -> Path:
    """The keys that lead to what the expression gives; none where it begins anew."""
    if isinstance(node, ast.Name):
        return known.get(node.id, ())
    if isinstance(node, ast.BoolOp):
        return _path(node.values[0], known)
    if isinstance(node, ast.Await):
        return _path(node.value, known)
    if isinstance(node, ast.Subscript):
        return _below(node.value, node.slice, known)
    if isinstance(node, ast.Call):
        return _of_call(node, known)
    return ()


def _of_call(node: ast.Call, known: "dict[str, Path]") -> Path:
    if isinstance(node.func, ast.Attribute) and node.func.attr in _LOOKUPS and node.args:
        return _below(node.func.value, node.args[0], known)
    if isinstance(node.func, ast.Name) and node.func.id in _KEPT and node.args:
        return _path(node.args[0], known)
    return ()


def _below(holder: ast.expr, key: ast.expr, known: "dict[str, Path]") -> Path:
    path = _path(holder, known)
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return (*path, key.value)
    whole = isinstance(key, (ast.Constant, ast.UnaryOp, ast.Slice)) and path
    return (*path, ITEM) if whole else ()


def _add(shape: Shape, path: "Iterable[str]") -> None:
    for key in path:
        shape = shape.setdefault(key, {})
