"""How the data is built that parameters take, as the source shows it: what is looked up in it, and in that in turn.

The source is read, not run. What is handed to another function of the module, kept on `self` or returned is one piece
of data with what is done to it there; so data that is nested in itself is found to be so.
"""

import ast
import functools
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.arguments.built import Built
from aitestgen_guest.arguments.scopes import Function, Module, Scope, constants_of, names_of


@functools.lru_cache(maxsize=4)
def structures(source: str) -> "dict[tuple[str, str], Built]":
    """What is known of parameters whose data has structure, by path (`f`, `Class`, `Class.method`) and name."""
    tree = ast.parse(source)
    module = Module(dict(_functions(tree)), {name: keys for name, keys in map(_collection, tree.body) if name})
    for path, (function, owner) in module.functions.items():
        names = {name: module.parameter(path, name) for name in names_of(function)}
        Scope(module, owner, names, path).read(function.body)
    for path, name in _fields(tree, module):
        module.parameter(path, name).unite(module.attribute(path, name))
    return {where: built for where, built in module.parameters.items() if built.is_structured()}


def _functions(tree: ast.Module) -> "Iterator[tuple[str, tuple[Function, str]]]":
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, (node, "")
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, Function):
                    yield f"{node.name}.{member.name}", (member, node.name)


def _fields(tree: ast.Module, module: Module) -> "Iterator[tuple[str, str]]":
    """The fields of classes without a constructor of their own, which are what these are made with."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and f"{node.name}.__init__" not in module.functions:
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield node.name, field.target.id


def _collection(node: ast.stmt) -> "tuple[str, list[Any]]":
    """The name and the plain members, of a mapping the keys, that the statement binds it to."""
    target = (
        node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
    )
    value = getattr(node, "value", None)
    if isinstance(value, ast.Call) and value.args:
        value = value.args[0]  # frozenset({...}), MappingProxyType({...})
    return (target.id, constants_of(value)) if isinstance(target, ast.Name) and value is not None else ("", [])
