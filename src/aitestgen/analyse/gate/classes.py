"""Checks of class and function statements: special names, metaclasses, annotations that are evaluated."""

import ast
from collections.abc import Iterator

from aitestgen.analyse.gate.names import Names, is_dunder
from aitestgen.analyse.gate.refusal import Refusal
from aitestgen.analyse.gate.scopes import FunctionNode

METACLASSES = frozenset({"builtins.type", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"})
_DISPATCHERS = frozenset({"functools.singledispatch", "functools.singledispatchmethod"})
_TYPE_NODES = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.BinOp,
    ast.BitOr,
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Load,
)
_DEPTH = 8


def class_statement(names: Names, node: ast.ClassDef) -> Iterator[Refusal]:
    """Check the class's own name, its metaclass, and what it defines if it is a metaclass itself."""
    rule = names.rules.by_id["dynamic-class"]
    if is_dunder(node.name):
        yield Refusal(node, node.name, names.rules.by_id["dunder-name"], f"{node.name} is read by Python itself")
    for keyword in node.keywords:
        if keyword.arg == "metaclass" and not _known_class(names, keyword.value):
            yield Refusal(keyword.value, "metaclass", rule, "the metaclass is computed")
    if is_metaclass(names, node):
        for method in node.body:
            if isinstance(method, FunctionNode) and method.name == "__new__":
                yield Refusal(method, "__new__", rule, "a metaclass's __new__ can change the namespace")


def function_statement(names: Names, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Refusal]:
    """Check the function's name, and its annotations where singledispatch would evaluate them."""
    dunders = names.rules.dunders
    in_class = names.code.scopes[node].kind == "class"
    allowed = dunders["methods"] | dunders["definitions"] if in_class else {"__getattr__", "__dir__"}
    if is_dunder(node.name) and node.name not in allowed:
        rule = names.rules.by_id["dynamic-class" if node.name == "__prepare__" else "dunder-name"]
        yield Refusal(node, node.name, rule, f"{node.name} is read by Python itself")
    if _dispatches(names):
        yield from _evaluated(names, node)


def is_metaclass(names: Names, node: ast.ClassDef) -> bool:
    """Whether instances of this class are classes, as far as its bases can be read."""
    if node not in names.metaclasses:
        names.metaclasses[node] = False  # a class may name itself as its base
        names.metaclasses[node] = any(_is_metaclass(names, base, _DEPTH) for base in node.bases)
    return names.metaclasses[node]


def _is_metaclass(names: Names, base: ast.expr, depth: int) -> bool:
    if isinstance(base, ast.Call):
        return "builtins.type" in names.meanings(base.func)
    if METACLASSES & {*names.meanings(base)}:
        return True
    bindings = names.bindings(base)
    if any(isinstance(b.node, ast.ClassDef) and is_metaclass(names, b.node) for b in bindings):
        return True
    values = [b.value for b in bindings if b.value is not None][:_DEPTH] if depth else []
    return any(_is_metaclass(names, value, depth // 2) for value in values)


def _known_class(names: Names, node: ast.expr) -> bool:
    bindings = names.bindings(node)
    by_statement = bool(bindings) and all(isinstance(binding.node, ast.ClassDef) for binding in bindings)
    return by_statement or bool(METACLASSES & {*names.meanings(node)})


def _dispatches(names: Names) -> bool:
    """Whether the module uses singledispatch, which evaluates the annotations of what is registered."""
    if names.dispatches is None:
        uses = (n for n in names.code.nodes if isinstance(n, ast.Attribute | ast.Name))
        names.dispatches = any(_DISPATCHERS & {*names.meanings(use)} for use in uses)
    return names.dispatches


def _evaluated(names: Names, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Refusal]:
    annotations = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg) and a.annotation]
    for annotation in [*annotations, *([node.returns] if node.returns else [])]:
        if not _is_type(names, annotation, _DEPTH):
            rule = names.rules.by_id["code-execution"]
            yield Refusal(annotation, "singledispatch", rule, "singledispatch evaluates this computed annotation")


def _is_type(names: Names, node: ast.expr, depth: int) -> bool:
    """Whether this names a type, through aliases too. Strings written here were judged as code already."""
    for part in ast.walk(node):
        if not isinstance(part, _TYPE_NODES):
            return False
        values = [binding.value for binding in names.bindings(part) if binding.value is not None]
        if any(isinstance(v, ast.Constant) or not depth or not _is_type(names, v, depth - 1) for v in values[:_DEPTH]):
            return False
    return True
