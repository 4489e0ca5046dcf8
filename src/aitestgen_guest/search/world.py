"""The module under exploration, loaded twice: with probes for the search, with switchable mutants for the kills."""

import contextlib
import gc
import io
import logging
import sys
from random import Random
from types import ModuleType
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.answers import document_for
from aitestgen_guest.arguments.asking import answer, is_a
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.caught import roles
from aitestgen_guest.arguments.characters import alphabets
from aitestgen_guest.arguments.definitions import Definitions, definitions
from aitestgen_guest.arguments.examined import examined_names
from aitestgen_guest.arguments.open_attributes import started_attributes
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.arguments.structures import structures
from aitestgen_guest.calls import literals
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.module_state import ModuleState
from aitestgen_guest.calls.sending import receivers
from aitestgen_guest.environment import reaching
from aitestgen_guest.environment.effects import Effects
from aitestgen_guest.environment.surroundings import Surroundings
from aitestgen_guest.processes.processor_time import children_seconds
from aitestgen_guest.search import kill
from aitestgen_guest.search.earlier import changers
from aitestgen_guest.search.histories import History
from aitestgen_guest.search.importing import Importer
from aitestgen_guest.shapes import Expression, Making, Namespace
from aitestgen_guest.tracing import probes

Mutant = dict[str, Any]


class World:
    """The module loaded twice: with probes for the search, with switchable mutants for the kills."""

    def __init__(self, job: "dict[str, Any]") -> None:
        self.job = job
        self.importer = Importer(job["module"], job["file"])
        self.probed = probes.Probed(job["source"])
        self.mutants: list[Mutant] = []
        self.definitions = Definitions()
        self._samples: dict[int, Namespace] = {}
        self.found: list[Any] = []
        self.spare: list[Any] = []
        self.made: dict[str, list[Expression]] = {}
        """Calls that make objects of classes which are seldom made by chance."""
        self.drawn: dict[str, list[Expression]] = {}
        """What the project's strategies draw: calls by the names of their classes, and literals by none."""
        self.accepted: dict[tuple[str, str], tuple[str, ...]] = {}
        """Literals that functions take for a parameter which refuse most, by path and name."""
        self.given: dict[tuple[str, str], list[Making]] = {}
        """What functions give that others take for a parameter, likewise."""
        self.histories: dict[str, list[History]] = {}
        self.killed: set[int] = set()
        self.run_on_import: frozenset[int] = frozenset()
        self.recorder = probes.Recorder()

    @property
    def workers(self) -> int:
        return int(self.job.get("workers", 1))

    def is_late(self, factor: float = 1.0) -> bool:
        """Whether the tasks that have ended used up the job's seconds of processor time, or `factor` times these."""
        return children_seconds() > float(self.job.get("seconds", 1e9)) * factor

    def load(self) -> None:
        from aitestgen_guest.mutation import mutants

        job = self.job
        logging.getLogger().addHandler(logging.NullHandler())  # as under pytest: `basicConfig` finds handlers there
        with contextlib.redirect_stdout(io.StringIO()):
            module = self.importer.imported(self.probed.compile(job["file"]), {probes.RECORDER: self.recorder})
            self.module = module
            self.run_on_import = frozenset(self.recorder.hits)
            self.names = {name for name in vars(module) if not name.startswith("__")}
            self.imports = _borrowed(module)
            self.definitions = definitions(module, job["source"])
            self._samples[id(module)] = self.definitions.samples
            self.mutants = mutants.enumerate_mutants(job["source"], skip_lines=frozenset(job["skip_lines"]))
            reaching.watch()
            self.code = mutants.compile_switchable(job["source"], job["file"], self.mutants)
            self.switchable = self.importer.imported(self.code, {kill.SWITCH: 0})
        self._read_ahead()
        self.recorder.reset()
        gc.collect()
        gc.freeze()
        gc.disable()

    def _read_ahead(self) -> None:
        """Let all that is read of the source be read, and kept, before workers are forked."""
        source = self.job["source"]
        stage = self.stage(self.module, self.recorder)
        for read in (structures, receivers, roles, started_attributes, document_for, alphabets):
            read(source)
        changers(source, stage.state.watched)
        names = Callables(stage.namespace, Namer(stage.namespace, {}), [])
        Surroundings(stage.effects.outside, inputs.Maker(Random(0), Pool(self.job["constants"]), names))

    def stage(self, module: ModuleType, recorder: "probes.Recorder | None") -> Stage:
        """A stage on one of the two copies."""
        namespace = {**literals.HELPERS, **vars(module)}
        if recorder is None:
            namespace = _Live(vars(module), literals.HELPERS)
            recorder = probes.Recorder()
        self.definitions.install(namespace, self._samples.setdefault(id(module), {}))
        effects = Effects(self.job["source"], module)
        writer = literals.Writer(namespace, self.job["module"])
        self.importer.enter(module)
        state = ModuleState(self.job["source"], module)
        stage = Stage(namespace, writer, recorder, self.job["file"], effects, state)
        stage.raise_lines, stage.pass_on_lines = self.probed.raise_lines, self.probed.pass_on_lines
        stage.examined = examined_names(self.job["source"])
        stage.views.getters = self.probed.getters
        return stage


class _Live(dict[str, Any]):
    """A module's own names, live (a switch set here is seen by the module), with the helpers behind them."""

    def __init__(self, module_names: Namespace, helpers: Namespace) -> None:
        super().__init__({**helpers, **module_names})
        self.module_names = module_names

    def __setitem__(self, name: str, value: Any) -> None:
        if name == kill.SWITCH:
            self.module_names[name] = value
        super().__setitem__(name, value)


def _borrowed(module: ModuleType) -> "dict[str, str]":
    """Import lines for what the module itself imported: a test imports it from where it is at home."""
    found = {}
    for name, value in vars(module).items():
        home = answer(value, "__module__")
        if is_a(value, ModuleType):
            found[name] = f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else "")
        elif _is_public(home, module) and getattr(sys.modules.get(str(home)), name, None) is value:
            found[name] = f"from {home} import {name}"
    return found


def _is_public(home: Any, module: ModuleType) -> bool:
    """Whether `home` names another module that a test may import from."""
    elsewhere = isinstance(home, str) and home not in (module.__name__, "builtins")
    return elsewhere and not home.startswith("_") and "._" not in home
