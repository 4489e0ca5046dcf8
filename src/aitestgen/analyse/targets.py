"""From a module's tree to its targets: what can be named, called and tested."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from aitestgen.analyse.examples import announced, examples
from aitestgen.analyse.existing import is_fixture, is_test
from aitestgen.analyse.raises import raised
from aitestgen.analyse.signatures import class_parameters, parameters
from aitestgen.analyse.source import Definition, Function, dotted, last_name, lines_of, own_nodes
from aitestgen.values import Kind, Parameter, Target

_ENUM_BASES = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"})
_DESCRIPTIONS = frozenset({"Protocol", "TypedDict"})
_CONSTRUCTION = frozenset(
    {"__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__del__", "__prepare__"}
)
_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty", "getter"})
SCRIPT = "__main__"
_CONTEXT_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A definition that can be a target, by its qualified name. A lambda bound to a name has no `node` of its own, nor
    has a descriptor that is made of a `getter` (`size = property(_size)`).
    """

    qualname: str
    node: Definition | ast.Assign
    owner: str | None = None
    setter: Function | None = None
    getter: Function | None = None


Everything = Mapping[str, Found]
"""The definitions of a module by qualified name, in file order."""


def definitions(tree: ast.Module) -> dict[str, Found]:
    """Every nameable function, class and method of a module in file order, tests and fixtures left out.

    Of definitions with one name the last wins, and of the branches of an `if` or `try` the first. What runs only as a
    script or for a type checker is left out.
    """
    found: dict[str, Found] = {}
    for one in _in_block(tree.body, None):
        found[one.qualname] = one
    return dict(sorted(found.items(), key=lambda item: item[1].node.lineno))


def targets(found: Everything) -> tuple[Target, ...]:
    """A target for each definition that can be tested by itself, in file order."""
    reasons = raised({name: one.node for name, one in found.items()})
    return tuple(_target(one, found, reasons) for one in found.values() if _is_testable(one, found))


def script_of(tree: ast.Module) -> tuple[Target, ...]:
    """What the module does where it is run by itself (`if __name__ == "__main__"`), where it has such a block."""
    blocks = [node for node in tree.body if isinstance(node, ast.If) and _asks_for_main(node.test)]
    return tuple(Target(id=SCRIPT, kind=Kind.SCRIPT, parameters=(), lines=lines_of(block)) for block in blocks[:1])


def base_names(node: ast.ClassDef) -> tuple[str, ...]:
    """The bases of a class as dotted names, without what they are subscripted with."""
    return tuple(name for name in map(dotted, node.bases) if name)


def lineage(name: str, found: Everything) -> Iterator[ast.ClassDef]:
    """The class and those of its bases that this module holds, nearest first."""
    waiting, seen = [name], set()
    while waiting:
        one = found.get(waiting.pop(0))
        if one is not None and isinstance(one.node, ast.ClassDef) and one.qualname not in seen:
            seen.add(one.qualname)
            yield one.node
            waiting.extend(base_names(one.node))


def is_enum(name: str, found: Everything) -> bool:
    """Whether the class is an enumeration, also through bases in this module."""
    return _has_base(name, found, _ENUM_BASES)


def is_dataclass(node: ast.ClassDef) -> bool:
    """Whether the class is decorated as a dataclass (of the standard library, or of the same shape)."""
    return any(last_name(decorator) == "dataclass" for decorator in node.decorator_list)


