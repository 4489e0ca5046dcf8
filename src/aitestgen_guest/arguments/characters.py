"""Texts of the kinds of characters that code tests for: digits, letters, capitals."""

import functools
import re
from collections.abc import Callable
from random import Random
from typing import Any

DIGITS, LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = {
    **dict.fromkeys(("isdigit", "isdecimal", "isnumeric", "int", "float", "Decimal"), DIGITS),
    **dict.fromkeys(("isalpha", "islower", "isidentifier"), LETTERS),
    **dict.fromkeys(("isupper",), LETTERS.upper()),
    "isalnum": LETTERS + DIGITS,
}
"""What characters a text has that passes a test, or that a type reads."""
TESTS = frozenset(name for name in _ALPHABETS if name.startswith("is"))
_ASKED = re.compile(r"\.(is[a-z]+)\(\)|\b(int|float|Decimal)\(|\bmap\(\s*(int|float|Decimal)\b")
_REPLACED = re.compile(r"[^\W_]")


@functools.lru_cache(maxsize=4)
def alphabets(source: str) -> "tuple[str, ...]":
    """The alphabets of the kinds that a source text tests for, in order."""
    names = ["".join(found) for found in _ASKED.findall(source)]
    return tuple(dict.fromkeys(_ALPHABETS[name] for name in names if name in _ALPHABETS))


def respelled(text: str, alphabet: str, random: Random) -> str:
    """The text with its letters and digits drawn from the alphabet, all but the last now and then; dashes and the
    like stay.
    """
    end = len(text) - (len(text) > 1 and random.random() < 0.25)
    return _REPLACED.sub(lambda _: random.choice(alphabet), text[:end]) + text[end:]


def passing(text: str, test: str) -> str:
    """A text as long that passes the test: what passes of it stays, the rest is told by what it was."""
    alphabet = _ALPHABETS[test]
    holds: Callable[[Any], bool] = getattr(str, test)
    return "".join(one if holds(one) else alphabet[ord(one) % len(alphabet)] for one in text)
