"""How the data is built that parameters take, as the source shows it: what is looked up in it, and in that in turn.

The source is read, not run. What is handed to another function of the module, kept on `self` or returned is one piece
of data with what is done to it there; so data that is nested in itself is found to be so.
"""

import ast
import functools
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aitestgen_guest.arguments.annotated import read_annotations
from aitestgen_guest.arguments.built import Built, Told
from aitestgen_guest.arguments.graph_use import graphs
from aitestgen_guest.arguments.module_data import Function, Module, Where, constants_of, counters_of, names_of
from aitestgen_guest.arguments.scopes import ATTRIBUTE, Scope

_COMMON = frozenset(name for kind in (Path, io.TextIOWrapper, io.BytesIO, re.Match, re.Pattern) for name in dir(kind))
"""What objects have that a stand-in could not pass for."""
LEAST_NAME = 4
"""How long a name is at least that means one thing in a module."""
MOST_NAMES = 4
_ATTRIBUTES = ("upper", "items", "append", "real", "__doc__", "missing")
_TEXT = {"str", "shown"}
ROUNDS = 3
"""What is recognised may tell what others are."""


@functools.lru_cache(maxsize=4)
def structures(source: str) -> "dict[tuple[str, str], Built]":
    """What is known of parameters whose data has structure, by path (`f`, `Class`, `Class.method`) and name."""
    module = _read(source)
    found = module.parameters.items()
    known = {where: built for where, built in found if built.is_structured() or _is_used(*where, module)}
    return {**_texts(module), **_namesakes(module, known), **known, **_graphs(module), **_attribute_names(module)}


def attributes(source: str) -> "dict[str, dict[str, Built]]":
    """By class and name what is known of the attributes of its objects."""
    return {owner: built.whole().attributes for owner, built in _read(source).instances.items()}


def _graphs(module: Module) -> "dict[Where, Built]":
    return {
        (path.removesuffix(".__init__"), name): Told(spec)
        for path, (function, _) in module.functions.items()
        for name, spec in graphs(function).items()
    }


def _namesakes(module: Module, known: "dict[Where, Built]") -> "dict[Where, Built]":
    """Parameters of functions of which nothing is known, by the only parameter of that name of which something is."""
    named: dict[str, list[Built]] = {}
    for (path, name), built in known.items():
        if "." not in path and built.whole() not in named.setdefault(name, []):
            named[name].append(built.whole())
    alone = {name: found[0] for name, found in named.items() if len(found) == 1 and len(name) >= LEAST_NAME}
    return {
        where: alone[where[1]]
        for where, built in module.parameters.items()
        if where[1] in alone and "." not in where[0] and built.whole().says_nothing_else(alone[where[1]])
    }


def _is_used(path: str, name: str, module: Module) -> bool:
    """Whether it is a class, it is asked of what class it is, it is called, or what it has is used, where a trial does
    not show it: in other methods of the object that keeps it, or, of what is no object of the standard library, after
    other conditions.
    """
    built = module.parameters[path, name].whole()
    if built.checked or "class" in built.kinds:
        return True
    users = built.users()
    if path in users:
        return built.acts() and not built.called_in and not built.attributes.keys() <= _COMMON
    return ("." in path or "(" in path or path in module.classes) and bool(users)


def _texts(module: Module) -> "dict[Where, Built]":
    """What constructors are given that is only used as text, and shown, wherever it is kept."""
    kept = {where: built.whole() for where, built in module.parameters.items() if where[0] in module.classes}
    text = Built()
    text.is_used_as("str")
    return {where: text for where, one in kept.items() if one.kinds and one.kinds.keys() <= _TEXT and not one.texts}


def _attribute_names(module: Module) -> "dict[Where, Built]":
    """What names attributes: of the module's own objects, and of those that every test has."""
    own = [name for names in module.classes.values() for name in sorted(names) if not name.startswith("_")]
    spec = ("choice", tuple(map(repr, [*own[:MOST_NAMES], *_ATTRIBUTES])))
    return {where: Told(spec) for where, built in module.parameters.items() if ATTRIBUTE in built.whole().kinds}


def handed_on(source: str) -> "list[list[Where]]":
    """Groups of parameters that get the same text: functions of the module hand it on as it is."""
    module = _read(source)
    groups: dict[Where, list[Where]] = {}
    for ends in module.handed_on:
        joined = [*dict.fromkeys(where for end in ends for where in groups.get(end, [end]))]
        groups.update(dict.fromkeys(joined, joined))
    each = {id(group): group for group in groups.values()}.values()
    return [group for group in each if any("str" in module.parameter(*where).whole().kinds for where in group)]


