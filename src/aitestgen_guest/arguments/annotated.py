"""What annotations say of data whose class the module defines: such data is an object of that class."""

import ast

from aitestgen_guest.arguments.built import Built
from aitestgen_guest.arguments.module_data import Function, Module

_ITEMS = frozenset({"list", "List", "Sequence", "Iterable", "Iterator", "Collection", "set", "Set", "frozenset"})
_VALUES = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})


def read_annotations(function: Function, names: "dict[str, Built]", module: Module) -> None:
    """Take note of the annotations of the function's parameters; `names` are what is known of these."""
    for item in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        if item.annotation is not None:
            _read(item.annotation, names[item.arg], module)


def _read(annotation: ast.expr, built: Built, module: Module) -> None:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        name = annotation.value
    else:
        name = ast.unparse(annotation)
    if name in module.classes:
        built.unite(module.instance(name))
    elif isinstance(annotation, ast.BinOp):
        for side in (annotation.left, annotation.right):
            _read(side, built, module)
    elif isinstance(annotation, ast.Subscript):
        _read_generic(ast.unparse(annotation.value).rpartition(".")[2], annotation.slice, built, module)


def _read_generic(name: str, inner: ast.expr, built: Built, module: Module) -> None:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Optional":
        _read(inner, built, module)
    elif name in _ITEMS and _speaks_of(inner, module):
        _read(parts[0], built.member(), module)
    elif name in _VALUES and len(parts) == 2 and _speaks_of(parts[1], module):
        _read(parts[1], built.value(), module)


def _speaks_of(annotation: ast.expr, module: Module) -> bool:
    """Whether it names a class of the module at all."""
    return any(isinstance(node, ast.Name) and node.id in module.classes for node in ast.walk(annotation))
