"""Python texts for code that reads Python: linters, evaluators, importers, whatever asks for a syntax tree."""

import ast
from collections.abc import Iterator

from aitestgen.analyse.source import dotted

_READERS = frozenset(
    {"ast.parse", "eval", "exec", "compile", "parso.parse", "libcst.parse_module", "tokenize.tokenize"}
)
_IMPORTED = frozenset({"parse", "generate_tokens", "parse_module"})
_OF_THEM = frozenset({"ast", "parso", "libcst", "tokenize", "typed_ast"})
_PLAIN = ("1 + 2", "x", "x = 1", "def f(a, b=1):\n    return a")
_EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "Constant": ("1", "'text'", "None", "2.5"),
    "Num": ("1", "2.5"),
    "Str": ("'text'",),
    "NameConstant": ("True", "None"),
    "Name": ("x", "x + 1"),
    "BinOp": ("1 + 2", "2 * 3", "'a' * 3"),
    "UnaryOp": ("-1", "not 1"),
    "BoolOp": ("1 and 0", "0 or 2", "1 and 2 and 3"),
    "Compare": ("1 < 2", "1 < 2 < 3", "3 < 2 < 4"),
    "IfExp": ("1 if 2 > 1 else 0", "1 if 0 else 2"),
    "Call": ("len('ab')", "int('3')", "f(1, x=2)"),
    "keyword": ("f(x=2)", "int('11', base=2)"),
    "Starred": ("[*[1], 2]", "f(*a)"),
    "Attribute": ("'a'.upper()", "x.y", "(1).real"),
    "Subscript": ("[1, 2][0]", "{'a': 1}['a']", "'abc'[1:2]"),
    "Slice": ("'abc'[1:2]", "[1, 2, 3][::2]", "'abc'[1:]"),
    "List": ("[1, 2]", "[]"),
    "Tuple": ("(1, 2)",),
    "Set": ("{1, 2}",),
    "Dict": ("{'a': 1}", "{**{'a': 1}, 'b': 2}"),
    "ListComp": ("[i * 2 for i in [1, 2, 3] if i > 1]", "[i for i in []]"),
    "SetComp": ("{i for i in [1, 2]}",),
    "DictComp": ("{k: v for k, v in [(1, 2)]}",),
    "GeneratorExp": ("list(i for i in [1, 2])",),
    "comprehension": ("[i for i in [1, 2, 3] if i > 1]", "[(i, j) for i in [1, 2] for j in [3]]"),
    "JoinedStr": ("f'{1}a'", "f'{1:>3}'"),
    "FormattedValue": ("f'{1:>3}'", "f'{1!r}'"),
    "Lambda": ("lambda a: a",),
    "NamedExpr": ("(y := 1)",),
    "Expression": ("1",),
    "Expr": ("1", "f(1)"),
    "Add": ("1 + 2",),
    "Sub": ("5 - 3",),
    "Mult": ("2 * 3",),
    "Div": ("7 / 2", "1 / 0"),
    "FloorDiv": ("7 // 2",),
    "Mod": ("7 % 4",),
    "Pow": ("2 ** 3",),
    "LShift": ("1 << 2",),
    "RShift": ("8 >> 1",),
    "BitOr": ("1 | 2",),
    "BitAnd": ("3 & 1",),
    "BitXor": ("1 ^ 3",),
    "USub": ("-1",),
    "UAdd": ("+1",),
    "Not": ("not 1",),
    "Invert": ("~1",),
    "And": ("1 and 2", "0 and 1"),
    "Or": ("0 or 2", "1 or 2"),
    "Eq": ("1 == 1",),
    "NotEq": ("1 != 1",),
    "Lt": ("1 < 2",),
    "LtE": ("2 <= 1",),
    "Gt": ("2 > 1",),
    "GtE": ("1 >= 2",),
    "Is": ("None is None",),
    "IsNot": ("1 is not None",),
    "In": ("1 in [1, 2]",),
    "NotIn": ("1 not in [1, 2]",),
}
_STATEMENTS: dict[str, tuple[str, ...]] = {
    "FunctionDef": ("def f(a, b=1):\n    return a", '@d\ndef f(self):\n    """Say it."""'),
    "arguments": ("def f(a, /, b: int = 1, *c, d=2, **e) -> int:\n    return b",),
    "AsyncFunctionDef": ("async def f():\n    await g()",),
    "ClassDef": ("class A(B):\n    x = 1", "class A:\n    def f(self):\n        return self.x"),
    "Import": ("import os", "import numpy as np, os.path"),
    "ImportFrom": ("from os import path as p", "from . import a", "from __future__ import annotations"),
    "alias": ("import numpy as np", "from os import path as p"),
    "Assign": ("x = 1", "a = b = 'c'", "a, b = 1, 2", "__all__ = ['a']", "__version__ = '1.2'"),
    "AugAssign": ("x = 1\nx += 2",),
    "AnnAssign": ("x: int = 1",),
    "For": ("for i in [1, 2]:\n    print(i)\nelse:\n    pass",),
    "While": ("while x:\n    break",),
    "If": ("if x:\n    y = 1\nelse:\n    y = 2",),
    "With": ("with open('a') as f:\n    pass",),
    "Try": ("try:\n    pass\nexcept ValueError as e:\n    raise\nfinally:\n    x = 1",),
    "ExceptHandler": ("try:\n    pass\nexcept:\n    pass",),
    "Raise": ("raise ValueError('bad')",),
    "Return": ("def f():\n    return 1",),
    "Yield": ("def f():\n    yield 1",),
    "Await": ("async def f():\n    await g()",),
    "Assert": ("assert x, 'no'",),
    "Delete": ("del x",),
    "Global": ("def f():\n    global x",),
    "Pass": ("pass",),
    "Match": ("match x:\n    case 1:\n        y = 1\n    case _:\n        y = 2",),
    "Module": ("x = 1", '"""Say it."""\nx = 1', ""),
}


