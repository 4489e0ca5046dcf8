"""The search for one target: an archive of the shortest call for each thing that can happen.

Guided by features (probe.py) in the manner of coverage-guided fuzzing, with many-objective archiving after DynaMOSA
(IEEE TSE 2018): each feature keeps its shortest good case. The work is bounded by counts, not by the clock, so that
a seed gives the same result again.
"""

from typing import Any

from aitestgen_guest import inputs
from aitestgen_guest.callables import Callables
from aitestgen_guest.case_maker import CaseMaker
from aitestgen_guest.cases import Stage, is_slow
from aitestgen_guest.entries import Entry, by_cost, is_simple, key_of
from aitestgen_guest.fitting import Fitting
from aitestgen_guest.operands import substituted
from aitestgen_guest.oracle import DROP, FINDING, TEST, judge
from aitestgen_guest.shapes import Case, Description, Observation
from aitestgen_guest.templates import Target

SIMPLE = 2
SLOW_COST = 150
DOCUMENTED = 15
MAX_VARIETY = 48
MAX_QUEUE = 60
MAX_SPARE = 10


class Search:
    """One target's search. `archive` keeps the cheapest entry for each feature, `variety` for each kind of result."""

    def __init__(
        self, target: Target, description: Description, stage: Stage, maker: inputs.Maker, callables: Callables
    ) -> None:
        self.target = target
        self.stage = stage
        self.maker = maker
        self.random = maker.random
        self.callables = callables
        self.announced = {name.rpartition(".")[2] for name in description.get("raises", ())}
        self.examples = description.get("examples", ())
        self.fitting = Fitting(target, stage, callables)
        self.cases = CaseMaker(target, maker, callables, stage.effects)
        self.archive: dict[int, Entry] = {}
        self.variety: dict[tuple[Any, ...], Entry] = {}
        self.findings: dict[tuple[str, int], tuple[Case, Observation]] = {}
        self.seeds: list[Case] = []
        self.executed = 0.0
        self._seen: set[str] = set()
        self._documented: set[str] = set()
        self._seed_features: set[int] = set()
        self._queue: list[Case] = []

    def run(self, executions: float, blocks: int) -> None:
        """Search until `executions` calls are spent, or nothing new came for a while; the longer the more `blocks`."""
        patience = 120 + 40 * blocks
        if blocks > SIMPLE:
            patience = max(patience, int(executions) // 3)
        for case in self.cases.from_examples(self.examples):
            self._documented.add(key_of(case))
            self._consider(case)
        stale = 0
        while self.executed < executions and stale < patience:
            stale = 0 if self._consider(self._next()) else stale + 1

    def results(self) -> "list[Entry]":
        """The kept entries, each once: the archive, then a few that show other results."""
        unique: dict[Any, Entry] = {}
        for entry in sorted(self.archive.values(), key=by_cost):
            unique.setdefault(entry.cost, entry)
        spare = [entry for entry in sorted(self.variety.values(), key=by_cost) if entry.cost not in unique]
        step = max(1, len(spare) // MAX_SPARE)
        return [*unique.values(), *spare[::step][:MAX_SPARE]]

    # -- making cases -------------------------------------------------------------------------------------------
    def _next(self) -> Case:
        if self._queue:
            return self._queue.pop(0)
        if not self.seeds or self.random.random() < 0.3:
            return self.cases.fresh()
        return self.cases.changed(self._pick())

    def _pick(self) -> Case:
        if self.random.random() < 0.5:
            return self.seeds[-1 - int(self.random.random() ** 2 * len(self.seeds))]
        return self.random.choice(self.seeds)

    def changed(self, case: Case) -> Case:
        """A neighbour of the case, perhaps with a call after the one under test."""
        return self.cases.changed(case, follow=True)

    def is_optional(self, name: str) -> bool:
        return self.cases.is_optional(name)

    # -- judging cases ------------------------------------------------------------------------------------------
    def _consider(self, case: Case) -> bool:
        """Run the case once; whether it showed anything new."""
        key = key_of(case)
        self.executed += 0.2
        if key in self._seen or (self.target.bound and case["receiver"] is None):
            return False
        self._seen.add(key)
        observation = self.stage.observe(self.target, case)
        recorder = self.stage.recorder
        self.executed += 0.8 + recorder.steps / 400
        self.executed += SLOW_COST if is_slow(observation) else self.stage.effects.outside.cost
        if observation["outcome"] == "waits":
            return self._wait(case, frozenset(recorder.features()))
        if observation["outcome"] in ("unbuildable", "cut"):
            return False
        self._learn(observation)
        if self.target.bound:
            self.callables.worked(self.target.owner, case["receiver"])
        features = frozenset(recorder.features())
        fresh = features - self._seed_features
        if fresh and len(self.seeds) < 300:
            self._seed_features |= features
            self.seeds.append(case)
            self._follow_operands(case, recorder.operands)
        return self._file(case, observation, features) or bool(fresh)

    def _wait(self, case: Case, features: "frozenset[int]") -> bool:
        """Of a case that waits in vain, go on with those in which something else happens meanwhile."""
        fresh = bool(features - self._seed_features)
        if fresh and len(self.seeds) < 300:
            self._seed_features |= features
            self.seeds.append(case)
        if fresh or self.random.random() < 0.2:
            self._queue += self.cases.of_waiting(case) if len(self._queue) < MAX_QUEUE else ()
        return fresh

    def _learn(self, observation: Observation) -> None:
        wrong = observation["outcome"] == "raises" and not observation["announced"]
        wrong = wrong and observation["facts"]["error"] in ("TypeError", "AttributeError")
        for parameter, choice in self.cases.choices or ():
            parameter.learn(choice, 0.7 if wrong else 1.1)
        self.cases.choices = None

    def _file(self, case: Case, observation: Observation, features: "frozenset[int]") -> bool:
        verdict = judge(self.target, observation, announced=self.announced, typed=self.fitting.fits(case, observation))
        if verdict == FINDING and is_simple(case):
            where = (observation["facts"]["error"], observation["line"])
            before = self.findings.get(where)
            if before is None or len(key_of(case)) < len(key_of(before[0])):
                self.findings[where] = (case, observation)
        if verdict != TEST or verdict == DROP:
            return False
        case["oddness"] = self.oddness(case)
        entry = Entry(case, observation, features)
        news = False
        for feature in features:
            known = self.archive.get(feature)
            if known is None or entry.cost < known.cost:
                news = news or known is None
                self.archive[feature] = entry
        self._vary(entry)
        return news

    def _vary(self, entry: Entry) -> None:
        facts = entry.observation["facts"]
        result = facts.get("result", "")[:60]
        kind = (entry.observation["outcome"], facts.get("error"), facts.get("message"), result, len(entry.features))
        known = self.variety.get(kind)
        if (known is None and len(self.variety) < MAX_VARIETY) or (known is not None and entry.cost < known.cost):
            self.variety[kind] = entry

    def oddness(self, case: Case) -> int:
        """Points for each argument that is not of the kind that its parameter seems to want."""
        points = self.fitting.oddness(case)
        return points - (DOCUMENTED if key_of(case) in self._documented else 0)

    def _follow_operands(self, case: Case, operands: "list[tuple[Any, Any]]") -> None:
        """Put what was compared into the pool, and into the case in place of what it was compared with."""
        for left, right in operands[:60]:
            for value in (left, right):
                self.maker.pool.add(value)
            if len(self._queue) < MAX_QUEUE:
                self._queue += substituted(case, left, right) + substituted(case, right, left)
                self._queue += self.cases.surroundings.substituted(case, left, right)
                self._queue += self.cases.surroundings.substituted(case, right, left)
