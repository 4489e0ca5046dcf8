"""Who calls what inside a module, and with which arguments."""

import ast
import doctest
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aitestgen.analyse.source import dotted
from aitestgen.analyse.targets import Everything
from aitestgen.values import Kind, Parameter, ShownCall, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSite:
    """One argument given for one parameter of a target; `caller` is the qualified name of the function it stands in."""

    caller: str
    target: str
    parameter: str
    argument: ast.expr


def call_sites(tree: ast.Module, found: Everything, targets: Iterable[Target]) -> tuple[CallSite, ...]:
    """The arguments of every call of a target in the module's functions, script, tests and doctests, and of those that
    the rest of its project makes.
    """
    by_name = {target.id: target for target in targets}
    methods = _methods(by_name)
    sites = [site for name, one in found.items() for site in _sites(one.node, name, by_name, methods)]
    sites += _sites(tree, "", by_name, methods)
    for target in by_name.values():
        for example in target.examples:
            sites += _in_example(example, target, by_name, methods)
        fitting = (call for call in target.shown if "TypeError" not in call.raises)
        sites += [site for call in fitting for site in _as_shown(call, target)]
    return tuple(sites)


def _as_shown(call: ShownCall, target: Target) -> Iterator[CallSite]:
    given = [*call.arguments, *(f"{name}={text}" for name, text in call.keywords)]
    node = ast.parse(f"_({', '.join(given)})", mode="eval").body
    return _bound(node, target, "") if isinstance(node, ast.Call) else iter(())


def _sites(
    root: ast.AST, caller: str, targets: Mapping[str, Target], methods: Mapping[str, Target]
) -> Iterator[CallSite]:
    if isinstance(root, ast.ClassDef):
        return
    owner = caller.rpartition(".")[0]
    for node in ast.walk(root):
        if isinstance(node, ast.Call):
            target = _callee(dotted(node.func), owner, targets) or _method(node, methods)
            if target is not None:
                yield from _bound(node, target, caller)


def _callee(name: str, owner: str, targets: Mapping[str, Target]) -> Target | None:
    first, _, rest = name.partition(".")
    if owner and first in {"self", "cls"}:
        return targets.get(f"{owner}.{rest}" if rest else owner)
    return targets.get(name)


def _method(node: ast.Call, methods: Mapping[str, Target]) -> Target | None:
    return methods.get(node.func.attr) if isinstance(node.func, ast.Attribute) else None


def _methods(targets: Mapping[str, Target]) -> dict[str, Target]:
    """The methods whose name only one class of the module has, and no built-in type."""
    counted: dict[str, list[Target]] = {}
    for target in targets.values():
        if target.owner and target.kind is not Kind.PROPERTY:
            counted.setdefault(target.id.rpartition(".")[2], []).append(target)
    builtin = {name for kind in (str, list, dict, set, bytes) for name in dir(kind)}
    return {name: found[0] for name, found in counted.items() if len(found) == 1 and name not in builtin}


def _bound(node: ast.Call, target: Target, caller: str) -> Iterator[CallSite]:
    for parameter, argument in _arguments(node, target.parameters):
        yield CallSite(caller=caller, target=target.id, parameter=parameter, argument=argument)


def _arguments(node: ast.Call, parameters: tuple[Parameter, ...]) -> Iterator[tuple[str, ast.expr]]:
    plain = [one.name for one in parameters if one.kind in {"positional", "normal"}]
    if not any(isinstance(argument, ast.Starred) for argument in node.args):
        yield from zip(plain, node.args, strict=False)
        star = next((one.name for one in parameters if one.kind == "star"), None)
        yield from ((star, argument) for argument in node.args[len(plain) :] if star)
    yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)


def _in_example(
    example: str, target: Target, targets: Mapping[str, Target], methods: Mapping[str, Target]
) -> Iterator[CallSite]:
    for one in doctest.DocTestParser().get_examples(example):
        try:
            tree = ast.parse(one.source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        named = {**targets, target.id.rpartition(".")[2]: target}
        yield from _sites(tree, "", named, methods)
