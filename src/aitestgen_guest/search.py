"""The search for one target: an archive of the shortest call for each thing that can happen.

Guided by features (probe.py) in the manner of coverage-guided fuzzing, with many-objective archiving after DynaMOSA
(IEEE TSE 2018): each feature keeps its shortest good case. The work is bounded by counts, not by the clock, so that
a seed gives the same result again.
"""

import ast
import json

from aitestgen_guest import inputs, specs
from aitestgen_guest.cases import is_slow
from aitestgen_guest.doctests import statements
from aitestgen_guest.oracle import DROP, FINDING, TEST, judge

SIMPLE = 2
SLOW_COST = 150
DOCUMENTED = 15
MAX_VARIETY = 48
MAX_QUEUE = 60
MAX_SPARE = 10


class Entry:
    """A kept case: what it showed, which features it has, and what it costs to read."""

    __slots__ = ("case", "cost", "features", "observation")

    def __init__(self, case, observation, features):
        self.case = case
        self.observation = observation
        self.features = features
        self.cost = (observation["outcome"] == "raises", case["oddness"] + _size(case), key_of(case))


class Search:
    """One target's search. `archive` keeps the cheapest entry for each feature, `variety` for each kind of result."""

    def __init__(self, target, description, stage, maker, callables):
        self.target = target
        self.stage = stage
        self.maker = maker
        self.random = maker.random
        self.callables = callables
        self.announced = {name.rpartition(".")[2] for name in description.get("raises", ())}
        self.examples = description.get("examples", ())
        self.methods = self._methods()
        self.archive = {}
        self.variety = {}
        self.findings = {}
        self.seeds = []
        self.executed = 0
        self._seen = set()
        self._documented = set()
        self._seed_features = set()
        self._queue = []
        self._choices = None

    def run(self, executions, blocks):
        """Search until `executions` calls are spent, or nothing new came for a while; the longer the more `blocks`."""
        patience = 120 + 40 * blocks
        if blocks > SIMPLE:
            patience = max(patience, executions // 3)
        for case in self._from_examples():
            self._documented.add(key_of(case))
            self._consider(case)
        stale = 0
        while self.executed < executions and stale < patience:
            stale = 0 if self._consider(self._next()) else stale + 1

    def results(self):
        """The kept entries, each once: the archive, then a few that show other results."""
        unique = {}
        for entry in sorted(self.archive.values(), key=_by_cost):
            unique.setdefault(entry.cost, entry)
        spare = [entry for entry in sorted(self.variety.values(), key=_by_cost) if entry.cost not in unique]
        step = max(1, len(spare) // MAX_SPARE)
        return [*unique.values(), *spare[::step][:MAX_SPARE]]

    def shrunk(self, entry):
        """The entry with every optional argument and earlier call left out that its features do not need."""
        for smaller in self._smaller(entry.case):
            if (self.target.bound and smaller["receiver"] is None) or key_of(smaller) == key_of(entry.case):
                continue
            observation = self.stage.observe(self.target, smaller)
            same = observation["outcome"] == entry.observation["outcome"]
            if same and _gist(observation) == _gist(entry.observation):
                features = frozenset(self.stage.recorder.features())
                if features >= entry.features:
                    smaller["oddness"] = self.oddness(smaller)
                    return self.shrunk(Entry(smaller, observation, features))
        return entry

    def _smaller(self, case):
        """The case with one optional part left out, or one long value replaced by a plain one."""
        for name in [name for name in case["keywords"] if self._is_optional(name)]:
            yield {**case, "keywords": {n: item for n, item in case["keywords"].items() if n != name}}
        for place in range(len(case["calls"])):
            yield {**case, "calls": case["calls"][:place] + case["calls"][place + 1 :]}
        if case["receiver"] is not None and case["receiver"][0] == "call":
            _, path, arguments, keywords = case["receiver"]
            for name in keywords:
                rest = {n: item for n, item in keywords.items() if n != name}
                yield {**case, "receiver": ("call", path, arguments, rest)}
            for plainer in _plainer(arguments):
                yield {**case, "receiver": ("call", path, plainer, keywords)}
        for place, (method, arguments, keywords) in enumerate(case["calls"]):
            for plainer in _plainer(arguments):
                changed = [method, plainer, keywords]
                yield {**case, "calls": [*case["calls"][:place], changed, *case["calls"][place + 1 :]]}
        for plainer in _plainer(case["arguments"]):
            yield {**case, "arguments": plainer}

    # -- making cases -------------------------------------------------------------------------------------------
    def _next(self):
        if self._queue:
            return self._queue.pop(0)
        if not self.seeds or self.random.random() < 0.3:
            return self._fresh()
        return self.changed(self._pick())

    def _pick(self):
        if self.random.random() < 0.5:
            return self.seeds[-1 - int(self.random.random() ** 2 * len(self.seeds))]
        return self.random.choice(self.seeds)

    def _fresh(self):
        case = {"target": self.target.id, "receiver": None, "calls": [], "arguments": [], "keywords": {}, "then": None}
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

    def _reuse_arguments(self, case):
        """Let calls share arguments for parameters of one name, as the key that was put is the key to get."""
        seen = {}
        calls = [(self._names(f"{self.target.owner}.{method}"), arguments) for method, arguments, _ in case["calls"]]
        if self.target.kind != "property":
            calls.append((self._names(self.target.id), case["arguments"]))
        for names, arguments in calls:
            for place, name in enumerate(names[: len(arguments)]):
                if name in seen and self.random.random() < 0.7:
                    arguments[place] = seen[name]
                seen[name] = arguments[place]

    def _names(self, path):
        return [parameter.name for parameter in self.callables.parameters(path) if parameter.kind == "normal"]

    def _parameters(self):
        return self.callables.parameters(self.target.id) if self.target.kind != "property" else []

    def _methods(self):
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

    def _earlier_call(self):
        method = self.random.choice(self.methods)
        parameters = self.callables.parameters(f"{self.target.owner}.{method}")
        arguments, keywords, _ = self.callables.arguments(parameters, self.maker)
        return [method, arguments, keywords]

    def changed(self, case):
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

    def _change_arguments(self, case):
        place = self.random.randrange(len(case["arguments"]))
        parameters = [p for p in self._parameters() if p.kind in ("normal", "star")]
        spec = specs.ANY
        if parameters:
            parameter = parameters[min(place, len(parameters) - 1)]
            spec = parameter.specs[parameter.choose(self.random)]
        case["arguments"][place] = self.maker.change(case["arguments"][place], spec)

    def _change_keywords(self, case):
        if not case["keywords"]:
            return
        name = self.random.choice(list(case["keywords"]))
        if self.random.random() < 0.15 and self._is_optional(name):
            del case["keywords"][name]
            return
        spec = next((p.specs[p.choose(self.random)] for p in self._parameters() if p.name == name), specs.ANY)
        case["keywords"][name] = self.maker.change(case["keywords"][name], spec)

    def _is_optional(self, name):
        return any(parameter.name == name and parameter.optional for parameter in self._parameters())

    def _change_receiver(self, case):
        case["receiver"] = self.maker.change(case["receiver"], ("new", self.target.owner)) if case["receiver"] else None

    def _change_then(self, case):
        case["then"] = [self.maker.make(specs.ANY, 1) for _ in range(self.random.choice((1, 1, 0, 2)))]

    def _change_calls(self, case):
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

    def _spec_of(self, method, place):
        parameters = [p for p in self.callables.parameters(f"{self.target.owner}.{method}") if p.kind == "normal"]
        return parameters[place].specs[0] if place < len(parameters) else specs.ANY

    def _from_examples(self):
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
    def _consider(self, case):
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

    def _learn(self, observation):
        wrong = observation["outcome"] == "raises" and not observation["announced"]
        wrong = wrong and observation["facts"]["error"] in ("TypeError", "AttributeError")
        for parameter, choice in self._choices or ():
            parameter.learn(choice, 0.7 if wrong else 1.1)
        self._choices = None

    def _file(self, case, observation, features):
        verdict = judge(self.target, observation, announced=self.announced, typed=self._fits(case, observation))
        if verdict == FINDING:
            where = (observation["facts"]["error"], observation["line"])
            known = self.findings.get(where)
            if known is None or len(key_of(case)) < len(key_of(known[0])):
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

    def _vary(self, entry):
        facts = entry.observation["facts"]
        result = facts.get("result", "")[:60]
        kind = (entry.observation["outcome"], facts.get("error"), facts.get("message"), result, len(entry.features))
        known = self.variety.get(kind)
        if (known is None and len(self.variety) < MAX_VARIETY) or (known is not None and entry.cost < known.cost):
            self.variety[kind] = entry

    def _fits(self, case, observation):
        """Whether every argument, the receiver's and earlier calls' too, surely fits its annotation."""
        if observation["outcome"] != "raises":
            return False
        calls = [("call", f"{self.target.owner}.{method}", args, keywords) for method, args, keywords in case["calls"]]
        if case["receiver"] is not None:
            calls.append(case["receiver"])
        if self.target.kind != "property":
            calls.append(("call", self.target.id, case["arguments"], case["keywords"]))
        return all(self._call_fits(call) for call in calls)

    def _call_fits(self, call):
        if call[0] != "call":
            return False
        by_name = {p.name: p for p in self.callables.parameters(call[1])}
        positional = [p for p in by_name.values() if p.kind == "normal"]
        if len(call[2]) > len(positional):
            return False
        pairs = [*zip(positional, call[2]), *((by_name.get(name), item) for name, item in call[3].items())]
        return all(p is not None and p.annotated and self._argument_fits(p, expression) for p, expression in pairs)

    def _argument_fits(self, parameter, expression):
        if expression[0] == "call" and not self._call_fits(expression):
            return False
        return expression[0] not in ("many", "pairs") and specs.fits(self.stage.build(expression), parameter.annotated)

    def oddness(self, case):
        """Points for each argument that is not of the kind that its parameter seems to want."""
        calls = [] if self.target.kind == "property" else [("call", self.target.id, case["arguments"], case["keywords"])]
        calls += [("call", f"{self.target.owner}.{method}", args, keywords) for method, args, keywords in case["calls"]]
        if case["receiver"] is not None:
            calls.append(case["receiver"])
        points = sum(self._odd_arguments(call) for call in calls if call[0] == "call")
        return points - (DOCUMENTED if key_of(case) in self._documented else 0)

    def _odd_arguments(self, call):
        by_name = {p.name: p for p in self.callables.parameters(call[1])}
        positional = [p for p in by_name.values() if p.kind == "normal"]
        pairs = [*zip(positional, call[2]), *((by_name.get(name), item) for name, item in call[3].items())]
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

    def _follow_operands(self, case, operands):
        """Put what was compared into the pool, and into the case in place of what it was compared with."""
        for left, right in operands[:60]:
            for value in (left, right):
                self.maker.pool.add(value)
            if len(self._queue) < MAX_QUEUE:
                self._queue += substituted(case, left, right) + substituted(case, right, left)


def _plainer(arguments):
    """Argument lists in which one long or odd piece of data is replaced by the plainest value of its type."""
    for place, expression in enumerate(arguments):
        if expression[0] != "data" or _weight(expression) <= 5 and expression[1][0] not in "'\"":
            continue
        try:
            plain = _PLAIN.get(type(inputs.value_of(expression)))
        except ValueError:
            continue
        if plain is not None and plain != expression[1] and _weight(("data", plain)) <= _weight(expression):
            yield [*arguments[:place], ("data", plain), *arguments[place + 1 :]]


_PLAIN = {str: "'a'", list: "[1]", dict: "{'a': 1}", int: "2", float: "1.5", tuple: "(1, 2)", bytes: "b'a'"}


def _gist(observation):
    facts = observation["facts"]
    return [facts.get(label) for label in ("result", "error", "message", "output")]


def _expression(node):
    try:
        return inputs.data(ast.literal_eval(node))
    except (ValueError, TypeError):
        return ("text", ast.unparse(node))


def key_of(case):
    """The case as one text, without what was noted on it."""
    return json.dumps({name: part for name, part in case.items() if name != "oddness"}, sort_keys=True)


def _by_cost(entry):
    """Natural, short cases first, those that return before those that raise."""
    return entry.cost


def _size(case):
    size = sum(_weight(item) for item in [*case["arguments"], *case["keywords"].values()])
    size += _weight(case["receiver"]) if case["receiver"] else 0
    return size + sum(12 + sum(map(_weight, call[1])) for call in case["calls"])


def _weight(expression):
    """How much there is to read: short words cost the same, long ones by their length."""
    if expression[0] == "call":
        return 4 + sum(map(_weight, expression[2])) + sum(4 + _weight(item) for item in expression[3].values())
    text = inputs.source(expression)
    return 5 + max(0, len(text) - 14) if text[0] in "'\"" else len(text)


def substituted(case, old, new):
    """Up to six cases in which an argument that was compared (or whose length was) is replaced by its partner."""
    if not (inputs.is_plain(old) and inputs.is_plain(new)) or isinstance(old, bool):
        return []
    found = []
    partners = _partners(old, new)
    for place, expression in enumerate(case["arguments"]):
        found += [_with(case, "arguments", place, item) for item in _replacements(expression, old, partners)]
    for name, expression in case["keywords"].items():
        found += [_with(case, "keywords", name, item) for item in _replacements(expression, old, partners)]
    return found[:6]


def _partners(old, new):
    if isinstance(new, int) and not isinstance(new, bool):
        return [new, new + 1, new - 1]
    if isinstance(old, (str, bytes)) and isinstance(new, (list, tuple, set, frozenset, dict)):
        return sorted((item for item in new if type(item) is type(old)), key=repr)[:3]
    if isinstance(old, int) and isinstance(new, (list, tuple, set, frozenset, dict, range)):
        return [item for item in list(new)[:3] if isinstance(item, int)]
    return [new]


def _replacements(expression, old, partners):
    try:
        value = inputs.value_of(expression)
    except ValueError:
        return []
    results = []
    for partner in partners:
        changed = _swap(value, old, partner)
        if changed is not None and inputs.is_plain(changed):
            results.append(inputs.data(changed))
    return results


def _swap(value, old, partner):
    """`value` with `old` replaced by `partner`, or sized to `partner` where `old` was its length; None if neither."""
    if type(value) is type(old) and value == old:
        return partner
    if isinstance(value, str) and isinstance(old, str) and isinstance(partner, str) and old and old.lower() in value.lower():
        place = value.lower().index(old.lower())
        return value[:place] + partner + value[place + len(old) :]
    if isinstance(value, (str, list)) and isinstance(old, int) and isinstance(partner, int) and len(value) == old:
        if 0 <= partner <= 100:
            filler = value or ("a" if isinstance(value, str) else [0])
            return (filler * (partner // len(filler) + 1))[:partner]
        return None
    if isinstance(value, list):
        for place, item in enumerate(value):
            if type(item) is type(old) and item == old:
                return [*value[:place], partner, *value[place + 1 :]]
    return None


def _with(case, part, place, expression):
    changed = json.loads(json.dumps(case))
    changed[part][place] = expression
    return changed
