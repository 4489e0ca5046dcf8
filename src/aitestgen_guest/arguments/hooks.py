"""Methods that a class leaves to its subclasses without being abstract: they only raise NotImplementedError."""

import ast
from collections.abc import Iterator

_MISSING = "NotImplementedError"
_Method = (ast.FunctionDef, ast.AsyncFunctionDef)


def hooks(source: str) -> "dict[str, list[str]]":
    """By class of the module, such methods that its other methods call; none of a class with a subclass in the module,
    which knows better what they do.
    """
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    bases = {base.id for node in classes for base in node.bases if isinstance(base, ast.Name)}
    found = {node.name: [*_left_open(node)] for node in classes if node.name not in bases}
    return {name: methods for name, methods in found.items() if methods}


def _left_open(node: ast.ClassDef) -> "Iterator[str]":
    methods = [item for item in node.body if isinstance(item, _Method)]
    missing = [method.name for method in methods if _is_missing(method)]
    for name in missing:
        if any(_calls(method, name) for method in methods if method.name != name):
            yield name


def _is_missing(method: "ast.FunctionDef | ast.AsyncFunctionDef") -> bool:
    body = method.body[1:] if ast.get_docstring(method) is not None else method.body
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    error = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return isinstance(error, ast.Name) and error.id == _MISSING


def _calls(method: ast.AST, name: str) -> bool:
    asked = (node for node in ast.walk(method) if isinstance(node, ast.Attribute) and node.attr == name)
    return any(isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") for node in asked)
