"""Cheap probes: which blocks and branches ran, how often, and which operands were compared.

The probed module is compiled from a rewritten syntax tree, so that it works alike on every CPython. Block probes count
executions; branch probes tell both outcomes of a condition; comparison probes show both operands to the search
(the "input to state" idea of REDQUEEN, NDSS 2019). Line numbers stay those of the original.
"""

import ast
import operator
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from aitestgen_guest.arguments import characters

RECORDER = "__aitestgen_probe__"
MAX_STEPS = 60_000
MAX_OPERANDS = 400
MAX_NAMES = 8
NO_SITE = -1


class Cut(BaseException):
    """The call ran for too many steps."""


_COMPARE: "dict[str, Callable[[Any, Any], Any]]" = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "In": lambda left, right: left in right,
    "NotIn": lambda left, right: left not in right,
}


class Recorder:
    """What one execution did.

    `hits` counts by probe number; `operands` holds compared pairs in order, each with the number of its comparison.
    """

    def __init__(self) -> None:
        self.hits: dict[int, int] = {}
        self.operands: list[tuple[Any, Any, int]] = []
        self.steps = 0
        self.limit = MAX_STEPS

    def reset(self) -> None:
        self.hits = {}
        self.operands = []
        self.steps = 0

    def block(self, probe: int) -> None:
        self.hits[probe] = self.hits.get(probe, 0) + 1
        self.steps += 1
        if self.steps > self.limit:
            raise Cut

    def branch(self, probe: int, value: Any) -> Any:
        outcome = probe + 1 if value else probe
        self.hits[outcome] = self.hits.get(outcome, 0) + 1
        return value

    def compare(self, site: int, name: str, left: Any, right: Any) -> Any:
        if len(self.operands) < MAX_OPERANDS:
            self.operands.append((left, right, site))
        return _COMPARE[name](left, right)

    def chain(self, site: int, operators: str, *values: Any) -> Any:
        """`a < b < c`, its operands evaluated already; comparisons number `site` and on."""
        outcome = True
        for place, name in enumerate(operators.split()):
            outcome = self.compare(site + place, name, values[place], values[place + 1])
            if not outcome:
                break
        return outcome

    def shown(self, receiver: Any, method: str, argument: Any, *more: Any) -> Any:
        if len(self.operands) < MAX_OPERANDS:
            self.operands.append((receiver, argument, NO_SITE))
        return getattr(receiver, method)(argument, *more)

    def tested(self, receiver: Any, method: str) -> Any:
        """`receiver.isdigit()` and the like; a text that fails is shown beside one that passes."""
        passes = getattr(receiver, method)()
        if not passes and type(receiver) is str and receiver and len(self.operands) < MAX_OPERANDS:
            self.operands.append((receiver, characters.passing(receiver, method), NO_SITE))
        return passes

    def formatted(self, template: Any, /, *values: Any, **named: Any) -> Any:
        """`template.format(...)`; a text with a place for each of the named values is shown beside the template."""
        if isinstance(template, str):
            for name in list(named)[:MAX_NAMES]:
                if len(self.operands) < MAX_OPERANDS:
                    self.operands.append((template, "{" + name + "}", NO_SITE))
        return template.format(*values, **named)

    def features(self) -> "set[int]":
        """What tells this execution from others: each probe with its count in the classes 1, 2, 3 or more."""
        return {probe * 4 + min(count, 3) for probe, count in self.hits.items()}


_NUMBERS = (int, float)
"""No classes derived from them: what those subtract by is the module's own code."""


class LineRecorder(Recorder):
    """A recorder that keeps, of the operands, the least distance of two compared numbers on each line."""

    def __init__(self) -> None:
        super().__init__()
        self.distances: dict[int, float] = {}

    def reset(self) -> None:
        super().reset()
        self.distances = {}

    def compare(self, site: int, name: str, left: Any, right: Any) -> Any:
        if type(left) in _NUMBERS and type(right) in _NUMBERS:
            frame: Any = sys._getframe(1)
            while frame.f_code.co_filename == __file__:  # a chain, which calls this for each of its parts
                frame = frame.f_back
            self.distances[frame.f_lineno] = min(abs(left - right), self.distances.get(frame.f_lineno, float("inf")))
        return super().compare(site, name, left, right)


