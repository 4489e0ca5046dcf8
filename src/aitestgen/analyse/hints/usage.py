"""What the use of a variable in a function's body tells about its type."""

import ast
import builtins
from collections.abc import Callable, Iterator

from aitestgen.analyse.hints.annotations import types_of
from aitestgen.analyse.hints.expressions import Known, element_of, key, locals_of, members_of, type_of
from aitestgen.analyse.hints.scope import Scope
from aitestgen.analyse.hints.tables import ATTRIBUTES, FUNCTIONS, METHOD_ARGUMENTS, NUMBER, SINGLE_CHARACTER
from aitestgen.analyse.hints.votes import Votes
from aitestgen.analyse.source import Function, last_name

_CONVERSIONS = frozenset(
    {
        "list",
        "set",
        "tuple",
        "dict",
        "iter",
        "str",
        "int",
        "float",
        "sorted",
        "frozenset",
        "bool",
        "bytes",
        "map",
        "filter",
    }
)
_ITEMS = frozenset({"int", "float", "str"})
_UNUSABLE = frozenset({"", "none"})
ONLY_BYTES = 6
"""How much it weighs that a function takes bytes and nothing else, lists and texts not."""


class Usage:
    """One reading of a function's body: `votes` holds evidence for its variables and for `self.` attributes."""

    def __init__(self, function: Function | ast.Lambda, scope: Scope, known: Known) -> None:
        self.votes = Votes()
        self.scope = scope
        self.known = locals_of(function, scope, known)
        self.attributes: dict[str, set[str]] = {}
        self.loops: list[tuple[str, str]] = []
        self.characters: set[str] = set()
        self.until = _rebound(function)
        self.caught = {
            node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.name is not None
        }
        body = [function.body] if isinstance(function, ast.Lambda) else function.body
        for statement in body:
            for node in ast.walk(statement):
                self._observe(node)
        self._conclude()

    def vote(self, node: ast.expr, types: str, weight: float) -> None:
        """Count evidence for an expression where it is a variable that still holds what was passed."""
        name = key(node)
        if name and types and node.lineno <= self.until.get(name, node.lineno):
            self.votes.add(name, types, weight)
        elif isinstance(node, ast.Subscript):
            self._vote_for_whole(node, types, weight)

    def _vote_for_whole(self, node: ast.Subscript, types: str, weight: float) -> None:
        """What is known of a part of a list is known of the list: of a slice the same, of an item its type."""
        if isinstance(node.slice, ast.Slice):
            self.vote(node.value, types, weight)
        elif self.type_of(node.slice) == "int":
            found = (f"list[{one}]" for one in types.split() if one in _ITEMS)
            self.vote(node.value, " ".join(found), weight)

    def type_of(self, node: ast.expr) -> str:
        """The known type of an expression, None's left out."""
        found = type_of(node, self.scope, self.known)
        return "" if found in _UNUSABLE else found

    def _observe(self, node: ast.AST) -> None:
        observer = _OBSERVERS.get(type(node))
        if observer is not None:
            observer(self, node)

    def _conclude(self) -> None:
        for name, used in self.attributes.items():
            for attribute in used:
                self.votes.add(name, ATTRIBUTES.get(attribute, ""), 4)
            for owner, offered in self.scope.classes.items():
                if used <= offered and not used <= ATTRIBUTES.keys():
                    self.votes.add(name, f"class:{owner}", 5)
        for source, variable in self.loops:
            self._conclude_loop(source, variable)

    def _conclude_loop(self, source: str, variable: str) -> None:
        best = self.votes.best(variable)
        if variable in self.characters:
            self.votes.add(source, "str", 6)
        elif best in {"int", "float", "str"}:
            self.votes.add(source, "list[str]" if best == "str" else "list[int]", 3)


def _attribute(usage: Usage, node: ast.Attribute) -> None:
    name = key(node.value)
    if name and node.lineno <= usage.until.get(name, node.lineno):
        usage.attributes.setdefault(name, set()).add(node.attr)
        if node.attr in SINGLE_CHARACTER:
            usage.characters.add(name)


def _compare(usage: Usage, node: ast.Compare) -> None:
    for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
        if isinstance(operator, ast.In | ast.NotIn):
            _membership(usage, left, right)
        elif isinstance(operator, ast.Is | ast.IsNot):
            _identity(usage, left, right)
        else:
            ordered = not isinstance(operator, ast.Eq | ast.NotEq)
            _one_side(usage, left, right, ordered)
            _one_side(usage, right, left, ordered)


def _one_side(usage: Usage, node: ast.expr, other: ast.expr, ordered: bool) -> None:
    found = usage.type_of(other)
    if isinstance(other, ast.Constant) and isinstance(other.value, str) and len(other.value) == 1:
        usage.characters.add(key(node))
    if found == "int" and isinstance(other, ast.Constant | ast.UnaryOp):
        usage.vote(node, NUMBER, 2)
    elif found:
        usage.vote(node, found, 3)
    elif ordered:
        usage.vote(node, "int float", 0.7)


