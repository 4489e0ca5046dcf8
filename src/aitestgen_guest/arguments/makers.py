"""Which functions of a module make what others take: as the source calls them, and by what it says and names."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from aitestgen_guest.arguments.inverses import takers_of
from aitestgen_guest.arguments.module_data import INIT, Function, Where, names_of
from aitestgen_guest.shapes import Description

_NUMBERS = frozenset({"int", "float", "bool", "complex", "None"})
_SAYING_LITTLE = _NUMBERS | {"str", "bytes", "object", "Any", "list", "dict", "tuple", "set", "Path"}
_ITERABLE = frozenset({"list", "List", "Iterable", "Sequence", "Collection", "Iterator", "Generator"})
_ANYTHING = frozenset({"args", "data", "item", "items", "name", "names", "output", "result", "results", "text", "value",
    "values"})  # fmt: skip
LEAST_STEM = 4
MOST_OF_ONE = 3
MOST_ROUNDS = 3
Makers = dict[Where, list[str]]


def makers(source: str) -> Makers:
    """By path (`f`, `Class`, `Class.method`) and name of a parameter, the public functions whose results it may take.

    These are called for it somewhere in the module, are named in its function's docstring, say by annotation that they
    give the like, are called after it (`tokenize` makes `tokens`), return a variable of its name, or are undone by it
    (`encode` makes for `decode`).
    """
    tree = ast.parse(source)
    making = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")}
    taking = dict(_taking(tree))
    found: dict[Where, dict[str, None]] = {}
    scopes = [scope for scope in ast.walk(tree) if isinstance(scope, Function)]
    called = chain.from_iterable(_called(scope, making.keys(), taking) for scope in scopes)
    for where, maker in chain(called, _taken_back(taking)):
        found.setdefault(where, {})[maker] = None
    for path, (function, names) in taking.items():
        for item in _open(function, names):
            told = {name: None for name, maker in making.items() if _makes(maker, function, item)}
            found.setdefault((path, item.arg), {}).update(told)
    for (path, name), made in found.items():
        made.pop(path, None)
        found[path, name] = dict.fromkeys([*made][:MOST_OF_ONE])
    return {where: [*made] for where, made in found.items() if made}


def in_rounds(found: Mapping[Where, Iterable[str]]) -> "list[list[str]]":
    """The makers, those first that take nothing of others; what they make is known when others are tried."""
    wanted = dict.fromkeys(maker for made in found.values() for maker in made)
    needs = {maker: {one for (path, _), made in found.items() if path == maker for one in made} for maker in wanted}
    rounds: list[list[str]] = []
    known: set[str] = set()
    while left := [maker for maker in wanted if maker not in known]:
        last = len(rounds) == MOST_ROUNDS - 1
        ready = [maker for maker in left if last or needs[maker] <= known] or left
        rounds.append(ready)
        known.update(ready)
    return rounds


def _taking(tree: ast.Module) -> "Iterator[tuple[str, tuple[Function, list[str]]]]":
    """Functions, constructors and methods, each with the names of what a caller gives."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, (node, names_of(node))
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, Function):
                    is_static = any(ast.unparse(one) == "staticmethod" for one in member.decorator_list)
                    names = names_of(member)
                    yield f"{node.name}.{member.name}".removesuffix(INIT), (member, names if is_static else names[1:])


def _called(
    scope: Function, making: Iterable[str], taking: "Mapping[str, tuple[Function, list[str]]]"
) -> "Iterator[tuple[Where, str]]":
    """What the scope hands from one function to another, at once or by a variable."""
    held: dict[str, str] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
            held.update({one.id: node.value.func.id for one in node.targets if isinstance(one, ast.Name)})
    for node in ast.walk(scope):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in taking):
            continue
        _, names = taking[node.func.id]
        given = [*zip(names, node.args, strict=False), *((one.arg, one.value) for one in node.keywords)]
        for name, value in given:
            maker = _maker_of(value, held)
            if name in names and maker in making:
                yield (node.func.id, str(name)), maker


def _taken_back(taking: "Mapping[str, tuple[Function, list[str]]]") -> "Iterator[tuple[Where, str]]":
    """What functions and methods make that functions undo or check, or class methods of the same class; what its other
    methods do is theirs to find.
    """
    for maker in taking:
        owner, _, name = maker.rpartition(".")
        for taker in takers_of(name) if not name.startswith("_") else ():
            known = [path for path in (taker, f"{owner}.{taker}") if path in taking]
            for path in (path for path in known if "." not in path or _is_of_class(taking[path][0])):
                yield from (((path, item.arg), maker) for item in _open(*taking[path])[:1])


def _is_of_class(function: Function) -> bool:
    """Whether it needs no object."""
    return any(ast.unparse(one) in ("staticmethod", "classmethod") for one in function.decorator_list)


def _maker_of(value: ast.expr, held: Mapping[str, str]) -> str:
    if isinstance(value, ast.Name):
        return held.get(value.id, "")
    is_call = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
    return value.func.id if is_call else ""  # type: ignore[attr-defined]  # a call of a name: see the line above


def _open(function: Function, names: "list[str]") -> "list[ast.arg]":
    """Its parameters without a default that are no mere numbers."""
    taken = [*function.args.posonlyargs, *function.args.args]
    needed = taken[: len(taken) - len(function.args.defaults)]
    return [item for item in needed if item.arg in names and _text(item.annotation) not in _NUMBERS]


def _makes(maker: ast.FunctionDef, function: Function, item: ast.arg) -> bool:
    annotation, given = _text(item.annotation), _text(maker.returns)
    if annotation and given:
        return _said(annotation) == _said(given) and annotation not in _SAYING_LITTLE
    told = ast.get_docstring(function) or ""
    if re.search(rf"`{maker.name}(\(.*?\))?`|\b{maker.name}\(", told):
        return True
    return _is_named(maker.name, item.arg) or (not annotation and _returns(maker, item.arg))


def _returns(maker: ast.FunctionDef, name: str) -> bool:
    """Whether it returns a variable of that name, and the name says what it is."""
    known = (node.value for node in ast.walk(maker) if isinstance(node, ast.Return))
    says = len(name) >= LEAST_STEM and name not in _ANYTHING
    return says and any(isinstance(value, ast.Name) and value.id == name for value in known)


def _said(annotation: str) -> str:
    """The annotation, with one word for all that one can go through."""
    outer, bracket, inside = annotation.partition("[")
    return f"list[{inside}" if bracket and outer.rpartition(".")[2] in _ITERABLE else annotation


def _is_named(maker: str, name: str) -> bool:
    """`tokenize` and `parse_tokens` make `tokens`."""
    stem = name.removesuffix("s")
    words = maker.split("_")
    return len(stem) >= LEAST_STEM and (words[0].startswith(stem) or stem in [w.removesuffix("s") for w in words])


def _text(annotation: "ast.expr | None") -> str:
    return "" if annotation is None else ast.unparse(annotation).strip("'\"")


def factories(targets: "list[Description]") -> "dict[str, list[str]]":
    """By class, the class methods and functions that say that they return one of its objects."""
    found: dict[str, list[str]] = {}
    for target in targets:
        owner, returns = target.get("owner") or "", (target.get("returns") or "").strip("'\"")
        if target["kind"] == "class method" and (returns in (owner, "Self", "typing.Self") or not returns):
            found.setdefault(owner, []).append(target["id"])
        elif target["kind"] == "function" and returns and not target["is_async"] and not target["is_generator"]:
            found.setdefault(returns, []).append(target["id"])
    return found
