"""Expressions of the project's code in the words of the module that they call."""

import ast
import builtins
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aitestgen.analyse.shown.callers import Caller
from aitestgen.analyse.source import dotted
from aitestgen.analyse.targets import Everything, lineage
from aitestgen.values import Kind, ShownCall, Target

DEEPEST = 12
MOST_NODES = 400
_CLASSES = frozenset({Kind.CLASS, Kind.DATACLASS})
_PLAIN_CALLS = frozenset(
    name for name, item in vars(builtins).items() if isinstance(item, type) and name not in {"type", "memoryview"}
)
_BUILTINS = frozenset(dir(builtins)) - {"open", "eval", "exec", "input", "exit", "quit", "breakpoint", "__import__"}


_OUTCOMES = re.compile(
    r"_(?:returns|raises|is|gives|updates|can_be|prints|logs|warns|writes|makes|removes|changes|keeps|asks|waits|answers"
    r"|passes_on|swallows)(?=_|$)"
)
"""The words by which the names of generated tests go on after that of their target."""


@dataclass(slots=True)
class Made:
    """An object of a class of the module that the code holds, and what was done to it so far."""

    owner: str
    by: ast.expr
    steps: list[ShownCall] = field(default_factory=list)


Held = ast.expr | Made | None
"""What a name of the code holds: None where that is not known."""
Names = dict[str, Held]


def copied(names: Names) -> Names:
    """The names with objects of their own, to which nothing happens when it happens to these."""
    return {
        name: Made(held.owner, held.by, [*held.steps]) if isinstance(held, Made) else held
        for name, held in names.items()
    }


def untouched(held: Held) -> ast.expr | None:
    """What writes a plain value, or an object to which nothing has happened."""
    if isinstance(held, Made):
        return None if held.steps else held.by
    return held


class Known:
    """What the module has."""

    def __init__(self, targets: Mapping[str, Target], found: Everything) -> None:
        self.targets = targets
        self.found = found
        self._flat = {_flat(name) for name in targets}

    def names_test(self, name: str) -> bool:
        """Whether it is a name as generated tests have it: of a target, and of what comes out.

        What such a test calls was found here: to learn from it would make another suite of every run.
        """
        return any(_flat(name[5 : said.start()]) in self._flat for said in _OUTCOMES.finditer(name))

    def made_by(self, path: str) -> str:
        """The class of which calling this makes an object: itself, that of a class method, or what is said to come."""
        target = self.targets.get(path)
        if target is None or target.kind in _CLASSES:
            return path if target is not None else ""
        made = (target.owner if target.kind is Kind.CLASS_METHOD else target.returns) or ""
        return made if made in self.targets and self.targets[made].kind in _CLASSES else ""

    def member(self, owner: str, name: str) -> Target | None:
        """The method or property of a class, which one of its bases may have."""
        paths = [owner, *(base.name for base in lineage(owner, self.found))]
        return next((self.targets[f"{path}.{name}"] for path in paths if f"{path}.{name}" in self.targets), None)


class Words:
    """Writes what one file's expressions are in the module's words; `helped` tells what its own functions give."""

    def __init__(self, caller: Caller, known: Known, helped: Callable[[ast.Call, Names], Held]) -> None:
        self._caller = caller
        self._known = known
        self._helped = helped

    def meaning(self, node: ast.expr, names: Names) -> str:
        """What a name, dots or not, is called in the module; empty where it is nothing of the module's."""
        path = dotted(node) if is_path(node) else ""
        return "" if path.partition(".")[0] in names else self._caller.meaning(path)

    def held(self, node: ast.expr, names: Names) -> Held:
        """The object or plain value of an expression."""
        node = node.value if isinstance(node, ast.Await) else node
        known = names.get(dotted(node)) if is_path(node) else self._given_by(node, names)
        if isinstance(known, Made):
            return known
        written = self.written(node, names)
        if written is None or sum(1 for _ in itertools.islice(ast.walk(written), MOST_NODES + 1)) > MOST_NODES:
            return None
        owner = self._known.made_by(dotted(written.func)) if isinstance(written, ast.Call) else ""
        return Made(owner, written) if owner else written

    def written(self, node: ast.expr, names: Names, depth: int = 0) -> ast.expr | None:
        """The expression in the module's own words; None where it is not plain, or too deep."""
        if depth > DEEPEST:
            return None
        if is_path(node):
            return self._named(node, names)
        if isinstance(node, ast.Constant):
            return node
        if isinstance(node, ast.Call):
            return self._called(node, names, depth)
        if isinstance(node, ast.Lambda):
            return node if _is_closed(node) else None
        if not isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict | ast.UnaryOp | ast.BinOp):
            return None
        return _rebuilt(node, lambda item: self.written(item, names, depth + 1))

    def _given_by(self, node: ast.expr, names: Names) -> Held:
        return self._helped(node, names) if isinstance(node, ast.Call) and is_path(node.func) else None

    def _named(self, node: ast.expr, names: Names) -> ast.expr | None:
        path = dotted(node)
        if path in names:
            return untouched(names[path])
        meaning = self.meaning(node, names) or (path if path in _BUILTINS else "")
        return _as_path(meaning) if meaning else None

    def _called(self, node: ast.Call, names: Names, depth: int) -> ast.expr | None:
        if (given := self._given_by(node, names)) is not None:
            return untouched(given)
        path = dotted(node.func) if is_path(node.func) else ""
        meaning = self.meaning(node.func, names) or (path if path in _PLAIN_CALLS and path not in names else "")
        arguments = [self.written(item, names, depth + 1) for item in node.args]
        keywords = [(item.arg, self.written(item.value, names, depth + 1)) for item in node.keywords]
        if not meaning or None in arguments or any(name is None or value is None for name, value in keywords):
            return None
        named = [ast.keyword(arg=name, value=value) for name, value in keywords if value is not None]
        return ast.Call(func=_as_path(meaning), args=[item for item in arguments if item is not None], keywords=named)


def _flat(name: str) -> str:
    return re.sub(r"\W|_", "", name).lower()


def is_path(node: ast.expr) -> bool:
    """Whether it is a name, or one after dots."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _as_path(name: str) -> ast.expr:
    return ast.parse(name, mode="eval").body


def _is_closed(node: ast.Lambda) -> bool:
    given = {item.arg for item in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    given |= {item.arg for item in (node.args.vararg, node.args.kwarg) if item is not None}
    used = {item.id for item in ast.walk(node.body) if isinstance(item, ast.Name)}
    return used <= given | _BUILTINS


def _rebuilt(node: ast.expr, written: Callable[[ast.expr], ast.expr | None]) -> ast.expr | None:
    """The expression with each of its parts written anew; None where one cannot be."""
    changed: dict[str, Any] = {}
    for name, part in ast.iter_fields(node):
        if isinstance(part, ast.expr):
            changed[name] = written(part)
        elif isinstance(part, list):
            changed[name] = [written(item) if isinstance(item, ast.expr) else item for item in part]
    parts = itertools.chain.from_iterable(item if isinstance(item, list) else [item] for item in changed.values())
    if None in parts:
        return None
    return type(node)(**{**dict(ast.iter_fields(node)), **changed})
