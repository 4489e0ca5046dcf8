"""The search for one target: an archive of the shortest call for each thing that can happen.

Guided by features (probe.py) in the manner of coverage-guided fuzzing, with many-objective archiving after DynaMOSA
(IEEE TSE 2018): each feature keeps its shortest good case. The work is bounded by counts, not by the clock, so that
a seed gives the same result again.
"""

import ast
import json
from collections.abc import Iterator
from typing import Any

from aitestgen_guest import inputs, specs
from aitestgen_guest.callables import Callables, Parameter
from aitestgen_guest.cases import Stage, Target, is_slow
from aitestgen_guest.doctests import statements
from aitestgen_guest.entries import Entry, by_cost, key_of
from aitestgen_guest.near import swept, with_words
from aitestgen_guest.operands import substituted
from aitestgen_guest.oracle import DROP, FINDING, TEST, judge
from aitestgen_guest.shapes import Case, Description, Expression, Observation, Spec

SIMPLE = 2
SLOW_COST = 150
DOCUMENTED = 15
MAX_VARIETY = 48
MAX_QUEUE = 60
MAX_SPARE = 10
MAX_SEEN = 150
MAX_SWEPT = 600


class Search:
    """One target's search. `archive` keeps the cheapest entry for each feature, `variety` for each kind of result.

    `spare` has one entry for whatever a test could see, some hundreds of these: for mutants that no other kills.
    """

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
        options = [item for item in description.get("parameters", ()) if item["kind"] in ("normal", "keyword")]
        self._text_options = [item["name"] for item in options if (item["default"] or "").startswith(("'", '"'))]
        self.methods = self._methods()
        self.archive: dict[int, Entry] = {}
        self.variety: dict[tuple[Any, ...], Entry] = {}
        self.findings: dict[tuple[str, int], tuple[Case, Observation]] = {}
        self.words: list[str] = []
        self.spare: dict[Any, Entry] = {}
        self.last: Entry | None = None
        self._room = MAX_SEEN
        self.seeds: list[Case] = []
        self.executed = 0.0
        self._seen: set[str] = set()
        self._documented: set[str] = set()
        self._seed_features: set[int] = set()
        self._queue: list[Case] = []
        self._choices: list[tuple[Parameter, int]] | None = None

    def run(self, executions: float, blocks: int) -> None:
        """Search until `executions` calls are spent, or nothing new came for a while; the longer the more `blocks`."""
        patience = 120 + 40 * blocks
        if blocks > SIMPLE:
            patience = max(patience, int(executions) // 3)
        for case in self._from_examples():
            self._documented.add(key_of(case))
            self._consider(case)
        self._until(executions / 4, patience)
        self._sweep()
        self._until(executions, patience)

    def _sweep(self) -> None:
        """Try every one of the words that the module's regular expressions are about, and keep all of these in mind."""
        room, self._room = self._room, len(self.spare)
        kept = [entry.case for entry in self.results()]
        for case in [*swept(kept, self.words), *with_words(kept, self._text_options, self.words)]:
            self.last = None
            self._consider(case)
            if self.last is not None and len(self.spare) < MAX_SWEPT:
                self.spare.setdefault(key_of(case), self.last)
        self._room = len(self.spare) + room

    def _until(self, executions: float, patience: int) -> None:
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

    def spare_in_order(self) -> "list[Entry]":
        """The spare entries: those of the words as these came, most telling first, then the others by their cost."""
        swept_ones = [entry for key, entry in self.spare.items() if isinstance(key, str)]
        return swept_ones + sorted((e for key, e in self.spare.items() if not isinstance(key, str)), key=by_cost)

    # -- making cases -------------------------------------------------------------------------------------------
    def _next(self) -> Case:
        if self._queue:
            return self._queue.pop(0)
        if not self.seeds or self.random.random() < 0.3:
            return self._fresh()
        return self.changed(self._pick())

    def _pick(self) -> Case:
        if self.random.random() < 0.5:
            return self.seeds[-1 - int(self.random.random() ** 2 * len(self.seeds))]
        return self.random.choice(self.seeds)

    def _fresh(self) -> Case:
        case: Case = {
            "target": self.target.id,
            "receiver": None,
            "calls": [],
            "arguments": [],
            "keywords": {},
            "then": None,
        }
        if self.target.bound:
            case["receiver"] = self.callables.call(self.target.owner, self.maker)
            count = self.random.choices((0, 1, 2, 3, 4), (40, 25, 18, 10, 7))[0] if self.methods else 0
            case["calls"] = [self._earlier_call() for _ in range(count)]
        arguments, keywords, self._choices = self.callables.arguments(self._parameters(), self.maker)
        case["arguments"], case["keywords"] = arguments, keywords
        if case["calls"] and self.random.random() < 0.6:
            self._reuse_arguments(case)
        if self.random.random() < 0.8:
            case["then"] = [self.maker.make(specs.ANY, 1) for _ in range(self.random.choice((1, 1, 0, 2)))]
        return case

    def _reuse_arguments(self, case: Case) -> None:
        """Let calls share arguments for parameters of one name, as the key that was put is the key to get."""
        seen: dict[str, Expression] = {}
        calls = [(self._names(f"{self.target.owner}.{method}"), arguments) for method, arguments, _ in case["calls"]]
        if self.target.kind != "property":
            calls.append((self._names(self.target.id), case["arguments"]))
        for names, arguments in calls:
            for place, name in enumerate(names[: len(arguments)]):
                if name in seen and self.random.random() < 0.7:
                    arguments[place] = seen[name]
                seen[name] = arguments[place]

    def _names(self, path: str) -> "list[str]":
        return [parameter.name for parameter in self.callables.parameters(path) if parameter.kind == "normal"]

    def _parameters(self) -> "list[Parameter]":
        return self.callables.parameters(self.target.id) if self.target.kind != "property" else []

    def _methods(self) -> "list[str]":
        if not self.target.bound:
            return []
        owner = self.callables.resolve(self.target.owner)
        names = [n for base in owner.__mro__[:-1] if base.__module__ == owner.__module__ for n in vars(base)]
        found = []
        for name in dict.fromkeys(names):
            public = not name.startswith("_") or name in ("__setitem__", "__delitem__", "__call__", "__enter__")
            plain = callable(vars(owner).get(name)) and not isinstance(vars(owner)[name], type)
            if public and plain:
                found.append(name)
        return found

    def _earlier_call(self) -> "list[Any]":
        method = self.random.choice(self.methods)
        parameters = self.callables.parameters(f"{self.target.owner}.{method}")
        arguments, keywords, _ = self.callables.arguments(parameters, self.maker)
        return [method, arguments, keywords]

    def changed(self, case: Case) -> Case:
        """A neighbour: one argument, the receiver or the earlier calls changed."""
        case = json.loads(json.dumps(case))
        self._choices = None
        parts = ["arguments"] * len(case["arguments"]) + ["keywords"] * len(case["keywords"])
        if self.target.bound:
            parts += ["receiver", "calls", "calls"] if self.methods else ["receiver"]
        if case["then"] is not None and not parts:
            parts = ["then"]
        if not parts or self.random.random() < 0.08:
            return self._fresh()
        getattr(self, "_change_" + self.random.choice(parts))(case)
        if self.random.random() < 0.25:
            getattr(self, "_change_" + self.random.choice(parts))(case)
        return case

    def _change_arguments(self, case: Case) -> None:
        place = self.random.randrange(len(case["arguments"]))
        parameters = [p for p in self._parameters() if p.kind in ("normal", "star")]
        spec = specs.ANY
        if parameters:
            parameter = parameters[min(place, len(parameters) - 1)]
            spec = parameter.specs[parameter.choose(self.random)]
        case["arguments"][place] = self.maker.change(case["arguments"][place], spec)

    def _change_keywords(self, case: Case) -> None:
        if not case["keywords"]:
            return
        name = self.random.choice(list(case["keywords"]))
        if self.random.random() < 0.15 and self.is_optional(name):
            del case["keywords"][name]
            return
        spec = next((p.specs[p.choose(self.random)] for p in self._parameters() if p.name == name), specs.ANY)
        case["keywords"][name] = self.maker.change(case["keywords"][name], spec)

    def is_optional(self, name: str) -> bool:
        return any(parameter.name == name and parameter.optional for parameter in self._parameters())

    def _change_receiver(self, case: Case) -> None:
        case["receiver"] = self.maker.change(case["receiver"], ("new", self.target.owner)) if case["receiver"] else None

    def _change_then(self, case: Case) -> None:
        case["then"] = [self.maker.make(specs.ANY, 1) for _ in range(self.random.choice((1, 1, 0, 2)))]

    def _change_calls(self, case: Case) -> None:
        roll = self.random.random()
        calls = case["calls"]
        if calls and roll < 0.3:
            calls.pop(self.random.randrange(len(calls)))
        elif calls and roll < 0.55:
            method, arguments, _ = calls[self.random.randrange(len(calls))]
            for place in range(len(arguments)):
                arguments[place] = self.maker.change(arguments[place], self._spec_of(method, place))
        elif calls and roll < 0.65 and len(calls) < 6:
            calls.append(json.loads(json.dumps(self.random.choice(calls))))
        elif len(calls) < 6:
            calls.insert(self.random.randint(0, len(calls)), self._earlier_call())

    def _spec_of(self, method: str, place: int) -> Spec:
        parameters = [p for p in self.callables.parameters(f"{self.target.owner}.{method}") if p.kind == "normal"]
        return parameters[place].specs[0] if place < len(parameters) else specs.ANY

    def _from_examples(self) -> "Iterator[Case]":
        """Cases from doctest lines that call a function directly with literal arguments."""
        for example in statements(self.examples):
            try:
                tree = ast.parse(example, mode="eval").body
            except (SyntaxError, ValueError):
                continue
            if isinstance(tree, ast.Call) and ast.unparse(tree.func).endswith(self.target.id) and not self.target.bound:
                arguments = [_expression(node) for node in tree.args]
                keywords = {node.arg: _expression(node.value) for node in tree.keywords if node.arg}
                yield {"target": self.target.id, "receiver": None, "calls": [], "arguments": arguments,
                       "keywords": keywords, "then": None}  # fmt: skip

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
        self.executed += SLOW_COST if is_slow(observation) else 0
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

    def _learn(self, observation: Observation) -> None:
        wrong = observation["outcome"] == "raises" and not observation["announced"]
        wrong = wrong and observation["facts"]["error"] in ("TypeError", "AttributeError")
        for parameter, choice in self._choices or ():
            parameter.learn(choice, 0.7 if wrong else 1.1)
        self._choices = None

    def _file(self, case: Case, observation: Observation, features: "frozenset[int]") -> bool:
        verdict = judge(self.target, observation, announced=self.announced, typed=self._fits(case, observation))
        if verdict == FINDING:
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
        self.last = entry
        if len(self.spare) < self._room:
            self.spare.setdefault(_shown(observation), entry)
        return news

    def _vary(self, entry: Entry) -> None:
        facts = entry.observation["facts"]
        result = facts.get("result", "")[:60]
        kind = (entry.observation["outcome"], facts.get("error"), facts.get("message"), result, len(entry.features))
        known = self.variety.get(kind)
        if (known is None and len(self.variety) < MAX_VARIETY) or (known is not None and entry.cost < known.cost):
            self.variety[kind] = entry

    def _fits(self, case: Case, observation: Observation) -> bool:
        """Whether every argument, the receiver's and earlier calls' too, surely fits its annotation."""
        if observation["outcome"] != "raises":
            return False
        calls = [("call", f"{self.target.owner}.{method}", args, keywords) for method, args, keywords in case["calls"]]
        if case["receiver"] is not None:
            calls.append(case["receiver"])
        if self.target.kind != "property":
            calls.append(("call", self.target.id, case["arguments"], case["keywords"]))
        return all(self._call_fits(call) for call in calls)

    def _call_fits(self, call: Expression) -> bool:
        if call[0] != "call":
            return False
        by_name = {p.name: p for p in self.callables.parameters(call[1])}
        positional = [p for p in by_name.values() if p.kind == "normal"]
        if len(call[2]) > len(positional):
            return False
        pairs = [
            *zip(positional, call[2], strict=False),
            *((by_name.get(name), item) for name, item in call[3].items()),
        ]
        return all(
            p is not None and p.annotated is not None and self._argument_fits(p, expression) for p, expression in pairs
        )

    def _argument_fits(self, parameter: Parameter, expression: Expression) -> bool:
        if expression[0] == "call" and not self._call_fits(expression):
            return False
        return expression[0] not in ("many", "pairs") and specs.fits(
            self.stage.build(expression), parameter.annotated or specs.ANY
        )

    def oddness(self, case: Case) -> int:
        """Points for each argument that is not of the kind that its parameter seems to want."""
        calls = (
            [] if self.target.kind == "property" else [("call", self.target.id, case["arguments"], case["keywords"])]
        )
        calls += [("call", f"{self.target.owner}.{method}", args, keywords) for method, args, keywords in case["calls"]]
        if case["receiver"] is not None:
            calls.append(case["receiver"])
        points = sum(self._odd_arguments(call) for call in calls if call[0] == "call")
        return points - (DOCUMENTED if key_of(case) in self._documented else 0)

    def _odd_arguments(self, call: Expression) -> int:
        by_name = {p.name: p for p in self.callables.parameters(call[1])}
        positional = [p for p in by_name.values() if p.kind == "normal"]
        pairs = [
            *zip(positional, call[2], strict=False),
            *((by_name.get(name), item) for name, item in call[3].items()),
        ]
        points = 0
        for parameter, expression in pairs:
            if expression[0] == "call":
                points += self._odd_arguments(expression)
            elif expression[0] == "data" and parameter is not None:
                value = self.stage.build(expression)
                points += 0 if specs.fits(value, parameter.specs[0], unknown=True) else 25
                points += 2 if isinstance(value, str) and not value.isprintable() else 0
                points += 3 if isinstance(value, str) and (not value.strip() or value.strip("-. ").isdigit()) else 0
        return points

    def _follow_operands(self, case: Case, operands: "list[tuple[Any, Any]]") -> None:
        """Put what was compared into the pool, and into the case in place of what it was compared with."""
        for left, right in operands[:60]:
            for value in (left, right):
                self.maker.pool.add(value)
            if len(self._queue) < MAX_QUEUE:
                self._queue += substituted(case, left, right) + substituted(case, right, left)


def _shown(observation: Observation) -> "tuple[Any, ...]":
    return (observation["outcome"], tuple(sorted(observation["facts"].items())))


def _expression(node: ast.expr) -> Expression:
    try:
        return inputs.data(ast.literal_eval(node))
    except (ValueError, TypeError):
        return ("text", ast.unparse(node))
