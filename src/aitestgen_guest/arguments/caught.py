"""Functions that a module is given: what it catches of them, which it awaits, of which it asks what kind they are."""

import ast
import builtins
import functools
from collections.abc import Sequence

from aitestgen_guest.shapes import Spec

_COMMON = {
    "Exception": "ValueError",
    "BaseException": "ValueError",
    "LookupError": "KeyError",
    "ArithmeticError": "ValueError",
}
_OF_MESSAGES = {
    "OSError": "down",
    "IOError": "down",
    "ConnectionError": "down",
    "TimeoutError": "timed out",
    "KeyError": "key",
}
MOST = 4


@functools.lru_cache(maxsize=4)
def caught_failures(source: str) -> "tuple[str, ...]":
    """Texts of exceptions that `except` clauses of the module catch, and of one that they do not; none without such."""
    tree = ast.parse(source)
    caught = [name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) for name in _caught_by(node, tree)]
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    known = [_COMMON.get(name, name) for name in caught]
    usable = [name for name in known if name in own or _is_plain_error(name)]
    if not caught:
        return ()
    names = list(dict.fromkeys(usable))[:MOST]
    other = next(
        name for name in ("RuntimeError", "KeyError", "ValueError", "OSError", "EOFError") if name not in names
    )
    return tuple(
        f'{name}("{_OF_MESSAGES.get(name, "boom")}")' for name in [*(names or ["ValueError", "OSError"]), other]
    )


@functools.lru_cache(maxsize=4)
def notifies(source: str) -> bool:
    """Whether the module calls a function that it was given, or keeps, without a use for what that returns."""
    nodes = _nodes(source)
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    dropped = [node.value for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    return any(isinstance(call.func, ast.Name) and call.func.id in bound for call in dropped)


def _caught_by(handler: ast.ExceptHandler, tree: ast.Module) -> "list[str]":
    """The names in the clause; of a parameter there, those in its default."""
    if handler.type is None:
        return ["Exception"]
    items = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    found = []
    for item in items:
        name = ast.unparse(item)
        found += _defaults_of(name, tree) or [name]
    return found


def _defaults_of(name: str, tree: ast.Module) -> "list[str]":
    """The names in the defaults of parameters of that name, anywhere in the module."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.arguments):
            continue
        by_place = [*node.posonlyargs, *node.args]
        pairs = [*zip(reversed(by_place), reversed(node.defaults)), *zip(node.kwonlyargs, node.kw_defaults)]  # noqa: B905 - fewer defaults than parameters
        found += [inner for item, default in pairs if item.arg == name and default for inner in _names_in(default)]
    return list(dict.fromkeys(found))


def _names_in(node: ast.expr) -> "list[str]":
    return [item.id for item in ast.walk(node) if isinstance(item, ast.Name)]


def _is_plain_error(name: str) -> bool:
    """Whether it is a builtin exception that takes a message, and that ends nothing."""
    kind = getattr(builtins, name, None)
    ending = (
        "StopIteration",
        "StopAsyncIteration",
        "UnicodeDecodeError",
        "UnicodeEncodeError",
        "UnicodeTranslateError",
    )
    return isinstance(kind, type) and issubclass(kind, Exception) and name not in ending


Nodes = Sequence[ast.AST]
_ASKING = "iscoroutinefunction"
_READS = frozenset({"readline", "readexactly", "readuntil"})
_WRITES = frozenset({"drain", "wait_closed"})
_STARTING = frozenset({"ensure_future", "create_task", "wait_for", "gather", "shield", "run_until_complete"})
"""Functions that await, now or later, the calls that are written as their arguments; `asyncio.run` is another."""


@functools.lru_cache(maxsize=4)
def roles(source: str) -> "dict[str, Spec]":
    """By the names of parameters without annotation what they take, where the module awaits it or reads it so."""
    nodes = _nodes(source)
    awaited: Spec = ("callable", None, ("awaitable", ("any",)))
    found: dict[str, Spec] = dict.fromkeys(_awaited(nodes) - asked_names(source), awaited)
    found.update(dict.fromkeys(_awaitable(nodes), ("awaitable", ("any",))))
    found.update(dict.fromkeys(_streamed(nodes), ("stream", ("any",))))
    if any(isinstance(node, ast.Await) for node in nodes):
        found.update(dict.fromkeys(_having(nodes, _READS), ("reader",)))
        found.update(dict.fromkeys(_having(nodes, _WRITES), ("writer",)))
    return found


@functools.lru_cache(maxsize=4)
def asked_names(source: str) -> "frozenset[str]":
    """Names of what the module asks whether it is a coroutine function, parameters or attributes, also by another name
    (`origin = fn`).
    """
    nodes = _nodes(source)
    asking = [call for call in nodes if isinstance(call, ast.Call) and _named(call.func) == _ASKING]
    names = {_named(item) for call in asking for item in call.args} - {""}
    others = [node for node in nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)]
    return frozenset(names.union(_named(node.value) for node in others if _named(node.targets[0]) in names))


@functools.lru_cache(maxsize=4)
def _nodes(source: str) -> "tuple[ast.AST, ...]":
    return tuple(ast.walk(ast.parse(source)))


def _awaited(nodes: Nodes) -> "frozenset[str]":
    """Names of parameters that the module awaits calls of, also where it has put them into attributes."""
    waited = [node.value for node in nodes if isinstance(node, ast.Await)]
    waited += [item for node in nodes if isinstance(node, ast.Call) and _starts(node) for item in node.args]
    return frozenset(_named(item.func) for item in waited if isinstance(item, ast.Call)) - {""}


def _awaitable(nodes: Nodes) -> "frozenset[str]":
    """Names of parameters that the module awaits as they are."""
    waited = [node.value for node in nodes if isinstance(node, ast.Await)]
    waited += [node.args[0] for node in nodes if isinstance(node, ast.Call) and _starts(node) and node.args]
    return frozenset(item.id for item in waited if isinstance(item, ast.Name))


def _streamed(nodes: Nodes) -> "frozenset[str]":
    """Names of what the module reads with `async for`."""
    read = [node.iter for node in nodes if isinstance(node, ast.AsyncFor)]
    read += [node.iter for node in nodes if isinstance(node, ast.comprehension) and node.is_async]
    return frozenset(map(_named, read)) - {""}


def _having(nodes: Nodes, methods: "frozenset[str]") -> "frozenset[str]":
    """Names of what has one of the methods."""
    called = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return frozenset(_named(method.value) for method in called if method.attr in methods) - {""}


def _starts(call: ast.Call) -> bool:
    return _named(call.func) in _STARTING or ast.unparse(call.func) == "asyncio.run"


def _named(node: ast.expr) -> str:
    """The name, or that of the attribute without leading underscores; none of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr.lstrip("_") if isinstance(node, ast.Attribute) else ""
