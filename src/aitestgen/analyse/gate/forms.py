"""The shapes in which a restricted callable may be used: rules.toml names them, `FITS` decides them.

A shape is given the names, the restricted node, and the call that it is the function of. It returns None where the use
is fine, else what is wrong, as the end of "<name> ...".
"""

import ast
from collections.abc import Callable

from aitestgen.analyse.gate.names import Names
from aitestgen.analyse.gate.rules import Form
from aitestgen.analyse.gate.scopes import FunctionNode

_LONG_PREFIX = 2
_CLASS_ARGUMENTS = 3
Shape = Callable[[Names, ast.Call, Form], str | None]


def misuse(names: Names, node: ast.AST, form: Form) -> str | None:
    """Return what is wrong with this use of a restricted callable, or None."""
    parent = names.code.parents.get(node)
    if form.shape == "class-decorator":
        return _class_decorator(names, node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return FITS[form.shape](names, parent, form)
    if isinstance(parent, ast.Attribute) and any(name in names.rules.forms for name in names.meanings(parent)):
        return None  # the longer name has a form of its own
    if form.shape == "condition" and isinstance(parent, FunctionNode | ast.ClassDef):
        return None
    if form.shape == "namespace":
        return None if isinstance(parent, ast.Attribute) else "may not be passed around"
    if form.shape == "one-argument" and not _type_as_value(names, node, parent):
        return "may only be asked for the type of one value"
    return None if form.value else "may only be called directly, not passed around"


def _class_decorator(names: Names, node: ast.AST) -> str | None:
    parent = names.code.parents.get(node)
    used = parent if isinstance(parent, ast.Call) and parent.func is node else node
    owner = names.code.parents.get(used)
    if not isinstance(owner, ast.ClassDef) or used not in owner.decorator_list:
        return "may only decorate a class statement"
    inner = owner.decorator_list[owner.decorator_list.index(used) + 1 :]
    plain = all(names.meanings(decorator) for decorator in inner)
    return None if plain else "must be next to the class, below decorators that compute something"


def _attribute_name(names: Names, call: ast.Call, _form: Form, position: int = 1) -> str | None:
    if len(call.args) <= position or any(isinstance(arg, ast.Starred) for arg in call.args):
        return "needs its attribute name written out as a constant"
    return name_problem(names, call.args[position], call.args[0] if position else None)


def name_problem(names: Names, node: ast.expr, receiver: ast.AST | None) -> str | None:
    """Return what is wrong with a text that becomes an attribute name, or None."""
    if isinstance(node, ast.JoinedStr):
        return _prefix_problem(names, node)
    text = names.text(node)
    if text is None:
        return "needs its attribute name written out as a constant"
    for part in text.split("."):
        restricted = receiver is not None and any(f"{m}.{part}" in names.rules.forms for m in names.meanings(receiver))
        if restricted or part in {"format", "format_map"} or names.attribute_rule(part, receiver):
            return f"reaches {part!r}"
    return None


def _prefix_problem(names: Names, node: ast.JoinedStr) -> str | None:
    """Allow f"visit_{kind}": a constant beginning that no refused attribute shares."""
    first = node.values[0] if node.values else None
    prefix = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    refused = [*names.rules.attributes, *names.rules.foreign, "format"]
    plain = len(prefix) > _LONG_PREFIX and not prefix.startswith("_") and "." not in prefix
    if plain and not any(name.startswith(prefix) for name in refused):
        return None
    return "needs an attribute name that is constant, or begins with a constant word"


def _all_attribute_names(names: Names, call: ast.Call, _form: Form) -> str | None:
    return next((problem for arg in call.args if (problem := name_problem(names, arg, None))), None)


def _first_attribute_name(names: Names, call: ast.Call, form: Form) -> str | None:
    return _attribute_name(names, call, form, position=0)


def _one_argument(_names: Names, call: ast.Call, _form: Form) -> str | None:
    plain = len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred)
    return None if plain else "may only be asked for the type of one value"