def python_texts(tree: ast.Module) -> Iterator[str]:
    """Texts with the kinds of nodes that the module names (`ast.Call`, `visit_Call`), where it reads Python at all; a
    few plain ones where it names none. Statements are left out where it reads nothing but expressions.
    """
    reading = _reading(tree)
    if not reading:
        return
    only_expressions = all(_reads_expression(call) for call in reading)
    named = _named_nodes(tree)
    texts = [text for name in named for text in _EXPRESSIONS.get(name, ())]
    if not only_expressions:
        texts += [text for name in named for text in _STATEMENTS.get(name, ())]
    yield from dict.fromkeys(texts or (_PLAIN[:2] if only_expressions else _PLAIN))


def programs(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Python texts, as source text, by the names of the variables that hold such texts anywhere in the module."""
    names = {variable_in(call.args[0]) for call in _reading(tree) if call.args}
    return dict.fromkeys(names - {""}, tuple(map(repr, python_texts(tree))))


def variable_in(node: ast.expr) -> str:
    """`text` of `text`, of `text.strip()` and of `self.text`; empty for all else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case ast.Call(func=ast.Attribute(value=owner)):
            return variable_in(owner)
    return ""


def _reading(tree: ast.Module) -> list[ast.Call]:
    """The calls that read Python."""
    readers = _READERS | _imported(tree)
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and dotted(node.func) in readers]


def _imported(tree: ast.Module) -> frozenset[str]:
    """Readers that the module imports by name."""
    sources = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in _OF_THEM]
    return frozenset(alias.asname or alias.name for node in sources for alias in node.names if alias.name in _IMPORTED)


def _reads_expression(call: ast.Call) -> bool:
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    return dotted(call.func) == "eval" or any(isinstance(one, ast.Constant) and one.value == "eval" for one in given)


def _named_nodes(tree: ast.Module) -> list[str]:
    """The classes of syntax nodes that the module names, in the order of its source."""
    found = dict[str, None]()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="ast"), attr=name):
                found[name] = None
            case ast.FunctionDef(name=name) if name.startswith("visit_"):
                found[name.removeprefix("visit_")] = None
            case ast.ImportFrom(module="ast", names=names):
                found.update({alias.name: None for alias in names})
    return list(found)
