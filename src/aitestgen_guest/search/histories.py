"""What may have happened to an object before the call under test: steps that bring it into states which differ.

A class is explored by itself, once for all of its targets: one more step after one of the histories so far, kept where
it leaves the object in a state of a shape that is new. So what needs a full cache, an item that is
there, or an order that was paid is met by targets whose own calls would never bring it about.
"""

import ast
import contextlib
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.parameters import names_of
from aitestgen_guest.calls.cases import Stage, is_slow
from aitestgen_guest.calls.entries import copied, is_simple
from aitestgen_guest.calls.steps import Steps
from aitestgen_guest.calls.templates import LEAVING, Target
from aitestgen_guest.calls.views import TEXT_VIEWS
from aitestgen_guest.search.echoes import alike
from aitestgen_guest.search.operands import substituted
from aitestgen_guest.shapes import Case, Description, Expression, Observation

TRIES = 200
MOST = 16
LONGEST = 4
MOST_CUTS = 2
MOST_OF_A_METHOD = 8
LONGER = 0.7
"""How often a step is put after a history instead of being the first of a new object."""
SAME_AGAIN = 0.35
"""How often a step repeats an argument of an earlier one instead of bringing its own."""
MANY = 3
MOST_COMPARED = 10
LONGEST_GIVEN = 300
HANDED_BACK = 0.3
MOST_WAITING = 20
_READ = ("__get__", "__set__")
"""Of descriptors: their cases are those of a class that uses one."""
_RECEIVER = "receiver:"
_LENGTH = "receiver:len("


class History(NamedTuple):
    """An object, and the steps that it has taken; what the last of them `gave`, if that is data of some size."""

    receiver: Expression
    steps: "list[Any]"
    gave: "Expression | None" = None

    def hand_back(self, arguments: "list[Expression]", random: Random) -> None:
        """Now and then let an argument be what the last step gave."""
        if self.gave is not None and arguments and random.random() < HANDED_BACK:
            arguments[random.randrange(len(arguments))] = self.gave


def histories(steps: Steps, callables: Callables, maker: inputs.Maker, stage: Stage) -> "list[History]":
    """The histories of objects of the class, each of which ends in a state of another shape; the shorter come first."""
    return sorted(_explored(steps, callables, maker, stage), key=lambda history: len(history.steps))


def left_behind(
    found: "Iterable[tuple[str, Case, Observation]]", target: Description, factories: "Iterable[str]" = ()
) -> "list[History]":
    """Histories out of the cases that were found for the other methods of the target's class, and for functions that
    make its objects: a few of each.
    """
    taken: dict[str, list[History]] = {}
    for name, case, observation in found:
        if name in factories and name != target["id"] and _is_making(case, observation):
            made: Expression = ("call", name, case["arguments"], case["keywords"])
            taken.setdefault(name, []).append(History(made, []))
        owner, _, method = name.rpartition(".")
        ends_well = observation["outcome"] == "returns" and case["receiver"] is not None and is_simple(case)
        if owner == target["owner"] and name != target["id"] and ends_well and method not in (*LEAVING, *_READ):
            step = [method, case["arguments"], case["keywords"]]
            past = History(case["receiver"], [*case["calls"], step], _gave(observation))
            taken.setdefault(method, []).append(past)
    return [history for histories in taken.values() for history in histories[:MOST_OF_A_METHOD]]


def _is_making(case: Case, observation: Observation) -> bool:
    """Whether the call can stand where an object is made."""
    plain = case["then"] is None and not case["calls"] and is_simple(case)
    return plain and observation["outcome"] == "returns" and not observation["wraps"]


def _explored(steps: Steps, callables: Callables, maker: inputs.Maker, stage: Stage) -> "list[History]":
    verbs = [name for name in steps.methods if name not in LEAVING]
    found: list[History] = []
    unseen: dict[str, History] = {}
    shapes = set()
    reached: set[int] = set()
    waiting: list[Case] = []
    cuts = 0
    for _ in range(TRIES if verbs else 0):
        case = waiting.pop(0) if waiting else _fresh(verbs, found, steps, callables, maker)
        if case is None:
            continue
        observation = stage.observe(Target({"id": case["target"], "kind": "method", "owner": steps.owner}), case)
        cuts += is_slow(observation)
        if cuts == MOST_CUTS:
            break
        if not reached.issuperset(new := stage.recorder.features()):
            reached.update(new)
            waiting += _as_compared(case, stage)[: MOST_WAITING - len(waiting)]
        verb = case["target"].removeprefix(f"{steps.owner}.")
        shape = (verb, _shape(observation)) if _has_changed(observation) else None
        step = [verb, case["arguments"], case["keywords"]]
        history = History(case["receiver"], [*case["calls"], step], _gave(observation))
        if shape is not None and shape not in shapes:
            shapes.add(shape)
            found.append(history)
            if len(found) == MOST:
                break
        elif _shows_nothing(observation) and case["arguments"]:
            unseen.setdefault(verb, history)
    return found or [*unseen.values()]


