"""What a module's source mentions: looked up once, since a stage is set up for many imports of the same source."""

import ast
import functools
import re


@functools.lru_cache(maxsize=256)
def mentions(source: str, pattern: str) -> bool:
    """Whether the regular expression is found in the source, comments and docstrings aside."""
    return re.search(pattern, _code(source), re.MULTILINE) is not None


def has_threads(source: str) -> bool:
    """Whether the module starts threads, or hands work to such."""
    names = r"\b(Thread|ThreadPool|ThreadPoolExecutor|to_thread|run_in_executor)\b"
    return mentions(source, rf"{names}|\bthreading\.Timer\b|from threading import[^\n]*\bTimer\b")


@functools.lru_cache(maxsize=4)
def _code(source: str) -> str:
    """The source as Python writes it, each statement on one line, without what only people read."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                first.value = ast.Constant(...)
    return ast.unparse(tree)
