"""The rows that pytest's tables give to a test."""

import ast
from collections.abc import Sequence

from aitestgen.analyse.source import Function, last_name

MOST_ROWS = 12


def rows(node: Function) -> list[dict[str, ast.expr]]:
    """What the tables over a test give to its arguments, row by row; one row of nothing where there is no table."""
    tables = [found for one in node.decorator_list if (found := _table(one))]
    count = min(MOST_ROWS, max(map(len, tables), default=1))
    return [
        {name: value for table in tables for name, value in table[place % len(table)].items()} for place in range(count)
    ]


def _table(decorator: ast.expr) -> list[dict[str, ast.expr]]:
    match decorator:
        case ast.Call(args=[names, ast.List(elts=items) | ast.Tuple(elts=items), *_]):
            wanted = _argument_names(names) if last_name(decorator) == "parametrize" else []
            return [dict(zip(wanted, _cells(item, len(wanted)), strict=False)) for item in items if wanted]
    return []


def _argument_names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [name.strip() for name in node.value.split(",") if name.strip()]
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _cells(row: ast.expr, count: int) -> Sequence[ast.expr]:
    if isinstance(row, ast.Call) and last_name(row) == "param":
        return row.args
    return row.elts if count > 1 and isinstance(row, ast.List | ast.Tuple) else [row]
