"""What a caller may pass: the parameters of a function, and those with which a class is constructed."""

import ast
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from aitestgen.analyse.constraints import at_limits
from aitestgen.analyse.source import Function, dotted, last_name
from aitestgen.values import Parameter

_FIELD_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "s", "attrs"})
_MODELS = frozenset({"BaseModel", "BaseSettings", "Struct"})
_FIELD_CALLS = frozenset({"field", "Field", "ib", "attrib"})


def parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    """The parameters as written, in order, `self` and `cls` included."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [*repeat(None, len(plain) - len(arguments.defaults)), *arguments.defaults]
    kinds = chain(repeat("positional", len(arguments.posonlyargs)), repeat("normal"))
    found = [_parameter(arg, kind, default) for arg, kind, default in zip(plain, kinds, defaults, strict=False)]
    found += [_parameter(arg, "star", None) for arg in (arguments.vararg,) if arg]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found += [_parameter(arg, "keyword", default) for arg, default in keywords]
    return (*found, *(_parameter(arg, "double_star", None) for arg in (arguments.kwarg,) if arg))


def class_parameters(family: Iterable[ast.ClassDef], *, is_enum: bool = False) -> tuple[Parameter, ...]:
    """What constructs a class, given it and its bases nearest first: its fields, or its `__init__` or `__new__`."""
    if is_enum:
        return (Parameter(name="value", kind="normal"),)
    members = tuple(family)
    for number, member in enumerate(members):
        constructor = _constructor(member)
        if constructor is not None:
            return parameters(constructor.args)[1:]
        if _declares_fields(member):
            return _fields(reversed(members[number:]))
    return ()


def field_names(node: ast.ClassDef) -> Iterator[str]:
    """The names that a class body annotates or assigns."""
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign):
            yield dotted(statement.target)
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _parameter(arg: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
    return Parameter(
        name=arg.arg,
        kind=kind,
        annotation=ast.unparse(arg.annotation) if arg.annotation else None,
        default=ast.unparse(default) if default else None,
        constants=at_limits(arg.annotation, default),
    )


def _constructor(node: ast.ClassDef) -> Function | None:
    methods = {child.name: child for child in node.body if isinstance(child, Function)}
    return methods.get("__init__") or methods.get("__new__")


def _declares_fields(node: ast.ClassDef) -> bool:
    decorated = any(last_name(decorator) in _FIELD_DECORATORS for decorator in node.decorator_list)
    return decorated or any(last_name(base) in _MODELS | {"NamedTuple"} for base in node.bases)


def _fields(members: Iterable[ast.ClassDef]) -> tuple[Parameter, ...]:
    """Fields in the order of construction: those of bases first, keyword-only ones last."""
    fields: dict[str, Parameter] = {}
    for member in members:
        kind = "keyword" if _keyword_only(member) else "normal"
        for statement in member.body:
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
                continue
            if last_name(statement.annotation) == "KW_ONLY":
                kind = "keyword"
            elif (field := _field(statement, statement.target.id, kind)) is not None:
                fields[field.name] = field
    return tuple(sorted(fields.values(), key=lambda field: field.kind == "keyword"))


def _keyword_only(node: ast.ClassDef) -> bool:
    if any(last_name(base) in _MODELS for base in node.bases):
        return True
    calls = (decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call))
    return any(_is_true(keyword, "kw_only") for call in calls for keyword in call.keywords)


def _field(statement: ast.AnnAssign, name: str, kind: str) -> Parameter | None:
    annotation, value = statement.annotation, statement.value
    if last_name(annotation) == "ClassVar":
        return None
    if last_name(annotation) == "InitVar" and isinstance(annotation, ast.Subscript):
        annotation = annotation.slice
    default = ast.unparse(value) if value else None
    if isinstance(value, ast.Call) and last_name(value) in _FIELD_CALLS:
        keywords = {keyword.arg: keyword for keyword in value.keywords}
        if "init" in keywords and not _is_true(keywords["init"], "init"):
            return None
        kind = "keyword" if any(_is_true(keyword, "kw_only") for keyword in value.keywords) else kind
        default = _field_default({name: keyword.value for name, keyword in keywords.items() if name})
        name = _alias(value) or name
    constants = at_limits(annotation, value)
    return Parameter(name=name, kind=kind, annotation=ast.unparse(annotation), default=default, constants=constants)


def _alias(call: ast.Call) -> str:
    """The name by which the field is constructed, where it is not its own."""
    given = (keyword.value for keyword in call.keywords if keyword.arg in {"alias", "validation_alias"})
    names = [value.value for value in given if isinstance(value, ast.Constant)]
    return next((name for name in names if isinstance(name, str)), "")


def _field_default(keywords: dict[str, ast.expr]) -> str | None:
    factory = keywords.get("default_factory") or keywords.get("factory")
    if factory is not None:
        return f"{ast.unparse(factory)}()" if not isinstance(factory, ast.Lambda) else ast.unparse(factory.body)
    return ast.unparse(keywords["default"]) if "default" in keywords else None


def _is_true(keyword: ast.keyword, name: str) -> bool:
    return keyword.arg == name and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
