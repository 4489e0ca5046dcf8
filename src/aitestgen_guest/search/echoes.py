"""Arguments that repeat what earlier calls were given: the account that was opened is the one that is booked on."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from aitestgen_guest.arguments import inputs
from aitestgen_guest.shapes import Expression

OFTEN = 0.6
"""How often a text or number inside of an argument is one that was given before."""
SHARED, RESEMBLING = 0.7, 0.4
"""How often calls share an argument for parameters of one name, and how often an argument is one that another parameter
was given before: the path is of the route that was added.
"""
LASTING = ("str", "bool", "list")
"""Functions that are the same wherever they are named: a handler that was added can be removed."""
Seen = dict[str, list[Expression]]
"""By the parameter's name, what earlier calls were given for it."""


class Given(NamedTuple):
    """The arguments of a call, by place and by name, and the names of those by place."""

    names: "list[str]"
    arguments: "list[Expression]"
    keywords: "dict[str, Expression]"

    def places(self) -> "Iterator[tuple[str, Any, Any]]":
        """The name of each argument, what holds it, and where."""
        yield from ((name, self.arguments, n) for n, name in enumerate(self.names[: len(self.arguments)]))
        yield from ((name, self.keywords, name) for name in self.keywords)


def share(calls: "Iterable[Given]", random: Random, *, always: bool = False) -> None:
    """Let calls share arguments for parameters of one name, as the key that was put is the key to get; now and then for
    others as well. Of a function that would be another each time, both get one that is not.
    """
    seen: Seen = {}
    before: dict[str, tuple[Any, Any]] = {}
    for name, holder, place in (found for call in calls for found in call.places()):
        known = seen.get(name) or ([] if always else alike(seen, holder[place]))
        if known and (always or random.random() < (SHARED if name in seen else RESEMBLING / 2)):
            holder[place] = known[-1]
            if name in before and _is_made_anew(known[-1]):
                holder[place] = before[name][0][before[name][1]] = ("text", random.choice(LASTING))
        seen[name] = [holder[place]]
        before[name] = (holder, place)


def _is_made_anew(expression: Expression) -> bool:
    return expression[0] in ("text", "many") and str(expression[1]).startswith(("lambda", "Fake"))


def alike(seen: Seen, expression: Expression) -> "list[Expression]":
    """What was given that is of the kind of this one; of texts and numbers also those inside of what was given."""
    kind = _kind(expression)
    given = [item for items in seen.values() for item in items]
    parts = map(inputs.data, _values(given))
    return [item for item in (*given, *parts) if _kind(item) == kind]


def echoed(seen: Seen, expression: Expression, random: Random) -> Expression:
    """The list, tuple or mapping with some of its texts and numbers replaced by such as were given before."""
    if expression[0] != "data":
        return expression
    value = inputs.value_of(expression)
    known = list(_values(item for items in seen.values() for item in items))
    if not known or not isinstance(value, (list, tuple, dict)):
        return expression
    return inputs.data(_echoed(value, known, random))


def _echoed(value: Any, known: "list[Any]", random: Random) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_echoed(item, known, random) for item in value])
    if isinstance(value, dict):
        return {_echoed(key, known, random): _echoed(item, known, random) for key, item in value.items()}
    same = [other for other in known if type(other) is type(value)]
    return random.choice(same) if same and random.random() < OFTEN else value


def _values(expressions: "Iterable[Expression]") -> "Iterator[Any]":
    """The texts and numbers in expressions, at any depth."""
    for expression in expressions:
        kind = expression[0]
        if kind == "data":
            yield from _scalars(inputs.value_of(expression))
        elif kind == "many":
            yield from _values(expression[2])
        elif kind == "pairs":
            yield from _values(part for pair in expression[1] for part in pair)
        elif kind == "call":
            yield from _values([*expression[2], *expression[3].values()])


def _scalars(value: Any) -> "Iterator[Any]":
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _scalars(item)
    elif isinstance(value, dict):
        yield from _scalars([part for pair in value.items() for part in pair])
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield value


def _kind(expression: Expression) -> str:
    if expression[0] == "data":
        return _kind_of_data(str(expression[1]))
    return str(expression[1]) if expression[0] == "call" else str(expression[0])


@lru_cache(maxsize=4096)
def _kind_of_data(text: str) -> str:
    try:
        return type(inputs.value_of(("data", text))).__name__
    except ValueError:
        return text
