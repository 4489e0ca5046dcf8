"""Subclasses that declare fields, for classes that collect what their subclasses declare: forms, models, schemas.

Such a class shows nothing of what it does as long as nothing is declared. That a class collects is read from the
source: its metaclass or one of its methods goes through the names of a class, or it has an `__init_subclass__`.
"""

import ast
import builtins
import contextlib
import inspect
import re
from collections.abc import Iterator
from itertools import islice
from types import ModuleType
from typing import Any

from aitestgen_guest.arguments.kin import descendants
from aitestgen_guest.arguments.module_data import Function
from aitestgen_guest.shapes import Namespace

SAMPLE = "Sample"
"""What the names of such subclasses begin with; registers often keep them by their names in small letters."""
FIELDS = ("first", "second", "third")
_SCANS = re.compile(r"\bvars\(|\.__dict__|\bdir\(|__annotations__|getmembers\(|\.items\(\)")
_OF_BASES = ("__init_subclass__", "__prepare__")
_OF_METACLASSES = ("__new__", "__init__")
"""Methods that are called when a subclass is made."""
_FILLS: "tuple[tuple[str, str], ...]" = (
    (r"(^|_)(min|minimum|min_\w+|low|lower|at_least)$", "1"),
    (r"(^|_)(max|maximum|max_\w+|high|upper|limit|size|length)$", "10"),
    (r"(^|_)(type|kind|cls|class_|type_|expected\w*)$", "int"),
    (r"(^|_)(name|attr|attribute|key|label|title|text)$", '"value"'),
    (r"(^|_)(f|fn|func|function|getter|fget|method|factory|callback)$", "lambda *args: 42"),
    (r"(^|_)(choices|options|values|items)$", "[1, 2]"),
    (r"(^|_)(default|initial)$", "5"),
)
"""What a parameter of such a name is given."""
_FLAGS = {True: "False", False: "True"}


def argument_texts(thing: Any) -> "list[str]":
    """Arguments with which it may be called, the likeliest first: with and without its options, then anything."""
    try:
        parameters = list(inspect.signature(thing).parameters.values())
    except (TypeError, ValueError):
        return [""]
    plain = [item for item in parameters if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)]
    required = [item for item in plain if item.default is item.empty]
    options = [(item.name, text) for item in plain if item not in required and (text := _option(item))]
    found = []
    for other in ("1", '"a"', "int"):
        given = ", ".join(_fill(item.name) or other for item in required)
        told = ", ".join(f"{name}={text}" for name, text in options[:1])
        found += [", ".join(filter(None, (given, told))), given]
    return [*dict.fromkeys(found)]


def _fill(name: str) -> str:
    return next((text for pattern, text in _FILLS if re.search(pattern, name)), "")


def is_told(thing: Any) -> bool:
    """Whether the names of what it must be given tell what to give, and that this is no function."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return False
    required = [item.name for item in parameters if item.default is item.empty and "VAR_" not in item.kind.name]
    return all(_fill(name) and not _fill(name).startswith("lambda") for name in required)


def _option(item: inspect.Parameter) -> str:
    """Another value than the default, where one can be told."""
    if isinstance(item.default, bool):
        return _FLAGS[item.default]
    return _fill(item.name) if item.default is None else ""


def descriptor_makers(module: ModuleType, source: str) -> "Iterator[tuple[str, Any]]":
    """The module's functions that give a descriptor, such as a property, that they make; each with its name."""
    for node in ast.parse(source).body:
        thing = vars(module).get(getattr(node, "name", ""))
        if isinstance(node, ast.FunctionDef) and callable(thing) and _gives_descriptor(node, vars(module)):
            yield node.name, thing


def _gives_descriptor(function: ast.FunctionDef, namespace: Namespace) -> bool:
    inner: dict[str, list[ast.expr]] = {}
    for node in function.body:
        if isinstance(node, ast.FunctionDef):
            inner.setdefault(node.name, []).extend(node.decorator_list)
    given = [node.value for node in function.body if isinstance(node, ast.Return)]
    called = [value.func for value in given if isinstance(value, ast.Call)]
    decorated = [one for value in given if isinstance(value, ast.Name) for one in inner.get(value.id, ())]
    return any(_is_descriptor(maker, namespace) for maker in (*called, *decorated))


