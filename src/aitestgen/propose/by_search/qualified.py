"""Names of the module that a test file cannot hold as they are: they are read from the module instead.

pytest would collect `test_connection` and `TestPlan` where they are imported; and a test that keeps what it got in
`result` cannot call a function of that name.
"""

import ast
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from aitestgen.values import Candidate, Table

COLLECTED = ("test", "Test")
VARIABLES = ("result", "scenario")
"""What variables of tests are called, whatever the module holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The module as a test imports it: under its own name, unless it has one like that itself."""

    name: str
    line: str

    @classmethod
    def of(cls, module: str, names: frozenset[str]) -> "Home":
        folder, _, last = module.rpartition(".")
        name = f"{last}_module" if last in names else last
        line = f"from {folder} import {last}" if folder else f"import {last}"
        return cls(name=name, line=line if name == last else f"{line} as {name}")


def qualified(item: Candidate, module: str, names: frozenset[str]) -> Candidate:
    """The candidate, with such names of the module read from it; itself where there are none."""
    home = Home.of(module, names)
    code = _read_from(home, item.code, names)
    table = _table_of(home, item.table, names) if item.table else None
    if code == item.code and table == item.table:
        return item
    return dataclasses.replace(item, code=code, table=table, imports=(*item.imports, home.line))


def _table_of(home: Home, table: Table, names: frozenset[str]) -> Table:
    head = f"def test_it({', '.join(table.arguments)}):\n"
    body = _read_from(home, head + table.body, names).removeprefix(head)
    return dataclasses.replace(table, body=body, row=tuple(_read_from(home, text, names) for text in table.row))


def _read_from(home: Home, text: str, names: frozenset[str]) -> str:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    lines = text.split("\n")
    for node in sorted(_clashing(tree, names), key=lambda node: (-node.lineno, -node.col_offset)):
        line = lines[node.lineno - 1].encode()  # the offsets of ast count bytes
        lines[node.lineno - 1] = (line[: node.col_offset] + f"{home.name}.".encode() + line[node.col_offset :]).decode()
    return "\n".join(lines)


def _clashing(tree: ast.Module, names: frozenset[str]) -> Iterator[ast.Name]:
    nodes = list(ast.walk(tree))
    own = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            hidden = (node.id in own or node.id in VARIABLES) and id(node) in called
            if hidden or (node.id.startswith(COLLECTED) and node.id not in own):
                yield node
