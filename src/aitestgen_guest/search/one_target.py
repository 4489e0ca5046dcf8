"""The search for one target: an archive of the shortest call for each thing that can happen.

Guided by features (probe.py) in the manner of coverage-guided fuzzing, with many-objective archiving after DynaMOSA
(IEEE TSE 2018): each feature keeps its shortest good case. The work is bounded by counts, not by the clock, so that
a seed gives the same result again.
"""

import gc
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.parameters import names_of
from aitestgen_guest.calls.cases import Stage, is_slow
from aitestgen_guest.calls.dead_names import is_dead_name
from aitestgen_guest.calls.entries import Entry, calls_in, features_of, given_to, is_simple, key_of
from aitestgen_guest.calls.oracle import DROP, FINDING, TEST, judge
from aitestgen_guest.calls.steps import ADVANCE
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.search.bare_calls import RETURNED, BareCalls
from aitestgen_guest.search.case_maker import CaseMaker
from aitestgen_guest.search.descent import Frontier, descend, is_number
from aitestgen_guest.search.documented import documented, shown
from aitestgen_guest.search.failing import MOST_CASES, failing
from aitestgen_guest.search.fitting import Fitting
from aitestgen_guest.search.handed import handed
from aitestgen_guest.search.kept import Kept
from aitestgen_guest.search.near import (
    later,
    size_of,
    swept_in_pairs,
    with_constants,
    with_each_word,
    with_options,
)
from aitestgen_guest.search.operands import Misses, substituted
from aitestgen_guest.search.returned import as_called
from aitestgen_guest.search.type_tracing import trace_function, trace_types
from aitestgen_guest.shapes import Case, Description, Observation

SIMPLE = 2
SELDOM = 20
SATED = 4
"""So many times less patience has the search of a target in which nothing is left to reach."""
NEVER_REACHED = -1
SLOW_COST = 150
DESCENT = 1.4
BARE, BARE_COST = 10, 0.02
"""How many bare calls are made for each that the search may spend, and what each of them costs."""
STALE, STALE_IF_BOUND, STALE_IF_SINGLE = 3, 5, 8
"""What part of its calls the search of a target may spend in vain; less of those that bare calls do much for."""
FAILING = 0.2
"""What part of its calls may go into such in which something fails that they are given."""
SOLVED = 0.25
"""How much more is spent, of what the search might spend, from where such cases got."""
DOCUMENTED = 15
MAX_QUEUE = 60
MOST_FOLLOWED = 10
MOST_LATER = 24
MOST_PAIRS = 150
TELLING = 50
BY_CHANCE = 100
"""How odd it is to draw on chance that nothing holds still, where a seed could be given."""
PATIENT_CHOICE = 24
PATIENT_TRIES = 6
PATIENT_CUTS = 2
PATIENT_ENTRIES = 2


