"""The type of an expression as far as it can be read off."""

import ast
from collections.abc import Iterable, Mapping

from aitestgen.analyse.hints.scope import Scope
from aitestgen.analyse.hints.tables import METHOD_RESULTS, RESULTS
from aitestgen.analyse.source import Function

_ELEMENTS = {
    "str": "str",
    "list[int]": "int",
    "list[str]": "str",
    "list[float]": "float",
    "file": "str",
    "bytes": "int",
}
_CONSTANTS = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes", type(None): "none"}

_PLAIN: dict[type[ast.expr], str] = {
    ast.JoinedStr: "str",
    ast.Tuple: "tuple",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.GeneratorExp: "iterator",
    ast.Lambda: "callable",
    ast.Compare: "bool",
}

Known = Mapping[str, str]
"""Types by name, or by `self.name`."""


def key(node: ast.expr) -> str:
    """The name of a variable, or `self.name` of an attribute of the object itself; else empty."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"self.{node.attr}"
    return ""


def type_of(node: ast.expr, scope: Scope, known: Known, depth: int = 0) -> str:
    """The type name of an expression, or an empty text."""
    if depth > 6:
        return ""
    if type(node) in _PLAIN:
        return _PLAIN[type(node)]
    match node:
        case ast.Constant(value=value):
            return _CONSTANTS.get(type(value), "")
        case ast.List(elts=members):
            return _list_of({type_of(member, scope, known, depth + 1) for member in members})
        case ast.ListComp(elt=element):
            return _list_of({type_of(element, scope, known, depth + 1)})
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return _looked_up(node, scope, known, depth + 1)
        case ast.Call():
            return _call(node, scope)
    return _composed(node, scope, known, depth + 1)


def element_of(container: str) -> str:
    """The type of a container's elements, or an empty text."""
    return _ELEMENTS.get(container, "")


def members_of(node: ast.expr, scope: Scope) -> list[ast.expr]:
    """The members of a display, or the keys of a dict, also where a module-level name is bound to it."""
    if isinstance(node, ast.Name):
        node = scope.values.get(node.id, node)
    if isinstance(node, ast.Call) and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, ast.Dict):
        return [one for one in node.keys if one is not None]
    return node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else []


def locals_of(function: Function | ast.Lambda, scope: Scope, outside: Known) -> dict[str, str]:
    """The types of a function's variables, as its assignments and loops tell; the first that is known counts."""
    known = dict(outside)
    nodes = sorted(ast.walk(function), key=lambda one: getattr(one, "lineno", 0))
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=False):
                    _learn(known, target, type_of(value, scope, known))
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
                _learn(known, target, type_of(value, scope, known))
            case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
                _learn_loop(known, target, source, scope)
    return known


def _learn(known: dict[str, str], target: ast.expr, found: str) -> None:
    if key(target) and found and found != "none":
        known.setdefault(key(target), found)


def _learn_loop(known: dict[str, str], target: ast.expr, source: ast.expr, scope: Scope) -> None:
    if isinstance(source, ast.Call) and scope.full_name(source.func) == "enumerate" and isinstance(target, ast.Tuple):
        _learn(known, target.elts[0], "int")
        _learn(known, target.elts[-1], element_of(type_of(source.args[0], scope, known)) if source.args else "")
    else:
        _learn(known, target, element_of(type_of(source, scope, known)))


def _list_of(types: set[str]) -> str:
    return f"list[{next(iter(types))}]" if types in ({"int"}, {"str"}, {"float"}) else "list[Any]"


def _looked_up(node: ast.Name | ast.Attribute | ast.Subscript, scope: Scope, known: Known, depth: int) -> str:
    match node:
        case ast.Name(id=name):
            return known.get(name) or _module_value(name, scope, depth)
        case ast.Attribute(value=owner):
            enum = scope.full_name(owner)
            return f"class:{enum}" if enum in scope.enums else known.get(key(node), "")
    container = type_of(node.value, scope, known, depth)
    return container if isinstance(node.slice, ast.Slice) else element_of(container)


def _composed(node: ast.expr, scope: Scope, known: Known, depth: int) -> str:
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return "bool"
        case ast.UnaryOp(operand=operand):
            return type_of(operand, scope, known, depth)
        case ast.BinOp(left=left, op=operator, right=right):
            return _arithmetic(type_of(left, scope, known, depth), operator, type_of(right, scope, known, depth))
        case ast.IfExp(body=body, orelse=otherwise):
            return _first(type_of(part, scope, known, depth) for part in (body, otherwise))
        case ast.BoolOp(values=values):
            return _first(type_of(value, scope, known, depth) for value in values)
    return ""


def _module_value(name: str, scope: Scope, depth: int) -> str:
    if name in scope.functions:
        return "callable"
    value = scope.values.get(name)
    return type_of(value, scope, {}, depth) if value is not None else ""


def _first(types: Iterable[str]) -> str:
    return next((one for one in types if one and one != "none"), "")


def _call(node: ast.Call, scope: Scope) -> str:
    name = scope.full_name(node.func)
    if name in scope.classes:
        return f"class:{name}"
    if name in RESULTS:
        return RESULTS[name]
    return METHOD_RESULTS.get(node.func.attr, "") if isinstance(node.func, ast.Attribute) else ""


def _arithmetic(left: str, operator: ast.operator, right: str) -> str:
    if isinstance(operator, ast.Mod) and left == "str":
        return "str"
    if isinstance(operator, ast.Mult) and {left, right} & {"str", "list[Any]"}:
        return left if left != "int" else right
    if {left, right} <= {"int", "float", "bool"}:
        return "float" if isinstance(operator, ast.Div) or "float" in {left, right} else "int"
    return left or right
