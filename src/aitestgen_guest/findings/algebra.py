"""What names and protocols promise: inverses, idempotence, sorting, means; equality, order, hash, length, copies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from aitestgen_guest.arguments.inverses import inverse_of
from aitestgen_guest.findings.laws import HIGH, LOW, MEDIUM, Law
from aitestgen_guest.shapes import Description

KIND = "inverse"
_OF_LINES = re.compile(r"(?:\w+\.)*(?!Optional|Union|Annotated)\w+\[")
_IDEMPOTENT = {
    "normalize": MEDIUM, "normalise": MEDIUM, "canonicalize": MEDIUM, "canonicalise": MEDIUM, "canonical": MEDIUM,
    "dedupe": MEDIUM, "deduplicate": MEDIUM, "unique": MEDIUM, "clean": LOW, "simplify": LOW, "sanitize": LOW,
    "slugify": LOW, "collapse": LOW, "trim": LOW, "strip": LOW,
}  # fmt: skip
_SORTS = frozenset({"bubble", "merge", "quick", "insertion", "selection", "heap", "shell", "cocktail", "gnome", "comb"})
_MEANS = frozenset({"mean", "average", "avg", "median", "arithmetic_mean"})


def laws_of_names(description: Description, targets: "Sequence[Description]") -> "Iterator[Law]":
    """The laws that the target's name, and those beside it, promise."""
    if description["kind"] in ("class", "dataclass", "enum", "property") or _is_driven(description):
        return
    names = _names(description)
    for other in targets:
        if other["id"] != description["id"] and not _is_driven(other):
            yield from _round_trip(description, other, names)
    if description["kind"] == "function" and names:
        yield from _idempotence(description, names)
        yield from _sorting(description, names)
        yield from _mean(description, names)


def _is_driven(description: Description) -> bool:
    return bool(description["is_async"] or description["is_generator"] or description["is_context_manager"])


def _names(description: Description) -> "list[str]":
    return [item["name"] for item in description["parameters"] if item["kind"] in ("normal", "positional")]


def _required(description: Description) -> "list[str]":
    return [
        item["name"]
        for item in description["parameters"]
        if item["kind"] in ("normal", "positional", "keyword") and item.get("default") is None
    ]


# -- inverses ----------------------------------------------------------------------------------------------------
def _last(description: Description) -> str:
    return str(description["id"].rpartition(".")[2])


def _round_trip(there: Description, back: Description, names: "list[str]") -> "Iterator[Law]":
    if (there.get("owner") or "") != (back.get("owner") or ""):
        return
    forward = _last(back) in inverse_of(_last(there))
    backward = _last(there) in inverse_of(_last(back))
    if not forward and not backward:
        return
    if there["kind"] == "method" and back["kind"] in ("class method", "static method") and not names and forward:
        yield from _rebuilt(there, back)
    elif names and there["kind"] == back["kind"] and there["kind"] != "class method":
        yield from _returned(there, back, names, silent=not forward)


def _returned(there: Description, back: Description, names: "list[str]", *, silent: bool) -> "Iterator[Law]":
    """Back of there gives the argument again; only where going there once more shows that it was not just rounded."""
    takes, path = _names(back), back["id"] if back["kind"] == "function" else "{self}." + _last(back)
    if not takes or not _fitting(there, back):
        return
    rest = [name for name in _required(back) if name != takes[0]]
    many = len(_required(there)) > 1 and not rest
    if any(name not in names for name in rest) or (not many and set(_required(there)) - {names[0], *rest}):
        return
    undone = f"{path}({', '.join(['result', *(f'{name}={name}' for name in rest)])})"
    yield from _undone_laws(undone, names if many else names[:1], _each_other(there, back), silent=silent)


def _each_other(there: Description, back: Description) -> str:
    return f"{_last(there)} and {_last(back)} are each other's inverse by their names"


