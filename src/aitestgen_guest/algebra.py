"""What names and protocols promise: inverses, idempotence, sorting, means; equality, order, hash, length, copies."""

import re
from collections.abc import Iterator, Sequence

from aitestgen_guest.laws import HIGH, LOW, MEDIUM, Law
from aitestgen_guest.shapes import Description

KIND = "inverse"
_INVERSES = (
    ("encode", "decode"), ("dumps", "loads"), ("serialize", "deserialize"), ("serialise", "deserialise"),
    ("compress", "decompress"), ("quote", "unquote"), ("escape", "unescape"), ("encrypt", "decrypt"),
    ("pack", "unpack"), ("format", "parse"), ("marshal", "unmarshal"), ("flatten", "unflatten"),
    ("hexlify", "unhexlify"), ("encipher", "decipher"), ("stringify", "parse"), ("render", "parse"), ("to", "from"),
)  # fmt: skip
_IDEMPOTENT = {
    "normalize": MEDIUM, "normalise": MEDIUM, "canonicalize": MEDIUM, "canonicalise": MEDIUM, "canonical": MEDIUM,
    "dedupe": MEDIUM, "deduplicate": MEDIUM, "unique": MEDIUM, "clean": LOW, "simplify": LOW, "sanitize": LOW,
    "slugify": LOW, "collapse": LOW, "trim": LOW, "strip": LOW,
}  # fmt: skip
_SORTS = frozenset(
    {"bubble", "merge", "quick", "insertion", "selection", "heap", "shell", "cocktail", "gnome", "comb", "tim"}
)
_MEANS = frozenset({"mean", "average", "avg", "median", "arithmetic_mean"})
_CLOSE = "1e-6 * (1 + abs({0}))"


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
def inverse_of(name: str) -> "list[str]":
    """The names that the inverse of a function may have: `encode_x` → `decode_x`, `a_to_b` → `b_to_a`."""
    words = name.split("_")
    found = []
    for one, other in _INVERSES:
        if one in words:
            place = words.index(one)
            found.append("_".join([*words[:place], other, *words[place + 1 :]]))
        elif len(one) > 4 and "_" not in name and (name.startswith(one) or name.endswith(one)):
            found.append(name.replace(one, other))
    if "to" in words[1:-1]:
        place = words.index("to")
        found.append("_".join([*words[place + 1 :], "to", *words[:place]]))
    return [item for item in dict.fromkeys(found) if item != name]


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
    if any(name not in names for name in rest) or (not many and len(set(_required(there)) - {names[0], *rest}) > 0):
        return
    undone = f"{path}({', '.join(['result', *(f'{name}={name}' for name in rest)])})"
    given = f"({', '.join(names)})" if many else names[0]
    again = (
        "|".join(f"{name}={undone}[{place}]" for place, name in enumerate(names)) if many else f"{names[0]}={undone}"
    )
    differs = f"not math.isclose({{call:{again}}}, result, rel_tol=1e-6, abs_tol=1e-6) if isinstance(result, float) else {{call:{again}}} != result"
    quote = f"{_last(there)} and {_last(back)} are each other's inverse by their names"
    shape = (
        f"isinstance({undone}, tuple) and len({undone}) == {len(names)} and "
        if many
        else f"{names[0]} == {names[0]} and "
    )
    common = Law(KIND, "round trip", quote, "the argument again", confidence=MEDIUM, shows=undone, silent=silent)
    yield _with(common, test=f"{undone} == {given}", guard=f"{shape}not isinstance({names[0]}, float) and ({differs})")
    if not many:
        yield _with(common, test=f"math.isclose({undone}, {given}, rel_tol=1e-6, abs_tol=1e-6)",
                    guard=f"isinstance({names[0]}, float) and math.isfinite({names[0]}) and ({differs})")  # fmt: skip
    yield _with(
        common,
        test=f"{undone} == {given}",
        guard="isinstance(result, (str, bytes, int, list, tuple, dict))",
        broken_by="error",
    )


def _with(law: Law, **changes: str) -> Law:
    from dataclasses import replace

    return replace(law, **changes)  # type: ignore[arg-type]  # all changed fields are texts


def _fitting(there: Description, back: Description) -> bool:
    """Whether what comes back from one may go into the other, as far as annotations tell."""
    first = next((item for item in back["parameters"] if item["kind"] in ("normal", "positional")), {})
    made, taken = there.get("returns"), first.get("annotation")
    return not made or not taken or made.strip("'\"") == taken.strip("'\"")


def _rebuilt(there: Description, back: Description) -> "Iterator[Law]":
    if len(_required(back)) != 1:
        return
    rebuilt = f"{back['id']}(result)"
    quote = f"{_last(there)} and {_last(back)} are each other's inverse by their names"
    common = Law(KIND, "round trip", quote, "an equal object", confidence=MEDIUM, shows=f"{rebuilt}.{_last(there)}()")
    yield _with(common, test=f"{rebuilt}.{_last(there)}() == result")
    yield _with(common, test=f"{rebuilt}.{_last(there)}() == result", broken_by="error")


