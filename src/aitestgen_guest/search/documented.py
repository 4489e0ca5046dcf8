"""Cases out of the calls that docstrings show."""

import ast
from collections.abc import Iterable, Iterator

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.findings.doctests import statements
from aitestgen_guest.shapes import Case, Expression


def documented(target: Target, examples: "Iterable[str]") -> "Iterator[Case]":
    """Cases from doctest lines that call a function directly with literal arguments."""
    for example in statements(examples):
        try:
            tree = ast.parse(example, mode="eval").body
        except (SyntaxError, ValueError):
            continue
        if isinstance(tree, ast.Call) and ast.unparse(tree.func).endswith(target.id) and not target.bound:
            arguments = [_expression(node) for node in tree.args]
            keywords = {node.arg: _expression(node.value) for node in tree.keywords if node.arg}
            yield {"target": target.id, "receiver": None, "calls": [], "arguments": arguments,
                   "keywords": keywords, "then": None}  # fmt: skip


def _expression(node: ast.expr) -> Expression:
    try:
        return inputs.data(ast.literal_eval(node))
    except (ValueError, TypeError):
        return ("text", ast.unparse(node))
