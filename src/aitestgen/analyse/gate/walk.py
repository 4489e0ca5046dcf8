"""The walk over a parsed module: each node is looked at once, by the checks of its type."""

import ast
import builtins
import time
from collections.abc import Callable, Iterator
from typing import Any

from aitestgen.analyse.gate import classes, formats, forms, imports
from aitestgen.analyse.gate.names import Names, is_dunder
from aitestgen.analyse.gate.refusal import Refusal
from aitestgen.analyse.gate.rules import Rule
from aitestgen.analyse.gate.scopes import Binding, FunctionNode
from aitestgen.errors import CodeInvalid

_BUILTIN_NAMES = frozenset(dir(builtins))
_OBJECT_OF_ERROR = "obj"  # AttributeError.obj hands out the object that a format string walked to
_EVERY = 512


def refusals(names: Names, deadline: float) -> Iterator[Refusal]:
    """Yield every refusal, inner nodes first. Raises CodeInvalid after `deadline` (time.monotonic)."""
    offenders: set[ast.AST] = set()
    loose: list[Refusal] = []
    reads_object = False
    for count, node in enumerate(reversed(names.code.nodes)):
        if count % _EVERY == 0 and time.monotonic() > deadline:
            raise CodeInvalid("the code takes too long to judge; submit a smaller module")
        reads_object = reads_object or _reads_object(names, node)
        for refusal in _check(names, node):
            if refusal.when_object_is_read:
                loose.append(refusal)
            elif not (isinstance(node, ast.Attribute) and _leads_on(node, offenders)):
                yield refusal
            offenders.add(node)
    if reads_object:
        yield from loose


def _leads_on(node: ast.Attribute, offenders: set[ast.AST]) -> bool:
    """Whether an earlier link of the same chain was refused: one finding a chain is enough."""
    link: ast.AST = node.value
    while link not in offenders:
        if not isinstance(link, ast.Attribute | ast.Call | ast.Subscript):
            return False
        link = link.func if isinstance(link, ast.Call) else link.value
    return True


def _check(names: Names, node: ast.AST) -> Iterator[Refusal]:
    check = _CHECKS.get(type(node))
    if check:
        yield from check(names, node)


