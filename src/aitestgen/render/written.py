"""The tests that a rendered file holds, one by one."""

import ast
from collections.abc import Iterable

from aitestgen.values import WrittenTest


def written_tests(text: str, node_ids: Iterable[str]) -> tuple[WrittenTest, ...]:
    """The module-level test functions of these node ids, in the order of the file, each once, parametrized or not.

    Raises SyntaxError for a file that does not parse.
    """
    wanted = {node_id.partition("[")[0].rpartition("::")[2] for node_id in node_ids}
    lines = text.split("\n")
    return tuple(
        WrittenTest(name=node.name, code="\n".join(lines[_first_line(node) - 1 : node.end_lineno]) + "\n")
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in wanted
    )


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
