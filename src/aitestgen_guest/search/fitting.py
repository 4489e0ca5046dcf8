"""How well the arguments of a case fit what the callables ask for."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.arguments import inputs, specs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.named import MISNAMED, suits
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.entries import WORD, weight
from aitestgen_guest.calls.steps import ADVANCE, FUNCTION, method_arguments
from aitestgen_guest.calls.templates import LEAVING, Target
from aitestgen_guest.search.documented import shown_values
from aitestgen_guest.shapes import Case, Expression, Observation, Spec

OTHER_CLASS = 6
REAL_TIME = 100
"""Points for a clock that is left out: what comes of it may be another tomorrow."""
ILL_TYPED = 25
"""Points for each part of an argument that does not fit what its parameter wants."""


class Fitting:
    """Judges the cases of one target."""

    def __init__(self, target: Target, stage: Stage, callables: Callables) -> None:
        self.target = target
        self.stage = stage
        self.callables = callables
        self._own_makers = {target.owner, *callables.factories.get(target.owner, ())}
        self._familiar = frozenset(shown_values(callables.hints.values()))

    def fits(self, case: Case, observation: Observation) -> bool:
        """Whether every argument, the receiver's and earlier calls' too, surely fits its annotation."""
        if observation["outcome"] != "raises":
            return False
        calls = self._calls(case)
        if observation["facts"]["error"] == "KeyError" and self._lacks(calls, observation["facts"].get("message", "")):
            return False
        return None not in calls and all(self._call_fits(call) for call in calls if call)

    def _lacks(self, calls: "list[Expression | None]", message: str) -> bool:
        """Whether the error names a key by which the code reads a mapping of which the annotation names none."""
        paths = [call[1] for call in calls if call and call[0] == "call"]
        parameters = [(path, parameter) for path in paths for parameter in self.callables.parameters(path)]
        known = [
            self.callables.built.get((path, p.name)) for path, p in parameters if specs.leaves_open(p.annotated or ANY)
        ]
        return any(repr(key) in message for built in known if built is not None for key in built.all_keys())

    def _call_fits(self, call: Expression) -> bool:
        if call[0] != "call":
            return False
        positional = [p for p in self.callables.parameters(call[1]) if p.kind == "normal"]
        return len(call[2]) <= len(positional) and all(
            p is not None and p.annotated is not None and self._argument_fits(p, expression)
            for p, expression in self._pairs(call)
        )

    def _argument_fits(self, parameter: Parameter, expression: Expression) -> bool:
        if expression[0] == "call" and not inputs.is_outside(expression) and not self._call_fits(expression):
            return False
        if expression[0] in ("many", "pairs"):
            return False
        try:
            value = self.stage.build(expression)
        except Exception:  # noqa: BLE001 - what made it once is the module's own code, and may refuse now
            return False
        return specs.fits(value, parameter.annotated or specs.ANY)

    def oddness(self, case: Case) -> int:
        """Points for each argument that is not of the kind that its parameter seems to want."""
        receiver = case["receiver"]
        other_class = receiver is not None and receiver[0] == "call" and receiver[1] not in self._own_makers
        points = sum(self._odd_arguments(call) for call in self._calls(case) if call and call[0] == "call")
        return points + (OTHER_CLASS if other_class else 0)

    def _calls(self, case: Case) -> "list[Expression | None]":
        """The case's calls as expressions, the receiver's first; None for a step that is no call of the module."""
        calls: list[Expression | None] = [case["receiver"]] if case["receiver"] is not None else []
        steps = [step for part in ("calls", "inside", "beside", "after") for step in case.get(part, ())]
        calls += [
            ("call", self._path(step[0]), method_arguments(step), step[2]) for step in steps if step[0] != ADVANCE
        ]
        if self.target.name in (*LEAVING, "__hash__"):
            return [*calls, None]
        if self.target.kind != "property" or case.get("act") == "set":
            calls.append(("call", self.target.id, case["arguments"], case["keywords"]))
        return calls

    def _path(self, verb: str) -> str:
        name = verb.rpartition(":")[2]
        return name if verb.startswith(FUNCTION) else f"{self.target.owner}.{name}"

    def _odd_arguments(self, call: Expression) -> int:
        points, pairs = 0, self._pairs(call)
        for parameter, expression in pairs:
            spec = (parameter.annotated or parameter.specs[0]) if parameter is not None else specs.ANY
            points += ILL_TYPED * self._misfits(expression, spec)
            points += self._hard_to_read(expression)
        if left_out := self._clocks(call[1]) - {parameter.name for parameter, _ in pairs if parameter is not None}:
            points += REAL_TIME * len(left_out)
        return points + SAME * _repeated(call)

    def _clocks(self, path: str) -> "set[str]":
        """The parameters of the call that let the real time in where they are left out."""
        return {parameter.name for parameter in self.callables.parameters(path) if parameter.steadies}

    def _hard_to_read(self, expression: Expression) -> int:
        """Points for each text in an expression from which a reader learns nothing: blank, bare digits, bare signs.

        What the project's own code gives is easier to read than any word, however long it is.
        """
        kind = expression[0]
        if kind == "data":
            return WORD - 1 - weight(expression) if expression[1] in self._familiar else _hard_data(expression[1])
        if kind == "many":
            return sum(map(self._hard_to_read, expression[2]))
        if kind == "pairs":
            return sum(self._hard_to_read(key) + self._hard_to_read(value) for key, value in expression[1])
        if kind == "call":
            return sum(map(self._hard_to_read, [*expression[2], *expression[3].values()])) + self._misnamed(expression)
        return 0

    def _misnamed(self, call: Expression) -> int:
        """Points for values that are not what the names of the parameters or attributes say which they are given to,
        as far as no annotation says more.
        """
        named: list[tuple[str, Expression]] = []
        if call[1] == STAND_IN:
            named = [*call[3].items()]
        elif not inputs.is_outside(call):
            named = [(p.name, item) for p, item in self._pairs(call) if p is not None and p.annotated is None]
        values = ((name, inputs.value_of(item)) for name, item in named if item[0] == "data")
        return MISNAMED * sum(1 for name, value in values if not suits(name, value))

    def _pairs(self, call: Expression) -> "list[tuple[Parameter | None, Expression]]":
        """The arguments of a call with the parameters that they go to; None where that cannot be told."""
        parameters = self.callables.parameters(call[1])
        positional = [p for p in parameters if p.kind == "normal"]
        pairs: list[tuple[Parameter | None, Expression]] = [*zip(positional, call[2], strict=False)]
        if call[3]:
            by_name = {p.name: p for p in parameters}
            pairs += [(by_name.get(name), item) for name, item in call[3].items()]
        return pairs

    def is_ill_typed(self, case: Case) -> bool:
        """Whether an argument does not fit its annotation, the module not being about that: it looks at no type of it.

        Nobody would give such a value, so what comes of it is not worth a test.
        """
        calls = [call for call in self._calls(case) if call and call[0] == "call"]
        return any(self._is_ill_typed(call) for call in calls)

    def _is_ill_typed(self, call: Expression) -> bool:
        return any(
            parameter is not None
            and parameter.annotated is not None
            and parameter.name not in self.stage.examined
            and self._misfits(expression, parameter.annotated) > 0
            for parameter, expression in self._pairs(call)
        )

    def _misfits(self, expression: Expression, spec: Spec) -> int:
        """How many parts of an expression are not of the type that the spec wants; 0 where that cannot be told."""
        kind = expression[0]
        if kind == "call" and not inputs.is_outside(expression):
            return self._misfitting_call(expression, spec)  # its parts once, not for each option: they hold calls too
        if spec[0] == "union":
            return min((self._misfits(expression, option) for option in spec[1]), default=0)
        if kind == "data":
            return _misfitting_data(expression[1], spec)
        if kind == "many":
            return self._misfitting_items(expression, spec)
        if kind == "pairs":
            return self._misfitting_pairs(expression, spec)
        return 0 if specs.fits(self.stage.build(expression), spec, unknown=True) else 1

    def _misfitting_call(self, call: Expression, spec: Spec) -> int:
        try:
            made = self.callables.resolve(call[1])
        except (AttributeError, KeyError):
            return 0
        inside = sum(self._misfits(item, p.annotated) for p, item in self._pairs(call) if p is not None and p.annotated)
        cls = made if isinstance(made, type) else None
        return inside + (0 if any(_may_be(cls, option) for option in _options(spec)) else 1)

    def _misfitting_items(self, expression: Expression, spec: Spec) -> int:
        opened, items = expression[1], expression[2]
        if spec[0] == "tuple":
            fits = opened == "(" and len(items) == len(spec[1])
            return sum(map(self._misfits, items, spec[1])) if fits else 1
        if spec[0] in _OPENED:
            own = opened in _OPENED[spec[0]]
            return (0 if own else 1) + sum(self._misfits(item, spec[1]) for item in items)
        if opened.startswith("Fake") and spec[0] == "callable":
            return self._misfitting_answers(items, spec[2])
        inside = sum(self._misfits(item, specs.ANY) for item in items)
        return inside + (1 if spec[0] in ("new", "dict", "record", *_PLAIN_KINDS) else 0)

    def _misfitting_answers(self, answers: "list[Expression]", spec: Spec) -> int:
        """Of those that a function is to give; one that is a text of code may be what it is to raise."""
        spec = spec[1] if spec[0] == "awaitable" else spec
        return sum(self._misfits(item, spec) for item in answers if item[0] != "text")

    def _misfitting_pairs(self, expression: Expression, spec: Spec) -> int:
        wanted = {"dict": spec[1:], "any": (specs.ANY, specs.ANY)}.get(spec[0])
        if wanted is None:
            return 1 if spec[0] in ("new", *_OPENED, *_PLAIN_KINDS) else 0
        return sum(self._misfits(k, wanted[0]) + self._misfits(v, wanted[1]) for k, v in expression[1])


STAND_IN = "SimpleNamespace"
NOTHING = 3
"""Points for an item of a list that is an empty dict or set: it says less than a number."""
SAME = 6
"""Points for a text that one call gets for two parameters: a reader cannot tell what came of which."""
MOST_GAPS = 4
_SIGN = re.compile(r"[^\w ]")
_PLAIN_KINDS = ("int", "float", "complex", "bool", "str", "bytes", "none", "decimal", "callable")
_HAVING = {"dict": ("keys",), **dict.fromkeys(("list", "tuple*", "set"), ("__iter__", "__getitem__"))}
"""What an object has, one of these, that passes for such data."""
_OPENED = {"list": ("[", "("), "set": ("{",), "tuple*": ("(",), "iterator": ("iter([",)}


def _options(spec: Spec) -> "Iterator[Spec]":
    if spec[0] != "union":
        yield spec
        return
    for option in spec[1]:
        yield from _options(option)


def _may_be(cls: "type | None", spec: Spec) -> bool:
    """Whether an object of the class, if it is known, may be what the spec wants."""
    if cls is not None and spec[0] == "new":
        return any(spec[1] == base.__qualname__ for base in cls.__mro__)
    if cls is not None and spec[0] in _HAVING:
        return any(name in vars(base) for base in cls.__mro__ for name in _HAVING[spec[0]])
    return spec[0] not in _PLAIN_KINDS


def _repeated(call: Expression) -> int:
    """How many texts the call has been given before for another parameter."""
    texts = [item[1] for item in (*call[2], *call[3].values()) if item[0] == "data" and item[1][:1] in "'\""]
    return len(texts) - len(set(texts))


@functools.lru_cache(maxsize=8192)
def _misfitting_data(text: str, spec: Spec) -> int:
    return 0 if specs.fits(inputs.value_of(("data", text)), spec, unknown=True) else 1


@functools.lru_cache(maxsize=8192)
def _hard_data(text: str) -> int:
    return _hard_value(inputs.value_of(("data", text)))


def _hard_value(value: Any) -> int:
    if isinstance(value, (list, tuple, set, frozenset)):
        return sum(map(_hard_value, value)) + NOTHING * sum(
            1 for item in value if isinstance(item, (dict, set)) and not item
        )
    if isinstance(value, dict):
        odd = sum(1 for key, item in value.items() if not suits(key, item))
        return MISNAMED * odd + sum(_hard_value(key) + _hard_value(item) for key, item in value.items())
    if not isinstance(value, str):
        return 0
    points = 0 if value.isprintable() or any(map(str.isalpha, value)) else 2
    points += 3 if not value.strip() or value.strip("-. ").isdigit() else 0
    points += 6 if value.strip() and not any(map(str.isalnum, value)) else 0
    parts = _SIGN.split(value)
    return points + min(MOST_GAPS, sum(1 for part in parts if not part.strip()) if len(parts) > 1 else 0)
