"""What calls change in their module's own variables: found out after each case, undone, and said.

A test that leaves such a change behind makes others fail, or pass, in another order. Tables, registries and counters at
module level are watched; what is named a cache is not, since forgetting it is no part of what code does.
"""

import ast
import collections
import functools
from types import ModuleType
from typing import Any

MOST_ITEMS = 5_000
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
            name: (variables[name], variables[name].copy())
            for name in assigned
            if _is_watched(name, variables.get(name))
        }
        self._bound = {name: variables[name] for name in rebound if name in variables and not _is_cache(name)}

    def undo(self) -> "list[str]":
        """Put back what was changed since the last time; the names of the variables, in order."""
        variables: dict[str, Any] = vars(self.module)
        changed = []
        for name, value in self._bound.items():
            if variables.get(name) is not value:
                variables[name] = value
                changed.append(name)
        for name, (container, saved) in self._contents.items():
            if name in variables and variables[name] is container and _differs(container, saved):
                container.clear()
                container.extend(saved) if hasattr(container, "extend") else container.update(saved)
                changed.append(name)
        return list(dict.fromkeys(changed))

    def lines(self, changed: "list[str]") -> "list[str]":
        """Lines of a test that give it these variables for itself."""
        home = self.module.__name__
        return [
            f'monkeypatch.setattr("{home}.{name}", {name}.copy())'
            if name in self._contents
            else f'monkeypatch.setattr("{home}.{name}", {name})'
            for name in changed
        ]


def _is_watched(name: str, value: Any) -> bool:
    return type(value) in _KINDS and len(value) <= MOST_ITEMS and not _is_cache(name)


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