def _reads_object(names: Names, node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == _OBJECT_OF_ERROR
    if isinstance(node, ast.Constant | ast.BinOp):
        return names.text(node) == _OBJECT_OF_ERROR
    return isinstance(node, ast.MatchClass) and _OBJECT_OF_ERROR in node.kwd_attrs


def _name(names: Names, node: ast.Name) -> Iterator[Refusal]:
    reads = isinstance(node.ctx, ast.Load) or isinstance(names.code.parents[node], ast.AugAssign)
    if not reads:
        yield from _bound(names, node, node.id)
        return
    rule = names.rules.builtins.get(node.id)
    if rule and names.code.may_be_builtin(node):
        yield Refusal(node, node.id, rule, f"{node.id} gives access to {rule.what}")
    elif names.code.star_imports:
        yield from _starred(names, node)
    yield from _used(names, node, node.id)


def _starred(names: Names, node: ast.Name) -> Iterator[Refusal]:
    stars = [star for star in names.code.star_imports if star in names.rules.public]
    if not stars or names.bindings(node) or node.id in _BUILTIN_NAMES:
        return
    if not any(node.id in names.rules.public[star] for star in stars):
        message = f"{node.id} is no reviewed name of {' or '.join(stars)}"
        yield Refusal(node, node.id, names.rules.by_id["re-export"], message)


def _bound(names: Names, node: ast.AST, name: str) -> Iterator[Refusal]:
    if not is_dunder(name):
        if name == "pytest_plugins":
            rule = names.rules.by_id["code-execution"]
            yield Refusal(node, name, rule, "pytest imports what pytest_plugins names")
        return
    dunders, scope = names.rules.dunders, names.code.scopes[node]
    allowed = dunders["metadata"] | (dunders["methods"] if scope.kind == "class" else frozenset())
    if name not in allowed:
        yield Refusal(node, name, names.rules.by_id["dunder-name"], f"{name} is read by Python itself")
    elif name == "__match_args__":
        yield from _match_args(names, node)


def _match_args(names: Names, node: ast.AST) -> Iterator[Refusal]:
    statement = names.code.parents[node]
    value = getattr(statement, "value", None)
    texts = [names.text(item) for item in value.elts] if isinstance(value, ast.Tuple) else [None]
    if any(text is None or is_dunder(text) or names.attribute_rule(text) for text in texts):
        rule = names.rules.by_id["computed-attribute"]
        yield Refusal(node, "__match_args__", rule, "patterns read the attributes that __match_args__ names")


def _attribute(names: Names, node: ast.Attribute) -> Iterator[Refusal]:
    meanings = names.meanings(node.value)
    if meanings and all(names.is_refused(meaning) for meaning in meanings):
        return  # its import was refused
    modules = names.modules(node.value)
    rule = names.attribute_rule(node.attr, node.value)
    if rule and not _plain_class(names, node) and not (modules and not is_dunder(node.attr)):
        yield Refusal(node, node.attr, rule, f".{node.attr} gives access to {rule.what}")
        return
    if is_dunder(node.attr):
        yield from _dunder_use(names, node)
    for module in modules:
        yield from imports.taken(names, node, module, node.attr)
        if isinstance(node.ctx, ast.Del):
            yield Refusal(node, node.attr, names.rules.by_id["module-value"], f"{node.attr} is deleted from {module}")
    if node.attr in {"setattr", "delattr"}:
        yield from imports.patched(names, node)
    if node.attr in {"format", "format_map"}:
        yield from _format(names, node)
    yield from _used(names, node, node.attr)


def _dunder_use(names: Names, node: ast.Attribute) -> Iterator[Refusal]:
    """Special methods that set by name or make classes."""
    if node.attr in {"__setattr__", "__delattr__"} and not _passes_on(names, node):
        call = names.code.parents.get(node)
        unbound = isinstance(node.value, ast.Name)
        form = names.rules.forms["builtins.setattr"]
        position = 1 if unbound else 0
        if not isinstance(call, ast.Call) or call.func is not node or len(call.args) <= position:
            yield Refusal(node, node.attr, form.rule, f"{node.attr} may only be called directly, with a constant name")
        elif problem := forms.name_problem(names, call.args[position], None):
            yield Refusal(node, node.attr, form.rule, f"{node.attr} {problem}")
    elif node.attr in {"__new__", "__call__"} and classes.METACLASSES & {*names.meanings(node.value)}:
        yield Refusal(node, node.attr, names.rules.by_id["dynamic-class"], f"{node.attr} makes a class from a dict")


def _passes_on(names: Names, node: ast.Attribute) -> bool:
    """Whether this is `super().__setattr__(...)` inside the method of that name."""
    method = next((a for a in names.code.ancestors(node) if isinstance(a, FunctionNode)), None)
    call = names.code.parents.get(node)
    by_super = isinstance(node.value, ast.Call) and "builtins.super" in names.meanings(node.value.func)
    if not by_super or method is None or method.name != node.attr or not isinstance(call, ast.Call):
        return False
    bindings = names.bindings(call.args[0]) if call.func is node and call.args else ()
    return bool(bindings) and all(isinstance(binding.node, ast.arg) for binding in bindings)


def _plain_class(names: Names, node: ast.Attribute) -> bool:
    """Whether `.__class__` is used as `type(x)` would be: its name, a comparison, isinstance, a new instance."""
    parent = names.code.parents.get(node)
    if node.attr != "__class__" or not isinstance(node.ctx, ast.Load):
        return False
    if isinstance(parent, ast.Attribute):
        return parent.attr in {"__name__", "__qualname__", "__doc__", "__module__"}
    if isinstance(parent, ast.Call):
        return parent.func is node or bool(
            {"builtins.isinstance", "builtins.issubclass"} & {*names.meanings(parent.func)}
        )
    return isinstance(parent, ast.Compare | ast.FormattedValue)


def _used(names: Names, node: ast.Name | ast.Attribute, name: str) -> Iterator[Refusal]:
    """Restricted callables, and modules as values."""
    for meaning in names.meanings(node):
        form = names.rules.forms.get(meaning)
        if form and (problem := forms.misuse(names, node, form)):
            yield Refusal(node, name, form.rule, f"{name} {problem}")
    parent = names.code.parents.get(node)
    is_value = isinstance(node.ctx, ast.Load) and not isinstance(parent, ast.Attribute)
    if is_value and names.modules(node) and not imports.patches(names, parent):
        yield Refusal(node, name, names.rules.by_id["module-value"], f"the module {name} is used as a value")


def _format(names: Names, node: ast.Attribute) -> Iterator[Refusal]:
    rule = names.rules.by_id["format-walk"]
    text, call = names.text(node.value), names.code.parents.get(node)
    if text is not None:
        for attribute in formats.attributes_in(text):
            if names.attribute_rule(attribute) or is_dunder(attribute):
                yield Refusal(node, attribute, rule, f"the format string reads .{attribute}")
    elif not isinstance(call, ast.Call) or call.func is not node or "builtins.str" in names.meanings(node.value):
        if not isinstance(node.ctx, ast.Store):
            yield Refusal(node, node.attr, rule, f"{node.attr} is passed around: what it will read cannot be seen")
    elif call.args or call.keywords:
        message = "the format string is put together at run time"
        yield Refusal(node, node.attr, rule, message, when_object_is_read=_comes_from_elsewhere(names, node.value))


def _comes_from_elsewhere(names: Names, node: ast.expr) -> bool:
    """Whether a format string was passed or looked up, rather than put together here."""
    if isinstance(node, ast.Name):
        bindings = names.bindings(node)
        return bool(bindings) and not any(isinstance(b.value, ast.BinOp | ast.JoinedStr) for b in bindings)
    if isinstance(node, ast.Call):  # `Money().format("EUR")`
        return any(_defines_format(binding.node) for binding in names.bindings(node.func))
    return isinstance(node, ast.Attribute | ast.Subscript)


def _defines_format(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(getattr(part, "name", "") == "format" for part in node.body)


def _call(names: Names, node: ast.Call) -> Iterator[Refusal]:
    rule = names.rules.by_id["dynamic-class"]
    if forms.makes_class(node, names):
        yield Refusal(node, "type", rule, "makes a class from a dict")
    if any(isinstance(b.node, ast.ClassDef) and classes.is_metaclass(names, b.node) for b in names.bindings(node.func)):
        yield Refusal(node, ast.unparse(node.func), rule, "calls a metaclass, which makes a class from a dict")
    if not isinstance(node.func, ast.Name | ast.Attribute):
        for meaning in names.meanings(node.func):
            form = names.rules.forms.get(meaning)
            if form and (problem := forms.misuse(names, node.func, form)):
                yield Refusal(node, meaning.rpartition(".")[2], form.rule, f"{meaning} {problem}")


def _keyword(names: Names, node: ast.keyword) -> Iterator[Refusal]:
    if node.arg and is_dunder(node.arg) and names.attribute_rule(node.arg):
        yield Refusal(node, node.arg, names.rules.by_id["reflection"], f"{node.arg} is planted as an attribute")


def _pattern(names: Names, node: ast.MatchClass) -> Iterator[Refusal]:
    for attribute in node.kwd_attrs:
        rule = names.attribute_rule(attribute)
        if rule:
            yield Refusal(node, attribute, rule, f"the pattern reads .{attribute}")
        for module in names.modules(node.cls):
            yield from imports.taken(names, node, module, attribute)
    if node.patterns and any(_computed(binding) for binding in names.bindings(node.cls)):
        rule = names.rules.by_id["computed-attribute"]
        yield Refusal(node, ast.unparse(node.cls), rule, "the pattern's class is computed, so what it reads is unknown")


def _computed(binding: Binding) -> bool:
    return binding.module is None and not isinstance(binding.node, ast.ClassDef)


def _text(names: Names, node: ast.Constant | ast.BinOp) -> Iterator[Refusal]:
    text = names.text(node)
    if text in names.rules.dunders["strings"]:
        yield Refusal(
            node, str(text), names.rules.by_id["dunder-string"], f"the text {text!r} names a special attribute"
        )


def _argument(names: Names, node: ast.arg) -> Iterator[Refusal]:
    yield from _bound(names, node, node.arg)
    rule: Rule | None = names.rules.parameters.get(node.arg)
    function = names.code.parents.get(node)
    if rule and isinstance(function, FunctionNode) and _run_by_pytest(function):
        yield Refusal(node, node.arg, rule, f"the fixture {node.arg} gives access to {rule.what}")


def _run_by_pytest(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.name.startswith("test") or any("fixture" in ast.unparse(d) for d in function.decorator_list)


def _captured(names: Names, node: Any) -> Iterator[Refusal]:
    name = node.rest if isinstance(node, ast.MatchMapping) else node.name
    if name:
        yield from _bound(names, node, name)


def _sent_out(names: Names, node: ast.Global | ast.Nonlocal) -> Iterator[Refusal]:
    for name in node.names:
        if name.startswith("__"):
            yield Refusal(node, name, names.rules.by_id["dunder-name"], f"{name} is bound outside of its own scope")


_CHECKS: dict[type[ast.AST], Callable[[Names, Any], Iterator[Refusal]]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Import: imports.plain,
    ast.ImportFrom: imports.some_of,
    ast.Call: _call,
    ast.keyword: _keyword,
    ast.MatchClass: _pattern,
    ast.MatchAs: _captured,
    ast.MatchStar: _captured,
    ast.MatchMapping: _captured,
    ast.ExceptHandler: _captured,
    ast.Constant: _text,
    ast.BinOp: _text,
    ast.arg: _argument,
    ast.Global: _sent_out,
    ast.Nonlocal: _sent_out,
    ast.ClassDef: classes.class_statement,
    ast.FunctionDef: classes.function_statement,
    ast.AsyncFunctionDef: classes.function_statement,
}
