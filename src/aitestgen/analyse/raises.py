"""Which exceptions the code announces by raising them, itself or through calls inside its module."""

import ast
from collections.abc import Iterator, Mapping

from aitestgen.analyse.examples import looks_like_class
from aitestgen.analyse.source import dotted

_CONSTRUCTION = ("__init__", "__new__", "__post_init__")
_TOO_BROAD = frozenset({"Exception", "BaseException"})


def raised(nodes: Mapping[str, ast.stmt]) -> dict[str, tuple[str, ...]]:
    """For each qualified name the exceptions that a call of it can raise on purpose, in order of nearness.

    Calls of the module's functions, of its classes and of methods on `self` are followed. An `assert` announces
    AssertionError. A class raises what its construction raises.
    """
    own = {name: list(_own_raises(node)) for name, node in nodes.items()}
    calls = {name: list(_calls(name, node, nodes)) for name, node in nodes.items()}
    return {name: tuple(_collected(name, own, calls)) for name in nodes}


def _collected(name: str, own: Mapping[str, list[str]], calls: Mapping[str, list[str]]) -> dict[str, None]:
    waiting, seen, names = [name], {name}, dict[str, None]()
    while waiting:
        current = waiting.pop(0)
        names.update(dict.fromkeys(own[current]))
        new = [callee for callee in calls[current] if callee not in seen]
        seen.update(new)
        waiting.extend(new)
    return names


def _own_raises(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        return
    for child in sorted(ast.walk(node), key=lambda one: getattr(one, "lineno", 0)):
        if isinstance(child, ast.Assert):
            yield "AssertionError"
        elif isinstance(child, ast.Raise) and looks_like_class(dotted(child.exc)):
            yield dotted(child.exc)
        elif isinstance(child, ast.ExceptHandler) and _reraises(child):
            names = set(map(dotted, _caught(child))) - _TOO_BROAD
            yield from sorted(filter(looks_like_class, names))


def _reraises(handler: ast.ExceptHandler) -> bool:
    raises = (node for node in ast.walk(handler) if isinstance(node, ast.Raise))
    return any(node.exc is None or (handler.name and dotted(node.exc) == handler.name) for node in raises)


def _caught(handler: ast.ExceptHandler) -> list[ast.expr]:
    if isinstance(handler.type, ast.Tuple):
        return handler.type.elts
    return [handler.type] if handler.type else []


def _calls(name: str, node: ast.stmt, nodes: Mapping[str, ast.stmt]) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        members = (f"{name}.{method}" for method in _CONSTRUCTION)
        bases = (dotted(base) for base in node.bases)
        yield from (callee for callee in (*members, *bases) if callee in nodes)
        return
    owner = name.rpartition(".")[0]
    for child in ast.walk(node):
        callee = dotted(child.func) if isinstance(child, ast.Call) else ""
        first, _, rest = callee.partition(".")
        if owner and first in {"self", "cls"}:
            callee = f"{owner}.{rest}" if rest else owner
        if callee in nodes:
            yield callee
