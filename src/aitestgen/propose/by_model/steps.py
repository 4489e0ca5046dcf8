"""From the statements of a test to steps: assertions taken apart, written loops unrolled, the vacuous left out."""

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence

from aitestgen.propose.by_model.proposals import GIVEN, Does, Step
from aitestgen.propose.by_model.rules import as_plain_assert, is_vacuous, raising

MOST_STEPS = 60
MOST_UNROLLED = 20
MOST_STATEMENT = 2_000
_UNTOLD = ("isinstance", "hasattr", "callable", "issubclass", "all", "any")
"""What these say is not worth telling anew where it is not as expected."""


def steps_of(statements: Iterable[ast.stmt]) -> tuple[Step, ...]:
    """The steps, at most MOST_STEPS; checks that say the same in a row are one."""
    found: list[Step] = []
    for statement in statements:
        for step in _steps(statement):
            if len(step.text) <= MOST_STATEMENT and not (step.does is Does.CHECK and step in found[-MOST_STEPS:]):
                found.append(step)
            if len(found) == MOST_STEPS:
                return tuple(found)
    return tuple(found)


def asserts(text: str) -> bool:
    """Whether a statement checks anything."""
    return any(
        isinstance(node, ast.Assert) or _is_pytest(node, "raises") or _is_pytest(node, "warns")
        for node in ast.walk(ast.parse(text))
    )


def _steps(statement: ast.stmt) -> Iterator[Step]:
    match statement:
        case ast.Pass() | ast.Return() | ast.Global() | ast.Nonlocal() | ast.Expr(ast.Constant()):
            return
        case ast.Expr(ast.Call(ast.Name("print"))):
            return
        case ast.Expr(ast.Call() as call):
            yield from _called(call)
        case ast.Assert(test):
            yield from _checks(test)
        case ast.With(items=[ast.withitem(ast.Call() as opened, _)]) if _is_raising(opened):
            yield raising_step(statement)
        case ast.For() if unrolled := _unrolled(statement):
            for inner in unrolled:
                yield from _steps(inner)
        case _:
            yield doing(statement)


def _called(call: ast.Call) -> Iterator[Step]:
    plain = as_plain_assert(call)
    if plain is not None:
        yield from _steps(ast.fix_missing_locations(plain))
    elif _is_raising(call) and len(call.args) > 1:  # pytest.raises(Error, function, argument)
        error, function, *rest = call.args
        inner = ast.Expr(ast.Call(function, rest, []))
        yield raising_step(ast.fix_missing_locations(ast.With([ast.withitem(raising(error))], [inner])))
    else:
        yield doing(ast.Expr(call))


def doing(statement: ast.stmt) -> Step:
    return Step(does=Does.DO, text=ast.unparse(ast.fix_missing_locations(statement)))


def raising_step(statement: ast.With) -> Step:
    """A block that is to raise; for the guest the last expression in it leaves what it gives."""
    probe = copy.deepcopy(statement)
    last = probe.body[-1]
    if isinstance(last, ast.Expr):
        probe.body[-1] = ast.Assign([ast.Name(GIVEN, ast.Store())], last.value)
    opened = statement.items[0].context_expr
    errors = opened.args if isinstance(opened, ast.Call) else []
    return Step(
        does=Does.RAISES,
        text=ast.unparse(statement),
        error=ast.unparse(errors[0]) if errors else "Exception",
        probe=ast.unparse(ast.fix_missing_locations(probe)),
        body=tuple(ast.unparse(inner) for inner in statement.body if not isinstance(inner, ast.Pass)),
    )


def checking(left: ast.expr, expected: ast.expr) -> Step:
    """The check that `left` equals what is expected of it."""
    singleton = isinstance(expected, ast.Constant) and (expected.value is None or isinstance(expected.value, bool))
    kind = ast.Is() if singleton else ast.Eq()
    return _check(ast.Compare(left, [kind], [expected]), left, ast.unparse(expected))


def capturing(left: ast.expr) -> Step:
    """A check of which only the expression is known: what it gives is to be told."""
    return Step(does=Does.CHECK, text=ast.unparse(left), left=ast.unparse(left))