def _undone_laws(undone: str, names: "list[str]", quote: str, *, silent: bool) -> "Iterator[Law]":
    """What `undone` gives is the argument, or a tuple of all arguments."""
    many, first = len(names) > 1, names[0]
    given = f"({', '.join(names)})" if many else first
    changes = [f"{name}={undone}[{place}]" for place, name in enumerate(names)] if many else [f"{first}={undone}"]
    again = f"{{call:{'|'.join(changes)}}}"
    close = f"math.isclose({again}, result, rel_tol=1e-6, abs_tol=1e-6)"
    differs = f"(not {close} if isinstance(result, float) else {again} != result)"
    fits = f"isinstance({undone}, tuple) and len({undone}) == {len(names)}" if many else f"{first} == {first}"
    law = Law(KIND, "round trip", quote, "the argument again", confidence=MEDIUM, shows=undone, silent=silent)
    exact = f"{undone} == {given}"
    yield _with(law, test=exact, guard=f"{fits} and not isinstance({first}, float) and {differs}")
    if not many:
        near = f"math.isclose({undone}, {given}, rel_tol=1e-6, abs_tol=1e-6)"
        yield _with(law, test=near, guard=f"isinstance({first}, float) and math.isfinite({first}) and {differs}")
    yield _with(law, test=exact, guard="isinstance(result, (str, bytes, int, list, tuple, dict))", broken_by="error")


def _with(law: Law, **changes: str) -> Law:
    return replace(law, **changes)  # type: ignore[arg-type]  # all changed fields are texts


def _fitting(there: Description, back: Description) -> bool:
    """Whether what comes back from one may go into the other, as far as annotations tell."""
    first: Description = next((item for item in back["parameters"] if item["kind"] in ("normal", "positional")), {})
    made, taken = there.get("returns"), first.get("annotation")
    return not made or not taken or made.strip("'\"") == taken.strip("'\"")


def _takes_apart(there: Description, back: Description) -> bool:
    """Whether the text that comes back would be gone through letter by letter: lines are asked for."""
    first: Description = next((item for item in back["parameters"] if item["kind"] in ("normal", "positional")), {})
    taken, made = ((text or "").strip("'\"") for text in (first.get("annotation"), there.get("returns")))
    return made == "str" and _OF_LINES.match(taken) is not None


def _rebuilt(there: Description, back: Description) -> "Iterator[Law]":
    if len(_required(back)) != 1 or _takes_apart(there, back):
        return
    rebuilt = f"{back['id']}(result)"
    shows = f"{rebuilt}.{_last(there)}()"
    common = Law(KIND, "round trip", _each_other(there, back), "an equal object", confidence=MEDIUM, shows=shows)
    yield _with(common, test=f"{rebuilt}.{_last(there)}() == result")
    yield _with(common, test=f"{rebuilt}.{_last(there)}() == result", broken_by="error")


# -- functions by name -------------------------------------------------------------------------------------------
def _idempotence(description: Description, names: "list[str]") -> "Iterator[Law]":
    word = _last(description).lstrip("_").partition("_")[0]
    if word not in _IDEMPOTENT or _required(description) != names[:1]:
        return
    twice = f"{{call:{names[0]}=result}}"
    quote = f"def {_last(description)}: what is done, done again changes nothing"
    items = "(result if isinstance(result, (list, tuple)) else [result])"
    guard = f"type(result) is type({names[0]}) and not any(isinstance(item, float) for item in {items})"
    law = Law(KIND, "idempotent", quote, "the same when done twice", f"{twice} == result", guard=guard, shows=twice)
    yield _with(law, confidence=_IDEMPOTENT[word])


def _sorting(description: Description, names: "list[str]") -> "Iterator[Law]":
    words = _last(description).lstrip("_").split("_")
    if words[-1] != "sort" or len(words) != 2 or words[0] not in _SORTS or len(_required(description)) != 1:
        return
    name = names[0]
    law = Law(KIND, "sorting", f"def {_last(description)}", "the items in order")
    items = f"isinstance({name}, (list, tuple)) and all(item == item for item in {name})"
    yield _with(law, test=f"result == sorted(${name})", guard=f"isinstance(result, list) and {items}")
    in_place = f"result is None and isinstance({name}, list)"
    yield _with(law, test=f"{name} == sorted(${name})", guard=in_place, shows=name)


def _mean(description: Description, names: "list[str]") -> "Iterator[Law]":
    if _last(description).lstrip("_") not in _MEANS or len(_required(description)) != 1:
        return
    name = names[0]
    close = f"1e-9 * (1 + max(map(abs, {name})))"
    numbers = f"all(isinstance(item, (int, float)) and abs(item) < 1e300 for item in {name})"
    guard = f"isinstance(result, (int, float)) and isinstance({name}, (list, tuple)) and len({name}) > 0 and {numbers}"
    test = f"min({name}) - {close} <= result <= max({name}) + {close}"
    expected = "a result between the smallest and the largest"
    yield Law(KIND, "between extremes", f"def {_last(description)}", expected, test, guard=guard, confidence=MEDIUM)