def _in_block(body: Iterable[ast.stmt], owner: str | None) -> Iterator[Found]:
    for node in body:
        match node:
            case ast.If(test=test, body=then, orelse=otherwise):
                yield from _in_block(otherwise, owner)
                yield from () if _never_imported(test) else _in_block(then, owner)
            case ast.Try(body=tried, handlers=handlers, orelse=otherwise, finalbody=final):
                caught = [statement for handler in handlers for statement in handler.body]
                yield from _in_block([*caught, *tried, *otherwise, *final], owner)
            case ast.With(body=inner):
                yield from _in_block(inner, owner)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from _definition(node, body, owner)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()) if owner is None:
                yield Found(qualname=name, node=node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if owner is not None:
                yield from _made_of_getter(name, node, call, body, owner)


def _made_of_getter(
    name: str, node: ast.Assign, call: ast.Call, siblings: Iterable[ast.stmt], owner: str
) -> Iterator[Found]:
    given = {one.id for one in (*call.args, *(item.value for item in call.keywords)) if isinstance(one, ast.Name)}
    getters = [one for one in siblings if isinstance(one, Function) and one.name in given]
    if getters and not name.startswith("_"):
        yield Found(qualname=f"{owner}.{name}", node=node, owner=owner, getter=getters[0])


def _definition(node: Definition, siblings: Iterable[ast.stmt], owner: str | None) -> Iterator[Found]:
    fixtures = (one.name for one in siblings if isinstance(one, Function) and is_fixture(one))
    if (owner is None and (is_test(node, fixtures) or is_fixture(node))) or _is_overlay(node, owner):
        return
    qualname = f"{owner}.{node.name}" if owner else node.name
    yield Found(qualname=qualname, node=node, owner=owner, setter=_setter(node, siblings))
    if isinstance(node, ast.ClassDef):
        yield from _in_block(node.body, qualname)


def _never_imported(test: ast.expr) -> bool:
    return dotted(test).endswith("TYPE_CHECKING") or _asks_for_main(test)


def _asks_for_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and dotted(test.left) == "__name__" and isinstance(test.ops[0], ast.Eq)


def _is_overlay(node: Definition, owner: str | None) -> bool:
    """Whether its name is not bound to it: an overload, a setter, a registered variant, a private `__name`."""
    names = {last_name(decorator) for decorator in node.decorator_list}
    is_mangled = owner is not None and node.name.startswith("__") and not node.name.endswith("__")
    return is_mangled or node.name == "_" or bool(names & {"overload", "setter", "deleter", "register"})


def _setter(node: Definition, siblings: Iterable[ast.stmt]) -> Function | None:
    wanted = f"{node.name}.setter"
    functions = (one for one in siblings if isinstance(one, Function) and one.name == node.name)
    return next((one for one in functions if wanted in map(dotted, one.decorator_list)), None)


def _is_testable(one: Found, found: Everything) -> bool:
    node, owner = one.node, found.get(one.owner or "")
    if _only_describes(node) or (owner is not None and _only_describes(owner.node)):
        return False
    if one.getter is not None and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        made_by = dotted(node.value.func)
        return made_by.rpartition(".")[2] in _PROPERTIES or f"{made_by}.__get__" in found
    if not isinstance(node, Function):
        return True
    return not (one.owner and node.name in _CONSTRUCTION) and not _is_abstract(node)


def _only_describes(node: ast.stmt) -> bool:
    """Whether it is a class that says what others look like, and does nothing itself."""
    return isinstance(node, ast.ClassDef) and bool(_DESCRIPTIONS.intersection(map(last_name, node.bases)))


def _is_abstract(node: Function) -> bool:
    return any(last_name(decorator).startswith("abstract") for decorator in node.decorator_list)


def _target(one: Found, found: Everything, reasons: Mapping[str, tuple[str, ...]]) -> Target:
    if isinstance(one.node, ast.ClassDef):
        return _class_target(one, one.node, found, reasons)
    if one.getter is not None:
        return replace(_function_target(one, one.getter, reasons), kind=Kind.PROPERTY, parameters=())
    if isinstance(one.node, ast.Assign):
        return _lambda_target(one, one.node)
    return _function_target(one, one.node, reasons)


def _lambda_target(one: Found, node: ast.Assign) -> Target:
    signature = node.value.args if isinstance(node.value, ast.Lambda) else None
    return Target(
        id=one.qualname,
        kind=Kind.FUNCTION,
        parameters=parameters(signature) if signature else (),
        lines=lines_of(node),
    )


def _function_target(one: Found, node: Function, reasons: Mapping[str, tuple[str, ...]]) -> Target:
    docstring = ast.get_docstring(node) or ""
    managed = any(last_name(decorator) in _CONTEXT_MANAGERS for decorator in node.decorator_list)
    yields = any(isinstance(child, ast.Yield | ast.YieldFrom) for child in own_nodes(node))
    return Target(
        id=one.qualname,
        kind=_function_kind(one, node),
        parameters=_function_parameters(one, node),
        lines=lines_of(node),
        docstring=docstring,
        returns=ast.unparse(node.returns) if node.returns else None,
        owner=one.owner,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=yields and not managed,
        is_context_manager=managed,
        answers=any(_gives_something(child) for child in own_nodes(node)),
        examples=examples(docstring),
        raises=_unique((*reasons[one.qualname], *announced(docstring))),
    )


def _gives_something(node: ast.AST) -> bool:
    if not isinstance(node, ast.Return) or node.value is None:
        return False
    return not (isinstance(node.value, ast.Constant) and node.value.value is None)


def _function_kind(one: Found, node: Function) -> Kind:
    names = {last_name(decorator) for decorator in node.decorator_list}
    if one.owner is None:
        return Kind.FUNCTION
    if names & _PROPERTIES:
        return Kind.PROPERTY
    if "staticmethod" in names:
        return Kind.STATIC_METHOD
    return Kind.CLASS_METHOD if "classmethod" in names or node.name == "__class_getitem__" else Kind.METHOD


def _function_parameters(one: Found, node: Function) -> tuple[Parameter, ...]:
    """What a caller passes; of a property: the value that its setter takes, if it has one."""
    kind = _function_kind(one, node)
    if kind is Kind.PROPERTY:
        return parameters(one.setter.args)[1:] if one.setter else ()
    everything = parameters(node.args)
    return everything if kind in {Kind.FUNCTION, Kind.STATIC_METHOD} else everything[1:]


def _class_target(one: Found, node: ast.ClassDef, found: Everything, reasons: Mapping[str, tuple[str, ...]]) -> Target:
    docstring = ast.get_docstring(node) or ""
    family = tuple(lineage(one.qualname, found))
    methods = {child.name for member in family for child in member.body if isinstance(child, Function)}
    return Target(
        id=one.qualname,
        kind=_class_kind(one, node, found),
        parameters=class_parameters(family, is_enum=is_enum(one.qualname, found)),
        lines=lines_of(node),
        docstring=docstring,
        owner=one.owner,
        is_async="__aenter__" in methods,
        is_context_manager=bool(methods & {"__enter__", "__aenter__"}),
        examples=examples(docstring),
        raises=_unique((*reasons[one.qualname], *announced(docstring))),
        bases=tuple(ast.unparse(base) for base in node.bases),
    )


def _class_kind(one: Found, node: ast.ClassDef, found: Everything) -> Kind:
    if is_enum(one.qualname, found):
        return Kind.ENUM
    return Kind.DATACLASS if is_dataclass(node) else Kind.CLASS


def _has_base(name: str, found: Everything, wanted: frozenset[str]) -> bool:
    return any(wanted.intersection(map(last_name, member.bases)) for member in lineage(name, found))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