def _type_as_value(names: Names, node: ast.AST, parent: ast.AST | None) -> bool:
    """Whether `type` is compared, annotated or given by keyword, not handed to something that may call it."""
    if isinstance(parent, ast.Attribute):
        return parent.attr in {"__name__", "__doc__"}
    if isinstance(parent, ast.Call) and node in parent.args:
        return bool({"builtins.isinstance", "builtins.issubclass"} & {*names.meanings(parent.func)})
    return True


def _no_keywords(_names: Names, call: ast.Call, _form: Form) -> str | None:
    plain = not call.keywords and not any(isinstance(arg, ast.Starred) for arg in call.args)
    return None if plain and len(call.args) <= 2 else "may not choose which attributes it copies"


def _no_arguments(_names: Names, call: ast.Call, _form: Form) -> str | None:
    return "may only be called without arguments" if call.args or call.keywords else None


def _without_keywords(_names: Names, call: ast.Call, form: Form) -> str | None:
    named = [keyword.arg for keyword in call.keywords if keyword.arg in form.keywords]
    if named:
        return f"may not be given {', '.join(str(name) for name in named)}"
    unread = any(keyword.arg is None for keyword in call.keywords)
    return "may not be given ** arguments" if unread else None


def _class_field(names: Names, call: ast.Call, _form: Form) -> str | None:
    statement = names.code.parents.get(call)
    in_class = isinstance(names.code.parents.get(statement), ast.ClassDef) if statement else False
    if isinstance(statement, ast.AnnAssign) and in_class:
        return None
    return "may only be the default of an annotated field in a class body"


def _identifier_keys(names: Names, call: ast.Call, _form: Form) -> str | None:
    keys = call.args[1].keys if len(call.args) > 1 and isinstance(call.args[1], ast.Dict) else [None]
    plain = all(key is not None and (names.text(key) or "").isidentifier() for key in keys)
    return None if plain else "needs a dict literal whose keys are identifiers"


def _import_target(names: Names, call: ast.Call, _form: Form) -> str | None:
    target = call.args[0] if call.args else None
    if isinstance(target, ast.Attribute) and names.own & {*names.meanings(target.value)}:
        return None
    return import_problem(names, target)


def import_problem(names: Names, target: ast.expr | None) -> str | None:
    """Return what is wrong with a dotted text that is imported, then patched, or None."""
    text = names.text(target) if target else None
    if text is None:
        return "needs its target written out as a constant"
    parts = text.split(".")
    if parts[0] not in names.own:
        return f"imports {parts[0]!r} by name; only the module under test may be patched"
    return name_problem(names, ast.Constant(".".join(parts[1:])), None) if parts[1:] else None


def _condition(_names: Names, call: ast.Call, _form: Form) -> str | None:
    plain = all(isinstance(arg, ast.Compare | ast.BoolOp | ast.UnaryOp) or
                (isinstance(arg, ast.Constant) and not isinstance(arg.value, str)) for arg in call.args)  # fmt: skip
    named = any(keyword.arg in {None, "condition"} for keyword in call.keywords)
    return None if plain and not named else "evaluates text; give it a comparison"


def makes_class(call: ast.Call, names: Names) -> bool:
    """Whether this is `type(x)("Name", bases, namespace)`: type's other form, one step away."""
    if len(call.args) != _CLASS_ARGUMENTS:
        return False
    functions = [call.func, *(b.value for b in names.bindings(call.func) if b.value is not None)]
    by_type = any(isinstance(f, ast.Call) and "builtins.type" in names.meanings(f.func) for f in functions)
    by_class = any(isinstance(f, ast.Attribute) and f.attr == "__class__" for f in functions)
    return (by_type or by_class) and (isinstance(call.args[1], ast.Tuple) or isinstance(call.args[2], ast.Dict))


FITS: dict[str, Shape] = {
    "attribute-name": _attribute_name,
    "all-attribute-names": _all_attribute_names,
    "first-attribute-name": _first_attribute_name,
    "one-argument": _one_argument,
    "no-keywords": _no_keywords,
    "no-arguments": _no_arguments,
    "without-keywords": _without_keywords,
    "class-field": _class_field,
    "identifier-keys": _identifier_keys,
    "import-target": _import_target,
    "condition": _condition,
    "namespace": lambda _names, _call, _form: "may not be called",
    "never": lambda _names, _call, _form: "is refused",
}
