"""A test as a question: its calls without what it expects of them, and what it expects, apart from them."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from aitestgen.helper_imports import HELPER_IMPORTS

HELPERS = ("asyncio", "itertools", "random", "random_module")
"""Modules that a test may use without the module under test having them."""
TYPES = ("Any", "Dict", "List", "Literal", "Optional", "Set", "Tuple", "Union")
"""Names of `typing` that a test may pass as a value."""
UNFIT = frozenset({"pytest", "capsys", "monkeypatch"})
STATEMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Delete)
MOST_TEXT = 1000
MOST_ITEMS = 60
MOST_DEPTH = 6
MOST_NUMBER = 10**40
"""What a guest is sure to write out (aitestgen_guest/calls/literals.py): of more nothing is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A value of Python's own plain types, as text that tells their types apart; `about` allows a float to be off as
    much as pytest.approx does. `equal` is its text where `==` is enough (see `equal_text`), else empty.
    """

    text: str
    about: float | None = None
    equal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the code: `steps` are `("do", statement)` and `("ask", expression)`. `expected` stays here."""

    imports: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    expected: tuple[Expected, ...]


def question(
    code: str, imports: Iterable[str] = (), definitions: Sequence[str] = (), *, loose: bool = False
) -> Question | None:
    """What the test function `code` asks; None where it needs a fixture or definitions, or expects no plain value.

    What is compared by `==` has to be of the expected type too, unless `loose`: then to be equal is enough.
    """
    if definitions:
        return None
    match ast.parse(code).body:
        case [ast.FunctionDef(args=ast.arguments(args=[]), decorator_list=[], body=body)]:
            used = {node.id for node in ast.walk(ast.Module(body, [])) if isinstance(node, ast.Name)}
            steps = list(_steps(body, loose=loose))
            expected = tuple(wanted for _, _, wanted in steps if wanted is not None)
            if not expected or any(kind == "unfit" for kind, _, _ in steps):
                return None
            helpers = [HELPER_IMPORTS[name] for name in HELPERS if name in used]
            helpers += [f"from typing import {name}" for name in TYPES if name in used]
            lines = tuple(line for line in imports if line.rpartition(" ")[2] in used)
            return Question(
                imports=(*helpers, *lines), steps=tuple((kind, text) for kind, text, _ in steps), expected=expected
            )
        case _:
            return None


def among(asked: Question, definitions: Sequence[str]) -> Question:
    """The same question where the classes and functions are defined that the file of the test defines."""
    used = {name for text in definitions for name in _names(ast.parse(text))}
    lines = [line for name, line in HELPER_IMPORTS.items() if name in used and line not in asked.imports]
    steps = [("do", text) for text in definitions]
    return replace(asked, imports=(*lines, *asked.imports), steps=(*steps, *asked.steps))


def _steps(body: Sequence[ast.stmt], *, loose: bool) -> Iterator[tuple[str, str, Expected | None]]:
    for statement in body:
        match statement:
            case ast.Expr(ast.Constant()):
                continue  # a docstring may say what is expected
            case ast.Assert(test):
                yield _asked(test, loose=loose)
            case _ if isinstance(statement, STATEMENTS) and not _names(statement) & UNFIT:
                yield "do", ast.unparse(statement), None
            case _:
                yield "unfit", "", None


def _asked(test: ast.expr, *, loose: bool) -> tuple[str, str, Expected | None]:
    """An assertion without what it expects; what it expects is None where that is no plain value."""
    match test:
        case ast.Compare(left, [ast.Eq() | ast.Is() as how], [right]):
            wanted = _expected(right)
            if wanted and loose and isinstance(how, ast.Eq):
                wanted = replace(wanted, equal=equal_text(ast.unparse(right)) or "")
        case ast.Call(ast.Attribute(ast.Name("math"), "isnan"), [left], []):
            wanted = Expected(text=_canonical(ast.parse("float('nan')", mode="eval").body, 0))
        case ast.Call(ast.Name("isinstance")):
            return "do", ast.unparse(test), None
        case _:
            return "unfit", "", None
    if _names(left) & UNFIT:
        return "unfit", "", None
    return "ask" if wanted else "do", ast.unparse(left), wanted


