"""Objects that break a law of their class's protocols: equality, order, hash, length, containment, copies."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.entries import key_of
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.findings.algebra import laws_of_copies, laws_of_one, laws_of_two
from aitestgen_guest.findings.laws import HIGH, Law, weaker
from aitestgen_guest.findings.programs import BROKEN, CUT, Program, Suspicion, receiver_lines, run
from aitestgen_guest.findings.validity import INVALID, PLAUSIBLE, Validity
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.shapes import Case, Expression

MAX_OBJECTS = 24
ITEMS = ("1", "'a'")
Objects = list[tuple[Case, int]]
"""Cases that only build an object, with how sure their validity is."""
Programs = Iterable[tuple[Program, int]]


class ObjectLaws:
    """The laws of one class; `search` makes its objects, by a target that is a method of it."""

    def __init__(self, path: str, search: Search, validity: Validity, docstring: str) -> None:
        self.path = path
        self.search = search
        self.validity = validity
        self.methods = own_methods(search.callables.resolve(path))
        self.docstring = f"{path} {docstring}"

    def broken(self, tries: int) -> "Iterator[Suspicion]":
        """Each broken law with the first program that breaks it; at most `tries` constructions are tried."""
        one, two = list(laws_of_one(self.methods, self.docstring)), list(laws_of_two(self.methods))
        objects = self._objects(tries) if one or two else []
        for law, about in one:
            yield from self._first_broken(law, about, self._of_one(law, about, objects))
        for law, about in two:
            yield from self._first_broken(law, about, self._of_two(law, objects))
        for law, about in laws_of_copies(self.methods):
            yield from self._first_broken(law, about, self._of_copies(law, about[0], objects))

    def _objects(self, tries: int) -> Objects:
        """Each object as made, and again with the letters of its texts in another case; the simplest first."""
        found: dict[str, tuple[Case, int]] = {}
        for _ in range(tries * 2):
            made = {**self.search.fresh(), "arguments": [], "keywords": {}}
            for case in (made, *_recased(made)):
                valid = case["receiver"] is not None and self.validity.of_receiver(self.search.target, case)
                if valid:
                    found.setdefault(key_of(case), (case, valid))
            if len(found) >= MAX_OBJECTS:
                break
        return sorted(found.values(), key=lambda item: len(key_of(item[0])))

    def _of_one(self, law: Law, about: "tuple[str, ...]", objects: Objects) -> Programs:
        items = [(f"item = {text}",) for text in ITEMS if self._takes(about[0], text)] if law.call else [()]
        for case, level in objects:
            yield from ((_program(law, (*lines, *_lines(case, "subject"))), level) for lines in items)

    def _takes(self, method: str, text: str) -> bool:
        return self.validity.of_call(("call", f"{self.path}.{method}", [("data", text)], {})) != INVALID

    def _of_two(self, law: Law, objects: Objects) -> Programs:
        for one, sure in objects:
            first = _lines(one, "first")
            yield from ((_program(law, (*first, *_lines(two, "second"))), min(sure, also)) for two, also in objects)

    def _of_copies(self, law: Law, method: str, objects: Objects) -> Programs:
        """What the calls of a case do to a copy, seen in its original; `first` is equal to that as it was."""
        for case, level in objects:
            plain = {**case, "calls": []}
            first, subject = _lines(plain, "first"), _lines(plain, "subject")
            changes = _lines(case, "second")[1:]
            if changes:
                yield _program(law, (*first, *subject, f"second = subject.{method}()", *changes)), level

    def _first_broken(self, law: Law, about: "tuple[str, ...]", programs: Programs) -> "Iterator[Suspicion]":
        for one, level in programs:
            outcome = run(one, self.search.stage)
            if outcome.state == CUT:
                return
            if outcome.state == BROKEN:
                kept = weaker(law) if level == PLAUSIBLE and law.confidence == HIGH else law
                yield Suspicion(kept, one, outcome.observed, tuple(f"{self.path}.{name}" for name in about))
                return


def _lines(case: Case, name: str) -> "tuple[str, ...]":
    return tuple(receiver_lines(case, name))


def _program(law: Law, prefix: "tuple[str, ...]") -> Program:
    return Program(prefix, law.call, law.test, law.guard, "", law.shows, law.broken_by)


def method_of(path: str, methods: "frozenset[str]") -> Target:
    """A target by which a search makes objects of the class `path`."""
    return Target({"id": f"{path}.{min(methods, default='__init__')}", "kind": "method", "owner": path})


def own_methods(cls: Any) -> "frozenset[str]":
    """The names of the methods that the class or a base in its module defines; a `__hash__` of None is none."""
    if not isinstance(cls, type):
        return frozenset()
    bases = [base for base in cls.__mro__ if base.__module__ == cls.__module__]
    return frozenset(name for base in bases for name, item in vars(base).items() if callable(item))


def _recased(case: Case) -> "Iterator[Case]":
    receiver: Expression = case["receiver"] or ("data", "None")
    if receiver[0] != "call":
        return
    for change in (str.upper, str.lower, str.swapcase):
        arguments = [_changed(item, change) for item in receiver[2]]
        keywords = {name: _changed(item, change) for name, item in receiver[3].items()}
        if (arguments, keywords) != (receiver[2], receiver[3]):
            yield {**case, "receiver": ("call", receiver[1], arguments, keywords)}


def _changed(item: Expression, change: "Callable[[str], str]") -> Expression:
    try:
        value = inputs.value_of(item)
    except ValueError:
        return item
    return inputs.data(change(value)) if isinstance(value, str) else item
