"""The containers that a module's functions have as defaults, `def add(item, items=[])`: what calls leave in them.

Such a default is one object for all calls without an argument for it. A test that leaves something there makes others
fail, or pass, in another order. What is named a cache is left alone.
"""

from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.asking import answer, function_of, is_a
from aitestgen_guest.arguments.pool import is_plain
from aitestgen_guest.calls.containers import KINDS, copied, differs, is_cache, put_back

_HOLDING = ("__defaults__", "__kwdefaults__")


class DefaultState:
    """The defaults of one loaded module's functions, by the paths under which a test reaches them."""

    def __init__(self, module: ModuleType) -> None:
        self._saved = {
            f"{path}.{name}": (function, copied(getattr(function, name)))
            for path, function in _functions(module)
            for name in _HOLDING
            if any(type(value) in KINDS and not is_cache(of) for of, value in _by_parameter(function, name))
        }

    def changed(self) -> "list[str]":
        """The paths of defaults that were changed since the last time, in order."""
        return [path for path, (function, saved) in self._saved.items() if differs(_now(function, path), saved)]

    def undo(self, changed: "list[str]") -> None:
        """Put back what was changed, in the same objects."""
        for path in changed:
            if path in self._saved:
                function, saved = self._saved[path]
                for own, before in zip(_values(_now(function, path)), _values(saved), strict=False):
                    if type(own) in KINDS:
                        put_back(own, before)

    def lines(self, changed: "list[str]") -> "list[str]":
        """Lines of a test that give the functions defaults of their own, as far as these can be written down."""
        found = [(*path.rpartition("."), self._saved[path][1]) for path in changed if path in self._saved]
        return [
            f'monkeypatch.setattr({path}, "{name}", {inputs.data(saved)[1]})'
            for path, _, name, saved in found
            if is_plain(saved)
        ]


def _functions(module: ModuleType) -> "Iterator[tuple[str, FunctionType]]":
    """The module's own functions and methods, by their paths."""
    own = [item for item in vars(module).items() if answer(item[1], "__module__") == module.__name__]
    for name, item in own:
        if is_a(item, FunctionType):
            yield name, item
        for inner, method in vars(item).items() if is_a(item, type) else ():
            function = function_of(method)
            if is_a(function, FunctionType):
                yield f"{name}.{inner}" + (".__func__" if isinstance(method, classmethod) else ""), function


def _by_parameter(function: FunctionType, name: str) -> "list[tuple[str, Any]]":
    """The function's defaults of this kind with the parameters that they are of."""
    if name == "__kwdefaults__":
        return [*(function.__kwdefaults__ or {}).items()]
    code, defaults = function.__code__, function.__defaults__ or ()
    return [*zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=False)]


def _now(function: FunctionType, path: str) -> Any:
    return getattr(function, path.rpartition(".")[2])


def _values(defaults: Any) -> "list[Any]":
    return list(defaults.values() if isinstance(defaults, dict) else defaults or ())