def _membership(usage: Usage, item: ast.expr, container: ast.expr) -> None:
    for member in members_of(container, usage.scope)[:3]:
        usage.vote(item, usage.type_of(member), 2)
    found = usage.type_of(container)
    usage.vote(item, element_of(found), 3)
    if isinstance(container, ast.Constant) and found == "str":
        usage.characters.add(key(item))
    usage.vote(
        container,
        {"str": "str list[str] dict", "int": "list[int] dict"}.get(usage.type_of(item), "dict list[Any]"),
        1.5,
    )


def _identity(usage: Usage, node: ast.expr, other: ast.expr) -> None:
    if isinstance(other, ast.Constant):
        usage.vote(node, "none" if other.value is None else "bool", 1.5)
    else:
        usage.vote(node, usage.type_of(other), 2)


def _binary(usage: Usage, node: ast.BinOp) -> None:
    for one, other in ((node.left, node.right), (node.right, node.left)):
        _operand(usage, one, node.op, other, is_left=one is node.left)


def _operand(usage: Usage, one: ast.expr, operator: ast.operator, other: ast.expr, *, is_left: bool) -> None:
    found = usage.type_of(other)
    if isinstance(operator, ast.Mult | ast.Mod) and ("str" in found or "list" in found):
        usage.vote(one, "int" if isinstance(operator, ast.Mult) else "str int", 2)
    elif isinstance(operator, ast.Mod | ast.FloorDiv | ast.LShift | ast.RShift | ast.BitXor):
        usage.vote(one, "int float", 3)
    elif isinstance(operator, ast.BitAnd | ast.BitOr):
        usage.vote(one, found or "int set", 2)
    elif isinstance(operator, ast.Div) and is_left and isinstance(other, ast.Constant) and found == "str":
        usage.vote(one, "path", 3)
    elif isinstance(operator, ast.Add):
        usage.vote(one, found if found not in {"int", "float"} else NUMBER, 2.5) if found else usage.vote(
            one, NUMBER, 1
        )
    elif found == "float":
        usage.vote(one, "float int", 2.5)
    else:
        usage.vote(one, found if found in {"datetime", "date", "set"} else NUMBER, 2.5)


def _unary(usage: Usage, node: ast.UnaryOp) -> None:
    if isinstance(node.op, ast.USub | ast.UAdd | ast.Invert):
        usage.vote(node.operand, NUMBER, 2.5)
    elif isinstance(node.op, ast.Not):
        usage.vote(node.operand, "bool", 0.4)


def _augmented(usage: Usage, node: ast.AugAssign) -> None:
    _operand(usage, node.target, node.op, node.value, is_left=True)
    _operand(usage, node.value, node.op, node.target, is_left=False)


def _condition(usage: Usage, node: ast.If | ast.IfExp | ast.While) -> None:
    usage.vote(node.test, "bool", 1)


