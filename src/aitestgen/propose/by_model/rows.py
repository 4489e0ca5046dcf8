"""A test of one plain call as a row: of the same table as those that the search writes about the same call."""

import ast

from aitestgen.propose.by_model.proposals import Known
from aitestgen.propose.by_search import names
from aitestgen.propose.by_search.checks import SINGLETONS
from aitestgen.propose.by_search.write import free_name
from aitestgen.values import Kind, Subject, Table, Target


def row_of(lines: tuple[str, ...], subject: Subject, target_id: str, known: Known) -> Table | None:
    """The row; None where the test is more than one call of a function on plain positional arguments."""
    target = next((one for one in subject.targets if one.id == target_id and one.kind is Kind.FUNCTION), None)
    if target is None or len(lines) != 1:
        return None
    match ast.parse(lines[0]).body:
        case [ast.Assert(ast.Compare(ast.Call() as call, [ast.Eq() | ast.Is()], [value]))]:
            return _of_value(call, value, target, known)
        case [ast.With([ast.withitem(ast.Call() as expectation, None)], [ast.Expr(ast.Call() as call)])]:
            return _of_error(call, expectation, target, known)
    return None


def _of_value(call: ast.Call, value: ast.expr, target: Target, known: Known) -> Table | None:
    arguments = _arguments(call, target, known)
    if arguments is None:
        return None
    given, expected = f"{target.id}({', '.join(arguments)})", ast.unparse(value)
    subject = names.snake(target.id)
    row = tuple(map(ast.unparse, call.args))
    if expected in SINGLETONS:
        name = names.joined(subject, "is" if expected != "None" else "returns", expected.lower())
        body = f"    assert {given} is {expected}\n"
        return Table(key=f"{target.id}|{body}|{arguments}", name=name, arguments=arguments, row=row, body=body)
    about = isinstance(value, ast.Call) and expected.startswith("pytest.approx(") and not value.keywords
    body = f"    assert {given} == {'pytest.approx(expected)' if about else 'expected'}\n"
    return Table(
        key=f"{target.id}|{body}|{arguments}",
        name=names.joined(subject, "returns_expected_value", "approximately" if about else ""),
        arguments=(*arguments, "expected"),
        row=(*row, expected.removeprefix("pytest.approx(").removesuffix(")") if about else expected),
        body=body,
    )


def _of_error(call: ast.Call, expectation: ast.Call, target: Target, known: Known) -> Table | None:
    arguments = _arguments(call, target, known)
    if arguments is None or not expectation.args:
        return None
    name = names.joined(names.snake(target.id), "raises", names.snake(ast.unparse(expectation.args[0])))
    body = f"    with {ast.unparse(expectation)}:\n        {target.id}({', '.join(arguments)})\n"
    row = tuple(map(ast.unparse, call.args))
    return Table(key=f"{target.id}|{body}|{arguments}", name=name, arguments=arguments, row=row, body=body)


def _arguments(call: ast.Call, target: Target, known: Known) -> tuple[str, ...] | None:
    """Names for the arguments; None where the call is of something else, or not of plain positional values."""
    positional = names.of_parameters(target, len(call.args))
    if not isinstance(call.func, ast.Name) or call.func.id != target.id or call.keywords or not call.args:
        return None
    if positional is None or not all(map(_is_literal, call.args)):
        return None
    return tuple(free_name(name, known.names) for name in positional)


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True
