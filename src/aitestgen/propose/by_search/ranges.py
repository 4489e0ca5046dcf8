"""Long runs of numbers as `range`: `set(range(60))` is read at a glance, sixty lines of numbers are not."""

import ast

LEAST = 8


def with_ranges(text: str) -> str:
    """The literal with `list(range(…))` and the like in the place of each run of at least eight consecutive numbers.

    Text that is no expression, or of several lines, comes back as it is.
    """
    if text.count(",") < LEAST - 1 or "\n" in text or not text.isascii():
        return text
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, RecursionError):
        return text
    runs = [node for node in ast.walk(tree) if isinstance(node, ast.List | ast.Set | ast.Tuple) and _is_run(node)]
    for node in sorted(runs, key=lambda node: -node.col_offset):
        text = text[: node.col_offset] + _ranged(node) + text[node.end_col_offset :]
    return text


def _numbers(node: ast.List | ast.Set | ast.Tuple) -> list[int]:
    """The whole numbers in it, in order; none where there is anything else."""
    found = [item.value for item in node.elts if isinstance(item, ast.Constant) and type(item.value) is int]
    return (sorted(found) if isinstance(node, ast.Set) else found) if len(found) == len(node.elts) else []


def _is_run(node: ast.List | ast.Set | ast.Tuple) -> bool:
    found = _numbers(node)
    return len(found) >= LEAST and found == list(range(found[0], found[0] + len(found)))


def _ranged(node: ast.List | ast.Set | ast.Tuple) -> str:
    first, *_, last = _numbers(node)
    return f"{type(node).__name__.lower()}(range({f'{first}, ' if first else ''}{last + 1}))"
