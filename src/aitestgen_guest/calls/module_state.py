"""What calls change in their module's own variables: found out after each case, undone, and said.

A test that leaves such a change behind makes others fail, or pass, in another order. Tables, registries, counters and
single instances are watched, of the module and of its classes and functions, and so are containers that are defaults;
what is named a cache is not, since forgetting it is no part of what code does.
"""

import ast
import enum
import functools
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from aitestgen_guest.arguments.asking import answer, is_a
from aitestgen_guest.calls.containers import KINDS, copied, differs, is_cache, is_nested, put_back
from aitestgen_guest.calls.counters import Counters
from aitestgen_guest.calls.default_state import DefaultState
from aitestgen_guest.calls.literals import Writer

MOST_ITEMS = 5_000
_PLAIN = (int, float, str, bytes, bool, type(None), tuple)


class Place(NamedTuple):
    """A variable of the module, or an attribute of one of its classes or functions: `TABLE`, `Shape.count`."""

    path: str
    holder: Any
    name: str

    def get(self) -> Any:
        return vars(self.holder).get(self.name)


class ModuleState:
    """The watched variables of one loaded module, and those of its classes and functions."""

    def __init__(self, source: str, module: ModuleType) -> None:
        self.module = module
        written = _written(source)
        inner = [*_attributes(module, written.attributes)]
        own = [Place(name, module, name) for name in written.assigned]
        self._contents = {
            place.path: (place, place.get(), copied(place.get()))
            for place in (*own, *inner)
            if _is_watched(place.name, place.get())
        }
        bound = [Place(name, module, name) for name in written.rebound if name in vars(module)]
        bound += [place for place in inner if place.name in written.attributes]
        self._defaults = DefaultState(module)
        self._counters = Counters(module, written.assigned)
        self._bound = {place.path: (place, place.get()) for place in bound if not is_cache(place.name)}

    @property
    def watched(self) -> "frozenset[str]":
        """The names of the variables."""
        return frozenset({*self._contents, *self._bound})

    def changed(self) -> "list[str]":
        """The names of the variables that were changed since the last time, in order."""
        bound = [path for path, (place, value) in self._bound.items() if place.get() is not value]
        contents = self._contents.items()
        filled = [path for path, (place, own, saved) in contents if place.get() is own and differs(own, saved)]
        return list(dict.fromkeys([*bound, *filled, *self._counters.changed(), *self._defaults.changed()]))

    def undo(self, changed: "list[str]") -> None:
        """Put back what was changed."""
        for path in changed:
            if path in self._bound:
                place, value = self._bound[path]
                setattr(place.holder, place.name, value)
            if path in self._contents:
                _, container, saved = self._contents[path]
                put_back(container, saved)
        self._counters.undo(changed)
        self._defaults.undo(changed)

    def facts(self, changed: "list[str]", writer: Writer) -> "dict[str, str]":
        """What these variables hold, or else how much, by `module:` and the expression for it."""
        folder, _, last = self.module.__name__.rpartition(".")
        home = f"{last}_module" if last in writer.namespace else last
        found = {}
        for path in changed:
            is_private = "." in path and any(part.startswith("_") for part in path.split("."))
            if is_private or (path not in self._contents and path not in self._bound):
                continue
            value, expression = self._place(path).get(), path if "." in path else f"{home}.{path}"
            if (text := writer.literal(value)) is not None:
                found[f"module:{expression}"] = text
            elif isinstance(value, KINDS):
                found[f"module:len({expression})"] = str(len(value))
        if any(f"{home}." in label for label in found):
            line = f"from {folder} import {last}" if folder else f"import {last}"
            writer.imports[home] = line if home == last else f"{line} as {home}"
        return found

    def lines(self, changed: "list[str]") -> "list[str]":
        """Lines of a test that give it these variables for itself."""
        home = self.module.__name__
        own = [path for path in changed if path in self._contents or path in self._bound]
        lines = [
            f'monkeypatch.setattr({holder}, "{name}", {self._copy_of(path)})'
            if holder
            else f'monkeypatch.setattr("{home}.{path}", {self._copy_of(path)})'
            for path in own
            for holder, _, name in [path.rpartition(".")]
        ]
        return [*lines, *self._counters.lines(changed), *self._defaults.lines(changed)]

    def _place(self, path: str) -> Place:
        place: Place = (self._contents.get(path) or self._bound[path])[0]
        return place

    def _copy_of(self, path: str) -> str:
        if path not in self._contents:
            return path
        return f"copy.deepcopy({path})" if is_nested(self._contents[path][2]) else f"{path}.copy()"


def _attributes(module: ModuleType, names: "frozenset[str]") -> "Iterator[Place]":
    """What may change of the module's own classes and functions: containers, and what is assigned by these names."""
    for holder_name, holder in vars(module).items():
        is_own = answer(holder, "__module__") == module.__name__ and holder_name.isidentifier()
        is_class = is_a(holder, type) and not issubclass(holder, enum.Enum)
        if not is_own or not (is_class or is_a(holder, FunctionType)):
            continue
        for name, value in vars(holder).items():
            if not name.startswith("__") and (type(value) in KINDS or (name in names and type(value) in _PLAIN)):
                yield Place(f"{holder_name}.{name}", holder, name)


def _is_watched(name: str, value: Any) -> bool:
    return type(value) in KINDS and len(value) <= MOST_ITEMS and not is_cache(name)


class Written(NamedTuple):
    """The names that a module assigns, those that its functions bind anew, and the attributes of more than `self`."""

    assigned: "list[str]"
    rebound: "list[str]"
    attributes: "frozenset[str]"


@functools.lru_cache(maxsize=4)
def _written(source: str) -> Written:
    tree = ast.parse(source)
    stored = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    attributes = frozenset(
        node.attr for node in stored if not (isinstance(node.value, ast.Name) and node.value.id == "self")
    )
    return Written(_assigned(tree), _rebound(tree), attributes)


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
