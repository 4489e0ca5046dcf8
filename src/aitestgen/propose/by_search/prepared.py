"""Objects to which something has happened: `prepared(Team(), lambda it: it.hire("ann"))` becomes lines of the test."""

import ast

PREPARED = "prepared"
_IT = "it"


def is_prepared(text: str) -> bool:
    """Whether the text is such a call, and nothing else."""
    return text.startswith(f"{PREPARED}(") and _call(text) is not None


def unfolded(text: str, variable: str) -> str:
    """What to assign to the variable, and the lines that follow: what happens to the object."""
    call = _call(text)
    if call is None:
        return text
    made, *steps = call.args
    bodies = [_Renamed(variable).visit(step.body) for step in steps if isinstance(step, ast.Lambda)]
    return "\n".join(map(ast.unparse, [made, *bodies]))


def is_needed(definition: str, code: str) -> bool:
    """Whether a definition is still used: the function is not, where all its calls became lines."""
    return not definition.startswith(f"def {PREPARED}(") or f"{PREPARED}(" in code


def _call(text: str) -> ast.Call | None:
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    is_one = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == PREPARED
    return tree if is_one and isinstance(tree, ast.Call) else None


class _Renamed(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.Name:  # the base class's name for it
        return ast.Name(self.name, node.ctx) if node.id == _IT else node
