"""Generators that make use of what is sent to them."""

import ast
import functools
from collections.abc import Generator, Iterator
from typing import Any


def sent_to(generator: "Generator[Any, Any, Any]", *values: Any) -> "list[Any]":
    """What the generator answers: at first, to each of the values, and with its end, if it comes to that."""
    answers = []
    try:
        answers.append(next(generator))
        for value in values:
            answers.append(generator.send(value))  # noqa: PERF401 - in a generator expression its end would be an error
    except StopIteration as stop:
        answers.append(stop.value)
    return answers


@functools.lru_cache(maxsize=4)
def receivers(source: str) -> "frozenset[str]":
    """The functions, by path, that make use of what a `yield` gives them."""
    tree = ast.parse(source)
    return frozenset(path for path, function in _functions(tree) if any(map(_receives, ast.walk(function))))


def _functions(tree: ast.Module) -> "Iterator[tuple[str, ast.FunctionDef]]":
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, ast.FunctionDef))


def _receives(node: ast.AST) -> bool:
    """Whether it is a statement that does something with what a `yield` gives."""
    value = getattr(node, "value", None)
    return isinstance(value, ast.Yield) and not isinstance(node, ast.Expr)
