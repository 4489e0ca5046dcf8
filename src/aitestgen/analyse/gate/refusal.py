"""What a check hands back: the node, and what is wrong with it."""

import ast
from dataclasses import dataclass

from aitestgen.analyse.gate.rules import Rule


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused place. `when_object_is_read`: it counts only where the module also reads an attribute `obj`."""

    node: ast.AST
    name: str
    rule: Rule
    problem: str
    when_object_is_read: bool = False

    @property
    def message(self) -> str:
        return f"{self.problem}: {self.rule.why}. Instead: {self.rule.instead}."

    @property
    def place(self) -> tuple[int, int]:
        """The line from 1 and the byte offset from 0; of an attribute, where its name stands."""
        node = self.node
        if isinstance(node, ast.Attribute) and node.end_lineno and node.end_col_offset:
            return node.end_lineno, max(0, node.end_col_offset - len(node.attr.encode()))
        return getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
