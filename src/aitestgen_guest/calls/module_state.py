"""What calls change in their module's own variables: found out after each case, undone, and said.

A test that leaves such a change behind makes others fail, or pass, in another order. Tables, registries and counters at
module level are watched; what is named a cache is not, since forgetting it is no part of what code does.
"""

import ast
import collections
import functools
from types import ModuleType
from typing import Any

from aitestgen_guest.calls.literals import Writer

MOST_ITEMS = 5_000
DEEPEST = 6
COMPARED = 200
"""Containers of at most so many items are compared whole; of larger ones the length and the ends."""

_KINDS = (list, dict, set, collections.deque, collections.OrderedDict, collections.defaultdict, collections.Counter)
_CACHES = ("cache", "memo")


class ModuleState:
    """The watched variables of one loaded module."""

    def __init__(self, source: str, module: ModuleType) -> None:
        self.module = module
        assigned, rebound = _written(source)
        variables: dict[str, Any] = vars(module)
        self._contents: dict[str, tuple[Any, Any]] = {
            name: (variables[name], _copied(variables[name]))
            for name in assigned
            if _is_watched(name, variables.get(name))
        }
        self._bound = {name: variables[name] for name in rebound if name in variables and not _is_cache(name)}

    @property
    def watched(self) -> "frozenset[str]":
        """The names of the variables."""
        return frozenset({*self._contents, *self._bound})

    def changed(self) -> "list[str]":
        """The names of the variables that were changed since the last time, in order."""
        variables: dict[str, Any] = vars(self.module)
        bound = [name for name, value in self._bound.items() if variables.get(name) is not value]
        contents = self._contents.items()
        filled = [n for n, (own, saved) in contents if variables.get(n) is own and _differs(own, saved)]
        return list(dict.fromkeys([*bound, *filled]))

    def undo(self, changed: "list[str]") -> None:
        """Put back what was changed."""
        variables: dict[str, Any] = vars(self.module)
        for name in changed:
            if name in self._bound:
                variables[name] = self._bound[name]
            if name in self._contents:
                container, saved = self._contents[name]
                if _differs(container, saved):
                    fresh = _copied(saved)
                    container.clear()
                    container.extend(fresh) if hasattr(container, "extend") else container.update(fresh)

    def facts(self, changed: "list[str]", writer: Writer) -> "dict[str, str]":
        """What these variables hold, or else how much, by `module:` and the expression for it."""
        folder, _, last = self.module.__name__.rpartition(".")
        home = f"{last}_module" if last in writer.namespace else last
        found = {}
        for name in changed:
            value = vars(self.module).get(name)
            if (text := writer.literal(value)) is not None:
                found[f"module:{home}.{name}"] = text
            elif isinstance(value, _KINDS):
                found[f"module:len({home}.{name})"] = str(len(value))
        if found:
            line = f"from {folder} import {last}" if folder else f"import {last}"
            writer.imports[home] = line if home == last else f"{line} as {home}"
        return found

    def lines(self, changed: "list[str]") -> "list[str]":
        """Lines of a test that give it these variables for itself."""
        home = self.module.__name__
        return [f'monkeypatch.setattr("{home}.{name}", {self._copy_of(name)})' for name in changed]

    def _copy_of(self, name: str) -> str:
        if name not in self._contents:
            return name
        return f"copy.deepcopy({name})" if _is_nested(self._contents[name][1]) else f"{name}.copy()"


def _is_watched(name: str, value: Any) -> bool:
    return type(value) in _KINDS and len(value) <= MOST_ITEMS and not _is_cache(name)


def _is_nested(container: Any) -> bool:
    """Whether an item of it can change in place."""
    return any(type(item) in (*_KINDS, tuple) for item in _items(container))


def _copied(value: Any, depth: int = 0) -> Any:
    """The containers with copies of those that they hold; everything else is the same object."""
    if type(value) is tuple and depth < DEEPEST:
        return tuple(_copied(item, depth + 1) for item in value)
    if type(value) not in _KINDS or depth >= DEEPEST:
        return value
    if not _is_nested(value):
        return value.copy()
    fresh = value.copy()
    fresh.clear()
    if isinstance(value, dict):
        fresh.update((key, _copied(item, depth + 1)) for key, item in value.items())
    else:
        fresh.extend(_copied(item, depth + 1) for item in value)
    return fresh


def _items(container: Any) -> "list[Any]":
    return list(container.values() if isinstance(container, dict) else container)


def _differs(container: Any, saved: Any) -> bool:
    if len(container) != len(saved):
        return True
    if len(saved) > COMPARED:
        return False
    try:
        return bool(container != saved)
    except Exception:  # noqa: BLE001 - items of the module's own classes may compare in any way
        return False


def _is_cache(name: str) -> bool:
    return name.startswith("__") or any(word in name.lower() for word in _CACHES)


@functools.lru_cache(maxsize=4)
def _written(source: str) -> "tuple[tuple[str, ...], tuple[str, ...]]":
    """The names that the module assigns, and those that its functions bind anew."""
    tree = ast.parse(source)
    return tuple(_assigned(tree)), tuple(_rebound(tree))


def _assigned(tree: ast.Module) -> "list[str]":
    """Names bound at module level by an assignment."""
    found = []
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found += [target.id for target in targets if isinstance(target, ast.Name)]
    return list(dict.fromkeys(found))


def _rebound(tree: ast.Module) -> "list[str]":
    """Names that functions declare to be global."""
    return sorted({name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names})
