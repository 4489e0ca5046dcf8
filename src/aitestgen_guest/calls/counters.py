"""Counters of `itertools` that a module or its classes keep, from which numbers are given out: begun anew each time."""

import itertools
import re
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from aitestgen_guest.arguments.asking import answer, is_a

_PLAIN = re.compile(r"count\(-?\d+(, -?\d+)?\)")


class Counters:
    """Those in variables of the module of these names, and in attributes of its classes."""

    def __init__(self, module: ModuleType, names: "Iterable[str]") -> None:
        own = [item for item in vars(module).items() if is_a(item[1], type)]
        holders = [(name, cls) for name, cls in own if answer(cls, "__module__") == module.__name__]
        places = [*((name, module, name) for name in names)]
        places += [(f"{name}.{inner}", cls, inner) for name, cls in holders for inner in vars(cls)]
        self.home = module.__name__
        self._begun: dict[str, tuple[Any, str, str]] = {}
        """By path: what holds it, under which name, and how it is written."""
        for path, holder, name in places:
            value = vars(holder).get(name)
            if is_a(value, itertools.count) and _PLAIN.fullmatch(repr(value)):
                self._begun[path] = (holder, name, repr(value))

    def changed(self) -> "list[str]":
        """The paths of those that have given out numbers."""
        return [path for path, (holder, name, text) in self._begun.items() if repr(vars(holder).get(name)) != text]

    def undo(self, changed: "Iterable[str]") -> None:
        """Put a new one in the place of each of these."""
        for holder, name, text in (self._begun[path] for path in changed if path in self._begun):
            setattr(holder, name, eval(text, {"count": itertools.count}))  # noqa: S307 - digits, by the pattern above

    def lines(self, changed: "Iterable[str]") -> "list[str]":
        """Lines of a test that give it such counters for itself."""
        written = {path: f"itertools.{self._begun[path][2]}" for path in changed if path in self._begun}
        return [
            f'monkeypatch.setattr({holder}, "{name}", {text})'
            if holder
            else f'monkeypatch.setattr("{self.home}.{path}", {text})'
            for path, text in written.items()
            for holder, _, name in [path.rpartition(".")]
        ]
