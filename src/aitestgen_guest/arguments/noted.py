"""What should be passed in a stand-in's place, by the notes of what was done to it (stand_ins.py)."""

from typing import Any

from aitestgen_guest.arguments.named import by_name
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.arguments.stand_ins import MOST_DEPTH, Notes
from aitestgen_guest.shapes import Spec

MOST_CHOICES = 8
TEXT = frozenset(name for name in dir(str) if not name.startswith("_")) - frozenset(dir(list))
MAPPING = frozenset({"get", "keys", "values", "items", "setdefault", "update", "popitem"})
LIST = frozenset({"append", "extend", "insert", "sort", "reverse", "remove"})
SET = frozenset({"add", "discard", "union", "intersection", "difference", "issubset", "issuperset"})
DAY = frozenset(
    ["weekday", "isoweekday", "isocalendar", "toordinal", "strftime", "isoformat", "year", "month", "day", "replace"]
)
MOMENT = DAY | {"hour", "minute", "second", "microsecond", "timestamp", "tzinfo", "astimezone", "date", "time"}
DAY_SPEC: Spec = ("date",)
MOMENT_SPEC: Spec = ("datetime",)
SPAN = frozenset({"total_seconds", "days", "seconds", "microseconds"})
_KINDS: "tuple[tuple[frozenset[str], Spec], ...]" = (
    (MAPPING, ("dict", ("str",), ANY)),
    (TEXT, ("str",)),
    (LIST, ("list", ANY)),
    (SET, ("set", ("int",))),
    (DAY, DAY_SPEC),
    (MOMENT, MOMENT_SPEC),
    (SPAN, ("timedelta",)),
)
_READ = frozenset({"year", "days"})
"""Names by which the kinds are told that have more than methods."""
USED_ALONE = frozenset({"day", "year", "month", "date", "time", "days", "seconds", "hour", "minute", "second"})
"""Names that objects of many other kinds have as well."""


def spec_of(notes: Notes, depth: int = 0) -> Spec:
    """What the notes ask for; ANY where they say nothing."""
    if depth > MOST_DEPTH:
        return ANY
    used = set(notes.attributes)
    if _is_dated(notes):
        return MOMENT_SPEC if used & MOMENT - DAY else DAY_SPEC
    if notes.parsed is not None:
        return ("json", spec_of(notes.parsed, depth + 1))
    if notes.keys:
        return ("record", tuple((key, by_name(key, spec_of(inner, depth + 1))) for key, inner in notes.keys.items()))
    called = {name for name in used if notes.attributes[name].called is not None}
    for names, spec in _KINDS:
        known = (used if names & _READ else called) & names
        telling = known - USED_ALONE or len(known) > 1
        if telling and not used - known - called & {"copy", "pop", "index", "count"}:
            return _filled(spec, notes, depth)
    if used:
        found = {name: spec_of(notes.attributes[name], depth + 1) for name in sorted(used)}
        return ("attributes", tuple((name, by_name(name, told)) for name, told in found.items()))
    return _plain(notes, depth)


def _is_dated(notes: Notes) -> bool:
    """Whether spans were added, or differences used as spans: of this one, or of one of its kind."""
    kin = [notes]
    for one in kin:
        kin += [peer for peer in one.peers if peer not in kin]
    return any(one.dated or (one.difference is not None and bool(SPAN & set(one.difference.attributes))) for one in kin)


def _filled(spec: Spec, notes: Notes, depth: int) -> Spec:
    """The container with what its members were used as."""
    member = spec_of(notes.items, depth + 1) if notes.items else ANY
    if spec[0] == "dict":
        return ("dict", ("str",), member)
    return (spec[0], member) if spec[0] == "list" and notes.items else spec


def _plain(notes: Notes, depth: int) -> Spec:
    if notes.called is not None:
        return ("callable", None, spec_of(notes.called, depth + 1))
    if notes.keyed and not notes.indexed:
        return ("dict", ("str",), spec_of(notes.items, depth + 1) if notes.items else ANY)
    if notes.parts:
        return ("tuple", tuple(spec_of(part, depth + 1) for part in notes.parts))
    if notes.items is not None:
        return ("str",) if _is_letter(notes.items) else ("list", spec_of(notes.items, depth + 1))
    values = [value for value in notes.compared if type(value) in _VALUES]
    if values:
        near = [other for value in values for other in _at_and_beside(value)]
        texts = tuple(dict.fromkeys(repr(value) for value in near if value is not None))[:MOST_CHOICES]
        kinds = tuple(dict.fromkeys((_VALUES[type(value)],) for value in values))
        return ("union", (("choice", texts), *kinds) if texts else kinds)
    if notes.arithmetic:
        return ("union", (("int",), ("float",)))
    if notes.peers and depth < MOST_DEPTH:
        return next((spec for one in notes.peers if (spec := spec_of(one, MOST_DEPTH)) != ANY), ANY)
    return _CLAIMED.get(notes.claim, ANY)


def _is_letter(notes: Notes) -> bool:
    """Whether it was compared with single letters, and nothing else was done with it than with a text."""
    compared = [value for value in notes.compared if value is not None]
    letters = bool(compared) and all(isinstance(value, str) and len(value) < 2 for value in compared)
    return letters and notes.attributes.keys() <= TEXT


def _at_and_beside(value: Any) -> "list[Any]":
    """The value, and of a number what lies on its either side."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return [value, value + 1, value - 1] if is_number else [value]


_CLAIMED: "dict[type | None, Spec]" = {
    dict: ("dict", ("str",), ANY), list: ("list", ANY), str: ("str",), int: ("int",),
}  # fmt: skip
_VALUES: "dict[type, str]" = {int: "int", float: "float", str: "str", bool: "bool", type(None): "none", bytes: "bytes"}
