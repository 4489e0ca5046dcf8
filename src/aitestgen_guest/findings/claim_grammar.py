"""What all rules that read docstrings share: the names that claims may speak of, numbers, and words that hedge."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aitestgen_guest.findings.laws import HIGH, Law
from aitestgen_guest.shapes import Description

KIND = "docstring"
NUMBER = r"-?\d+(?:\.\d+)?"
SEQUENCE = "isinstance(result, (list, tuple))"
REAL = "isinstance(result, (int, float)) and result == result"
_NUMERALS = {"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4"}
_HEDGES = (
    "if", "unless", "when", "where", "optional", "optionally", "except", "may", "might", "can", "could", "should",
    "usually", "typically", "approximately", "about", "roughly", "depending", "otherwise", "by default",
)  # fmt: skip
_HEDGED = re.compile(rf"\b(?:{'|'.join(_HEDGES)})\b", re.IGNORECASE)
_GENERAL = ("input", "argument", "list", "string", "original", "sequence")


@dataclass(frozen=True)
class Signature:
    """The names that claims may speak of. `name` is the target's last name; `defaults` are source texts.

    What is `bound` speaks of its object where it says `the list`, not of its argument.
    """

    name: str
    parameters: "tuple[str, ...]"
    defaults: "tuple[tuple[str, str], ...]" = ()
    bound: bool = False

    def named(self, word: str) -> "str | None":
        """The parameter that a word means: its name, or a general noun where there is only one parameter."""
        if word in self.parameters:
            return word
        general = not self.bound and word.lower() in _GENERAL
        return self.parameters[0] if general and len(self.parameters) == 1 else None

    def bound_of(self, word: str) -> "str | None":
        """A number, or the parameter of that name."""
        if re.fullmatch(NUMBER, word):
            return word
        if word in _NUMERALS:
            return _NUMERALS[word]
        return next((name for name in self.parameters if name.lower() == word.lower()), None)


def signature_of(description: Description) -> Signature:
    """The signature of a target as the host describes it."""
    taken = description.get("parameters", ())
    plain = [item for item in taken if item.get("kind", "normal") in ("normal", "positional", "keyword")]
    return Signature(
        name=description["id"].rpartition(".")[2],
        parameters=tuple(item["name"] for item in plain),
        defaults=tuple((item["name"], item["default"]) for item in plain if item.get("default")),
        bound=description["kind"] in ("method", "property", "class", "dataclass"),
    )


def is_hedged(text: str) -> bool:
    """Whether a sentence leaves itself a way out, and so claims nothing of every call."""
    return _HEDGED.search(text) is not None


def stated(rule: str, quote: str, expected: str, test: str, **more: str) -> "Iterator[Law]":
    """One law, of high confidence unless told otherwise."""
    yield Law(
        KIND,
        rule,
        quote,
        expected,
        test,
        guard=more.get("guard", "True"),
        shows=more.get("shows", "result"),
        broken_by=more.get("broken_by", "false"),
        confidence=more.get("confidence", HIGH),
    )
