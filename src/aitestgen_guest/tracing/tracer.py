"""The cheapest tracer of one file that counts exactly: probes where this Python has them, else every line's event."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, Protocol

from aitestgen_guest.tracing.arcs import ArcTracer

PROBED = ((3, 10), (3, 11), (3, 12), (3, 13))
"""Versions whose bytecode woven.py knows and was compared on with coverage.py."""


class Tracer(Protocol):
    """What counts arcs: see arcs.ArcTracer, which defines what is counted."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def taken(self) -> list[tuple[int, int]]: ...


def tracer_of(file: str, python: tuple[int, int] = sys.version_info[:2]) -> Tracer:
    """A tracer of this file for this Python."""
    return ProbeTracer(file) if python in PROBED else ArcTracer(file)


class ProbeTracer(MetaPathFinder):
    """Counts like ArcTracer, by probes in the file's own code, put in as it is imported.

    Where probes would not tell the truth, or the file's code is run some other way than by an import, ArcTracer
    takes over from that moment on.
    """

    def __init__(self, file: str) -> None:
        from aitestgen_guest.tracing.flags import Probes

        self.file = file
        self.exact = ArcTracer(file)
        self.probes = Probes()
        self.on = False

    def start(self) -> None:
        """Watch for the file's code from now on."""
        self.on = True
        sys.meta_path.insert(0, self)
        sys.addaudithook(self._audit)
        if any(getattr(module, "__file__", None) == self.file for module in [*sys.modules.values()]):
            self.exact.start()

    def stop(self) -> None:
        """Watch no more. Probes stay where they are."""
        self.on = False
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self.exact.stop()

    def taken(self) -> list[tuple[int, int]]:
        """The arcs run since the last call, sorted."""
        return sorted(self.probes.taken().union(self.exact.taken()))

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """The spec that the other finders give, with our loader where it is the file's."""
        for finder in [*sys.meta_path]:
            found = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if finder is self or found is None else found(fullname, path, target)
            if spec is not None:
                if spec.origin == self.file and type(spec.loader) is SourceFileLoader:
                    spec.loader = _Loader(fullname, self.file, self)
                return spec
        return None

    def with_probes(self, code: CodeType) -> CodeType:
        """The module's code as it is to be run."""
        from aitestgen_guest.tracing.woven import woven

        made = woven(code, self.probes)
        self.exact.leave_out(self.probes.made)
        if self.probes.left_out:
            self.exact.start()
        return made

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """`exec` is raised for code of any origin just before it is run."""
        if event != "exec" or not self.on:
            return
        code = arguments[0]
        if getattr(code, "co_filename", None) == self.file and not self.exact.leaves_out(code):
            self.exact.start()


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, tracer: ProbeTracer) -> None:
        super().__init__(fullname, path)
        self.__tracer = tracer

    def get_code(self, fullname: str) -> "CodeType | None":
        code = super().get_code(fullname)
        return None if code is None else self.__tracer.with_probes(code)