def _loop(usage: Usage, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
    usage.vote(node.iter, "list[Any]", 3)
    if isinstance(node.target, ast.Name) and key(node.iter):
        usage.loops.append((key(node.iter), node.target.id))
    _loop_over_call(usage, node)


def _loop_over_call(usage: Usage, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
    """`for index, x in enumerate(items)` and `for x, y in zip(xs, ys)` loop over what is passed."""
    if not isinstance(node.iter, ast.Call) or not isinstance(node.iter.func, ast.Name):
        return
    variables = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
    name = node.iter.func.id
    pairs = zip(node.iter.args, variables[1:] if name == "enumerate" else variables, strict=False)
    if name in {"enumerate", "zip", "sorted", "reversed", "set"}:
        usage.loops.extend((key(source), key(variable)) for source, variable in pairs if key(source) and key(variable))


def _subscript(usage: Usage, node: ast.Subscript) -> None:
    index = node.slice
    if isinstance(index, ast.Slice):
        usage.vote(node.value, "list[Any] str", 2)
        for edge in (index.lower, index.upper, index.step):
            if edge is not None:
                usage.vote(edge, "int", 4)
        return
    found = usage.type_of(index)
    container = {"str": "dict", "int": "list[Any] str" if isinstance(node.ctx, ast.Load) else "list[Any]"}
    usage.vote(node.value, container.get(found, "dict list[Any]"), 4 if found == "str" else 2)
    for member in members_of(node.value, usage.scope)[:1]:
        usage.vote(index, usage.type_of(member), 3)
    usage.vote(index, _index_type(usage, node), 1.5)


def _index_type(usage: Usage, node: ast.Subscript) -> str:
    found = usage.type_of(node.value)
    return "str int" if found == "dict" else "int" if found else "int str"


def _call(usage: Usage, node: ast.Call) -> None:
    usage.vote(node.func, "callable", 8)
    name = usage.scope.full_name(node.func)
    if name == "isinstance" and len(node.args) == 2:
        _isinstance(usage, node.args[0], node.args[1])
    for argument, types in zip(node.args, FUNCTIONS.get(name, ()), strict=False):
        usage.vote(argument, types, ONLY_BYTES if types == "bytes" else 4)
    if name == "ord" and node.args:
        usage.characters.add(key(node.args[0]))
    if name in {"max", "min"} and node.args:
        _extreme(usage, node)
    _method_arguments(usage, node)
    for keyword in node.keywords:
        known = {"key": "callable", None: "dict"} if name in {"sorted", "max", "min", "dict"} or not keyword.arg else {}
        usage.vote(keyword.value, known.get(keyword.arg, ""), 4)
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            usage.vote(argument.value, "list[Any]", 3)


def _isinstance(usage: Usage, node: ast.expr, wanted: ast.expr) -> None:
    names = usage.scope.annotation_names()
    members = wanted.elts if isinstance(wanted, ast.Tuple) else [wanted]
    if key(node) in usage.caught:
        usage.vote(wanted, "exception-type", 4)
    if any(_is_exception(member) for member in members):
        usage.vote(node, "exception", 3)
    for member in members:
        for found in types_of(ast.unparse(member), names):
            usage.vote(node, found, 4)


def _extreme(usage: Usage, node: ast.Call) -> None:
    if len(node.args) == 1:
        usage.vote(node.args[0], "list[int]", 3)
        return
    found = next(filter(None, map(usage.type_of, node.args)), "")
    for argument in node.args:
        usage.vote(argument, found if found not in {"int", ""} else NUMBER, 2.5)


def _method_arguments(usage: Usage, node: ast.Call) -> None:
    """`", ".join(p)`, `text.startswith(p)`, `items.extend(p)`, `mapping.get(p)`."""
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return
    owner = usage.type_of(node.func.value)
    wanted, types = METHOD_ARGUMENTS.get(node.func.attr, ("", ""))
    if not wanted or owner == wanted:
        for argument in node.args[:2]:
            usage.vote(argument, types, ONLY_BYTES if types == "bytes" else 4)
    if owner == "dict" and node.func.attr in {"get", "pop", "setdefault"}:
        _lookup(usage, node.args[0], node.func.value)


def _lookup(usage: Usage, node: ast.expr, container: ast.expr) -> None:
    members = members_of(container, usage.scope)
    usage.vote(node, usage.type_of(members[0]) if members else "str int", 2)


def _assigned(usage: Usage, node: ast.Assign) -> None:
    for target in node.targets:
        if isinstance(target, ast.Tuple):
            usage.vote(node.value, "tuple list[Any]", 2.5)
        else:
            usage.vote(node.value, usage.known.get(key(target), "") if key(target).startswith("self.") else "", 2)
            is_conversion = usage.until.get(key(target)) == node.lineno
            usage.vote(target, "" if is_conversion else usage.type_of(node.value), 1.5)


def _formatted(usage: Usage, node: ast.FormattedValue) -> None:
    written = ast.unparse(node.format_spec) if node.format_spec else ""
    if "%" in written or ".2f" in written or written.rstrip("'\"").endswith(("f", "e", "g")):
        usage.vote(node.value, "float int", 2.5)
    elif written.rstrip("'\"").endswith(("d", "x", "b")):
        usage.vote(node.value, "int", 2.5)


def _with(usage: Usage, node: ast.withitem) -> None:
    usage.vote(node.context_expr, "file", 1)


def _delegated(usage: Usage, node: ast.YieldFrom) -> None:
    usage.vote(node.value, "list[Any]", 3)


def _rebound(function: Function | ast.Lambda) -> dict[str, int]:
    """The line after which a name holds something else than was passed: that of its first conversion."""
    until: dict[str, int] = {}
    for name, line in _conversions(function):
        until[name] = min(line, until.get(name, line))
    return until


def _conversions(function: Function | ast.Lambda) -> Iterator[tuple[str, int]]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=called), args=arguments)):
                inside = (one for argument in arguments for one in ast.walk(argument))
                mentioned = {one.id for one in inside if isinstance(one, ast.Name)}
                if called in _CONVERSIONS and name in mentioned:
                    yield name, node.lineno


def _handler(usage: Usage, node: ast.ExceptHandler) -> None:
    if isinstance(node.type, ast.Name | ast.Attribute):
        usage.vote(node.type, "exception-type", 4)


def _raised(usage: Usage, node: ast.Raise) -> None:
    if node.exc is not None:
        usage.vote(node.exc, "exception", 3)


def _is_exception(node: ast.expr) -> bool:
    found = getattr(builtins, last_name(node), None)
    return isinstance(found, type) and issubclass(found, BaseException)


_OBSERVERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Attribute: _attribute,
    ast.ExceptHandler: _handler,
    ast.Raise: _raised,
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.AugAssign: _augmented,
    ast.If: _condition,
    ast.IfExp: _condition,
    ast.While: _condition,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.comprehension: _loop,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.Assign: _assigned,
    ast.FormattedValue: _formatted,
    ast.withitem: _with,
    ast.YieldFrom: _delegated,
}