def _is_descriptor(maker: ast.expr, namespace: Namespace) -> bool:
    """Whether what it makes is read through the class that it is an attribute of."""
    name = ast.unparse(maker)
    kind = namespace.get(name, getattr(builtins, name, None))
    return isinstance(kind, type) and hasattr(kind, "__get__") and kind not in (staticmethod, classmethod)


def declaring(own: "list[type]", source: str, namespace: Namespace) -> "Iterator[tuple[str, str]]":
    """Names and sources of subclasses that declare what their bases collect, or answer what these leave open."""
    collected = _collected(source)
    plain = [one for one in own if not issubclass(one, type)]
    roots = [one for one in plain if any(owner in collected for owner in _hooks_of(one))]
    for base in roots:
        name = f"{SAMPLE}{base.__name__.lstrip('_')}"
        if name in namespace or any(other is not base and issubclass(base, other) for other in roots):
            continue
        names = [name for owner in _hooks_of(base) for name in collected.get(owner, ())]
        kinds = [kind for kind in map(namespace.get, names) if isinstance(kind, type)]
        body = [*_fields(kinds, base, namespace), *(_answered(one) for one in _left_open(base, source))] or ["pass"]
        yield name, "\n".join([f"class {name}({base.__qualname__}):", *(f"    {line}" for line in body)])


def _hooks_of(cls: type) -> "list[str]":
    """The classes whose code goes through what a subclass declares: its metaclass, and itself with its bases."""
    kinds = [*inspect.getmro(type(cls)), *inspect.getmro(cls)]
    return [one.__name__ for one in kinds if one not in (object, type)]


def _collected(source: str) -> "dict[str, list[str]]":
    """By class the names of the classes that its code looks for among the names of a class."""
    found: dict[str, list[str]] = {}
    for owner in (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)):
        is_meta = any(ast.unparse(base).endswith(("type", "Meta")) for base in owner.bases)
        for method in (node for node in owner.body if isinstance(node, Function)):
            if method.name in _OF_BASES or (is_meta and method.name in _OF_METACLASSES) or _scans(method):
                found.setdefault(owner.name, []).extend(_looked_for(method))
    return found


def _left_open(base: type, source: str) -> "list[str]":
    """The methods that only say that they are not implemented."""
    owners = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == base.__name__]
    return [
        node.name
        for owner in owners
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.body[-1]).startswith("raise NotImplementedError")
    ]


def _answered(name: str) -> str:
    return f"def {name}(self, *args):\n        return 1"


def _scans(method: Function) -> bool:
    """Whether it goes through the names of a class."""
    loops = [node.iter for node in ast.walk(method) if isinstance(node, (ast.For, ast.comprehension))]
    return any(_SCANS.search(ast.unparse(one)) and "cls" in ast.unparse(one) for one in loops)


def _looked_for(method: Function) -> "Iterator[str]":
    for node in ast.walk(method):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance" and len(node.args) == 2:
            kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
            yield from (kind.id for kind in kinds if isinstance(kind, ast.Name))


def _fields(kinds: "list[type]", base: type, namespace: Namespace) -> "list[str]":
    """Lines that declare a field of each of a few of these classes, and of those that inherit them."""
    near = [
        one for kind in kinds for one in (*descendants(kind, namespace), kind) if namespace.get(one.__name__) is one
    ]
    known = [*dict.fromkeys(near)]
    names = iter([name for name in FIELDS if not hasattr(base, name)])
    lines = []
    for place, kind in enumerate([*known, *known[:1]][: len(FIELDS)]):
        texts = argument_texts(kind)
        ways = texts if place % 2 == 0 else [*texts[1:], *texts]
        made = filter(None, (_made(kind, text, namespace) for text in ways))
        lines += [f"{name} = {call}" for call, name in zip(islice(made, 1), names, strict=False)]
    return lines


def _made(kind: type, text: str, namespace: Namespace) -> str:
    """The call that makes such a field; empty where it raises."""
    call = f"{kind.__name__}({text})"
    with contextlib.suppress(Exception):  # the module's own classes may refuse in any way
        eval(call, dict(namespace))  # noqa: S307 - inside the jail, by design
        return call
    return ""
