"""Calls of what a call returned: a closure, or what a decorator makes of a function, once or more often."""

from collections.abc import Iterator

from aitestgen_guest.arguments import inputs, specs, tables
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.calls.entries import copied, key_of
from aitestgen_guest.shapes import Case, Expression, Observation, Spec

DECORATED = 0.35
"""How often it is called as a decorator is that takes arguments: with a function, and then the result."""
USED = 0.3
"""How often it was called before, mostly with the same."""
IN_ROUNDS = 0.08
"""How often with several others, and now with the first of these again: what keeps only so many has lost it."""
AS_DECLARED = 0.75
"""How often it is given what its parameters take, where these are known."""
AS_FUNCTION_DECLARED = 0.5
"""How often a decorator is given what it declares, and not just a function."""
LEFT_OUT = 0.5
COUNTING, COUNTED = "FakeFunction(1, 2, 3)", 0.7
"""What such calls are told apart by, and how often it is given."""
_FUNCTIONS = frozenset(text for texts in tables.CALLABLES.values() for text in texts)
SENT: "tuple[Spec, ...]" = (
    ("int",), ("float",), ("str",), ("union", (("int",), ("str",), ("none",))), ("union", (("int",), ("none",))),
    specs.ANY,
)  # fmt: skip


Known = list[list[Parameter]]
"""What the function takes that a call returned, and what that takes that this one returned, as far as it is known."""


def call_returned(case: Case, maker: inputs.Maker, known: Known, *, decorates: bool) -> None:
    """Let the case call what its call returns; as a decorator now and then, if it may be one."""
    random = maker.random
    case["then"] = last = _arguments(maker, known[:1])
    for part in ("uses", "again"):
        case.pop(part, None)
    if decorates and random.random() < (AS_DECLARED if len(known) > 1 else DECORATED):
        declared = [*_declared(known[0], maker)] if known and random.random() < AS_FUNCTION_DECLARED else []
        case["then"] = declared or [maker.make(("callable", None, specs.ANY))]
        case["again"] = last = _arguments(maker, known[1:])
    if random.random() < IN_ROUNDS:
        count = random.choice((2, 3, 4))
        case["uses"] = [[inputs.data(number)] for number in range(1, count + 1)]
        case["again" if "again" in case else "then"] = [inputs.data(1)]
    elif random.random() < USED:
        other = [maker.change(item, specs.ANY) for item in last]
        case["uses"] = [copied(random.choice((last, last, other))) for _ in range(random.choice((1, 1, 2, 3)))]
    if "uses" in case and random.random() < COUNTED:
        _count(case["then" if "again" in case else "arguments"])


def not_called(case: Case) -> Case:
    """The case without what it would have done with a function."""
    return {name: None if name == "then" else item for name, item in case.items() if name not in ("again", "uses")}


def _count(given: "list[Expression]") -> None:
    """Let a function that is given answer something else each time."""
    for place, item in enumerate(given):
        if item[0] == "text" and item[1] in _FUNCTIONS:
            given[place] = ("text", COUNTING)


def send(case: Case, maker: inputs.Maker) -> None:
    """Let the case send a few values to the generator that its call gives, mostly of one kind."""
    spec = maker.random.choice(SENT)
    case["sends"] = [maker.make(spec, 1) for _ in range(maker.random.choice((1, 2, 2, 3, 4)))]


def _arguments(maker: inputs.Maker, known: Known) -> "list[Expression]":
    """Arguments by their places: as the first of the known takes them, or any."""
    if known and maker.random.random() < AS_DECLARED:
        return [*_declared(known[0], maker)]
    return [maker.make(specs.ANY, 1) for _ in range(maker.random.choice((1, 1, 0, 2)))]


def _declared(parameters: "list[Parameter]", maker: inputs.Maker) -> "Iterator[Expression]":
    for parameter in parameters:
        count = maker.random.choice((0, 1, 1, 2)) if parameter.kind == "star" else 1
        if parameter.kind in ("keyword", "double_star") or (parameter.optional and maker.random.random() < LEFT_OUT):
            return
        for _ in range(count):
            yield maker.make(parameter.specs[parameter.choose(maker.random)], 1)


def as_called(case: Case, key: str, observation: Observation) -> "tuple[Case, str]":
    """The case and its key, without calls of the result where it is no function."""
    if case["then"] is None or "call" in observation.get("wraps", ()):
        return case, key
    case = not_called(case)
    return case, key_of(case)