# -- functions by name -------------------------------------------------------------------------------------------
def _idempotence(description: Description, names: "list[str]") -> "Iterator[Law]":
    word = _last(description).lstrip("_").partition("_")[0]
    if word in _IDEMPOTENT and len(_required(description)) == 1 and _required(description)[0] == names[0]:
        twice = f"{{call:{names[0]}=result}}"
        quote = f"def {_last(description)}: what is done, done again changes nothing"
        yield Law(KIND, "idempotent", quote, "the same when done twice", f"{twice} == result",
                  guard=f"type(result) is type({names[0]}) and 'nan' not in repr(result) and not any(isinstance(item, float) for item in (result if isinstance(result, (list, tuple)) else [result]))",
                  shows=twice, confidence=_IDEMPOTENT[word])  # fmt: skip


def _sorting(description: Description, names: "list[str]") -> "Iterator[Law]":
    words = _last(description).lstrip("_").split("_")
    if words[-1] != "sort" or len(words) != 2 or words[0] not in _SORTS or len(_required(description)) != 1:
        return
    quote = f"def {_last(description)}"
    guard = (
        f"isinstance(result, list) and isinstance({names[0]}, (list, tuple)) and all(item == item for item in result)"
    )
    yield Law(
        KIND, "sorting", quote, "the items in order", f"result == sorted(${names[0]})", guard=guard, confidence=HIGH
    )
    yield Law(KIND, "sorting", quote, "the items in order", f"{names[0]} == sorted(${names[0]})",
              guard=f"result is None and isinstance({names[0]}, list)", shows=names[0], confidence=HIGH)  # fmt: skip


def _mean(description: Description, names: "list[str]") -> "Iterator[Law]":
    if _last(description).lstrip("_") in _MEANS and len(_required(description)) == 1:
        name = names[0]
        close = f"1e-9 * (1 + max(map(abs, {name})))"
        yield Law(KIND, "between extremes", f"def {_last(description)}", "a result between the smallest and the largest",
                  f"min({name}) - {close} <= result <= max({name}) + {close}",
                  guard=f"isinstance(result, (int, float)) and isinstance({name}, (list, tuple)) and len({name}) > 0 "
                  f"and all(isinstance(item, (int, float)) and abs(item) < 1e300 for item in {name})",
                  confidence=MEDIUM)  # fmt: skip


# -- protocols ---------------------------------------------------------------------------------------------------
_ONE: "tuple[tuple[str, frozenset[str], str, str], ...]" = (
    ("equal to itself", frozenset({"__eq__"}), "subject == subject", HIGH),
    ("not less than itself", frozenset({"__lt__"}), "not subject < subject", HIGH),
    ("not greater than itself", frozenset({"__gt__"}), "not subject > subject", HIGH),
    ("at most itself", frozenset({"__le__"}), "subject <= subject", HIGH),
    ("at least itself", frozenset({"__ge__"}), "subject >= subject", HIGH),
    ("as many items as its length", frozenset({"__len__", "__iter__"}), "len(list(subject)) == len(subject)", MEDIUM),
    ("holds what it iterates over", frozenset({"__contains__", "__iter__"}), "all(item in subject for item in subject)", MEDIUM),
    ("true where it is not empty", frozenset({"__bool__", "__len__"}), "bool(subject) == (len(subject) > 0)", MEDIUM),
)  # fmt: skip
_TWO: "tuple[tuple[str, frozenset[str], str, str, str], ...]" = (
    ("equal both ways", frozenset({"__eq__"}), "True", "(first == second) == (second == first)", HIGH),
    ("equal objects have one hash", frozenset({"__eq__", "__hash__"}), "first == second", "hash(first) == hash(second)", HIGH),
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
    for name in ("copy", "clone"):
        if {name, "__eq__"} <= methods:
            yield _protocol("a copy is equal", f"subject.{name}() == subject", MEDIUM), (name,)
    if {"add", "__contains__"} <= methods:
        yield _protocol("holds what was added", "item in subject", MEDIUM, "subject.add(item)"), ("add", "__contains__")
    if {"push", "pop"} <= methods and re.search(r"\bstack\b|\blifo\b|\blast in\b", docstring, re.IGNORECASE):
        yield _protocol("last in, first out", "subject.pop() == item", MEDIUM, "subject.push(item)"), ("pop", "push")


def laws_of_two(methods: "frozenset[str]") -> "Iterator[tuple[Law, tuple[str, ...]]]":
    """Laws of two objects of one class, called `first` and `second`."""
    for rule, needed, guard, test, confidence in _TWO:
        if needed <= methods:
            yield _protocol(rule, test, confidence, guard=guard), tuple(sorted(needed))


def _protocol(rule: str, test: str, confidence: str, call: str = "", guard: str = "True") -> Law:
    return Law("protocol", rule, f"the protocol: {rule}", rule, test=test, guard=guard, call=call, shows=test,
               broken_by="false", confidence=confidence)  # fmt: skip
