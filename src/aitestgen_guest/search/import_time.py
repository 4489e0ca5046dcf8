"""Mutants that act while the module is imported: it is imported with each, and the cases found are run on that.

The module and all its mutants are one code object (mutants.py), so that an import costs little more than running it.
A mutant that no found case tells is tried on the other cases that the search has seen.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from aitestgen_guest.calls.cases import Stage, differs
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.processes.forks import all_in_child
from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.processes.workers import Send, Task
from aitestgen_guest.search import kill
from aitestgen_guest.search.world import Mutant, World
from aitestgen_guest.shapes import Case, Frame, Observation

LEAST_MUTANTS, TASKS_A_WORKER = 6, 4
"""How many mutants a task tries: many, since what the original shows of the cases is found out for each task anew."""
MUTANT_SECONDS = 1.5
LATEST = 1.5
"""Begun up to so many times the seconds of the search."""
CASES_A_TARGET = 4
MAX_IMPORT_CASES = 60
MAX_SPARE = 480
LEAST_SPARE = 120
FEW_TARGETS = 8
FEWER_SPARE = 160
"""So many spare cases in all, where more than FEW_TARGETS may show what a mutant does: there, most show the same."""
IMPORT_SECONDS = 1.0
MOST_IMPORTS = 3
"""So often a mutant is imported anew for the spare cases of one target, where these stand in each other's way."""
_WORD = re.compile(r"[^\W\d_]{2,}")


class Spare(NamedTuple):
    """A case that the search has seen and not kept: its target, its place among that target's, and its text."""

    target: str
    place: int
    case: Case
    text: str


class Told(NamedTuple):
    """What one child said of one mutant: the numbers of found cases that kill it, or one spare case that does."""

    mutant: int
    numbers: "list[int]"
    spare: "tuple[str, int, Observation] | None"


