"""The hunt for a case on which a mutant and the original differ.

In this order: the cases that the search has seen and not kept; then, around a few that reach the mutant's line, cases
nearer and nearer to equality of the numbers compared there, every small change of an argument, the constants of the
mutated piece, the call on objects with other histories, with a look at them after it, and last what chance brings.
"""

import ast
import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from aitestgen_guest.calls.cases import WALL_SECONDS, Stage, differs, is_slow
from aitestgen_guest.calls.entries import Entry, by_cost, key_of, probes_of
from aitestgen_guest.calls.oracle import TEST, judge
from aitestgen_guest.search.bare_calls import BareCalls, bare
from aitestgen_guest.search.near import moved, neighbours
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.shapes import Case, Observation
from aitestgen_guest.tracing.probes import RECORDER, LineRecorder

Mutant = dict[str, Any]
SWITCH = "__aitestgen_mutant__"
QUICK_SECONDS, MUTANT_SECONDS = 0.03, 0.1
"""What a call gets under a mutant; the more where the original does not end in the less."""
MAX_CASES = 40
STARTS = 3
MAX_DISTANCE = 1e9
MAX_STEPS = 5
MOVES = 24
FEW = 4
"""With so few attempts only those are made that tell most."""
BARE_A_TRY, BARE_STEPS = 10, 10_000
"""How many bare calls are made for each try, and how many probes they may hit together."""
NOT_SHOWN = ("output",)


