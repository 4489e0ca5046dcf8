"""Cases in which an argument is replaced by what it was compared with (after REDQUEEN, NDSS 2019)."""

import ast
import collections
import itertools
import re
import types
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.pool import is_plain
from aitestgen_guest.calls.entries import copied
from aitestgen_guest.search.near import Place, inner_places, part_at, plain_slots, put
from aitestgen_guest.shapes import Case, Expression, Observation
from aitestgen_guest.tracing.probes import Recorder

_CONTAINERS: "tuple[Any, ...]" = (
    dict, list, tuple, set, frozenset, collections.deque, types.MappingProxyType, type({}.keys()), type({}.values()),
)  # fmt: skip
"""What an item can be looked for in: its items are what would be found."""
_ITERATIONS = frozenset(kind.__iter__ for kind in (*_CONTAINERS, collections.OrderedDict))
"""Those that run no code of the module's own."""
_GIVES = re.compile(r"lambda(?: \*args)?: (?=[-\w'\"(\[{])")
"""How a function begins that gives a constant."""
MOST = 6
MOST_OF_A_MISS = 3
FAR = 8
VALUES = ("a", 1, None)
"""What a key that is put into a mapping may have."""


def substituted(case: Case, old: Any, new: Any) -> "list[Case]":
    """Up to six cases in which an argument that was compared (or whose length was) is replaced by its partner.

    A mapping or list in which something was looked for is replaced by one that has it; of a container that is large, or
    holds more than plain data, only the first plain items count, or keys.
    """
    new = _first_of(new) if _is_container(new) and not is_plain(new) else new
    if not is_plain(old) or isinstance(old, bool) or not is_plain(new):
        return []
    found = []
    partners = _partners(old, new)
    for place, expression in enumerate(case["arguments"]):
        found += [_with(case, "arguments", place, item) for item in _replacements(expression, old, partners)]
    for name, expression in case["keywords"].items():
        found += [_with(case, "keywords", name, item) for item in _replacements(expression, old, partners)]
    for part in ("then", "again"):
        for place, expression in enumerate(case.get(part) or ()):
            found += [_with(case, part, place, item) for item in _replacements(expression, old, partners)]
    outer: list[Place] = [("arguments", place) for place in range(len(case["arguments"]))]
    receiver = case["receiver"]
    if receiver is not None and receiver[0] == "call" and (isinstance(old, (str, *_CONTAINERS)) or _is_far(old, new)):
        found += [{**case, "receiver": made} for made in _remade(receiver, old, partners)]
        outer += [("receiver", 2, place) for place in range(len(receiver[2]))]
        outer += [("receiver", 3, name) for name in receiver[3]]
    within = (made for place in outer for made in _within(case, place, old, partners))
    return [*found[:MOST], *itertools.islice(within, max(0, MOST - len(found)))]


def _is_far(old: Any, new: Any) -> bool:
    """Whether they are numbers so far apart that small steps do not lead from one to the other."""
    numbers = isinstance(old, (int, float)) and isinstance(new, (int, float))
    return numbers and not old - FAR <= new <= old + FAR


def missed(case: Case, observation: Observation) -> "list[tuple[Any, Any]]":
    """Of a call that ended because a key was missing: mappings that it was given, each with the key."""
    if observation["outcome"] != "raises" or observation["facts"]["error"] != "KeyError":
        return []
    try:
        key = ast.literal_eval(ast.literal_eval(observation["facts"]["message"]))
    except (ValueError, SyntaxError):
        return []
    given = (value for (_, span), value in plain_slots(case) if span is None)
    mappings = itertools.islice(itertools.chain.from_iterable(map(_mappings, given)), MOST)
    return [(mapping, key) for mapping in mappings if key not in mapping] if isinstance(key, (str, int)) else []


class Misses:
    """Follows keys that were looked for where they were missing."""

    def __init__(self) -> None:
        self._told: collections.Counter[str] = collections.Counter()

    def followed(self, case: Case, observation: Observation, recorder: Recorder) -> "Iterator[Case]":
        """Cases in which such a key is there, or one that is there was looked for instead."""
        for mapping, key in missed(case, observation):
            yield from substituted(case, mapping, key) if self._may(f"missing {key!r}") else ()
        for mapping, key, _ in recorder.operands:
            if type(mapping) is dict and mapping and isinstance(key, (str, int)) and key not in mapping:
                names = repr([*itertools.islice(mapping, MOST)])
                yield from substituted(case, key, mapping) if self._may(names) else ()

    def _may(self, what: str) -> bool:
        """Whether it was followed seldom so far."""
        self._told[what] += 1
        return self._told[what] <= MOST_OF_A_MISS