def tasks(world: World) -> "Iterator[Task]":
    """Tasks that try such mutants on the cases found; a few of the mutants each, as long as there is time."""
    pending = [mutant for mutant in world.mutants if _acts_on_import(world, mutant)]
    share = max(LEAST_MUTANTS, len(pending) // (TASKS_A_WORKER * world.workers))
    for start in range(0, len(pending), share):
        if world.is_late(LATEST):
            return
        yield partial(_try_share, world, pending[start : start + share])


def _acts_on_import(world: World, mutant: Mutant) -> bool:
    """Also mutants of functions that are called while the module is imported, which no call of their own has told."""
    blocks = world.probed.block_of_line
    lines = range(mutant["line"], mutant["end_line"] + 1)
    called = any(blocks.get(line) in world.run_on_import for line in lines)
    return bool(mutant["import_time"]) or (called and mutant["id"] not in world.killed)


def _try_share(world: World, share: "list[Mutant]", send: Send) -> None:
    told: list[list[Any]] = []
    while len(told) < len(share):
        told += all_in_child(partial(_told_of, world, share[len(told) :]), MUTANT_SECONDS)
        told += [[share[len(told)]["id"], [], None]] if len(told) < len(share) else []  # it ended the process, or hung
    for mutant, numbers, spare in told:
        if numbers:
            send({"ev": "kills", "mutant": mutant, "cases": numbers})
        elif spare:
            send({"ev": "spare_kill", "mutant": mutant, "spare": spare})


def _told_of(world: World, mutants: "list[Mutant]") -> "Iterator[Told]":
    """What the cases tell of each mutant; no case kills one that does not import."""
    original = _Original(world)
    dependents = Dependents(world.job["source"])
    for mutant in mutants:
        near = dependents.of(mutant["line"], original.targets)
        stage = _imported(world, mutant["id"])
        if stage is None:
            yield Told(mutant["id"], [], None)
            continue
        cases = tuple(_cases_for(world.found, set(near)))
        sound = original.sound(cases)
        numbers = [n for n in cases if original.tells(stage, *world.found[n]) and n in sound]
        yield Told(mutant["id"], numbers, None if numbers else original.first_spare(mutant, near))


def _imported(world: World, mutant: int) -> "Stage | None":
    """A stage on the module imported with this mutant; None where that fails."""
    try:
        module = within(IMPORT_SECONDS, lambda: world.importer.imported(world.code, {kill.SWITCH: mutant}), None)
    except BaseException:  # noqa: BLE001 - whatever a mutant makes of the import
        return None
    if module is None:
        return None
    stage = world.stage(module, None)
    stage.wall_seconds = kill.MUTANT_SECONDS
    return stage


class _Original:
    """The module without mutants: what it shows of the cases, and whether a mutant shows the same.

    Cases may leave things behind in the module, so that no result counts that a fresh import does not show too.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.targets = {target["id"]: Target(target, world.definitions.users) for target in world.job["targets"]}
        self.spares: dict[str, list[Spare]] = {}
        for spare in world.spare:
            self.spares.setdefault(spare.target, []).append(spare)
        self._stages: dict[str, Stage | None] = {}
        self._bases: dict[tuple[str, int], Observation] = {}
        self._sound: dict[tuple[int, ...], set[int]] = {}
        self._misleading: set[tuple[str, int]] = set()
        self._lucky = ""

    def sound(self, cases: "tuple[int, ...]") -> "set[int]":
        """The found cases that show the same again when they are run one after the other on a fresh import."""
        if cases not in self._sound:
            stage = _imported(self.world, 0)
            found = [(n, *self.world.found[n]) for n in cases if stage is not None]
            self._sound[cases] = {n for n, *case in found if stage is not None and not self.tells(stage, *case)}
        return self._sound[cases]

    def tells(self, stage: Stage, target: str, case: Case, base: Observation) -> bool:
        """Whether a test of what the original shows would fail on `stage`."""
        other = stage.observe(self.targets[target], case)
        return any(label == "outcome" or label in base["shown"] for label in differs(base, other))

    def first_spare(self, mutant: Mutant, near: "list[str]") -> "tuple[str, int, Observation] | None":
        """The first spare case of these targets that tells the mutant, with what the original shows."""
        share = _spare_share(len(near))
        for target in sorted(near, key=self._lucky.__ne__):
            spares = _alike_first(self.spares.get(target, []), mutant["before"])[:share]
            if found := self._first_of(spares, mutant["id"]):
                self._lucky = target
                return found
        return None

    def _first_of(self, spares: "list[Spare]", mutant: int) -> "tuple[str, int, Observation] | None":
        """The first of them that tells the mutant, with what the original shows. One that seems to, and does not on
        fresh imports, was misled by those before it: the next go on from such.
        """
        stage: Stage | None = None
        begun = 0
        for spare in spares:
            if (spare.target, spare.place) in self._misleading:
                continue
            if stage is None:
                stage, begun = _imported(self.world, mutant), begun + 1
            base = self._base(spare)
            if stage is None or begun > MOST_IMPORTS:
                return None
            if base["outcome"] not in ("returns", "raises") or not self.tells(stage, spare.target, spare.case, base):
                continue
            if self._confirmed(mutant, spare, base):
                return (spare.target, spare.place, base)
            self._misleading.add((spare.target, spare.place))
            self._forget(spare.target)
            stage = None
        return None

    def _forget(self, target: str) -> None:
        """Drop the module as the target's cases have left it, and what it showed of them."""
        self._stages.pop(target, None)
        self._bases = {key: base for key, base in self._bases.items() if key[0] != target}

    def _base(self, spare: Spare) -> Observation:
        if spare.target not in self._stages:
            self._stages[spare.target] = _imported(self.world, 0)
        key, stage = (spare.target, spare.place), self._stages[spare.target]
        if key not in self._bases:
            nothing: Observation = {"outcome": "unbuildable"}
            self._bases[key] = stage.observe(self.targets[spare.target], spare.case) if stage else nothing
        return self._bases[key]

    def _confirmed(self, mutant: int, spare: Spare, base: Observation) -> bool:
        stages = [_imported(self.world, number) for number in (0, mutant)]
        told = [stage is not None and self.tells(stage, spare.target, spare.case, base) for stage in stages]
        return told == [False, True]


def _alike_first(spares: "list[Spare]", code: str) -> "list[Spare]":
    """First those with most of the letters of the code: what a table says of a word shows by this word."""
    words = set(_WORD.findall(code))
    return (
        sorted(spares, key=lambda spare: -sum(len(word) for word in words if word in spare.text)) if words else spares
    )


def _spare_share(targets: int) -> int:
    """How many spare cases of each of so many targets are tried on a mutant."""
    if targets > FEW_TARGETS:
        return max(1, FEWER_SPARE // targets)
    return max(LEAST_SPARE, MAX_SPARE // max(1, targets))


def _cases_for(found: "list[Any]", near: "set[str]") -> "list[int]":
    """The numbers of the cases that may tell: those of the targets that depend on it, then a few of each other."""
    taken: dict[str, list[int]] = {}
    for number, (target, _, _) in enumerate(found):
        taken.setdefault(target, []).append(number)
    own = [number for target, numbers in taken.items() if target in near for number in numbers]
    others = [n for target, numbers in taken.items() if target not in near for n in numbers[:CASES_A_TARGET]]
    return [*own[:MAX_IMPORT_CASES], *others[: max(0, MAX_IMPORT_CASES - len(own))]]


class Dependents:
    """Which of a module's functions and classes use, by themselves or through others, what a line of it binds."""

    def __init__(self, source: str) -> None:
        self.statements = [statement for statement in ast.parse(source).body if not _imports(statement)]
        self.bound = [_bound(statement) for statement in self.statements]
        self.used = [_used(statement) for statement in self.statements]
        self.everything = set().union(*self.bound)
        self._reached: dict[int, set[str]] = {}

    def of(self, line: int, targets: "Iterable[str]") -> "list[str]":
        """The targets that may show what a change of the line does, those first that use what it binds themselves."""
        number = self._statement_of(line)
        bound = self.bound[number] if number >= 0 else set()
        users = set().union(*(own for own, used in zip(self.bound, self.used, strict=True) if used & bound))
        near = [name for name in targets if self.reach(line, name)]
        return sorted(near, key=lambda name: name.partition(".")[0] not in users)

    def _statement_of(self, line: int) -> int:
        return next((n for n, s in enumerate(self.statements) if s.lineno <= line <= (s.end_lineno or 0)), -1)

    def reach(self, line: int, target: str) -> bool:
        """Whether the target may show what a change of the line does.

        What binds no name may change whatever is used by what it uses; where that is nothing here, it shows anywhere.
        """
        number = self._statement_of(line)
        if number >= 0 and number not in self._reached:
            self._reached[number] = self._closure(self.bound[number] or self._changed_by(number))
        return number < 0 or not self._reached[number] or target.partition(".")[0] in self._reached[number]

    def _closure(self, names: "set[str]") -> "set[str]":
        """The names whose behaviour may depend on these.

        A statement without a name, such as a call, may change whatever is used by what it uses.
        """
        reached: set[str] = set()
        news = set(names)
        while news:
            reached |= news
            users = [n for n, used in enumerate(self.used) if used & news]
            found = set().union(*(self.bound[n] for n in users))
            found = found.union(*(self._changed_by(n) for n in users if not self.bound[n]))
            news = found - reached
        return reached

    def _changed_by(self, number: int) -> "set[str]":
        """What a statement without a name uses, by itself or through others."""
        below: set[str] = set()
        news = self.used[number] & self.everything
        while news:
            below |= news
            users = (used for bound, used in zip(self.bound, self.used, strict=True) if bound & news)
            news = (set().union(*users) & self.everything) - below
        return below


def _imports(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def _bound(statement: ast.stmt) -> "set[str]":
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    nodes = ast.walk(statement)
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _used(statement: ast.stmt) -> "set[str]":
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def spare_frame(target: str, cases: "list[Case]", imports: "dict[str, str]") -> Frame:
    """What one target's task hands on of the cases that it has seen."""
    return {"ev": "spare", "target": target, "cases": cases, "imports": imports}