class Hunter:
    """Tells original and mutants apart on one target's cases. What the original shows is observed once a case."""

    def __init__(self, search: Search, stage: Stage, probed: Stage, attempts: int) -> None:
        self.search = search
        self.stage = stage
        self.probed = probed
        self.attempts = attempts
        self.bases: dict[str, Observation] = {}
        self.seconds = QUICK_SECONDS

    def difference(self, mutant: int, case: Case, base: Observation) -> "tuple[list[str], bool]":
        """The labels on which the mutant shows something that a test could tell, and whether it was slow."""
        other = self._under(mutant, case)
        if other["outcome"] == "cut" and self._under(0, case)["outcome"] == "cut":
            if self.seconds == MUTANT_SECONDS:
                return [], True  # the call takes its time without any mutant
            self.seconds = MUTANT_SECONDS
            return self.difference(mutant, case, base)
        labels = [label for label in differs(base, other) if label in base["shown"] or label not in NOT_SHOWN]
        return labels, is_slow(other)

    def _under(self, mutant: int, case: Case) -> Observation:
        stage = self.stage
        stage.namespace[SWITCH], stage.wall_seconds = mutant, self.seconds
        try:
            return self._compared(case)
        finally:
            stage.namespace[SWITCH], stage.wall_seconds = 0, WALL_SECONDS

    def _compared(self, case: Case) -> Observation:
        """What is to be compared with the original's: the facts, and not which of them are to be shown."""
        self.stage.looks_before = False
        try:
            return self.stage.observe(self.search.target, case)
        finally:
            self.stage.looks_before = True

    def still(self, case: Case, base: Observation) -> bool:
        """Whether the original shows the same as before, after what mutants may have left behind."""
        return not differs(base, self._compared(case))

    def hunt(self, mutant: Mutant, entries: "list[Entry]", spare: "list[Entry]") -> "list[Any] | None":
        """[case, what the original shows, labels] for the first case that tells the mutant; None where none does."""
        for case in self._candidates(mutant, entries, spare):
            base = self.base(case)
            if base is None:
                continue
            labels, slow = self.difference(mutant["id"], case, base)
            if labels:
                return [{**case, "oddness": self.search.oddness(case)}, base, labels[:1]]
            if slow:
                return None
        return None

    def base(self, case: Case) -> "Observation | None":
        """What the original shows of it, if a test could be made of that."""
        key = key_of(case)
        if key not in self.bases:
            self.bases[key] = self.stage.observe(self.search.target, case)
        base = self.bases[key]
        search = self.search
        usable = judge(search.target, base, announced=search.announced, typed=False) == TEST
        return base if usable else None

    def _candidates(self, mutant: Mutant, entries: "list[Entry]", spare: "list[Entry]") -> "Iterator[Case]":
        search = self.search
        search.random.seed(f"hunt {mutant['id']} {search.target.id}")
        yield from (entry.case for entry in spare[: self.attempts])
        known = sorted([*entries, *spare], key=by_cost)
        starts = [entry.case for entry in _various(known)[:STARTS]]
        sources: list[Iterable[Case]] = []
        if mutant["operator"] in ("comparison", "constant", "negated condition", "arithmetic"):
            sources.append(itertools.islice(self._climbed(mutant, starts), self.attempts // 2))
        constants = _constants(mutant)
        around = (case for turn in itertools.zip_longest(*(neighbours(s, constants) for s in starts)) for case in turn)
        is_short = self.attempts <= FEW
        sources.append(
            itertools.islice((case for case in around if case is not None), 0 if is_short else self.attempts)
        )
        pasts = (case for turn in zip(*map(search.cases.with_pasts, starts), strict=False) for case in turn)
        sources.append(itertools.islice(pasts, self.attempts))
        looks = itertools.chain.from_iterable(map(search.cases.looked_at, starts))
        sources.append(itertools.islice(looks, self.attempts))
        sources.append(() if is_short else self._told_bare(mutant, starts))
        sources.append(search.changed(search.random.choice(starts)) for _ in range(self.attempts // 2 if starts else 0))
        seen = set()
        for case in itertools.chain(*sources):
            key = key_of(case)
            if key not in seen and not (search.target.bound and case["receiver"] is None):
                seen.add(key)
                if not search.is_unfit(case):
                    yield case

    def _told_bare(self, mutant: Mutant, starts: "list[Case]") -> "Iterator[Case]":
        """Cases that bare calls of both tell apart. What holds in a cache would be the other's."""
        calls = BareCalls(self.search.target, self.stage, self.search.maker.editor)
        switch = partial(self._switch, mutant["id"])
        for start in starts if not self.stage.caches else ():
            called = bare(self.stage, self.search.target, start)
            if called is not None:
                yield from calls.telling(called, switch, self._calls(start))

    def _switch(self, mutant: int, on: bool) -> None:
        self.stage.namespace[SWITCH] = mutant if on else 0

    def _calls(self, start: Case) -> int:
        """How many bare calls are made of a case: fewer of a heavy one."""
        self.probed.observe(self.search.target, start)
        return min(BARE_A_TRY * self.attempts, BARE_STEPS // max(1, self.probed.recorder.steps))

    def _climbed(self, mutant: Mutant, starts: "list[Case]") -> "Iterator[Case]":
        """Cases in which two numbers compared on the mutant's lines are one apart or equal, by small steps."""
        for start in starts:
            case, distance = start, self._distance(mutant, start)
            for _ in range(MAX_STEPS if distance < MAX_DISTANCE else 0):
                steps = list(itertools.islice(moved(case, int(distance)), MOVES))
                found = [(self._distance(mutant, other), n) for n, other in enumerate(steps)]
                nearer = [(d, n) for d, n in found if d < distance or (distance == 0 and d <= 1)]
                if not nearer:
                    break
                best, number = min(nearer)
                yield from (steps[n] for d, n in sorted(nearer) if d <= 1)
                if distance == 0:
                    break
                case, distance = steps[number], best

    def _distance(self, mutant: Mutant, case: Case) -> float:
        """How far apart the numbers compared on the mutant's lines are at least; MAX_DISTANCE where none are."""
        recorder: Any = self.probed.recorder
        self.probed.observe(self.search.target, case)
        lines = range(mutant["line"], mutant["end_line"] + 1)
        return float(min(MAX_DISTANCE, *(recorder.distances.get(line, MAX_DISTANCE) for line in lines)))


def measuring(probed: Stage, names: "dict[str, Any]") -> Stage:
    """Let the probed module, whose namespace is `names`, tell the distances of what it compares."""
    names[RECORDER] = probed.recorder = LineRecorder()
    return probed


def reaching(entries: "Iterable[Entry]", mutant: Mutant, blocks: "dict[int, int]") -> "list[int]":
    """The places of the entries that run the mutant's lines."""
    wanted = {blocks[line] for line in range(mutant["line"], mutant["end_line"] + 1) if line in blocks}
    return [number for number, entry in enumerate(entries) if not wanted.isdisjoint(probes_of(entry.features))]


def _various(entries: "list[Entry]") -> "list[Entry]":
    """The entries in another order: first one of each set of features, the cheapest, then the others."""
    first: dict[Any, Entry] = {}
    for entry in entries:
        first.setdefault(entry.features, entry)
    chosen = {id(entry) for entry in first.values()}
    return [*first.values(), *(entry for entry in entries if id(entry) not in chosen)]


def _constants(mutant: Mutant) -> "tuple[Any, ...]":
    """The plain constants in the mutated piece and in what replaced it; numbers also one up and one down."""
    found: dict[Any, None] = {}
    for text in (mutant["before"], mutant["after"]):
        try:
            nodes = list(ast.walk(ast.parse(text)))
        except (SyntaxError, ValueError):
            continue
        for node in nodes:
            value = getattr(node, "value", None)
            if isinstance(node, ast.Constant) and isinstance(value, (int, float, str, bytes)) and value is not True:
                found[value] = None
                if isinstance(value, (int, float)):
                    found.update({value + 1: None, value - 1: None})
    return tuple(found)
