"""Which parameters a module examines: it asks for their type, or whether there is a value at all.

A parameter with an annotation is given values that fit it. Where the code itself reckons with others, these are worth
a test as well.
"""

import ast
import functools

_ASKING = (
    "isinstance",
    "issubclass",
    "type",
    "callable",
    "hasattr",
    "iscoroutinefunction",
    "iscoroutine",
    "isawaitable",
)
_REFUSALS = ("TypeError", "AttributeError")


@functools.lru_cache(maxsize=4)
def examined_names(source: str) -> "frozenset[str]":
    """The names of the parameters that any function of the module examines; all parameters of one that raises or
    catches TypeError or AttributeError.
    """
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return frozenset(name for function in functions for name in _examined_in(function))


def _examined_in(function: "ast.FunctionDef | ast.AsyncFunctionDef") -> "set[str]":
    given = function.args
    parameters = {item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    found: set[str] = set()
    for node in ast.walk(function):
        if _refuses(node):
            return parameters
        found |= _asked_of(node)
    return found & parameters


def _asked_of(node: ast.AST) -> "set[str]":
    if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rpartition(".")[2] in _ASKING:
        return _names(node.args[0])
    if isinstance(node, ast.Compare) and any(
        isinstance(item, ast.Constant) and item.value is None for item in node.comparators
    ):
        return _names(node.left)
    return _names(node.subject) if isinstance(node, ast.Match) else set()


def _names(node: ast.AST) -> "set[str]":
    return {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}


def _refuses(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise) and node.exc is not None:
        kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return ast.unparse(kind) in _REFUSALS
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or any(name in ast.unparse(node.type) for name in _REFUSALS)
    return False
