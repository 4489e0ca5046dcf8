import ast

import pytest

from aitestgen.analyse.written_python import _EXPRESSIONS, _STATEMENTS, python_texts


def texts(source: str) -> list[str]:
    return list(python_texts(ast.parse(source)))


def test_each_kind_of_node_that_is_named_gets_texts_with_it() -> None:
    source = "def f(t):\n    for node in ast.walk(ast.parse(t)):\n        if isinstance(node, ast.Lambda): return 1"
    assert texts(source) == ["lambda a: a"]
    assert texts("class V(ast.NodeVisitor):\n    def visit_Global(self, node): ...\nV().visit(ast.parse(t))") == [
        "def f():\n    global x"
    ]


def test_what_names_no_node_gets_plain_texts_and_what_evaluates_only_expressions() -> None:
    assert texts("from ast import parse\nparse(text)") == ["1 + 2", "x", "x = 1", "def f(a, b=1):\n    return a"]
    assert texts("def f(t): return eval(t)") == ["1 + 2", "x"]
    assert texts("ast.parse(t, mode='eval')\nast.Lambda, ast.Global") == ["lambda a: a"]


def test_a_module_that_reads_no_python_gets_none() -> None:
    assert texts("import re\nre.compile('a')\nargparse.parse(x)\nast.Lambda") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for table in (_EXPRESSIONS, _STATEMENTS) for name, given in table.items() for text in given],
)
def test_every_text_holds_the_node_that_it_stands_for(name: str, text: str) -> None:
    aliases = {"Num": "Constant", "Str": "Constant", "NameConstant": "Constant", "Expression": "Expr"}
    assert aliases.get(name, name) in {type(node).__name__ for node in ast.walk(ast.parse(text))}