def _as_compared(case: Case, stage: Stage) -> "list[Case]":
    """The step with what its arguments were compared with in their place."""
    pairs = [(left, right) for left, right, _ in stage.recorder.operands[:MOST_COMPARED]]
    return [
        other for left, right in pairs for other in (*substituted(case, left, right), *substituted(case, right, left))
    ]


def _fresh(
    verbs: "list[str]", found: "list[History]", steps: Steps, callables: Callables, maker: inputs.Maker
) -> "Case | None":
    before = _start(steps, callables, maker, found)
    return before and _case(steps, before, _step(maker.random.choice(verbs), before, steps, callables, maker))


def _start(steps: Steps, callables: Callables, maker: inputs.Maker, found: "list[History]") -> "History | None":
    """What the next step comes after."""
    short = [history for history in found if len(history.steps) < LONGEST]
    if short and maker.random.random() < LONGER:
        return maker.random.choice(short)
    receiver = callables.call(steps.owner, maker)
    return History(receiver, []) if receiver is not None else None


def _step(verb: str, before: History, steps: Steps, callables: Callables, maker: inputs.Maker) -> "list[Any]":
    arguments, keywords, _ = callables.arguments(steps.parameters(verb), maker)
    seen = arguments_by_name(before.steps, steps)
    names = names_of(steps.parameters(verb))
    for place, name in enumerate(names[: len(arguments)]):
        known = seen.get(name) or alike(seen, arguments[place])
        if known and maker.random.random() < SAME_AGAIN:
            arguments[place] = maker.random.choice(known)
    return [verb, arguments, keywords]


def arguments_by_name(taken: "list[Any]", steps: Steps) -> "dict[str, list[Expression]]":
    """By the parameter's name, what the steps were given for it, in their order."""
    seen: dict[str, list[Expression]] = {}
    for verb, arguments, _ in taken:
        names = names_of(steps.parameters(verb))
        for name, argument in zip(names, arguments, strict=False):
            seen.setdefault(name, []).append(argument)
    return seen


def _case(steps: Steps, before: History, step: "list[Any]") -> Case:
    verb, arguments, keywords = step
    case: Case = {"target": f"{steps.owner}.{verb}", "receiver": before.receiver, "calls": before.steps}
    case.update(arguments=arguments, keywords=keywords, then=None)
    if steps.is_async:
        case["loop"] = True
    copy: Case = copied(case)
    return copy


def _gave(observation: Observation) -> "Expression | None":
    """What the call returned, where another may take it back: the token that was issued, the number of the order."""
    text = observation.get("facts", {}).get("result", "")
    with contextlib.suppress(ValueError):
        if len(text) <= LONGEST_GIVEN and inputs.value_of(("data", text)) not in (None, True, False, "", b""):
            return ("data", text)
    return None


def _shows_nothing(observation: Observation) -> bool:
    """Whether the step went well on an object that keeps its state where no test looks, as in a database."""
    return observation["outcome"] == "returns" and not any(
        label.startswith(_RECEIVER) for label in observation["facts"]
    )


def _has_changed(observation: Observation) -> bool:
    shown = observation.get("shown", ())
    return observation["outcome"] == "returns" and any(label.startswith(_RECEIVER) for label in shown)


def _shape(observation: Observation) -> "tuple[tuple[str, Any], ...]":
    return tuple(_shapes(observation))


def _shapes(observation: Observation) -> "Iterator[tuple[str, Any]]":
    """What there is to see of the object, without what differs from one value to the next of its kind."""
    for label, text in sorted(observation["facts"].items()):
        if label.startswith(_RECEIVER) and label.removeprefix(_RECEIVER) not in TEXT_VIEWS:
            yield label, min(int(text), MANY) if label.startswith(_LENGTH) else _shape_of(text)


def _shape_of(text: str) -> Any:
    value: Any = text[:MANY]
    with contextlib.suppress(ValueError, SyntaxError):
        value = ast.literal_eval(text)
    if isinstance(value, (bool, type(None))):
        return text
    if isinstance(value, (int, float)):
        return (value > 0) - (value < 0)
    return type(value).__name__, min(len(value), MANY) if hasattr(value, "__len__") else 0