class Probed:
    """A module's syntax tree with probes put in.

    `block_of_line` tells the block probe of each statement's line, `raise_lines` where exceptions are raised on
    purpose, `pass_on_lines` where one may be that was caught (`raise error`), `getters` (by class name) the methods
    that only read, `operators` the operator of each comparison, `functions` the lines and probes of each function.
    """

    def __init__(self, source: str) -> None:
        self.block_of_line: dict[int, int] = {}
        self.raise_lines: set[int] = set()
        self.pass_on_lines: set[int] = set()
        self.operators: list[str] = []
        self.functions: list[tuple[int, int, frozenset[int]]] = []
        self._next = 0
        tree = ast.parse(source)
        self.getters = {node.name: _getters(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Raise, ast.Assert)):
                self.raise_lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
                self.pass_on_lines.add(node.lineno)
        self.tree = _Inserter(self).module(tree)

    def within(self, lines: "tuple[int, int]") -> "frozenset[int]":
        """The probes of the functions that stand on these lines."""
        first, last = lines
        return frozenset().union(*(probes for start, end, probes in self.functions if first <= start and end <= last))

    def number(self, width: int = 1) -> int:
        first = self._next
        self._next += width
        return first

    def sites(self, operators: "list[str]") -> int:
        """The number of the first of these comparisons."""
        self.operators += operators
        return len(self.operators) - len(operators)

    def holds(self, site: int, left: Any, right: Any) -> "bool | None":
        """The outcome of a comparison of two numbers; None where it is none, as no number is in another."""
        if site == NO_SITE or self.operators[site] in ("In", "NotIn"):
            return None
        return bool(_COMPARE[self.operators[site]](left, right))

    def compile(self, filename: str) -> CodeType:
        return compile(self.tree, filename, "exec", dont_inherit=True)