class Search:
    """One target's search. `kept` are the calls worth keeping.

    `open` are the probes that no case has reached yet.
    `is_patient` says that all its calls are heavy: few were made, and each more takes its time.
    `tell` is called now and then, to say that the search goes on.
    `solve` gives cases by other means than search, for what is left open in the end.
    """

    def __init__(
        self,
        target: Target,
        description: Description,
        stage: Stage,
        maker: inputs.Maker,
        callables: Callables,
        frontier: Frontier,
    ) -> None:
        self.target = target
        self.stage = stage
        self.maker = maker
        self.random = maker.random
        self.callables = callables
        self.frontier = frontier
        self.announced = {name.rpartition(".")[2] for name in description.get("raises", ())}
        self._description = description
        self.fitting = Fitting(target, stage, callables)
        self.cases = CaseMaker(target, maker, callables, stage.effects)
        self.kept = Kept()
        self.findings: dict[tuple[str, int], tuple[Case, Observation]] = {}
        self.words: list[str] = []
        self.open: frozenset[int] = frozenset({NEVER_REACHED})
        self.seeds: list[Case] = []
        self.executed = 0.0
        self.bare_calls = BareCalls(target, stage, maker.editor)
        self.is_patient, self._cuts = False, 0
        self.tell: Callable[[], None] = _nothing
        self.solve: Callable[[], list[Case]] = list
        self._misses = Misses()
        self._seen: set[str] = set()
        self._documented: set[str] = set()
        self._seed_features: set[int] = set()
        self._queue: list[Case] = []
        self._followed: Counter[tuple[Any, Any]] = Counter()

    def run(self, executions: float, blocks: int) -> None:
        """Search until `executions` calls are spent, or nothing new came for a while; the longer the more `blocks`."""
        patience = (400 if self.target.bound else 150) + 60 * blocks
        if blocks > SIMPLE:
            patience = max(patience, int(executions) // STALE)
        self.open |= {RETURNED}
        self._begin()
        self._explore(executions / 4, patience)
        if not self.kept.archive and (heirs := self._heirs()):
            self.target.through = heirs[0]
            self._seen.clear()
            self._explore(executions / 2, patience)
        self._burst(executions)
        if self.bare_calls.made:
            patience = min(patience, int(executions) // self._share_in_vain())
        self._sweep(executions)
        self._let_fail(executions)
        while self._explore(executions, patience) and (self._descend(executions * DESCENT) or self._burst(executions)):
            patience //= 2
        if self.open - {NEVER_REACHED}:
            news = [self._consider(case) for case in self.solve()]
            self._explore(self.executed + executions * SOLVED * any(news), patience)
        if self._cuts and not self.kept.results():
            self._be_patient()
        self.open -= {RETURNED}

    def _begin(self) -> None:
        """Find out about types, and try what others show: docstrings, the project's code, searches before this one."""
        siblings = self.cases.steps.plain_methods() if self.cases.steps is not None else ()
        trace_types(self.target, self.callables, self.maker, self.stage, siblings)
        for case in [*self.documented(), *self._as_shown()]:
            self._documented.add(key_of(case))
            self._consider(case)
        for case in handed(self.target, self.cases, self.callables):
            self._consider(case)

    def _as_shown(self) -> "list[Case]":
        """The calls that the project's own code makes."""
        loop = self.cases.steps is not None and self.cases.steps.is_async
        return [*shown(self.target, self._description.get("shown", ()), self.callables, loop=loop)]

    def _heirs(self) -> "list[str]":
        """The classes that inherit the method, where it can be called by them."""
        if self.target.bound or not self.target.owner:
            return []
        known = self.callables.kin(self.target.owner)
        return [name for name in known if self.target.name not in vars(self.callables.resolve(name))]

    def _be_patient(self) -> None:
        """Where calls were cut and others gave nothing: a few small ones again, with time for what is merely heavy."""
        self.is_patient = True
        self.stage.be_patient()
        self._seen.clear()
        cut_before = self._cuts
        cases = [self.cases.fresh() for _ in range(PATIENT_CHOICE)]
        for case in sorted(cases, key=lambda case: (size_of(case), key_of(case)))[:PATIENT_TRIES]:
            self._consider(case)
            if self._cuts - cut_before >= PATIENT_CUTS or len(self.kept.results()) >= PATIENT_ENTRIES:
                break

    def _sweep(self, executions: float) -> None:
        """Try the literals that the code shows, and the words that the module's patterns are about, as far as so many
        calls go, and keep these in mind.
        """
        begun, parameters = self.executed, self._description.get("parameters", ())
        known = self.kept.unlike()
        with self.kept.sweep():
            for case in with_constants(known, parameters):
                self._consider(case)
            for case in self._later(known[:MOST_LATER]):
                self._consider(case)
            self.executed = begun  # these are few
            for case in itertools.chain(with_each_word(known, parameters, self.words), self._in_pairs(known)):
                self._consider(case)
                if self.executed - begun > executions:
                    break

    def _in_pairs(self, known: "list[Case]") -> "Iterator[Case]":
        """Cases with two words of the module's tables: a state, which the object begins with, and an action."""
        words = self.maker.pool.table_words
        takes = self.callables.parameters(self.target.owner) if self.target.bound and len(words) > 1 else []
        options = [one.name for one in takes if one.optional and ("str",) in one.specs]
        cases = with_options(known, options, names_of(takes))
        return itertools.islice(swept_in_pairs(cases, words), MOST_PAIRS)

    def _later(self, cases: "list[Case]") -> "Iterator[Case]":
        """The cases with time that passes before the call, where the module asks for the time."""
        steps = self.cases.steps
        if steps is not None and ADVANCE in steps.verbs:
            for case in cases:
                yield from later([case], (inputs.data(1), steps.span(self.maker, case)))

    def _let_fail(self, executions: float) -> None:
        """Let what the best cases are given fail, as far as so many calls go, where something is left to reach."""
        begun = self.executed
        if not self.maker.caught or not self.open - {NEVER_REACHED}:
            return
        for case in failing(self.kept.unlike()[:MOST_CASES], self.cases.parameters(), self.maker):
            self._consider(case)
            if self.executed - begun > executions * FAILING:
                break

    def _explore(self, executions: float, patience: int) -> bool:
        """Fresh cases and neighbours, until nothing new comes; whether calls are left."""
        stale = 0
        while self.executed < executions and stale < (patience if self.open else patience // SATED):
            stale = 0 if self._consider(self._next()) else stale + 1
        return self.executed < executions * DESCENT

    def _descend(self, executions: float) -> bool:
        """Towards each outcome of a comparison that no case had; whether one was reached."""
        reached = False
        while self.executed < executions and (start := self.frontier.next()):
            reached = descend(start, self._operands_of, partial(self.frontier.is_open, start[0])) or reached
        return reached

    def _burst(self, executions: float) -> bool:
        """Go on from new seeds by bare calls, where something is left to reach; whether one got where none did."""
        if not self.open - {NEVER_REACHED} or self.executed > executions * DESCENT:
            return False
        made = self.bare_calls.made
        known = frozenset(self._seed_features) | ({RETURNED} - self.open)
        found = self.bare_calls.news(self.seeds, known, self.frontier.left(), int(executions * BARE))
        self.executed += (self.bare_calls.made - made) * BARE_COST
        return sum(map(self._consider, found)) > 0

    def _share_in_vain(self) -> int:
        """What part of the calls may be in vain beside bare ones: these do the most for values without parts."""
        given = [item for seed in self.seeds for item in given_to(seed)]
        if self.target.bound:
            return STALE_IF_BOUND
        return STALE if any(item[0] != "data" or item[1][0] in "[({" for item in given) else STALE_IF_SINGLE

    def _operands_of(self, case: Case) -> "list[tuple[Any, Any, int]]":
        self.stage.recorder.operands = []
        self._consider(case)
        return self.stage.recorder.operands

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

    def fresh(self) -> Case:
        """A case made from what the parameters may take, whatever was seen before."""
        return self.cases.fresh()

    def documented(self) -> "Iterator[Case]":
        """The calls that the docstring shows."""
        return documented(self.target, self._description.get("examples", ()))

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
        if len(self._seen) % TELLING == 0:
            gc.collect()  # what raised is often part of a cycle, and nothing collects by itself here
            self.tell()
        observation = self.stage.observe(self.target, case)
        recorder = self.stage.recorder
        self.executed += 0.8 + recorder.steps / 400
        self.executed += SLOW_COST if is_slow(observation) else self.stage.effects.outside.cost
        if observation["outcome"] == "waits":
            return self._wait(case, frozenset(recorder.features()))
        if observation["outcome"] in ("unbuildable", "cut"):
            self._cuts += observation["outcome"] == "cut"
            self.callables.refused.update(made[1] for made in calls_in(given_to(case)))
            return False
        case, key = as_called(case, key, observation)
        self._learn_returned()
        self._learn(observation)
        self.cases.earlier.learn(self.stage.gave)
        self._remember(case)
        self.frontier.learn(case, recorder.operands)
        features = features_of(case, recorder.features())
        self.open -= recorder.hits.keys() | ({RETURNED} if observation["outcome"] == "returns" else set())
        fresh = features - self._seed_features
        if fresh and len(self.seeds) < 300:
            self._seed_features |= features
            self.seeds.append(case)
            self._follow_operands(case, recorder.operands)
        self._queue += self._misses.followed(case, observation, recorder) if len(self._queue) < MAX_QUEUE else ()
        return self._file(case, observation, features, key) or bool(fresh)

    def _learn_returned(self) -> None:
        """What functions take that calls return: of the first that was returned, and of the first that that gave."""
        for function in self.stage.returned[len(self.cases.returned) :]:
            parameters = self.callables.of_function(f"{self.target.id}()", function)
            trace_function(function, parameters, self.callables, self.maker, self.stage)
            self.cases.returned.append(parameters)

    def _remember(self, case: Case) -> None:
        """Keep in mind what made the objects of a case that could be run: of arguments, where that seldom succeeds."""
        if self.target.bound and case["receiver"][0] != "text":
            self.callables.worked(self.target.owner, case["receiver"])
        for made in calls_in(given_to(case)):
            if self.callables.refused[made[1]] > SELDOM:
                self.callables.worked(made[1], made)

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
        self.cases.learn(observation)
        wrong = observation["outcome"] == "raises" and not observation["announced"]
        wrong = wrong and observation["facts"]["error"] in ("TypeError", "AttributeError")
        for parameter, choice in self.cases.choices or ():
            parameter.learn(choice, 0.7 if wrong else 1.1)
        self.cases.choices = None

    def _file(self, case: Case, observation: Observation, features: "frozenset[int]", key: str) -> bool:
        dead = is_dead_name(self.stage.effects.outside.source, observation)
        typed = dead or self.fitting.fits(case, observation)
        verdict = judge(self.target, observation, announced=self.announced, typed=typed)
        if verdict == FINDING and is_simple(case) and "call" not in observation["wraps"]:
            where = (observation["facts"]["error"], observation["line"])
            before = self.findings.get(where)
            if before is None or len(key) < len(key_of(before[0])):
                self.findings[where] = (case, observation)
        if verdict != TEST or verdict == DROP:
            return False
        case["oddness"] = self.oddness(case) + (BY_CHANCE if observation["by_chance"] else 0)
        entry = Entry(case, observation, features, key)
        return self.kept.add_unfit(entry) if self.is_unfit(case) else self.kept.add(entry)

    def is_unfit(self, case: Case) -> bool:
        """Whether nobody would make such a call: an argument does not fit its annotation."""
        return key_of(case) not in self._documented and self.fitting.is_ill_typed(case)

    def oddness(self, case: Case) -> int:
        """Points for each argument that is not of the kind that its parameter seems to want."""
        points = self.fitting.oddness(case)
        return points - (DOCUMENTED if self._documented and key_of(case) in self._documented else 0)

    def _follow_operands(self, case: Case, operands: "list[tuple[Any, Any, int]]") -> None:
        """Put what was compared into the pool, and into the case in place of what it was compared with."""
        for left, right, _ in operands[:60]:
            for value in (left, right):
                self.maker.pool.add(value)
            if len(self._queue) < MAX_QUEUE and self._may_follow(left, right):
                self._queue += substituted(case, left, right) + substituted(case, right, left)
                self._queue += self.cases.surroundings.substituted(case, left, right)
                self._queue += self.cases.surroundings.substituted(case, right, left)

    def _may_follow(self, left: Any, right: Any) -> bool:
        """Whether these numbers were followed seldom so far, or are none: 0 and 1 are compared all the time."""
        if not (is_number(left) and is_number(right)):
            return True
        self._followed[left, right] += 1
        return self._followed[left, right] <= MOST_FOLLOWED


def _nothing() -> None:
    pass
