"""Fake functions and writers that a call is given: each gets a variable, so that the test can say what it was given."""

import re
from collections.abc import Callable

from aitestgen.propose.by_search.observed import Observed
from aitestgen.values import Target

MADE = re.compile(r"\bFake(?:(?:Async)?Function|Writer)\(")
_NAMES = ("callback", "other_callback", "third_callback", "fourth_callback")
Free = Callable[[str], str]


def with_variables(observed: Observed, target: Target, free: Free) -> Observed:
    """The call with names in the place of fakes that the test tells of, and these in `fakes` by name.

    `free` makes a name free of clashes.
    """
    told = _told(observed)
    if not told:
        return observed
    hoisting = _Hoisting(free, told)
    receiver = hoisting.text(observed.receiver, "") if observed.receiver is not None else None
    calls = [hoisting.text(text, "") for text in observed.calls]
    positional = [p.name for p in target.parameters if p.kind in ("normal", "positional")]
    names = [*positional, *[""] * len(observed.arguments)]
    changed = {
        "receiver": receiver,
        "calls": calls,
        "arguments": [hoisting.text(*pair) for pair in zip(observed.arguments, names, strict=False)],
        "keywords": {name: hoisting.text(text, name) for name, text in observed.keywords.items()},
        **_called(observed, lambda text: hoisting.text(text, "function")),
    }
    return observed.model_copy(update={**changed, "fakes": hoisting.fakes})


def _called(observed: Observed, named: Callable[[str], str]) -> dict[str, object]:
    """The arguments of the calls of what is returned, in the order in which these are made."""

    def texts(part: str) -> list[str] | None:
        found: list[str] | None = getattr(observed, part)
        return found and [named(text) for text in found]

    def uses() -> list[list[str]]:
        return [[named(text) for text in arguments] for arguments in observed.uses]

    if observed.again is None:
        return {"uses": uses(), "then": texts("then")}
    return {"then": texts("then"), "uses": uses(), "again": texts("again")}


def _told(observed: Observed) -> frozenset[int]:
    """The numbers of the fakes of which the test says how they were called."""
    labels = [*observed.observation.shown, *observed.needed]
    numbers = (label.removeprefix("calls:") for label in labels if label.startswith("calls:"))
    return frozenset(int(number) for number in numbers if number.isdecimal())


def _keyword(before: str) -> str:
    """The name by which what follows is given: `send` in `SimpleNamespace(send=`; empty where it has none."""
    found = re.search(r"(\w+)=$", before)
    return found[1] if found else ""


class _Hoisting:
    """Takes fakes out of texts, in the order in which they are made: one that another is to answer with before that."""

    def __init__(self, free: Free, told: frozenset[int]) -> None:
        self.fakes: dict[str, str] = {}
        self._free = free
        self._told = told
        self._number = 0

    def text(self, text: str, name: str) -> str:
        """The text with variables in the place of its fakes; called `name` where it is one fake and nothing else."""
        done = ""
        while found := MADE.search(text):
            end = closing(text, found.end())
            before, answers, text = text[: found.start()], text[found.end() : end - 1], text[end:]
            fake = f"{found[0]}{self.text(answers, '')})"
            if self._number in self._told:
                variable = self._name(_keyword(before) if done or before or text else name)
                self.fakes[variable], fake = fake, variable
            done += before + fake
            self._number += 1
        return done + text

    def _name(self, wanted: str) -> str:
        number = len(self.fakes)
        names = (wanted, *_NAMES) if wanted else _NAMES
        free = (self._free(name) for name in names)
        return next((name for name in free if name not in self.fakes), f"callback_{number}")


def closing(text: str, start: int) -> int:
    """Where the parenthesis that was opened before `start` is closed again: the place behind it."""
    depth, quote, place = 1, "", start
    while place < len(text) and depth:
        letter = text[place]
        if quote:
            place += 1 if letter == "\\" else 0
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += {"(": 1, ")": -1}.get(letter, 0)
        place += 1
    return place


def call_checks(observed: Observed, receiver: str) -> list[str]:
    """The lines that say how each fake was called."""
    checks = []
    for number, variable in zip(sorted(_told(observed)), observed.fakes, strict=False):
        text = observed.observation.facts.get(f"calls:{number}", "")
        if text.startswith("#"):
            checks.append(f"assert len({variable}.calls) == {text[1:]}")
        elif text:
            kept = "asked" if observed.fakes[variable].startswith("FakeWriter(") else "calls"
            checks.append(f"assert {variable}.{kept} == {text.replace('{self}', receiver)}")
    return checks