# -- protocols ---------------------------------------------------------------------------------------------------
_ONE: "tuple[tuple[str, frozenset[str], str, str], ...]" = (
    ("equal to itself", frozenset({"__eq__"}), "subject == subject", HIGH),
    ("not less than itself", frozenset({"__lt__"}), "not subject < subject", HIGH),
    ("not greater than itself", frozenset({"__gt__"}), "not subject > subject", HIGH),
    ("at most itself", frozenset({"__le__"}), "subject <= subject", HIGH),
    ("at least itself", frozenset({"__ge__"}), "subject >= subject", HIGH),
    ("as many items as its length", frozenset({"__len__", "__iter__"}), "len(list(subject)) == len(subject)", MEDIUM),
    ("holds its items", frozenset({"__contains__", "__iter__"}), "all(item in subject for item in subject)", MEDIUM),
    ("true where it is not empty", frozenset({"__bool__", "__len__"}), "bool(subject) == (len(subject) > 0)", MEDIUM),
)  # fmt: skip
_TWO: "tuple[tuple[str, frozenset[str], str, str, str], ...]" = (
    ("equal both ways", frozenset({"__eq__"}), "True", "(first == second) == (second == first)", HIGH),
    ("hashed alike", frozenset({"__eq__", "__hash__"}), "first == second", "hash(first) == hash(second)", HIGH),
    ("less only one way", frozenset({"__lt__"}), "first < second", "not second < first", HIGH),
    ("at most what is equal", frozenset({"__eq__", "__le__"}), "first == second", "first <= second", HIGH),
    ("at most what is greater", frozenset({"__lt__", "__le__"}), "first < second", "first <= second", HIGH),
    ("not less than what is equal", frozenset({"__eq__", "__lt__"}), "first == second", "not first < second", HIGH),
)  # fmt: skip
_ITERATOR = "__next__"


def laws_of_one(methods: "frozenset[str]", docstring: str) -> "Iterator[tuple[Law, tuple[str, ...]]]":
    """Laws of one object, called `subject`, of a class that defines `methods`; and the methods that each is about."""
    for rule, needed, test, confidence in _ONE:
        if needed <= methods and _ITERATOR not in methods:
            yield _protocol(rule, test, confidence), tuple(sorted(needed))
    yield from _copied(methods)
    if {"add", "__contains__"} <= methods:
        yield _protocol("holds what was added", "item in subject", MEDIUM, "subject.add(item)"), ("add", "__contains__")
    if {"push", "pop"} <= methods and re.search(r"\bstack\b|\blifo\b|\blast in\b", docstring, re.IGNORECASE):
        yield _protocol("last in, first out", "subject.pop() == item", MEDIUM, "subject.push(item)"), ("push", "pop")


def _copied(methods: "frozenset[str]") -> "Iterator[tuple[Law, tuple[str, ...]]]":
    for name in ("copy", "clone"):
        if {name, "__eq__"} <= methods:
            yield _protocol("a copy is equal", f"subject.{name}() == subject", MEDIUM), (name,)


def laws_of_two(methods: "frozenset[str]") -> "Iterator[tuple[Law, tuple[str, ...]]]":
    """Laws of two objects of one class, called `first` and `second`."""
    for rule, needed, guard, test, confidence in _TWO:
        if needed <= methods:
            yield _protocol(rule, test, confidence, guard=guard), tuple(sorted(needed))


def laws_of_copies(methods: "frozenset[str]") -> "Iterator[tuple[Law, tuple[str, ...]]]":
    """What is done to a copy, called `second`, does not show in its original, `subject`, which is equal to `first`."""
    for name in ("copy", "clone"):
        if {name, "__eq__"} <= methods:
            guard = "first == first and not (second == first)"
            yield _protocol("a copy is independent", "subject == first", MEDIUM, guard=guard), (name,)


def _protocol(rule: str, test: str, confidence: str, call: str = "", guard: str = "True") -> Law:
    return Law("protocol", rule, f"the protocol: {rule}", rule, test=test, guard=guard, call=call, shows=test,
               broken_by="false", confidence=confidence)  # fmt: skip