def _names(node: ast.AST) -> set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}


def _expected(node: ast.expr) -> Expected | None:
    match node:
        case ast.Call(ast.Attribute(ast.Name("pytest"), "approx"), [value], []):
            number = _number(value)
            return Expected(text=_of_number(number), about=number) if isinstance(number, float) else None
        case _:
            plain = canonical(ast.unparse(node))
            return Expected(text=plain) if plain is not None else None


def canonical(text: str) -> str | None:
    """One and the same text for literals of equal plain values of the same types, whatever order their sets and
    dictionaries are written in; None for any other text. Nothing in it is evaluated.
    """
    if len(text) > MOST_TEXT:
        return None
    try:
        return _canonical(ast.parse(text, mode="eval").body, 0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def equal_text(text: str) -> str | None:
    """One and the same text for plain values that are equal although their types differ, as 3, 3.0; None as above."""
    try:
        plain = _Equal().visit(ast.parse(text, mode="eval")) if len(text) <= MOST_TEXT else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return canonical(ast.unparse(plain)) if plain else None


class _Equal(ast.NodeTransformer):
    """Whole numbers as integers, and booleans as the integers that they equal."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        value = node.value
        if isinstance(value, bool) or (isinstance(value, float) and value.is_integer() and abs(value) < MOST_NUMBER):
            return ast.Constant(int(value))
        return node


def _canonical(node: ast.expr, depth: int) -> str:
    """Raises ValueError for what is not plain."""
    if depth > MOST_DEPTH:
        raise ValueError("too deep")
    match node:
        case ast.Tuple(items) | ast.List(items):
            return f"{type(node).__name__.lower()}({', '.join(_all(items, depth))})"
        case ast.Set(items):
            return f"set({', '.join(sorted(_all(items, depth)))})"
        case ast.Dict(keys, values):
            pairs = zip(_all(keys, depth), _all(values, depth), strict=True)
            return f"dict({', '.join(sorted(map(': '.join, pairs)))})"
        case ast.Call(ast.Name(kind), arguments, []):
            return _called(kind, arguments, depth)
        case _:
            return _constant(node)


def _called(kind: str, arguments: Sequence[ast.expr], depth: int) -> str:
    """The plain values that are written as calls."""
    match kind, arguments:
        case (("set" | "frozenset"), []):
            return f"{kind}()"
        case "frozenset", [ast.Set() as items]:
            return f"frozen{_canonical(items, depth)}"
        case "float", [ast.Constant("inf" | "-inf" | "nan" as name)]:
            return f"float {name}"
        case _:
            raise ValueError("not plain")


def _all(items: Sequence[ast.expr | None], depth: int) -> list[str]:
    if len(items) > MOST_ITEMS:
        raise ValueError("too many")
    return [_canonical(item, depth + 1) for item in items if item is not None]


def _constant(node: ast.expr) -> str:
    number = _number(node)
    if number is not None:
        return _of_number(number)
    match node:
        case ast.Constant(None | bool() | str() | bytes() as value):
            return f"{type(value).__name__} {value!r}"
        case _:
            raise ValueError("not plain")


def _of_number(number: float) -> str:
    if isinstance(number, int) and abs(number) >= MOST_NUMBER:
        raise ValueError("too large")
    return f"{type(number).__name__} {number!r}"


def _number(node: ast.expr) -> int | float | None:
    """The number that is written, with its sign; None for anything else, booleans too."""
    match node:
        case ast.Constant(bool()):
            return None
        case ast.Constant(int() | float() as value):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant() as positive):
            number = _number(positive)
            return None if number is None else -number
        case _:
            return None
