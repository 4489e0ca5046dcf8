"""Guesses of what type a parameter wants, from its annotation, default, name, documentation, use and callers."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from aitestgen.analyse.command_lines import ARGUMENT_LISTS, argument_lists, lists_of_command
from aitestgen.analyse.constants import any_keys, compared, looked_up
from aitestgen.analyse.hints.annotations import types_of
from aitestgen.analyse.hints.calls import CallSite, call_sites
from aitestgen.analyse.hints.expressions import type_of
from aitestgen.analyse.hints.scope import scope_of
from aitestgen.analyse.hints.tables import TEXTS, VALUES
from aitestgen.analyse.hints.usage import Usage
from aitestgen.analyse.hints.votes import Votes, ranked
from aitestgen.analyse.hints.words import from_docstring, from_name
from aitestgen.analyse.source import Function
from aitestgen.analyse.targets import Everything, lineage
from aitestgen.analyse.written_python import programs
from aitestgen.values import Kind, Parameter, Target

_MARKER = re.compile(r"[A-Z_]{3,}$|default|missing|sentinel|marker|unset|no_")
_CONSTRUCTORS = ("__init__", "__new__", "__post_init__")
_THREADS = frozenset({"threading", "queue", "multiprocessing", "concurrent"})
_FILES = frozenset({"glob", "io", "os", "pathlib", "shutil", "tempfile"})
"""Without one of these modules a path is one of the web, or of a tree: what opens files says so itself."""
_WAITS = ("timeout", "wait", "max_wait", "block_timeout")
_SHORT_WAITS = ("0", "0.01")
"""How long code with threads waits at most, so that it can be seen to wait in vain."""


def with_hints(targets: tuple[Target, ...], tree: ast.Module, found: Everything) -> tuple[Target, ...]:
    """The same targets with hints and constants for every parameter, best first, at most four of each kind of type.

    A type is one of int float bool str bytes list[int] list[str] list[float] list[Any] dict set tuple callable none
    iterator datetime date timedelta path file regex json-string exception exception-type type, `class:<Name>` for a
    name of the module, or `literal:<source>`. An annotation that says something is not overruled. Of `*args` and
    `**kwargs` each is one element's type.
    """
    reading = _Reading(targets, tree, found)
    for _ in range(3):  # each reading knows what the one before found out about callees and attributes
        reading = reading.again()
    return tuple(_hinted(target, reading) for target in targets)


class _Reading:
    """One reading of all functions, with what an earlier one found."""

    def __init__(self, targets: tuple[Target, ...], tree: ast.Module, found: Everything) -> None:
        self.targets = targets
        self.found = found
        self.scope = scope_of(tree, found)
        self.modules = {name.partition(".")[0] for name in self.scope.imports.values()}
        self.classes = self.scope.class_names()
        self.names = self.scope.annotation_names()
        waits = dict.fromkeys(_WAITS, _SHORT_WAITS if _THREADS & self.modules else ())
        self._literals = {**waits, **dict.fromkeys(ARGUMENT_LISTS, argument_lists(tree)), **programs(tree)}
        self.given: dict[tuple[str, str], list[CallSite]] = defaultdict(list)
        self.passed_on: dict[str, list[CallSite]] = defaultdict(list)
        for site in call_sites(tree, found, targets):
            self.given[site.target, site.parameter].append(site)
            self.passed_on[site.caller].append(site)
        self.declared = {target.id: self._declared(target) for target in targets}
        self.usages: Mapping[str, Usage] = {}
        self.attributes: Mapping[str, Mapping[str, str]] = {}
        self.best: dict[tuple[str, str], str] = {}

    def again(self) -> "_Reading":
        """Read once more, and remember the best types."""
        self.usages = {name: usage for name in self.found if (usage := self._usage(name)) is not None}
        self.attributes = {name: self._attributes(name) for name in self.scope.classes}
        for target in self.targets:
            for parameter in target.parameters:
                first = [one for one in self.hints(target, parameter) if one != "none"][:1]
                self.best[target.id, parameter.name] = first[0] if first else ""
        return self

    def hints(self, target: Target, parameter: Parameter) -> tuple[str, ...]:
        """The types of one parameter, best first."""
        said = types_of(parameter.annotation, self.names)
        concrete = tuple(one for one in said if one != "none")
        votes = ranked(self._votes(target, parameter))
        may_be_none = "none" in said or parameter.default == "None" or "none" in votes
        if not concrete:
            return _ends_with_none(votes, may_be_none)
        unsure = any(one.startswith("class:") and one[6:] in self.scope.imports for one in concrete)
        refined = tuple(one for one in votes if unsure or _refines(one, concrete))
        order = dict.fromkeys((*refined, *concrete) if concrete[0] == "list[Any]" else (*concrete, *refined))
        return _ends_with_none(tuple(order), may_be_none)

    def _declared(self, target: Target) -> dict[str, str]:
        """What annotations and defaults say: known while the bodies are read."""
        known = {}
        for parameter in target.parameters:
            said = [one for one in types_of(parameter.annotation, self.names) if one != "none"]
            guess = said[0] if said else self._default(parameter)
            if guess and guess != "none" and not guess.startswith("literal:") and "star" not in parameter.kind:
                known[parameter.name] = guess
        return known

    def _default(self, parameter: Parameter) -> str:
        if parameter.default is None:
            return ""
        node = ast.parse(parameter.default, mode="eval").body
        name = self.scope.full_name(node)
        is_imported_function = name.partition(".")[0] in self.modules and not _MARKER.search(name)
        return type_of(node, self.scope, {}) or VALUES.get(name, "callable" if is_imported_function else "")

    def _usage(self, name: str) -> Usage | None:
        one = self.found[name]
        node = one.node.value if isinstance(one.node, ast.Assign) else one.node
        if not isinstance(node, Function | ast.Lambda):
            return None
        owner = name.rpartition(".")[0]
        is_constructor = name.rpartition(".")[2] in _CONSTRUCTORS
        declared = self.declared.get(owner if is_constructor else name, {})
        usage = Usage(node, self.scope, {**self.attributes.get(owner, {}), **declared})
        self._follow_calls(name, usage)
        return usage

    def _follow_calls(self, name: str, usage: Usage) -> None:
        for site in self.passed_on[name]:
            usage.vote(site.argument, self.best.get((site.target, site.parameter), ""), 3)

    def _attributes(self, name: str) -> dict[str, str]:
        """The types of an object's attributes."""
        known = {f"self.{parameter}": kind for parameter, kind in self.declared.get(name, {}).items()}
        for usage in self._methods(name):
            known.update({key: kind for key, kind in usage.known.items() if key.startswith("self.") and kind})
        for usage in self._methods(name):
            for key in usage.votes.names():
                if key.startswith("self.") and usage.votes.best(key):
                    known.setdefault(key, usage.votes.best(key))
        return known

    def _methods(self, name: str) -> Iterator[Usage]:
        names = {member.name for member in lineage(name, self.found)} | {name}
        yield from (usage for one, usage in self.usages.items() if one.rpartition(".")[0] in names)

    def _votes(self, target: Target, parameter: Parameter) -> Mapping[str, float]:
        votes, name = Votes(), parameter.name
        votes.add(name, self._default(parameter), 1 if parameter.default == "None" else 5)
        votes.add(name, " ".join(from_docstring(name, self._documentation(target))), 6)
        types, weight = from_name(name, self.classes)
        types = "route str" if name == "path" and not _FILES & self.modules else types
        is_star = parameter.kind in {"star", "double_star"}
        votes.merge(name, _elements({types: weight})) if is_star else votes.add(name, types, weight)
        if name == "other" and target.owner and target.id.endswith("__"):
            votes.add(name, f"class:{target.owner}", 4)
        for site in self.given[target.id, name]:
            votes.add(name, self._argument(site), 4)
        used = Votes()
        for key, usage in self._uses(target, name):
            used.merge(name, usage.votes.of(key))
        if target.owner and f"class:{target.owner}" in used.of(name):
            used.add(name, f"class:{target.owner}", 1)
        votes.merge(name, _elements(used.of(name)) if is_star else used.of(name))
        if types == "str" and used.best(name) == "list[Any]" and self.may_be(str, target, name):
            votes.add(name, "str", votes.of(name)["list[Any]"])  # a text is gone through as well, letter by letter
        return votes.of(name)

    def may_be(self, kind: type, target: Target, name: str) -> bool:
        """Whether such values have all that is read of the parameter."""
        read = [usage.attributes.get(key, set()) for key, usage in self._uses(target, name)]
        return all(hasattr(kind, attribute) for attributes in read for attribute in attributes)

    def literals_of(self, target: Target, name: str) -> tuple[str, ...]:
        """Literals that parameters of that name may be given anywhere in the module."""
        if name in ARGUMENT_LISTS and not self.may_be(list, target, name):
            return ()  # it is what a parser made of them
        return self._literals.get(name, ())

    def _argument(self, site: CallSite) -> str:
        known = self.usages[site.caller].known if site.caller in self.usages else {}
        found = type_of(site.argument, self.scope, known)
        return found if found != "none" else ""

    def _documentation(self, target: Target) -> str:
        constructor = self.found.get(f"{target.id}.__init__")
        inner = ast.get_docstring(constructor.node) if constructor and isinstance(constructor.node, Function) else None
        return f"{target.docstring}\n\n{inner or ''}"

    def _uses(self, target: Target, name: str) -> Iterator[tuple[str, Usage]]:
        """Where a parameter is read: in its function, or for a class in its construction and as an attribute."""
        if target.kind not in {Kind.CLASS, Kind.DATACLASS}:
            setter = self.found[target.id].setter
            usage = Usage(setter, self.scope, {}) if setter else self.usages.get(target.id)
            yield from [(name, usage)] if usage else []
            return
        keys = {f"self.{name}"} if target.kind is Kind.DATACLASS else set()
        for member in lineage(target.id, self.found):
            for constructor in member.body:
                if isinstance(constructor, Function) and constructor.name in _CONSTRUCTORS:
                    keys |= _stored_as(constructor, name)
        for usage in self._methods(target.id):
            yield from ((key, usage) for key in sorted(keys))
        constructors = filter(self.usages.__contains__, _constructors_of(target, self.found))
        yield from ((name, self.usages[one]) for one in constructors)


