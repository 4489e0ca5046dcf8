"""Importing one module again and again, each time from other code."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from aitestgen_guest.shapes import Namespace

_INSTALLED = ("site-packages", "dist-packages")


class Importer:
    """Imports the module of this name and file anew. Some cannot be imported twice, since they fill registers of other
    modules, as models of a database do: these others are imported anew with it, and belong to that copy of it.
    """

    def __init__(self, name: str, file: str) -> None:
        self.name = name
        self.file = file
        self._came: list[str] | None = None
        """The modules that came with the first import."""
        self._anew: list[str] = []
        """Those of them that have to be imported anew."""
        self._settled = False
        """Whether that is known, since a second import succeeded: where a later one fails, it is for its code."""
        self._of_copy: weakref.WeakKeyDictionary[ModuleType, dict[str, ModuleType]] = weakref.WeakKeyDictionary()

    def imported(self, code: CodeType, extra: Namespace) -> ModuleType:
        """The module made from the code, its namespace beginning with `extra`. Raises what the import raises."""
        before = set(sys.modules)
        try:
            module = self._imported(code, extra)
        except Exception:
            if not self._came or self._settled:
                raise
            module = self._without_registers(code, extra)
        self._settled = self._came is not None
        if self._came is None:
            self._came = [name for name in sys.modules if name not in before and not self._is_own(name)]
        self._of_copy[module] = {name: sys.modules[name] for name in self._came if name in sys.modules}
        return module

    def enter(self, module: ModuleType) -> None:
        """Let imports, and what looks names up as pickle does, find this copy and what belongs to it."""
        sys.modules[self.name] = module
        if self._anew:
            sys.modules.update(self._of_copy.get(module, {}))

    def forget(self) -> None:
        """Let the next import run the module anew."""
        for name in [name for name in sys.modules if self._is_own(name) or name in self._anew]:
            del sys.modules[name]

    def _imported(self, code: CodeType, extra: Namespace) -> ModuleType:
        self.forget()
        finder = _Finder(self.name, self.file, code, extra)
        sys.meta_path.insert(0, finder)
        try:
            return importlib.import_module(self.name)
        finally:
            sys.meta_path.remove(finder)

    def _without_registers(self, code: CodeType, extra: Namespace) -> ModuleType:
        """The module imported with more and more of the others anew. Raises what the last try raises."""
        *tries, last = self._registers()
        for names in tries:
            self._anew = names
            try:
                return self._imported(code, extra)
            except Exception:  # noqa: BLE001, S112 - the register may be in another of the modules
                continue
        self._anew = last
        return self._imported(code, extra)

    def _registers(self) -> "Iterator[list[str]]":
        """Where registers may be: in modules of the project; in any that is written in Python alone."""
        files = {name: str(getattr(sys.modules.get(name), "__file__", None) or "") for name in self._came or ()}
        plain = {name for name, file in files.items() if file.endswith(".py") and _top(name) not in _STANDARD}
        compiled = {_top(name) for name, file in files.items() if file and not file.endswith(".py")}
        yield [name for name in plain if not any(part in files[name] for part in _INSTALLED)]
        yield [name for name in plain if _top(name) not in compiled]

    def _is_own(self, name: str) -> bool:
        return name == self.name or name.startswith(self.name + ".")


def _top(name: str) -> str:
    return name.partition(".")[0]


_STANDARD = frozenset({*sys.stdlib_module_names, "aitestgen_guest"})


class _Finder(importlib.abc.MetaPathFinder):
    """Serves one module from a code object."""

    def __init__(self, name: str, file: str, code: CodeType, extra: Namespace) -> None:
        self.name, self.file, self.code, self.extra = name, file, code, extra

    def find_spec(self, name: str, *_: Any) -> "importlib.machinery.ModuleSpec | None":
        if name != self.name:
            return None
        file = Path(self.file)
        folder = [str(file.parent)] if file.name == "__init__.py" else None
        loader = _Loader(name, self.file, self.code, self.extra)
        return importlib.util.spec_from_file_location(name, self.file, loader=loader, submodule_search_locations=folder)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, file: str, code: CodeType, extra: Namespace) -> None:
        super().__init__(name, file)
        self.code, self.extra = code, extra

    def get_code(self, _fullname: str) -> CodeType:
        return self.code

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self.extra)
        super().exec_module(module)