def _checks(test: ast.expr) -> Iterator[Step]:
    match test:
        case ast.BoolOp(ast.And(), values):
            for value in values:
                yield from _checks(value)
        case ast.Call(ast.Name(name)) if name in _UNTOLD:
            yield doing(ast.Assert(test))
        case _ if not is_vacuous(test):
            yield _one_check(test)


def _one_check(test: ast.expr) -> Step:
    match test:
        case ast.Compare(left, [ast.Eq() | ast.Is()], [right]):
            subject, other = (right, left) if _says_more(right, left) else (left, right)
            return _check(ast.Compare(subject, test.ops, [other]), subject, ast.unparse(other))
        case ast.Compare(item, [ast.In()], [right]):
            return _check(test, right, f"{ast.unparse(item)} in it")
        case ast.Compare(item, [ast.NotIn()], [right]):
            return _check(test, right, f"{ast.unparse(item)} not in it")
        case ast.Compare(left, [_], [right]):
            return _check(test, left, ast.unparse(test).replace(ast.unparse(left), "it", 1))
        case ast.UnaryOp(ast.Not(), operand):
            return _check(test, operand, "False")
        case _:
            return _check(test, test, "True")


def _says_more(right: ast.expr, left: ast.expr) -> bool:
    """Whether the right side of an equation is what is tested, and the left what is expected."""
    return _weight(right) > _weight(left)


def _weight(node: ast.expr) -> int:
    if _is_pytest(node, "approx"):
        return 0
    kinds = {type(inner) for inner in ast.walk(node)}
    return 2 * (ast.Call in kinds) + (ast.Name in kinds)


def _check(test: ast.expr, left: ast.expr, expected: str) -> Step:
    about = _replaced(test, left)
    return Step(
        does=Does.CHECK,
        text=f"assert {ast.unparse(ast.fix_missing_locations(test))}",
        left=ast.unparse(left),
        check=f"assert {ast.unparse(ast.fix_missing_locations(about))}",
        expected=expected,
    )


def _replaced(test: ast.expr, left: ast.expr) -> ast.expr:
    """The test about GIVEN in place of `left`."""
    given = ast.Name(GIVEN, ast.Load())
    match test:
        case _ if test is left:
            return given
        case ast.UnaryOp(op, operand) if operand is left:
            return ast.UnaryOp(op, given)
        case ast.Compare(first, ops, [right]) if first is left:
            return ast.Compare(given, ops, [right])
        case ast.Compare(first, ops, [right]) if right is left:
            return ast.Compare(first, ops, [given])
    return test


def _is_pytest(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(ast.Attribute(ast.Name("pytest"), attribute)):
            return attribute == name
    return False


def _is_raising(call: ast.Call) -> bool:
    return _is_pytest(call, "raises")


# -- loops ---------------------------------------------------------------------------------------------------------
def _unrolled(loop: ast.For) -> list[ast.stmt]:
    """The statements of a loop over a written list, for each item; empty where it is another loop."""
    if not isinstance(loop.iter, ast.List | ast.Tuple) or loop.orelse or len(loop.iter.elts) > MOST_UNROLLED:
        return []
    names = _targets(loop.target)
    stored = {node.id for node in ast.walk(ast.Module(loop.body, [])) if isinstance(node, ast.Name) and is_stored(node)}
    jumps = any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop))
    if not names or jumps or stored & set(names):
        return []
    rows = [_values(item, len(names)) for item in loop.iter.elts]
    if not all(rows):
        return []
    return [
        Replace(dict(zip(names, row, strict=True))).visit(copy.deepcopy(inner)) for row in rows for inner in loop.body
    ]


def is_stored(node: ast.AST) -> bool:
    """Whether it is a name that a value is given to."""
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _targets(target: ast.expr) -> list[str]:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return [part.id for part in parts if isinstance(part, ast.Name)] if all(map(is_stored, parts)) else []


def _values(item: ast.expr, count: int) -> Sequence[ast.expr]:
    if count == 1:
        return [item]
    elements = item.elts if isinstance(item, ast.Tuple | ast.List) else []
    return elements if len(elements) == count else []


class Replace(ast.NodeTransformer):
    """Expressions in place of names."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self._values[node.id]) if node.id in self._values else node