def _mappings(value: Any) -> "Iterator[dict[Any, Any]]":
    """The mapping itself, and those in the value, the outer ones first."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        yield from _mappings(item)


def _is_container(value: Any) -> bool:
    kind: Any = type(value)
    return isinstance(value, _CONTAINERS) and kind.__iter__ in _ITERATIONS


def _first_of(container: Any) -> "list[Any]":
    plain = filter(is_plain, container)
    return [*itertools.islice(sorted(plain, key=repr) if isinstance(container, (set, frozenset)) else plain, MOST)]


def _remade(receiver: Expression, old: Any, partners: "list[Any]") -> "list[Expression]":
    """The constructor's call with a text that was compared, or formatted, replaced."""
    _, path, arguments, keywords = receiver
    found: list[Expression] = []
    for place, item in enumerate(arguments):
        changed = _replacements(item, old, partners)
        found += [("call", path, _put(arguments, place, other), keywords) for other in changed]
    for name, item in keywords.items():
        found += [("call", path, arguments, {**keywords, name: other}) for other in _replacements(item, old, partners)]
    return found


def _within(case: Case, outer: Place, old: Any, partners: "list[Any]") -> "Iterator[Case]":
    """Cases in which what was compared is replaced within an object, a list of such, or what a function answers."""
    for inner in inner_places(part_at(case, outer), outer):
        yield from (put(case, (inner, None), made) for made in _replacements(part_at(case, inner), old, partners))


def _put(items: "list[Expression]", place: int, item: Expression) -> "list[Expression]":
    return [*items[:place], item, *items[place + 1 :]]


def _partners(old: Any, new: Any) -> "list[Any]":
    if isinstance(old, (list, dict, set)) and isinstance(new, (str, int, float)) and new not in old:
        if isinstance(old, dict):
            return [_holding(old, new, value) for value in VALUES]
        return [{*old, new} if isinstance(old, set) else [*old, new]]
    if isinstance(new, (int, float)) and not isinstance(new, bool):
        return [new, new + 1, new - 1]
    if isinstance(old, (str, bytes)) and isinstance(new, (list, tuple, set, frozenset, dict)):
        return sorted((item for item in new if type(item) is type(old)), key=repr)[:MOST]
    if isinstance(old, int) and isinstance(new, (list, tuple, set, frozenset, dict, range)):
        return [item for item in list(new)[:3] if isinstance(item, int)]
    return [new]


def _holding(mapping: "dict[Any, Any]", key: Any, value: Any) -> "dict[Any, Any]":
    """The mapping with the key, which has the value that others have, if there are any."""
    return {**mapping, key: next(iter(mapping.values()), value) if value == VALUES[0] else value}


def _replacements(expression: Expression, old: Any, partners: "list[Any]") -> "list[Expression]":
    begun = _GIVES.match(expression[1]) if expression[0] == "text" else None
    try:
        value = ast.literal_eval(expression[1][begun.end() :]) if begun else inputs.value_of(expression)
    except (ValueError, SyntaxError):
        return []
    results: list[Expression] = []
    for partner in partners:
        changed = _swap(value, old, partner)
        if changed is not None and is_plain(changed):
            made = inputs.data(changed)
            results.append(("text", f"{begun[0]}{made[1]}") if begun else made)
    return results


def _swap(value: Any, old: Any, partner: Any) -> Any:
    """`value` with `old` replaced by `partner`, or sized to `partner` where `old` was its length; None if neither."""
    if type(value) is type(old) and value == old:
        return partner
    if (
        isinstance(value, str)
        and isinstance(old, str)
        and isinstance(partner, str)
        and old
        and old.lower() in value.lower()
    ):
        place = value.lower().index(old.lower())
        return value[:place] + partner + value[place + len(old) :]
    if isinstance(value, str) and _are_words(old) and _are_words(partner):
        return _with_words(value, old, partner)
    if isinstance(value, (str, list)) and isinstance(old, int) and isinstance(partner, int) and len(value) == old:
        if 0 <= partner <= 100:
            filler = value or ("a" if isinstance(value, str) else [0])
            return (filler * (partner // len(filler) + 1))[:partner]
        return None
    return _swapped_inside(value, old, partner)


def _are_words(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, str) and item for item in value)


def _with_words(text: str, old: "list[str]", new: "list[str]") -> "str | None":
    """The text from which the old words were split, with the new ones in their place; None where they are not in it."""
    found = re.search(r"(?<!\w)" + r"\s+".join(map(re.escape, old)) + r"(?!\w)", text)
    return text[: found.start()] + " ".join(new) + text[found.end() :] if found else None


def _swapped_inside(value: Any, old: Any, partner: Any) -> Any:
    """The list, tuple or mapping with the first of its parts in which there is something to swap; None without one."""
    if not isinstance(value, (list, tuple, dict)):
        return None
    for place, item in value.items() if isinstance(value, dict) else enumerate(value):
        changed = _swap(item, old, partner)
        if changed is not None:
            parts = (
                {**value, place: changed} if isinstance(value, dict) else [*value[:place], changed, *value[place + 1 :]]
            )
            return tuple(parts) if isinstance(value, tuple) else parts
    return None


def _with(case: Case, part: str, place: "int | str", expression: Expression) -> Case:
    changed: Case = copied(case)
    changed[part][place] = expression
    return changed
