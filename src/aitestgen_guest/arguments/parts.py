"""Data of which one part is made anew."""

from collections.abc import Callable
from random import Random
from typing import Any

from aitestgen_guest.shapes import Spec

NESTED = ("shaped", "dict", "list")
"""The kinds of specs of data that has parts."""
WITHIN = 0.85
"""How often a part of the part is made anew instead of the whole part."""
LEFT_OUT = 0.3
Make = Callable[[Spec, int], Any]


def hashable(spec: Spec) -> Spec:
    """The spec, or one of what may be a key where it may not."""
    return ("union", (("int",), ("str",))) if spec[0] in ("any", "list", "dict", "set", "new") else spec


def with_new_part(value: Any, spec: Spec, random: Random, make: Make, depth: int = 0) -> Any:
    """The data with one of its parts as `make` makes it for the spec of that part and its depth."""
    spec = random.choice(spec[1]) if spec[0] == "union" else spec
    if value and random.random() < WITHIN:
        if spec[0] == "shaped" and isinstance(value, dict):
            return _with_new_key(value, spec, random, make, depth)
        if spec[0] == "dict" and isinstance(value, dict):
            key = random.choice(list(value))
            return {**value, key: with_new_part(value[key], spec[2], random, make, depth + 1)}
        if spec[0] == "list" and isinstance(value, list):
            place = random.randrange(len(value))
            made = with_new_part(value[place], spec[1], random, make, depth + 1)
            return [*value[:place], made, *value[place + 1 :]]
    return make(spec, depth)


def _with_new_key(value: "dict[Any, Any]", spec: Spec, random: Random, make: Make, depth: int) -> "dict[Any, Any]":
    key, inner, spare = random.choice(spec[1])
    if spare and key in value and random.random() < LEFT_OUT:
        return {name: item for name, item in value.items() if name != key}
    return {**value, key: with_new_part(value.get(key), inner, random, make, depth + 1)}
