"""Canaries made of a suite's own tests: copies that expect something else, so that whoever runs them honestly fails.

Code under test that makes every comparison true, or every test that calls it pass, passes these too, and gives itself
away (docs/sandbox.md).
"""

import ast
import copy
import math
from collections.abc import Iterator, Mapping

MOST = 2
NAME = "canary"


def falsified(text: str, most: int = MOST) -> tuple[str, ...]:
    """Sources of functions `canary()` to run in the namespace of the test file `text`: at most one for each test of it.

    Only tests that need no fixture and compare something with a literal have such a copy.
    """
    found: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and len(found) < most:
            found += _copies(node)
    return tuple(found)


def _copies(test: ast.FunctionDef) -> Iterator[str]:
    row = _first_row(test)
    if row is None:
        return
    changed = copy.deepcopy(test)
    for statement in changed.body:
        if isinstance(statement, ast.Assert) and _expects_otherwise(statement.test, row):
            given = [ast.Assign([ast.Name(name, ast.Store())], value) for name, value in row.items()]
            arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
            function = ast.FunctionDef(NAME, arguments, [*given, *changed.body], [])
            yield ast.unparse(ast.fix_missing_locations(function))
            return


def _first_row(test: ast.FunctionDef) -> Mapping[str, ast.expr] | None:
    """The arguments of its first case; None where they are not all in the one `parametrize` that it has, if any."""
    names = [argument.arg for argument in test.args.args]
    if not test.decorator_list:
        return None if names else {}
    match test.decorator_list:
        case [ast.Call(ast.Attribute(_, "parametrize"), [_, ast.List([ast.Tuple(values), *_])], [])]:
            row = values
        case [ast.Call(ast.Attribute(_, "parametrize"), [_, ast.List([value, *_])], [])]:
            row = [value]
        case _:
            return None
    listed = _listed(test.decorator_list[0])
    return dict(zip(listed, row, strict=True)) if sorted(listed) == sorted(names) and len(row) == len(names) else None


def _listed(mark: ast.expr) -> list[str]:
    """The names that a `parametrize` lists."""
    match mark:
        case ast.Call(_, [ast.Constant(str(names)), *_]):
            return [name.strip() for name in names.split(",")]
        case ast.Call(_, [ast.Tuple(names) | ast.List(names), *_]):
            return [name.value for name in names if isinstance(name, ast.Constant) and isinstance(name.value, str)]
        case _:
            return []


def _expects_otherwise(test: ast.expr, row: Mapping[str, ast.expr]) -> bool:
    """Change what `a == literal` expects, in place; whether it is such a comparison."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return False
    expected = test.comparators[0]
    if isinstance(expected, ast.Name):
        expected = row.get(expected.id, expected)
    wrong = _otherwise(expected)
    if wrong is not None:
        test.comparators[0] = wrong
    return wrong is not None


def _otherwise(expected: ast.expr) -> ast.expr | None:
    """A literal that is not equal to the literal `expected`; None where that is none, or of no simple kind."""
    try:
        value = ast.literal_eval(expected)
    except ValueError:
        return None
    if isinstance(value, bool):
        return ast.Constant(not value)
    if isinstance(value, int | float) and math.isfinite(value):
        return ast.parse(repr(value * 2 + 1 if value != -1 else 0), mode="eval").body
    if isinstance(value, str):
        return ast.Constant(value + "x")
    return ast.Constant(0) if value is None else None
