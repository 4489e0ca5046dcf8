"""The search for calls that break a law: of the target's docstring, annotation, name, or its class's protocols."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.entries import key_of
from aitestgen_guest.calls.templates import Target, call_text
from aitestgen_guest.findings.algebra import laws_of_names
from aitestgen_guest.findings.claim_grammar import signature_of
from aitestgen_guest.findings.claims import claims
from aitestgen_guest.findings.docstrings import RTYPE, statements
from aitestgen_guest.findings.laws import LOW, Law, weaker
from aitestgen_guest.findings.object_laws import ObjectLaws, method_of, own_methods
from aitestgen_guest.findings.programs import BROKEN, CUT, Outcome, Suspicion, program, run
from aitestgen_guest.findings.reduction import smaller
from aitestgen_guest.findings.type_tests import law_of_annotation, law_of_type_name
from aitestgen_guest.findings.validity import INVALID, VALID, Validity
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.shapes import Case, Description, Frame

MAX_BROKEN = 8
MAX_CUT = 2
MAX_REDUCTIONS = 120
MAX_BASES = 3
EMPTY: "tuple[Any, ...]" = ("", [], {}, None)
MAX_PRODUCTS = 24
CLASSES = ("class", "dataclass")


class Suspicions:
    """What is suspicious about one target; made after its search, whose cases are tried first."""

    def __init__(
        self, search: Search, description: Description, job: "dict[str, Any]", shown: "frozenset[str]" = frozenset()
    ) -> None:
        self.search = search
        self.target = search.target
        self.description = description
        self.job = job
        self.stage: Stage = search.stage
        self.described = {item["id"]: item for item in job["targets"]}
        self.validity = Validity(search.stage, search.callables, self.described)
        self._names = [i["name"] for i in description["parameters"] if i["kind"] in ("normal", "positional")]
        self.laws: list[Law] = []
        self.broken: list[Law] = []
        self.shown = frozenset(map(_plain, shown))

    def found(self, tries: int) -> "list[Suspicion]":
        """The broken laws, each with one program; at most `tries` calls are tried on each law."""
        if self.target.kind in CLASSES:
            return [*self._of_calls(tries), *self._of_objects(tries)]
        return self._of_calls(tries)

    def _of_objects(self, tries: int) -> "list[Suspicion]":
        path, callables = self.target.id, self.search.callables
        target = method_of(path, own_methods(callables.resolve(path)))
        search = self._search_of(target)
        return list(ObjectLaws(path, search, self.validity, self.description.get("docstring", "")).broken(tries))

    def doubts(self, case: Case) -> bool:
        """Whether the case breaks a law that was found broken, or is an example (of those `shown`) that the docstring
        has with another outcome.
        """
        if self.shown and not self.target.bound and _written(self.target, case) in self.shown:
            return True
        return any(self._outcome(law, case).state == BROKEN for law in self.broken)

    def bans(self, case: Case) -> bool:
        """Whether no test may expect what the case shows: it is in doubt, and nobody asked for such tests."""
        return not self.job.get("bless", False) and self.doubts(case)

    # -- laws of calls ----------------------------------------------------------------------------------------------
    def _of_calls(self, tries: int) -> "list[Suspicion]":
        self.laws = [law for law in self._laws() if law.kind]
        if not self.laws:
            return []
        cases = self._cases(tries)
        found = [suspicion for law in self.laws for suspicion in self._tried(law, cases)]
        return [item for item in found if not item.law.silent]

    def _laws(self) -> "Iterator[Law]":
        stated = claims(self.description.get("docstring", ""), signature_of(self.description))
        if self.target.kind in CLASSES:
            yield from (law for law in stated if law.raises)
            return
        if self.description["is_context_manager"] or _is_stub(self.job["source"], self.description):
            return
        yield from stated
        yield from self._type_laws()
        yield from laws_of_names(self.description, self.job["targets"])

    def _type_laws(self) -> "Iterator[Law]":
        if self.target.kind == "property":
            return
        namer = Namer(self.stage.namespace, self.stage.writer.imports)
        function = inspect.unwrap(self.search.callables.resolve(self.target.id))
        streams, written = bool(self.description["is_generator"]), self.description.get("returns")
        if written:
            law = law_of_annotation(self.target.name, function, written, namer.name, streams=streams)
            yield from [law] if law else []
            return
        for statement in statements(self.description.get("docstring", "")):
            if statement.kind == RTYPE and not streams:
                law = law_of_type_name(statement.text, statement.text)
                yield from [law] if law else []

    def _cases(self, tries: int) -> "list[tuple[Case, int]]":
        """Valid cases with how sure their validity is: those of the search first, then new ones."""
        found: dict[str, tuple[Case, int]] = {}
        for case in _first(tries * 5, self._sources()):
            key = key_of(case)
            level = INVALID if key in found else self._level(case)
            if level != INVALID:
                found[key] = (case, level)
            if len(found) >= tries:
                break
        return list(found.values())

    def _level(self, case: Case) -> int:
        """How sure it is that the case is valid: never where something in it is not of the type that is annotated."""
        level = self.validity.of(self.target, case)
        return INVALID if level != INVALID and self.search.is_unfit(case) else level

    def _sources(self) -> "Iterator[Case]":
        yield from self.search.documented()
        entries = (*self.search.kept.archive.values(), *self.search.kept.variety.values())
        yield from sorted((entry.case for entry in entries), key=key_of)
        yield from self.search.seeds[:60]
        maker = self._search_of(self.target)
        while True:
            case = maker.fresh()
            if not self.target.bound or case["receiver"] is not None:
                yield case
                yield maker.changed(case)

    def _search_of(self, target: Target) -> Search:
        """A search that only makes cases."""
        search = self.search
        return Search(target, self.description, self.stage, self._maker(), search.callables, search.frontier)

    def _maker(self) -> inputs.Maker:
        """A maker of its own, which knows the docstring's numbers too, so that the search's chance is not touched."""
        pool = Pool()
        for values in self.search.maker.pool.values.values():
            for value in values:
                pool.add(value)
        for number in re.findall(r"(?<![\w.])-?\d+(?![\w.]*\d)", self.description.get("docstring", ""))[:12]:
            pool.add(int(number))
        factors = [number for number in pool.of(int) if 2 <= number <= 1000][:8]
        for number in [one * other for one in factors for other in factors][:MAX_PRODUCTS]:
            pool.add(number)  # where units multiply, as 60 * 60
        return inputs.Maker(Random(f"{self.job['seed']} {self.target.id} laws"), pool, self.search.callables)

    def _tried(self, law: Law, cases: "list[tuple[Case, int]]") -> "list[Suspicion]":
        broken: list[tuple[int, Case, int]] = []
        cuts = 0
        for case, level in (*self._at_the_bounds(law, cases[:MAX_BASES]), *cases):
            outcome = self._outcome(law, case)
            cuts += outcome.state == CUT
            if outcome.state == BROKEN:
                broken.append((-level, case, len(key_of(case))))
            if len(broken) >= MAX_BROKEN or cuts >= MAX_CUT:
                break
        if not broken:
            return []
        negative, case, _ = min(broken, key=lambda item: (item[0], item[2], key_of(item[1])))
        case = self._reduced(law, case, -negative)
        sure = -negative == VALID or "{call" not in law.call + law.test
        return self._suspicion(law if sure else weaker(weaker(law)), case)

    def _at_the_bounds(self, law: Law, cases: "list[tuple[Case, int]]") -> "Iterator[tuple[Case, int]]":
        """The cases with arguments that the law's guard names put at and beside the guard's numbers, or empty."""
        named = [name for name in self._names if re.search(rf"\b{re.escape(name)}\b", law.guard)] if law.raises else []
        numbers = [int(text) for text in re.findall(r"(?<![\w.])-?\d+\b", law.guard)]
        values = [*EMPTY, *(number + step for number in numbers for step in (-1, 0, 1))]
        for case, _ in cases:
            changed = (_with_argument(case, self._names, name, value) for name in named for value in values)
            for one in changed:
                level = self._level(one)
                if level != INVALID:
                    yield one, level

    def _suspicion(self, law: Law, case: Case) -> "list[Suspicion]":
        one = program(law, self.target, self.description, case)
        if one is None:
            return []
        outcome = run(one, self.stage)
        if outcome.state != BROKEN:
            return []
        if law.confidence != LOW:
            self.broken.append(law)
        return [Suspicion(law, one, outcome.observed)]

    def _outcome(self, law: Law, case: Case) -> Outcome:
        one = program(law, self.target, self.description, case)
        return run(one, self.stage) if one else Outcome("silent")

    def _reduced(self, law: Law, case: Case, level: int) -> Case:
        """The case made smaller step by step, as long as it is as valid and still breaks the law."""
        left = MAX_REDUCTIONS
        while left > 0:
            for candidate in smaller(case):
                left -= 1
                if self._level(candidate) >= level and self._outcome(law, candidate).state == BROKEN:
                    case = candidate
                    break
                if left <= 0:
                    return case
            else:
                return case
        return case


def frame_of(target: str, suspicion: Suspicion) -> Frame:
    """The suspicion as a frame of the explore program."""
    law = suspicion.law
    return {
        "ev": "contradiction",
        "target": target,
        "kind": law.kind,
        "rule": law.rule,
        "quote": law.quote,
        "expected": law.expected,
        "observed": suspicion.observed,
        "lines": list(suspicion.program.lines()),
        "confidence": law.confidence,
        "about": list(suspicion.about),
    }


def _with_argument(case: Case, names: "list[str]", name: str, value: Any) -> Case:
    place = names.index(name)
    if place < len(case["arguments"]):
        arguments = [*case["arguments"][:place], inputs.data(value), *case["arguments"][place + 1 :]]
        return {**case, "arguments": arguments}
    return {**case, "keywords": {**case["keywords"], name: inputs.data(value)}}


def _written(target: Target, case: Case) -> str:
    """The call as an example would have it."""
    keywords = {name: inputs.source(item) for name, item in case["keywords"].items()}
    return _plain(call_text(target.template, "", [inputs.source(item) for item in case["arguments"]], keywords))


def _plain(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text))
    except (SyntaxError, ValueError):
        return text


def _first(count: int, cases: "Iterable[Case]") -> "Iterator[Case]":
    for _, case in zip(range(count), cases):  # noqa: B905 - the cases never end
        yield case


def _is_stub(source: str, description: Description) -> bool:
    """Whether the body is but a docstring, `pass`, `...` or a NotImplementedError, so that subclasses answer."""
    first, last = description["lines"]
    name = description["id"].rpartition(".")[2]
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name == name
            and first <= node.lineno <= last
        ):
            return all(map(_says_nothing, node.body))
    return False


def _says_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return "NotImplemented" in ast.unparse(node)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
