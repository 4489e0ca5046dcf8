"""Import one module from code that is given, everything else as usual."""

import builtins
import importlib.util
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from aitestgen_guest.mutation.mutants import SWITCH


class ServedModule(SourceFileLoader):
    """Serves `code` as the module `name`, with the file, package, source and neighbours that the module really has.

    `code` obeys a switch (mutants.py): `mutant` is what it starts with.
    """

    def __init__(self, name: str, file: str, source: str) -> None:
        super().__init__(name, file)
        self.file = file
        self.source = source
        self.code: CodeType | None = None
        self.mutant = 0
        self.namespace: dict[str, Any] = {}
        self.broken = False

    def switch(self, mutant: int) -> None:
        """Let this mutant act from now on, also where the code runs in a namespace of its own, as a script does."""
        self.namespace[SWITCH] = mutant
        vars(builtins)[SWITCH] = mutant

    def install(self) -> None:
        """Put it before every other finder, and forget a module of that name that was imported before."""
        sys.meta_path.insert(0, self)
        sys.modules.pop(self.name, None)

    def find_spec(self, fullname: str, *_: object) -> "ModuleSpec | None":
        if fullname != self.name:
            return None
        folder = [str(Path(self.file).parent)] if self.is_package(fullname) else None
        return importlib.util.spec_from_file_location(
            fullname, self.file, loader=self, submodule_search_locations=folder
        )

    def is_package(self, _fullname: str) -> bool:
        return Path(self.file).name == "__init__.py"

    def get_source(self, _fullname: str) -> str:
        return self.source

    def get_code(self, _fullname: str) -> "CodeType | None":
        return self.code

    def exec_module(self, module: ModuleType) -> None:
        """Run the code in the module. `broken` tells afterwards that it raised."""
        if self.code is None:
            raise ImportError(f"no code is served for {self.name}", name=self.name)
        self.namespace = module.__dict__
        self.switch(self.mutant)
        self.broken = True
        exec(self.code, module.__dict__)  # noqa: S102 - this is how a loader runs a module
        self.broken = False
