"""Which parameters are graphs: code looks up in them what it found in them.

`for other in graph[node]` goes from node to node. A mapping whose values hold nothing that is a key leads nowhere.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aitestgen_guest.arguments.graphs import EDGES, LISTS, LONG_EDGES, PAIRS, WEIGHTS
from aitestgen_guest.arguments.module_data import Function
from aitestgen_guest.shapes import Spec

OWN = frozenset({"self", "cls"})
LETTERS, NUMBERS = ("a", "b", "c", "d"), (1, 2, 3, 4)
_WRAPPERS = frozenset({"sorted", "reversed", "list", "set", "tuple", "iter", "enumerate"})
_LOOKS = frozenset({"get", "setdefault", "pop", "find", "union"})
_SPREADING = frozenset({"extend", "update", "extendleft"})
_GATHERING = frozenset({"add", "append", "appendleft", "extend", "extendleft", "update", "put", "heappush"})


class _Use(NamedTuple):
    """What a function does: its loops (target and what is iterated), and the names that it looks things up by, that it
    gathers to be looked at later, and the expressions of which it puts all items somewhere.
    """

    loops: "list[tuple[ast.expr, ast.expr]]"
    keys: "set[str]"
    gathered: "set[str]"
    spread: "list[ast.AST]"


def graphs(function: Function) -> "dict[str, Spec]":
    """The specs of the function's parameters that are graphs, and of those that are nodes of one."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    names = {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in arguments}
    use = _Use([*_loops(function)], _keys(function), _gathered(function), _spread(function))
    kinds = {name: kind for name in names if name not in OWN and (kind := _kind_of(name, use))}
    if not kinds:
        return {}
    numbered = any(text in names[name] for name in kinds for text in ("[int,", "tuple[int", "Tuple[int"))
    nodes = NUMBERS if numbered else LETTERS
    found: dict[str, Spec] = {name: ("graph", kind, nodes) for name, kind in kinds.items()}
    node: Spec = ("choice", tuple(map(repr, nodes)))
    seeking = (use.keys | use.gathered | _compared(function)) & names.keys() - kinds.keys() - OWN
    return {**found, **{name: node for name in seeking if names[name] in ("", "str", "int", "Hashable", "Any")}}


def _kind_of(name: str, use: _Use) -> str:
    """What kind of graph the parameter is; empty for any other."""
    for target, iterated in use.loops:
        if _is_name(iterated, name) and isinstance(target, ast.Tuple) and _lead_somewhere(target, use):
            return EDGES if len(target.elts) == 2 else LONG_EDGES if len(target.elts) == 3 else ""
    held = {value for target, iterated in use.loops for value in _values_of(target, iterated, name)}
    for target, iterated in use.loops:
        inner, items = _unwrapped(iterated)
        first = target.elts[0] if isinstance(target, ast.Tuple) else target
        goes_on = bool(_names([first]) & (use.keys | use.gathered))
        if goes_on and (_is_lookup(inner, name) or (isinstance(inner, ast.Name) and inner.id in held)):
            return WEIGHTS if items else PAIRS if isinstance(target, ast.Tuple) else LISTS
    return LISTS if any(_is_lookup(part, name) for part in use.spread) else ""


def _spread(function: Function) -> "list[ast.AST]":
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call) and _method(node) in _SPREADING)
    return [part for call in calls for argument in call.args for part in ast.walk(argument)]


def _loops(function: Function) -> "Iterator[tuple[ast.expr, ast.expr]]":
    for node in ast.walk(function):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            yield node.target, node.iter


def _values_of(target: ast.expr, iterated: ast.expr, name: str) -> "Iterator[str]":
    """The variable for the values in a loop over `name.items()` or `name.values()`."""
    inner = iterated.func if isinstance(iterated, ast.Call) else None
    if not isinstance(inner, ast.Attribute) or not _is_name(inner.value, name):
        return
    last = target.elts[-1] if isinstance(target, ast.Tuple) else target
    if inner.attr in ("items", "values") and isinstance(last, ast.Name):
        yield last.id


def _unwrapped(node: ast.expr) -> "tuple[ast.expr, bool]":
    """What is iterated, without what orders or copies it; and whether it is its items."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _WRAPPERS and node.args:
        node = node.args[0]
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args
    if is_method and node.func.attr in ("items", "keys"):  # type: ignore[attr-defined]  # as `is_method` says
        return node.func.value, node.func.attr == "items"  # type: ignore[attr-defined]  # likewise
    return node, False


def _is_lookup(node: ast.AST, name: str) -> bool:
    """Whether it is `name[key]` or `name.get(key, …)`, with a key that is not fixed."""
    if isinstance(node, ast.Subscript):
        return _is_name(node.value, name) and isinstance(node.slice, ast.Name)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"):
        return False
    return _is_name(node.func.value, name) and bool(node.args) and isinstance(node.args[0], ast.Name)


def _lead_somewhere(target: ast.Tuple, use: _Use) -> bool:
    """Whether something is looked up by one end of an edge, and by the other too, or it is kept there."""
    ends = {one.id for one in target.elts[:2] if isinstance(one, ast.Name)}
    return len(ends) == 2 and bool(ends & use.keys) and ends <= use.keys | use.gathered


def _keys(function: Function) -> "set[str]":
    """Names of variables by which something is looked up, or that are given to functions as `find(a)`."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript):
            found |= _names([node.slice])
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            found |= _names([node.left])
        elif isinstance(node, ast.Call) and (isinstance(node.func, ast.Name) or _method(node) in _LOOKS):
            found |= _names(node.args)
    return found


def _gathered(function: Function) -> "set[str]":
    """Names of variables that are put somewhere to be looked at later, alone or with others."""
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call) and _method(node) in _GATHERING)
    found = {one.id for call in calls for part in call.args for one in ast.walk(part) if isinstance(one, ast.Name)}
    lists = (node for node in ast.walk(function) if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load))
    return found | {one.id for node in lists for one in ast.walk(node) if isinstance(one, ast.Name)}


def _compared(function: Function) -> "set[str]":
    """Names of variables that are compared: `node == goal`."""
    compares = (node for node in ast.walk(function) if isinstance(node, ast.Compare))
    return set().union(*(_names([node.left, *node.comparators]) for node in compares))


def _names(nodes: "Iterable[ast.expr]") -> "set[str]":
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