class _Inserter(ast.NodeTransformer):
    """Inserts the probes: one pass, functions only (module and class bodies run at import, before any call)."""

    def __init__(self, probed: "Probed") -> None:
        self.probed = probed

    def module(self, tree: ast.Module) -> ast.Module:
        tree.body = [self._outside(statement) for statement in tree.body]
        return ast.fix_missing_locations(tree)

    def _outside(self, node: Any) -> Any:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self._function(node)
        for name in ("body", "orelse", "finalbody"):
            if isinstance(getattr(node, name, None), list):
                setattr(node, name, [self._outside(child) for child in getattr(node, name)])
        for handler in getattr(node, "handlers", []):
            handler.body = [self._outside(child) for child in handler.body]
        return node

    def _function(self, node: Any) -> Any:
        first = self.probed.number(0)
        node.body = self._block(node.body, docstring=True)
        probes = frozenset(range(first, self.probed.number(0)))
        self.probed.functions.append((node.lineno, node.end_lineno or node.lineno, probes))
        return node

    visit_FunctionDef = _function
    visit_AsyncFunctionDef = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return self._outside(node)

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return self.generic_visit(node)

    def _block(self, statements: "list[ast.stmt]", *, docstring: bool = False) -> "list[ast.stmt]":
        """The statements with a probe in front, and one after each statement that can branch."""
        result = []
        if docstring and _is_text(statements[0]):
            result.append(statements[0])
            statements = statements[1:]
        if not statements:
            return result
        here = statements[0]
        probe = self.probed.number()
        result.append(self._count(probe, here))
        for position, statement in enumerate(statements):
            for line in range(statement.lineno, _header_end(statement) + 1):
                self.probed.block_of_line[line] = probe
            result.append(self.visit(statement))
            if _branches(statement) and position + 1 < len(statements):
                probe = self.probed.number()
                result.append(self._count(probe, statements[position + 1]))
        return result

    def _compound(self, node: Any) -> Any:
        for name in ("test", "iter", "subject"):
            if hasattr(node, name):
                child = self.visit(getattr(node, name))
                setattr(node, name, self._condition(child) if name == "test" else child)
        for item in getattr(node, "items", []):
            item.context_expr = self.visit(item.context_expr)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if block:
                setattr(node, name, self._block(block))
        for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
            if getattr(part, "guard", None) is not None:
                part.guard = self._condition(self.visit(part.guard))
            part.body = self._block(part.body)
        return node

    visit_If = visit_While = visit_For = visit_AsyncFor = visit_With = visit_AsyncWith = _compound
    visit_Try = visit_TryStar = visit_Match = _compound

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        node.test = self._condition(node.test)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        self.generic_visit(node)
        node.values = [*map(self._condition, node.values[:-1]), node.values[-1]]
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        self.generic_visit(node)
        node.ifs = [self._condition(test) for test in node.ifs]
        return node

    def visit_Compare(self, node: ast.Compare) -> Any:
        """Both operands are shown; of `a < b < c` all, where each is so plain that it may be evaluated in any case."""
        self.generic_visit(node)
        operators = [type(one).__name__ for one in node.ops]
        if not all(name in _COMPARE for name in operators):
            return node
        site = ast.Constant(self.probed.sites(operators))
        if len(operators) == 1:
            call = self._call("compare", site, ast.Constant(operators[0]), node.left, node.comparators[0])
        elif all(map(_is_plain, node.comparators)):
            call = self._call("chain", site, ast.Constant(" ".join(operators)), node.left, *node.comparators)
        else:
            return node
        return ast.copy_location(call, node)

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        by_place = node.args and not node.keywords and not any(isinstance(one, ast.Starred) for one in node.args)
        if by_place and isinstance(node.func, ast.Attribute) and node.func.attr in _TEXT_TESTS:
            shown = self._call("shown", node.func.value, ast.Constant(node.func.attr), *node.args)
            return ast.copy_location(shown, node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in characters.TESTS and not _has_arguments(node):
            tested = self._call("tested", node.func.value, ast.Constant(node.func.attr))
            return ast.copy_location(tested, node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format" and node.keywords:
            formatted = self._call("formatted", node.func.value, *node.args)
            formatted.keywords = node.keywords
            return ast.copy_location(formatted, node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        return node

    def _condition(self, test: ast.expr) -> ast.expr:
        return ast.copy_location(self._call("branch", ast.Constant(self.probed.number(2)), test), test)

    def _count(self, probe: int, where: ast.stmt) -> ast.stmt:
        call = ast.Expr(self._call("block", ast.Constant(probe)))
        return ast.copy_location(call, where)

    @staticmethod
    def _call(method: str, *arguments: ast.expr) -> ast.Call:
        recorder = ast.Name(RECORDER, ast.Load())
        return ast.Call(ast.Attribute(recorder, method, ast.Load()), list(arguments), [])


_TEXT_TESTS = ("startswith", "endswith", "get", "index", "find", "count", "split", "remove", "pop")


def _has_arguments(node: ast.Call) -> bool:
    return bool(node.args or node.keywords)


def _is_plain(node: ast.expr) -> bool:
    """A constant, a name, or an attribute of one: nothing happens where it is evaluated."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, (ast.Constant, ast.Name))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_dotted(node: ast.expr) -> bool:
    """Whether it is `name.attribute`."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)


def _branches(node: ast.AST) -> bool:
    return hasattr(node, "body") and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _header_end(node: ast.stmt) -> int:
    """The last line of a statement, or of a compound statement's header."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        return max(node.lineno, int(body[0].lineno) - 1)
    cases: list[ast.match_case] = getattr(node, "cases", [])
    return cases[0].body[0].lineno if cases else (node.end_lineno or node.lineno)


_READING = {
    "list", "len", "sorted", "tuple", "dict", "set", "frozenset", "str", "repr", "sum", "min", "max", "bool", "any",
    "all", "int", "float", "round", "abs", "isinstance", "keys", "values", "items", "copy", "lower", "upper",
}  # fmt: skip


def _getters(node: ast.ClassDef) -> "list[str]":
    """Public methods without arguments that are one `return` of an expression which surely changes nothing."""
    found = []
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or item.decorator_list or item.name.startswith("_"):
            continue
        body = [statement for statement in item.body if not _is_text(statement)]
        alone = len(item.args.args) == 1 and not (item.args.vararg or item.args.kwarg or item.args.kwonlyargs)
        if (
            alone
            and len(body) == 1
            and isinstance(body[0], ast.Return)
            and body[0].value
            and _only_reads(body[0].value)
        ):
            found.append(item.name)
    return found


def _only_reads(expression: ast.expr) -> bool:
    for node in ast.walk(expression):
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)):
            return False
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called not in _READING:
                return False
    return True