@functools.lru_cache(maxsize=4)
def _read(source: str) -> Module:
    tree = ast.parse(source)
    members = {name: keys for name, keys in map(_collection, tree.body) if name}
    module = Module(dict(_functions(tree)), members, dict(_classes(tree)), counters_of(tree))
    for owner, name in _declared(tree):
        module.fields.setdefault(owner, []).append(name)
    for path, (function, owner) in module.functions.items():
        names = {name: module.parameter(path, name) for name in names_of(function)}
        if owner and names:
            names[next(iter(names))] = module.instance(owner)
        read_annotations(function, names, module)
        for rest in filter(None, (function.args.vararg, function.args.kwarg)):
            names[rest.arg] = holder = Built()
            holder.item = holder.named = module.parameter(path, rest.arg)
        Scope(module, owner, names, path).read(function.body)
    for path, name in _fields(tree, module):
        module.parameter(path, name).unite(module.instance(path).attribute(name))
    for child, bases in _bases(tree):
        for base in bases:
            _inherit(child, base, module)
    _recognise(module)
    return module


def _bases(tree: ast.Module) -> "Iterator[tuple[str, list[str]]]":
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name, [ast.unparse(base).partition("[")[0] for base in node.bases]


def _inherit(child: str, base: str, module: Module) -> None:
    """A method that overrides another is given the same."""
    for path, (function, owner) in [*module.functions.items()]:
        overridden = module.functions.get(f"{base}.{function.name}")
        if owner == child and overridden is not None and function.name != "__init__":
            for own, other in list(zip(names_of(function), names_of(overridden[0]), strict=False))[1:]:
                module.parameter(path, own).unite(module.parameter(f"{base}.{function.name}", other))


def _recognise(module: Module) -> None:
    """What has attributes as objects of just one of the module's classes have them is such an object; so is what has
    them beside those of the classes that it is known to be of.
    """
    for _ in range(ROUNDS):
        roots = (module.parameters, module.results, module.instances)
        for built in _all_of([one for root in roots for one in root.values()]):
            known = frozenset(name for own in built.classes for name in module.classes.get(own, ()))
            used = built.attributes.keys() - known
            fitting = [name for name, offered in module.classes.items() if used and used <= offered]
            if len(fitting) == 1 and not built.classes:
                built.unite(module.instance(fitting[0]))
            elif len(fitting) == 1:
                built.classes[fitting[0]] = None
            if len(built.classes) > 1:
                _share(built, module)


def _share(built: Built, module: Module) -> None:
    """What an object of one of several classes has is what objects of the class have."""
    for own in [*built.classes]:  # what is united here may be the whole itself
        for name in built.attributes.keys() & module.classes.get(own, frozenset()):
            module.instance(own).attribute(name).unite(built.attribute(name))


def _all_of(roots: "list[Built]") -> "list[Built]":
    found: dict[int, Built] = {}
    waiting = roots
    while waiting:
        one = waiting.pop().whole()
        if id(one) not in found:
            found[id(one)] = one
            waiting += [*one.keys.values(), *one.attributes.values()]
            waiting += [inner for inner in (one.values, one.item, one.returns) if inner is not None]
    return list(found.values())


def _classes(tree: ast.Module) -> "Iterator[tuple[str, frozenset[str]]]":
    """Classes that objects are made of, with all that these have, from bases in the module too."""
    nodes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for name, node in nodes.items():
        bases = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
        known = [nodes[base] for base in bases if base in nodes]
        if "Protocol" not in bases:
            yield name, frozenset(offered for one in (node, *known) for offered in _offered(one))


def _offered(owner: ast.ClassDef) -> "Iterator[str]":
    """The names of its fields and methods, and of what these assign to anything."""
    for node in owner.body:
        if isinstance(node, Function):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
    for inner in ast.walk(owner):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            yield inner.attr


def _functions(tree: ast.Module) -> "Iterator[tuple[str, tuple[Function, str]]]":
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, (node, "")
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, Function):
                    yield f"{node.name}.{member.name}", (member, node.name)


def _fields(tree: ast.Module, module: Module) -> "Iterator[tuple[str, str]]":
    """The fields of classes without a constructor of their own, which are what these are made with."""
    return ((owner, name) for owner, name in _declared(tree) if f"{owner}.__init__" not in module.functions)


def _declared(tree: ast.Module) -> "Iterator[tuple[str, str]]":
    """The classes, each with the names that it declares with annotations."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield node.name, field.target.id


def _collection(node: ast.stmt) -> "tuple[str, list[Any]]":
    """The name and the plain members, of a mapping the keys, that the statement binds it to."""
    target = (
        node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
    )
    value = getattr(node, "value", None)
    if isinstance(value, ast.Call) and value.args:
        value = value.args[0]  # frozenset({...}), MappingProxyType({...})
    return (target.id, constants_of(value)) if isinstance(target, ast.Name) and value is not None else ("", [])
