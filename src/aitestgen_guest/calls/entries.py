"""What the search keeps of a case, and what a case costs to read."""

import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.steps import ADVANCE, FUNCTION
from aitestgen_guest.environment.surroundings import world_weight
from aitestgen_guest.shapes import Case, Expression, Observation

_ODD = re.compile(r"[^a-zA-Z0-9 ]|(?<![a-zA-Z]) | (?![a-zA-Z])")
"""What no word has: punctuation, foreign letters, blanks beside anything but letters."""
_UNEVEN = re.compile(r"(?<=[1-9])[1-9](?=[0-9])|(?<![0-9.])[46-9](?![0-9.])")
"""Digits that a round number would not have, and those that nobody counts to for an example."""
_MIXED = re.compile(r"[0-9][A-Za-z]")
"""Where a number runs into a word."""
_FOREIGN = re.compile(r"[^\x00-\x7f]|\\[xuU]")
WORD = 5
"""The weight of a plain word."""
EMPTY = 9
"""The weight of what is empty: a reader learns more of a small example, `{'a': 1}`."""
_EMPTY = frozenset({"''", "b''", "[]", "()", "{}", "set()"})
_COMPOUND = frozenset((list, tuple, dict))
_encoded = json.JSONEncoder(sort_keys=True, check_circular=False).encode


class Entry:
    """A kept case: what it showed, which features it has, and what it costs to read. `key` is the case's, if known."""

    __slots__ = ("case", "cost", "features", "observation")

    def __init__(
        self, case: Case, observation: Observation, features: "frozenset[int]", key: "str | None" = None
    ) -> None:
        self.case = case
        self.observation = observation
        self.features = features
        self.cost = (observation["outcome"] == "raises", case["oddness"] + weighed(case), key or key_of(case))


def key_of(case: Case) -> str:
    """The case as one text, without what was noted on it."""
    return _encoded({name: part for name, part in case.items() if name != "oddness"})


def copied(part: Any) -> Any:
    """A copy of a case or a part of one, as JSON would give it back: sequences are lists."""
    if isinstance(part, (list, tuple)):
        return [copied(item) if type(item) in _COMPOUND else item for item in part]
    if isinstance(part, dict):
        return {name: copied(item) if type(item) in _COMPOUND else item for name, item in part.items()}
    return part


def features_of(case: Case, features: "set[int]") -> "frozenset[int]":
    """The features that a case is credited with: calls beside each other get none for how often they reach a place."""
    return frozenset(feature // 4 * 4 + 1 for feature in features) if "beside" in case else frozenset(features)


@functools.lru_cache(maxsize=4096)
def probes_of(features: "frozenset[int]") -> "frozenset[int]":
    """The probes that features are of, however often these were hit."""
    return frozenset(feature // 4 for feature in features)


def by_cost(entry: Entry) -> "tuple[bool, int, str]":
    """Natural, short cases first, those that return before those that raise."""
    return entry.cost


def given_to(case: Case) -> "list[Expression]":
    """The arguments of the call under test."""
    return [*case["arguments"], *case["keywords"].values()]


def calls_in(expressions: "Iterable[Expression]") -> "Iterator[Expression]":
    """The calls of constructors and factories in the expressions, at any depth."""
    for one in expressions:
        if one[0] == "call" and not inputs.is_outside(one):
            yield one
            yield from calls_in([*one[2], *one[3].values()])
        elif one[0] == "many":
            yield from calls_in(one[2])


def is_simple(case: Case) -> bool:
    """Whether the case is one call on one object: no event loop, no world, no steps of another kind than calls."""
    return (
        not case.get("loop")
        and "world" not in case
        and not {"act", "inside", "thrown"} & case.keys()
        and all(step[0].isidentifier() for step in case["calls"])
    )


def weighed(case: Case) -> int:
    """How much there is to read of a case."""
    size = sum(weight(item) for item in given_to(case))
    size += weight(case["receiver"]) if case["receiver"] else 0
    size += (10 if case.get("loop") else 0) + (15 if "limit" in case else 0)
    size += sum(weight(item) for part in ("then", "again", "sends") for item in case.get(part) or ())
    size += sum(8 + sum(map(weight, arguments)) for arguments in case.get("uses", ()))
    size += world_weight(case)
    steps = [*case["calls"], *case.get("inside", ()), *case.get("beside", ()), *case.get("after", ())]
    size += 8 * len({"thrown", "twice"} & case.keys())
    size += 15 * len(case.get("beside", ()))
    return size + sum(12 + sum(map(weight, step[1])) + _extra(step[0]) for step in steps)


def _extra(verb: str) -> int:
    """What a reader has to think of beyond a plain call."""
    return (
        15
        if ":" in verb and verb != ADVANCE and not verb.startswith(FUNCTION)
        else 8
        if verb in ("__enter__", "__aenter__")
        else 0
    )


def weight(expression: Expression) -> int:
    """How much there is to read: short words cost the same, long ones by their length; odd texts and numbers more."""
    if expression[0] == "call":
        return 4 + sum(map(weight, expression[2])) + sum(4 + weight(item) for item in expression[3].values())
    if expression[0] == "many" and expression[1].startswith("Fake"):
        return 8 + sum(4 if item[0] == "text" else weight(item) for item in expression[2])
    return _text_weight(inputs.source(expression), is_data=expression[0] == "data")


@functools.lru_cache(maxsize=8192)
def _text_weight(text: str, *, is_data: bool) -> int:
    if text in _EMPTY:
        return EMPTY
    if text.startswith("Fake"):
        return 6 + len(text) // 4
    if text[0] in "'\"":
        odd = len(_ODD.findall(text[1:-1])) + len(_MIXED.findall(text)) + 2 * len(_FOREIGN.findall(text))
        return WORD + max(0, len(text) - 14) + odd
    return len(text) + (len(_UNEVEN.findall(text)) + 3 * len(_FOREIGN.findall(text)) if is_data else 0)
