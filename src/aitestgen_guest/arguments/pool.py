"""Plain data, and the pool of values that are worth trying again."""

import ast
import functools
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_PLAIN = (int, float, str, bytes, bool, complex, type(None), list, tuple, set, frozenset, dict)
PRIVATE = "aitestgen-world-"
"""Part of the name of the folder in which cases run: no value with it is worth keeping."""


_UNBOUNDED = re.compile(r"\bis(finite|nan|inf)\b|\bOverflowError\b|[\"'][+-]?(nan|inf|infinity)[\"']", re.IGNORECASE)


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether `value` is small builtin data, through and through."""
    if type(value) not in _PLAIN or depth > 3:
        return False
    if isinstance(value, (str, bytes)):
        return len(value) <= 200 and (PRIVATE not in value if isinstance(value, str) else True)
    if isinstance(value, float):
        return not math.isnan(value)
    if isinstance(value, int):
        return abs(value) < 10**30
    if isinstance(value, dict):
        return len(value) <= 12 and all(is_plain(k, depth + 1) and is_plain(v, depth + 1) for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return len(value) <= 12 and all(is_plain(item, depth + 1) for item in value)
    return True


@functools.lru_cache(maxsize=4096)
def is_data(text: str) -> bool:
    """Whether the text is that of a literal."""
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


@functools.lru_cache(maxsize=4096)
def _read(constant: str) -> Any:
    """What a literal stands for: read once for all pools, which hand on no value but as its text."""
    return ast.literal_eval(constant)


class Pool:
    """Values worth trying again, by type: the module's constants, and operands seen at run time."""

    def __init__(self, constants: "Iterable[str]" = ()) -> None:
        self.values: dict[type, list[Any]] = {}
        for constant in constants:
            if is_data(constant):
                self.add(_read(constant))

    def add(self, value: Any) -> None:
        if not is_plain(value):
            return
        known = self.values.setdefault(type(value), [])
        if len(known) < 120 and value not in known:
            known.append(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            for item in sorted(value, key=repr)[:8]:
                self.add(item)
        elif isinstance(value, dict):
            for item in list(value)[:8]:
                self.add(item)

    def reckon_with(self, source: str) -> None:
        """Have floats without a size, too, where the code speaks of such."""
        if _UNBOUNDED.search(source):
            self.values.setdefault(float, []).extend((math.inf, math.nan, -math.inf))

    @property
    def signs(self) -> "list[str]":
        """The single characters that are neither letters nor digits: what may stand between words."""
        return [text for text in self.of(str) if len(text) == 1 and not text.isalnum()]

    @property
    def table_words(self) -> "list[str]":
        """The words in mappings, the module's first: keys and what they lead to, at any depth."""
        return list(dict.fromkeys(word for mapping in self.of(dict) for word in _words_in(mapping)))

    def of(self, kind: type) -> "Sequence[Any]":
        return self.values.get(kind, ())


def _words_in(value: Any) -> "Iterator[str]":
    if isinstance(value, str):
        yield from [value] if value.isidentifier() else []
    elif isinstance(value, dict):
        for item in itertools.chain.from_iterable(value.items()):
            yield from _words_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _words_in(item)
