"""Run the module under test and the test files anew in a process that has collected the tests already.

So a mutant that acts on import needs neither a process of its own nor another collection. What the tests see is what
a fresh process would show, which `judge_reloaded` (mutant_trials.py) checks with no mutant before it believes it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from aitestgen_guest.arguments.asking import answer, is_a
from aitestgen_guest.suite.fixtures import MODULE as CONFTEST
from aitestgen_guest.suite.served_module import ServedModule

Items = list[Any]


class Unfit(Exception):
    """These tests depend on more of their collection than can be done again."""


class Reloading(NamedTuple):
    """What is needed for it: the module, the modules to import again with it, and the test files' code."""

    served: ServedModule
    stale: "tuple[str, ...]"
    tests: "tuple[tuple[ModuleType, CodeType], ...]"
    tabled: "tuple[tuple[Any, dict[str, Any]], ...]"

    def load(self, mutant: int) -> "frozenset[str]":
        """Import the module with this mutant on, then run the test files; whatever they raise is raised.

        Returns the ids of tests that would not be collected any more, because their row of a table is another.
        """
        for name in self.stale:
            sys.modules.pop(name, None)
        self.served.mutant = mutant
        for module, code in self.tests:
            exec(code, module.__dict__)  # noqa: S102 - inside the jail, by design
        gone = set()
        for item, before in self.tabled:
            row = _row(item)
            item.callspec.params.update(row)
            if any(_named(row.get(name)) != _named(value) for name, value in before.items()):
                gone.add(item.nodeid)
        return frozenset(gone)


def reloading(served: ServedModule, items: Items) -> Reloading:
    """Prepare for these collected tests. Raises Unfit where a test's table cannot be read from its marks."""
    if any(row.keys() != item.callspec.params.keys() for item, row in _rows(items)):
        raise Unfit("a test has arguments from elsewhere")
    modules = {id(item.module): item.module for item in items if hasattr(item, "module")}
    tests = tuple((module, _code_of(module)) for module in modules.values())
    stale = tuple(_stale(served.name, [module.__name__ for module in modules.values()]))
    if any(name.startswith(CONFTEST) for name in stale):
        raise Unfit("fixtures hold something of the module")
    return Reloading(served, stale, tests, tuple(_rows(items)))


def _rows(items: Items) -> "Iterator[tuple[Any, dict[str, Any]]]":
    """The tests that come from a table, with their arguments."""
    for item in items:
        if hasattr(item, "callspec"):
            yield item, _row(item)


def _code_of(module: ModuleType) -> CodeType:
    file = module.__file__ or ""
    return compile(Path(file).read_bytes(), file, "exec", dont_inherit=True)


def _row(item: Any) -> "dict[str, Any]":
    """The test's arguments as its marks give them now."""
    function: Any = item.module
    for name in [*item.nodeid.split("::")[1:-1], item.originalname]:
        function = getattr(function, name)
    found: dict[str, Any] = {}
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize":
            found.update(_values(mark, item.callspec.indices))
    return found


def _named(value: Any) -> Any:
    """What of a value is part of the test's name."""
    return (type(value), value) if value is None or isinstance(value, (str, bytes, int, float, bool)) else None


def _values(mark: Any, indices: "dict[str, int]") -> "Iterator[tuple[str, Any]]":
    names, rows = mark.args[:2]
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",") if name.strip()]
    if not isinstance(rows, (list, tuple)):
        raise Unfit("a table that can be read only once")
    if indices[names[0]] >= len(rows):
        return iter(())
    row = rows[indices[names[0]]]
    if type(row).__name__ == "ParameterSet":
        return zip(names, row.values, strict=True)
    return zip(names, row if len(names) > 1 else [row], strict=True)


def _stale(name: str, tests: "list[str]") -> "Iterator[str]":
    """The module, and the imported ones that hold something of it, of its parts or of each other."""
    loaded = {key: module for key, module in list(sys.modules.items()) if isinstance(module, ModuleType)}
    stale = {name} & loaded.keys()
    fresh = loaded.keys() - stale - set(tests) - {"__main__"}
    found: set[str] | frozenset[str] = stale
    while found:
        found = {key for key in fresh if _holds(key, loaded[key], stale)}
        found |= {key for key in fresh if any(key.startswith(other + ".") for other in found | stale)}
        stale |= found
        fresh -= found
    return iter(sorted(stale))


def _holds(key: str, module: ModuleType, stale: "set[str]") -> bool:
    """Whether the module has anything of the stale ones, apart from the submodules that an import puts into it."""
    for name, value in list(vars(module).items()):
        if is_a(value, ModuleType):
            if value.__name__ in stale and value.__name__ != f"{key}.{name}":
                return True
        elif isinstance(home := answer(value, "__module__"), str) and home in stale:
            return True
    return False
