"""Repairs of a model's code that need no run: what it means is plain, and how it wrote that does not work."""

import ast
import sys
from collections.abc import Iterable, Mapping

PYTEST_NAMES = frozenset({"approx", "raises", "mark", "param", "fixture"})
USUAL = {
    "date": "from datetime import date",
    "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta",
    "timezone": "from datetime import timezone",
    "partial": "from functools import partial",
    "StringIO": "from io import StringIO",
    "BytesIO": "from io import BytesIO",
    "namedtuple": "from collections import namedtuple",
    "Mock": "from unittest.mock import Mock",
    "MagicMock": "from unittest.mock import MagicMock",
    "Decimal": "from decimal import Decimal",
    "Fraction": "from fractions import Fraction",
    "Path": "from pathlib import Path",
    "OrderedDict": "from collections import OrderedDict",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "deque": "from collections import deque",
    "math": "import math",
    "re": "import re",
    "json": "import json",
    "string": "import string",
    "copy": "import copy",
    "asyncio": "import asyncio",
    "itertools": "import itertools",
    "collections": "import collections",
}
"""Names that models use without an import, and what they mean by them."""
_APPROX = {"rel_tol": "rel", "abs_tol": "abs", "rel": "rel", "abs": "abs", "nan_ok": "nan_ok",
           "tolerance": "abs", "delta": "abs", "relative": "rel", "absolute": "abs"}  # fmt: skip
_COMPARED = {
    "assertEqual": ast.Eq, "assertEquals": ast.Eq, "assertNotEqual": ast.NotEq, "assertIs": ast.Is,
    "assertIsNot": ast.IsNot, "assertIn": ast.In, "assertNotIn": ast.NotIn, "assertGreater": ast.Gt,
    "assertGreaterEqual": ast.GtE, "assertLess": ast.Lt, "assertLessEqual": ast.LtE, "assertListEqual": ast.Eq,
    "assertDictEqual": ast.Eq, "assertTupleEqual": ast.Eq, "assertSetEqual": ast.Eq, "assertAlmostEqual": ast.Eq,
}  # fmt: skip


class Names(ast.NodeTransformer):
    """Other names for what the code means: aliases, `module.name`, pytest's own without their prefix, `self.x`."""

    def __init__(self, renamed: Mapping[str, str], modules: Iterable[str], *, receiver: str = "") -> None:
        self._renamed = renamed
        self._modules = frozenset(modules)
        self._receiver = receiver

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._renamed:
            return ast.copy_location(_dotted(self._renamed[node.id], node.ctx), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        if self._receiver and isinstance(node.value, ast.Name) and node.value.id == self._receiver:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        self.generic_visit(node)
        return node


def _dotted(name: str, context: ast.expr_context) -> ast.expr:
    first, *rest = name.split(".")
    found: ast.expr = ast.Name(first, ast.Load() if rest else context)
    for part in rest:
        found = ast.Attribute(found, part, ast.Load())
    return found


class Spelling(ast.NodeTransformer):
    """What pytest and Python have no such spelling for: invented keywords of `approx`, `is` between values."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(ast.Name("pytest"), "approx"):
                known = [(_APPROX[word.arg], word.value) for word in node.keywords if word.arg in _APPROX]
                node.keywords = [ast.keyword(name, value) for name, value in dict(known).items()]
            case ast.Attribute(ast.Name("pytest"), "raises"):
                node.keywords = [word for word in node.keywords if word.arg in ("match", "check")]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        for place, (kind, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
            if isinstance(kind, ast.Is | ast.IsNot) and _is_value(right):
                node.ops[place] = ast.Eq() if isinstance(kind, ast.Is) else ast.NotEq()
        return node


def _is_value(node: ast.expr) -> bool:
    """Whether it is written so that `is` tells nothing: a literal other than None, True, False and `...`."""
    match node:
        case ast.Constant(value=value):
            return value is not ... and not isinstance(value, bool | None)
        case ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
            return True
    return False


def as_plain_assert(call: ast.expr) -> ast.stmt | None:
    """unittest's assertion as one of Python's; None for what is none."""
    match call:
        case ast.Call(ast.Attribute(ast.Name("self"), name), arguments):
            return _plain(name, arguments)
    return None


def _plain(name: str, arguments: list[ast.expr]) -> ast.stmt | None:
    match name, arguments:
        case (("assertTrue" | "assert_"), [value, *_]):
            return ast.Assert(value)
        case "assertFalse", [value, *_]:
            return ast.Assert(ast.UnaryOp(ast.Not(), value))
        case (("assertIsNone" | "assertIsNotNone"), [value, *_]):
            kind = ast.Is() if name == "assertIsNone" else ast.IsNot()
            return ast.Assert(ast.Compare(value, [kind], [ast.Constant(None)]))
        case "assertIsInstance", [value, kind, *_]:
            return ast.Assert(ast.Call(ast.Name("isinstance", ast.Load()), [value, kind], []))
        case _, [left, right, *_] if name in _COMPARED:
            if name == "assertAlmostEqual":
                right = ast.Call(_dotted("pytest.approx", ast.Load()), [right], [])
            return ast.Assert(ast.Compare(left, [_COMPARED[name]()], [right]))
        case "assertRaises", [error, function, *rest]:
            return ast.With([ast.withitem(raising(error))], [ast.Expr(ast.Call(function, rest, []))])
    return None


def raising(error: ast.expr, keywords: Iterable[ast.keyword] = ()) -> ast.expr:
    """`pytest.raises(error)`."""
    return ast.Call(_dotted("pytest.raises", ast.Load()), [error], list(keywords))


def names_of_module(module: str, taken: Iterable[str]) -> frozenset[str]:
    """By what an answer may call the module without having imported it: its last name, where that is no other's."""
    last = module.rpartition(".")[2]
    return frozenset() if last in sys.stdlib_module_names or last in frozenset(taken) else frozenset({last})


def is_foreign(module: str) -> bool:
    """Whether an import names neither the standard library nor pytest: a model's wrong name for the module."""
    top = module.partition(".")[0]
    return top not in sys.stdlib_module_names and top not in ("pytest", "hypothesis", "typing_extensions")


def is_vacuous(test: ast.expr) -> bool:
    """Whether an assertion holds, or fails, whatever the code under test does."""
    match test:
        case ast.IfExp() | ast.Tuple() | ast.Lambda() | ast.JoinedStr() | ast.Constant() | ast.GeneratorExp():
            return True
        case ast.BoolOp(ast.Or(), values) if any(isinstance(value, ast.Constant) and value.value for value in values):
            return True
        case ast.Compare(left, [ast.Eq() | ast.Is() | ast.LtE() | ast.GtE()], [right]):
            if ast.dump(left) == ast.dump(right) and not any(isinstance(n, ast.Call) for n in ast.walk(left)):
                return True
    return not any(isinstance(node, ast.Name) for node in ast.walk(test))
