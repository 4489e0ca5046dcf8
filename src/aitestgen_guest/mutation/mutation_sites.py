"""Where a fault may go: the statements and header expressions of a module, and the nodes inside each.

Left alone, because a fault there says nothing about behaviour: docstrings, annotations, decorators, format
specifications, patterns, imports, dunder assignments (`__all__`, `__slots__`), typing plumbing, the bodies of
`if TYPE_CHECKING` and main guards, `@overload` stubs, and statements marked `pragma: no cover`.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

Path = tuple[tuple[str, int | None], ...]
"""How to get from one node to one inside it: field names, with an index where the field is a list."""

TYPING_CALLS = {"TypeVar", "ParamSpec", "TypeVarTuple", "NewType"}
TYPING_SUBSCRIPTS = {"Literal", "Annotated"}
TRY = {getattr(ast, "TryStar", ast.Try), ast.Try}  # TryStar came with Python 3.11
HEADERS = {ast.If: "test", ast.While: "test", ast.For: "iter", ast.AsyncFor: "iter", ast.Match: "subject"}
CONTAINERS = (ast.Dict, ast.BoolOp)
"""What else has `values`; the others are f-strings and, from Python 3.14 on, template strings."""
INERT = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass)
Definition = (ast.FunctionDef, ast.AsyncFunctionDef)


class Scope(NamedTuple):
    """The function or class around a piece of code; `runs_on_import` as long as no function is around it."""

    name: str = ""
    runs_on_import: bool = True
    is_async: bool = False

    def inner(self, definition: ast.stmt, name: str) -> "Scope":
        qualified = f"{self.name}.{name}" if self.name else name
        in_class = isinstance(definition, ast.ClassDef)
        return Scope(qualified, self.runs_on_import and in_class, isinstance(definition, ast.AsyncFunctionDef))


class Unit(NamedTuple):
    """One statement or header expression: the smallest piece that can be exchanged as a whole.

    `role` is "statement", "test" (only its truth matters), "value" or "default". The lines are those on which
    the interpreter reports it.
    """

    node: "ast.stmt | ast.expr"
    role: str
    scope: Scope
    line: int
    end_line: int


class Place(NamedTuple):
    """One node inside a unit. `role` is "test" for conditions, else the unit's for its root, else "".

    `is_text_part` tells the texts of an f-string, which no other expression can stand in for.
    """

    node: ast.AST
    path: Path
    role: str
    is_text_part: bool = False


def units(tree: ast.Module, source: str) -> Iterator[Unit]:
    """Yield the module's units in the order of their text."""
    texts = re.split(r"\r\n|\r|\n", source)
    unmarked = {line for line, text in enumerate(texts, 1) if "pragma: no cover" not in text}
    for unit in _block(tree.body, Scope(), unmarked):
        yield unit
        yield from _lambdas(unit)


def places(unit: Unit) -> Iterator[Place]:
    """Yield the nodes of a unit, outermost first, without the bodies of lambdas: those are units of their own."""
    return _inside(unit.node, (), unit.role)


def _block(body: "list[ast.stmt]", scope: Scope, unmarked: "set[int]") -> Iterator[Unit]:
    for statement in body:
        if statement.lineno in unmarked and not _is_plumbing(statement):
            yield from _units(statement, scope, unmarked)


def _units(statement: ast.stmt, scope: Scope, unmarked: "set[int]") -> Iterator[Unit]:
    if isinstance(statement, Definition):
        yield from _defaults(statement, scope)
        yield from _block(statement.body, scope.inner(statement, statement.name), unmarked)
    elif isinstance(statement, ast.ClassDef):
        yield from _block(statement.body, scope.inner(statement, statement.name), unmarked)
    elif _is_compound(statement):
        yield from _headers(statement, scope)
        for part in _parts(statement):
            if isinstance(part, ast.match_case) and part.guard:
                yield _header(part.guard, "test", scope)
            for body in ("body", "orelse", "finalbody"):
                yield from _block(getattr(part, body, []), scope, unmarked)
    else:
        yield Unit(statement, "statement", scope, statement.lineno, statement.end_lineno or statement.lineno)


def _is_compound(statement: ast.stmt) -> bool:
    return type(statement) in HEADERS or type(statement) in TRY or isinstance(statement, (ast.With, ast.AsyncWith))


def _parts(statement: ast.stmt) -> "list[ast.AST]":
    """The nodes that hold a compound statement's blocks, in the order of their text."""
    handlers = getattr(statement, "handlers", [])
    cases = getattr(statement, "cases", [])
    return [statement, *handlers, *cases]


def _headers(statement: ast.stmt, scope: Scope) -> Iterator[Unit]:
    field = HEADERS.get(type(statement))
    if field:
        yield _header(getattr(statement, field), field if field == "test" else "value", scope, statement.lineno)
    for item in getattr(statement, "items", []):
        yield _header(item.context_expr, "value", scope, statement.lineno)


def _header(node: ast.expr, role: str, scope: Scope, line: "int | None" = None) -> Unit:
    return Unit(node, role, scope, min(line or node.lineno, node.lineno), node.end_lineno or node.lineno)


def _defaults(definition: "ast.FunctionDef | ast.AsyncFunctionDef", scope: Scope) -> Iterator[Unit]:
    for default in definition.args.defaults + definition.args.kw_defaults:
        if default is not None:
            yield _header(default, "default", scope, definition.lineno)


def _lambdas(unit: Unit) -> Iterator[Unit]:
    """Yield the bodies of the lambdas in a unit: they run when called, so each gets a switch of its own."""
    for place in places(unit):
        if isinstance(place.node, ast.Lambda):
            scope = unit.scope._replace(runs_on_import=False, is_async=False)
            body = _header(place.node.body, "value", scope)
            yield body
            yield from _lambdas(body)


def _is_plumbing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):
        names = {node.id for node in ast.walk(statement.test) if isinstance(node, ast.Name)}
        attributes = {node.attr for node in ast.walk(statement.test) if isinstance(node, ast.Attribute)}
        return bool({"TYPE_CHECKING", "__name__"} & (names | attributes))
    if isinstance(statement, Definition):
        return any(name_of(decorator) == "overload" for decorator in statement.decorator_list)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return any(isinstance(target, ast.Name) and target.id.startswith("__") for target in targets)
    return isinstance(statement, INERT) or type(statement).__name__ == "TypeAlias"


def name_of(node: ast.AST) -> str:
    """The last name of `a.b.c`, `c` or `a.c(...)`; empty for anything else."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _inside(node: ast.AST, path: Path, role: str, is_text_part: bool = False) -> Iterator[Place]:
    yield Place(node, path, role, is_text_part)
    for field, value in ast.iter_fields(node):
        if _is_closed(node, field):
            continue
        below = "test" if (type(node), field) in {(ast.IfExp, "test"), (ast.comprehension, "ifs")} else ""
        if isinstance(value, ast.AST):
            yield from _inside(value, (*path, (field, None)), below)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST) and not (field == "args" and index == 0 and name_of(node) == "cast"):
                    text = field == "values" and isinstance(item, ast.Constant) and not isinstance(node, CONTAINERS)
                    yield from _inside(item, (*path, (field, index)), below, text)


def _is_closed(node: ast.AST, field: str) -> bool:
    if field in {"annotation", "format_spec", "ctx"} or (isinstance(node, ast.Lambda) and field == "body"):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Call):
        return name_of(node.func) in TYPING_CALLS
    return isinstance(node, ast.Subscript) and name_of(node.value) in TYPING_SUBSCRIPTS
