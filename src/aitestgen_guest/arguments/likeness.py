"""How data is built of which some examples are known."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.shapes import Making, Spec

MOST_KEYS = 8
MOST_WORDS = 6


def like_given(given: "list[Making]") -> "Iterator[Spec]":
    """What other functions give as it is, and before that, where it is data, what is built like it."""
    values = [inputs.value_of(made) for made, _ in given if made[0] == "data"]
    if values:
        yield like(values)
    yield ("given", tuple(json.dumps(made) for made, _ in given))


def like(values: "Iterable[Any]") -> Spec:
    """The spec of data built as these values are, which are plain data; what no value shows is left open."""
    by_type: dict[type, list[Any]] = {}
    for value in values:
        by_type.setdefault(type(value), []).append(value)
    options = tuple(_LIKE.get(kind, _scalar)(found) for kind, found in by_type.items())
    return options[0] if len(options) == 1 else ("union", options) if options else ANY


def _scalar(values: "Sequence[Any]") -> Spec:
    return ("none",) if values[0] is None else (type(values[0]).__name__,)


def _text(values: "Sequence[str]") -> Spec:
    """One of a few words that come again and again, or any text."""
    words = tuple(dict.fromkeys(map(repr, values)))
    return ("choice", words) if len(words) <= MOST_WORDS and len(words) < len(values) else ("str",)


def _list(values: "Sequence[list[Any]]") -> Spec:
    return ("list", like(item for value in values for item in value))


def _tuple(values: "Sequence[tuple[Any, ...]]") -> Spec:
    if len({len(value) for value in values}) == 1 and values[0]:
        return ("tuple", tuple(map(like, zip(*values, strict=True))))
    return ("tuple*", like(item for value in values for item in value))


def _set(values: "Sequence[set[Any]]") -> Spec:
    return ("set", like(item for value in values for item in sorted(value, key=repr)))


def _dict(values: "Sequence[dict[Any, Any]]") -> Spec:
    keys = dict.fromkeys(key for value in values for key in value)
    if 0 < len(keys) <= MOST_KEYS and all(isinstance(key, str) for key in keys):
        inner = [(key, like(v[key] for v in values if key in v), any(key not in v for v in values)) for key in keys]
        return ("shaped", tuple(inner))
    return ("dict", like(keys), like(item for value in values for item in value.values()))


_LIKE: "dict[type, Any]" = {str: _text, list: _list, tuple: _tuple, set: _set, frozenset: _set, dict: _dict}
