"""Literals that are too long for a line, written as several in parentheses: `("first line\\n" "second line\\n")`."""

import ast
import re
from collections.abc import Iterator

_LITERAL = re.compile(r"""(?s)([rRbBfFuU]{0,2})(["'])(?!\2\2)(.*)\2$""")
_UNITS = re.compile(r"\\N\{[^}]*\}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\[0-7]{1,3}|\\.|.")
_FIELDS = re.compile(r"\{\{|\}\}|\{[^{}]*\}|" + _UNITS.pattern)
_RAW_UNITS = re.compile(r"\\.|.")
_INDENT = 4
LEAST = 24
"""A part is at least this long, however deep the literal stands."""


def with_short_lines(code: str, width: int) -> str:
    """The code with each literal in parts that stands on a line of more than `width` characters; it means the same."""
    lines = code.splitlines(keepends=True)
    if all(len(line.rstrip("\n")) <= width for line in lines):
        return code
    found = [item for item in _literals(ast.parse(code)) if len(lines[item.lineno - 1].rstrip("\n")) > width]
    for node in sorted(found, key=lambda item: (item.lineno, item.col_offset), reverse=True):
        raw = lines[node.lineno - 1].encode()
        start, end = node.col_offset, node.end_col_offset or 0
        indent = len(raw) - len(raw.lstrip())
        parts = _parts(raw[start:end].decode(), max(LEAST, width - indent - 2 * _INDENT))
        if len(parts) > 1:
            before = lines[node.lineno - 2] if not raw[:start].strip() else raw[:start].decode()
            after = lines[node.lineno] if not raw[end:].strip() else raw[end:].decode()
            alone = before.rstrip().endswith("(") and after.lstrip().startswith(")")
            told = " ".join(parts) if alone else f"({' '.join(parts)})"
            lines[node.lineno - 1] = (raw[:start] + told.encode() + raw[end:]).decode()
    return "".join(lines)


def _literals(tree: ast.Module) -> "Iterator[ast.Constant | ast.JoinedStr]":
    """Those of text that stand on one line, the outermost of any that are nested."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        is_text = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        )
        if not is_text:
            waiting += ast.iter_child_nodes(node)
        elif isinstance(node, ast.Constant | ast.JoinedStr) and node.lineno == node.end_lineno:
            yield node


def _parts(literal: str, width: int) -> list[str]:
    """The literals that together are this one; itself alone where it is short, or of a kind that is left as it is."""
    found = _LITERAL.match(literal)
    if found is None or len(literal) <= width:
        return [literal]
    prefix, quote, body = found.groups()
    kind = prefix.lower()
    units = (_FIELDS if "f" in kind else _RAW_UNITS if "r" in kind else _UNITS).findall(body)
    if "".join(units) != body or ("f" in kind and ("r" in kind or {"{", "}"} & {*units})):
        return [literal]
    found_parts = _filled(units, width - len(prefix) - 2)
    return [f"{_prefix_for(part, prefix)}{quote}{part}{quote}" for part in found_parts]


def _prefix_for(part: str, prefix: str) -> str:
    """The literal's own; a part of a formatted one in which nothing is filled in is a plain one."""
    return prefix if "{" in part or "}" in part else prefix.replace("f", "").replace("F", "")


def _filled(units: list[str], width: int) -> Iterator[str]:
    """The units in lines: each ends behind a line break, or where the next word would not fit."""
    line, space = "", 0
    for unit in units:
        if line and len(line) + len(unit) > width:
            cut = space or len(line)
            yield line[:cut]
            line, space = line[cut:], 0
        line += unit
        if unit == "\\n":
            yield line
            line, space = "", 0
        elif unit == " ":
            space = len(line)
    if line:
        yield line
