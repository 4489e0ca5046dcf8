"""Checks of imports, and of what is taken out of an imported module."""

import ast
from collections.abc import Iterator

from aitestgen.analyse.gate import forms
from aitestgen.analyse.gate.names import Names, is_dunder
from aitestgen.analyse.gate.refusal import Refusal
from aitestgen.analyse.gate.scopes import FunctionNode

_PATCHED = frozenset({"time", "random", "datetime", "secrets"})  # what tests hold still


def plain(names: Names, node: ast.Import) -> Iterator[Refusal]:
    """Check `import a.b as c`."""
    for alias in node.names:
        yield from _module(names, alias, alias.name)
        yield from _place(names, alias)


def some_of(names: Names, node: ast.ImportFrom) -> Iterator[Refusal]:
    """Check `from a.b import c as d`."""
    if node.level:
        rule = names.rules.by_id["relative-import"]
        yield Refusal(node, "." * node.level + (node.module or ""), rule, "a relative import")
        return
    module = node.module or ""
    if names.rules.is_module(module) or module in names.own:
        for alias in node.names:
            if alias.name != "*":
                yield from taken(names, alias, module, alias.name)
            yield from _place(names, alias)
    else:
        yield from _module(names, node, module)


def taken(names: Names, node: ast.AST, module: str, name: str) -> Iterator[Refusal]:
    """Check that a module's attribute is one that code may use."""
    rules, dotted = names.rules, f"{module}.{name}"
    if module in names.own:
        rule = names.attribute_rule(name)
        if rule:
            yield Refusal(node, name, rule, f"{dotted} gives access to {rule.what}")
        return
    if rules.is_module(dotted) or name in rules.public.get(module, ()):
        return
    if is_dunder(name) and name in rules.dunders["attributes"]:
        return
    rule = rules.refused_module(dotted)
    top = module.partition(".")[0]
    if rule:
        yield Refusal(node, top, rule, f"{dotted} gives access to {rule.what}")
    elif rule := rules.attributes.get(name) or rules.builtins.get(name) or rules.refused_module(name):
        owner = name if rules.refused_module(name.lstrip("_")) else top
        yield Refusal(node, owner, rule, f"{dotted} gives access to {rule.what}")
    else:
        yield Refusal(node, top, rules.by_id["re-export"], f"{dotted} is no reviewed public name of {module}")


def patches(names: Names, parent: ast.AST | None) -> bool:
    """Whether the parent is `monkeypatch.setattr(module, "name", ...)` or `patch.object(module, "name")`."""
    if not isinstance(parent, ast.Call) or not isinstance(parent.func, ast.Attribute) or not parent.args:
        return False
    meant = {*names.meanings(parent.args[0])}
    if not meant <= names.own | _PATCHED or (
        len(parent.args) > 1 and names.text(parent.args[1]) in names.rules.builtins
    ):
        return False
    receiver = parent.func.value
    by_fixture = isinstance(receiver, ast.Name) and receiver.id == "monkeypatch"
    return by_fixture or "unittest.mock.patch.object" in names.meanings(parent.func)


def patched(names: Names, node: ast.Attribute) -> Iterator[Refusal]:
    """Check `monkeypatch.setattr`: it imports what a text in its first place names."""
    call, rule = names.code.parents.get(node), names.rules.by_id["computed-attribute"]
    if isinstance(node.ctx, ast.Store):
        return
    if not isinstance(call, ast.Call) or call.func is not node or any(isinstance(a, ast.Starred) for a in call.args):
        yield Refusal(node, node.attr, rule, f".{node.attr} may only be called directly")
        return
    by_name = len(call.args) > 1 and names.text(call.args[1]) is not None and names.text(call.args[0]) is None
    problem = (
        forms.name_problem(names, call.args[1], call.args[0])
        if by_name
        else forms.import_problem(names, call.args[0] if call.args else None)
    )
    if problem:
        yield Refusal(node, node.attr, rule, f".{node.attr} {problem}")


def _module(names: Names, node: ast.AST, dotted: str) -> Iterator[Refusal]:
    if dotted in names.rules.public or dotted in names.own:
        return
    top = dotted.partition(".")[0]
    rule = names.rules.refused_module(dotted)
    if rule:
        yield Refusal(node, top, rule, f"{dotted} gives access to {rule.what}")
    else:
        problem = f"{dotted} is on neither list of modules"
        yield Refusal(node, top, names.rules.by_id["unknown-module"], problem)


def _place(names: Names, alias: ast.alias) -> Iterator[Refusal]:
    """An import in a class body makes the module an attribute; one into a special name hides it."""
    bound = alias.asname or ""
    inside = next((a for a in names.code.ancestors(alias) if isinstance(a, FunctionNode | ast.ClassDef)), None)
    if bound.startswith("__") or isinstance(inside, ast.ClassDef):
        rule = names.rules.by_id["module-value"]
        yield Refusal(alias, alias.name.partition(".")[0], rule, f"{alias.name} becomes an attribute of a class")
