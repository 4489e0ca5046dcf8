"""Which faults are put into a node: the mutation operators in common use.

The set follows those that PIT, mutmut, Cosmic Ray and Pynguin share. A negated condition is left out where a
comparison operator already gives the negation, and so are faults that can only be a TypeError (`"a" - name`).
"""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from aitestgen_guest.mutation.mutation_sites import Place

ARITHMETIC: "dict[type[ast.operator], tuple[type[ast.operator], ...]]" = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult, ast.Div),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitAnd,),
}
COMPARISON: "dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]" = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
DELETED = {ast.Raise: "removed raise", ast.Delete: "removed del", ast.AugAssign: "removed assignment"}
MAX_INT = 10**100


class Change(NamedTuple):
    """A node to put in another's place, and the operator that made it."""

    operator: str
    node: ast.AST


def changes(place: Place) -> Iterator[Change]:
    """Yield every change of the node at `place`, itself unchanged; what takes its place has its position."""
    for rule in (*RULES.get(type(place.node), ()), _negated_condition):
        for change in rule(place):
            new = change.node
            if new is not place.node and "lineno" in new._attributes:
                ast.copy_location(new, place.node)
            yield change


def _changed(node: ast.AST, **fields: Any) -> Any:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _arithmetic(place: Place) -> Iterator[Change]:
    node: Any = place.node
    operands = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.value]
    if isinstance(node.op, (ast.Add, ast.Mod)) and any(map(_is_text, operands)):
        return
    for partner in ARITHMETIC[type(node.op)]:
        yield Change("arithmetic", _changed(node, op=partner()))


def _is_text(node: ast.expr) -> bool:
    literal = isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    return literal or isinstance(node, ast.JoinedStr)


def _comparison(place: Place) -> Iterator[Change]:
    node: Any = place.node
    for index, operator in enumerate(node.ops):
        for partner in COMPARISON[type(operator)]:
            ops = [*node.ops[:index], partner(), *node.ops[index + 1 :]]
            yield Change("comparison", _changed(node, ops=ops))


def _boolean(place: Place) -> Iterator[Change]:
    node: Any = place.node
    yield Change("boolean", _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))


def _unary(place: Place) -> Iterator[Change]:
    node: Any = place.node
    if isinstance(node.op, ast.Not):
        yield Change("removed not", copy.copy(node.operand))
    elif isinstance(node.op, (ast.USub, ast.Invert)):
        yield Change("removed sign", copy.copy(node.operand))


def _constant(place: Place) -> Iterator[Change]:
    node: Any = place.node
    kind = "string" if isinstance(node.value, (str, bytes)) else "constant"
    operator = "default argument" if place.role == "default" else kind
    for value in _other_values(node.value):
        yield Change(operator, _changed(node, value=value))


def _other_values(value: object) -> "tuple[object, ...]":
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (2, 0) if value == 1 else (value + 1,) if value < MAX_INT else (0,)
    if isinstance(value, float):
        return (value + 1.0,)
    if isinstance(value, str):
        return (value + "XX",)
    return (value + b"XX",) if isinstance(value, bytes) else ()


def _returned(place: Place) -> Iterator[Change]:
    value = getattr(place.node, "value", None)
    if value is not None and not isinstance(value, ast.Constant) and not _rules_scope(value):
        yield Change("return value", _changed(place.node, value=ast.copy_location(ast.Constant(None), value)))


def _loop_control(place: Place) -> Iterator[Change]:
    yield Change("loop control", ast.Continue() if isinstance(place.node, ast.Break) else ast.Break())


def _removed_call(place: Place) -> Iterator[Change]:
    value = getattr(place.node, "value", None)
    if isinstance(value, (ast.Yield, ast.YieldFrom)):
        never = ast.If(ast.Constant(False), [ast.Expr(ast.Yield(None))], [])  # stays a generator
        yield Change("removed yield", never)
    elif isinstance(value, (ast.Call, ast.Await)) and not _rules_scope(value):
        yield Change("removed call", ast.Pass())


def _removed_statement(place: Place) -> Iterator[Change]:
    if not _rules_scope(place.node):
        yield Change(DELETED[type(place.node)], ast.Pass())


def _removed_assignment(place: Place) -> Iterator[Change]:
    node: Any = place.node
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is not None and not any(map(_binds, targets)) and not _rules_scope(node):
        yield Change("removed assignment", ast.Pass())


def _binds(target: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) for node in ast.walk(target))


def _rules_scope(node: ast.AST) -> bool:
    """Whether removing `node` could change what its function is or which names are local to it."""
    return any(isinstance(inner, (ast.Yield, ast.YieldFrom, ast.NamedExpr)) for inner in ast.walk(node))


def _negated_condition(place: Place) -> Iterator[Change]:
    node: Any = place.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return  # removing the `not` is the negation
    if isinstance(node, ast.Constant) or (isinstance(node, ast.Compare) and len(node.ops) == 1):
        return
    if place.role == "test":
        yield Change("negated condition", ast.UnaryOp(ast.Not(), node))


RULES: "dict[type[ast.AST], tuple[Callable[[Place], Iterator[Change]], ...]]" = {
    ast.BinOp: (_arithmetic,),
    ast.AugAssign: (_arithmetic, _removed_statement),
    ast.Compare: (_comparison,),
    ast.BoolOp: (_boolean,),
    ast.UnaryOp: (_unary,),
    ast.Constant: (_constant,),
    ast.Return: (_returned,),
    ast.Break: (_loop_control,),
    ast.Continue: (_loop_control,),
    ast.Expr: (_removed_call,),
    ast.Raise: (_removed_statement,),
    ast.Delete: (_removed_statement,),
    ast.Assign: (_removed_assignment,),
    ast.AnnAssign: (_removed_assignment,),
}