def _hinted(target: Target, reading: _Reading) -> Target:
    if target.kind is Kind.ENUM:
        return replace(target, parameters=tuple(_enum_value(one, target, reading.found) for one in target.parameters))
    if given := _as_command(target, reading):
        return replace(target, parameters=(Parameter(name="args", kind="star", constants=given),))
    names = [parameter.name for parameter in target.parameters]
    literals = _compared(target, names, reading)
    known = {name: (*literals.get(name, ()), *reading.literals_of(target, name)) for name in names}
    return replace(
        target,
        parameters=tuple(
            replace(one, hints=reading.hints(target, one), constants=(*one.constants, *known[one.name]))
            for one in target.parameters
        ),
    )


def _as_command(target: Target, reading: _Reading) -> tuple[str, ...]:
    """The argument lists that a command of click takes in place of its function's parameters."""
    node = reading.found[target.id].node
    return lists_of_command(node) if "click" in reading.modules and isinstance(node, Function) else ()


def _compared(target: Target, names: list[str], reading: _Reading) -> dict[str, tuple[str, ...]]:
    found = reading.found
    nodes = [found[target.id].node, *(found[name].node for name in _constructors_of(target, found))]
    literals: dict[str, tuple[str, ...]] = {}
    rest = [parameter.name for parameter in target.parameters if parameter.kind == "double_star"]
    for node in nodes:
        if not isinstance(node, ast.ClassDef):
            literals.update(compared(node, names, reading.scope.values))
            literals.update({name: looked_up(node, name) or any_keys(node, name) for name in rest})
    return literals


def _enum_value(parameter: Parameter, target: Target, found: Everything) -> Parameter:
    node = found[target.id].node
    body = node.body if isinstance(node, ast.ClassDef) else []
    values = [one.value for one in body if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant)]
    literals = tuple(ast.unparse(value) for value in values)
    return replace(parameter, hints=tuple(f"literal:{text}" for text in literals[:4]), constants=literals)


def _constructors_of(target: Target, found: Everything) -> list[str]:
    owners = [member.name for member in lineage(target.id, found)]
    names = [f"{owner}.{name}" for owner in (target.id, *owners) for name in _CONSTRUCTORS]
    return [name for name in dict.fromkeys(names) if name in found]


def _stored_as(constructor: Function, name: str) -> set[str]:
    """The attributes that a constructor assigns the parameter to, unchanged or after `p or default`."""
    keys = set()
    for node in ast.walk(constructor):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attribute)], value=value):
                if name in _passed_on(value):
                    keys.add(f"self.{attribute}")
    return keys


def _passed_on(value: ast.expr) -> set[str]:
    parts = value.values if isinstance(value, ast.BoolOp) else [value]
    parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else parts
    return {part.id for part in parts if isinstance(part, ast.Name)}


def _elements(weights: Mapping[str, float]) -> dict[str, float]:
    """What evidence about the tuple of all arguments tells about one of them."""
    inner = {"list[int]": "int", "list[str]": "str", "list[float]": "float", "exception-type": "exception-type"}
    return {inner[one]: weight for one, weight in weights.items() if one in inner}


def _refines(one: str, concrete: tuple[str, ...]) -> bool:
    return (one.startswith("list[") and "list[Any]" in concrete) or (one in TEXTS and "str" in concrete)


def _ends_with_none(types: tuple[str, ...], may_be_none: bool) -> tuple[str, ...]:
    plain = tuple(one for one in types if one != "none")
    return (*plain[: 4 - may_be_none], "none") if may_be_none or "none" in types else plain[:4]
