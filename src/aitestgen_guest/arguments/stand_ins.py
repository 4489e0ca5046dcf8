"""Types by tracing (after Pynguin's type tracing, FSE 2024): a call with stand-ins that note what is done to them.

`noted.spec_of` makes of the notes what the search should pass instead: a dict with the keys that were asked for, a list
of what its members were used as, an object with the attributes that were read, text, numbers, a callable.
"""

import datetime
import dis
import sys
from collections.abc import Callable
from random import Random
from types import FrameType
from typing import Any

MOST_DEPTH = 6
MOST_NOTES = 400
ITEMS = 2
_UNPACK = dis.opmap["UNPACK_SEQUENCE"]
_OF_TIME = (datetime.timedelta, datetime.date)


class Notes:
    """What was done to one stand-in."""

    __slots__ = (
        "arithmetic",
        "attributes",
        "called",
        "claim",
        "compared",
        "dated",
        "depth",
        "difference",
        "indexed",
        "items",
        "keyed",
        "keys",
        "ledger",
        "parsed",
        "parts",
        "peers",
    )

    def __init__(self, ledger: "Ledger", depth: int) -> None:
        self.ledger = ledger
        self.depth = depth
        self.keys: dict[Any, Notes] = {}
        self.attributes: dict[str, Notes] = {}
        self.items: Notes | None = None
        self.called: Notes | None = None
        self.compared: list[Any] = []
        self.arithmetic = False
        self.peers: list[Notes] = []
        self.difference: Notes | None = None
        self.dated = False
        self.claim: type | None = None
        self.keyed = False
        self.indexed = False
        self.parsed: Notes | None = None
        self.parts: list[Notes] = []
        """What the names were used as into which it was unpacked."""

    def child(self) -> "Notes":
        return Notes(self.ledger, self.depth + 1)

    def key(self, key: Any) -> "StandIn":
        return StandIn(self.keys.setdefault(key, self.child()))

    def attribute(self, name: str) -> "StandIn":
        return StandIn(self.attributes.setdefault(name, self.child()))

    def item(self) -> "StandIn":
        self.items = self.items or self.child()
        return StandIn(self.items)

    def unpacked(self, count: int) -> "list[StandIn]":
        self.parts += [self.child() for _ in range(count - len(self.parts))]
        return [StandIn(part) for part in self.parts[:count]]

    def meet(self, other: "Notes") -> None:
        """Take note that the two were compared or computed with each other: they are of one kind."""
        self.peers.append(other)
        other.peers.append(self)

    def result(self) -> "StandIn":
        self.called = self.called or self.child()
        return StandIn(self.called)


class Enough(Exception):
    """The stand-ins have seen enough of this call."""


class Ledger:
    """Shared by the stand-ins of one call: how much they have noted, and how they answer a question."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.count = 0

    def answer(self) -> bool:
        self.note()
        return self.random.random() < 0.5

    def note(self) -> None:
        self.count += 1
        if self.count > MOST_NOTES:
            raise Enough


class StandIn:
    """Takes part in nearly everything, and notes it. Truth and comparisons come out by chance."""

    __slots__ = ("_notes",)

    def __init__(self, notes: Notes) -> None:
        object.__setattr__(self, "_notes", notes)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _noted(self)
        return _bound(self, name)

    @property  # type: ignore[misc] # isinstance believes what it says, and that is what it is for
    def __class__(self) -> Any:
        """What `isinstance` asks for: sometimes a builtin type, the same one every time."""
        notes: Notes = object.__getattribute__(self, "_notes")
        if notes.claim is None:
            notes.claim = notes.ledger.random.choice(_CLAIMS)
        return notes.claim

    def __setattr__(self, name: str, value: Any) -> None:
        _noted(self).attribute(name)

    def __getitem__(self, key: Any) -> Any:
        notes = _noted(self)
        if (isinstance(key, (int, slice)) and not isinstance(key, bool)) or _is_computed(key):
            notes.indexed = True
            return notes.item()
        notes.keyed = notes.keyed or isinstance(key, StandIn)
        return notes.key(key) if isinstance(key, str) else notes.item()

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, str):
            _noted(self).key(key)

    def __delitem__(self, key: Any) -> None:
        self.__setitem__(key, None)

    def __contains__(self, key: Any) -> bool:
        notes = _noted(self)
        if isinstance(key, str):
            notes.key(key)
        return notes.ledger.answer()

    def __iter__(self) -> Any:
        notes = _noted(self)
        names = _unpacked_into(sys._getframe(1))
        if names:
            return iter(notes.unpacked(names))
        return iter([notes.item() for _ in range(ITEMS)])

    def __len__(self) -> int:
        return ITEMS

    def __bool__(self) -> bool:
        return _noted(self).ledger.answer()

    def __call__(self, *_: Any, **__: Any) -> Any:
        return _noted(self).result()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __hash__(self) -> int:
        return 1

    def __str__(self) -> str:
        return "1"

    def __int__(self) -> int:
        _noted(self).arithmetic = True
        return 1

    def __float__(self) -> float:
        _noted(self).arithmetic = True
        return 1.0

    def __index__(self) -> int:
        _noted(self).arithmetic = True
        return 1


_CLAIMS: "tuple[type, ...]" = (StandIn, StandIn, StandIn, dict, dict, list, str, int)


def _is_computed(key: Any) -> bool:
    """Whether it is a stand-in that was computed with, as places in lists are, and keys of mappings are not."""
    return type(key) is StandIn and bool(object.__getattribute__(key, "_notes").arithmetic)


def _noted(stand_in: StandIn) -> Notes:
    notes: Notes = object.__getattribute__(stand_in, "_notes")
    notes.ledger.note()
    if notes.depth > MOST_DEPTH:
        raise Enough
    return notes


class _Method(StandIn):
    """The method of a mapping, if it is called: it gives what is in `whole`. Otherwise an attribute like any other."""

    __slots__ = ("_name", "_whole")

    def __init__(self, notes: Notes, whole: Notes, name: str) -> None:
        super().__init__(notes)
        object.__setattr__(self, "_whole", whole)
        object.__setattr__(self, "_name", name)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        super().__call__()
        whole: Notes = object.__getattribute__(self, "_whole")
        return _GIVEN[object.__getattribute__(self, "_name")](whole, *arguments, **keywords)


def _member(whole: Notes, key: Any = 0, *_: Any) -> StandIn:
    return whole.key(key) if isinstance(key, str) else whole.item()


_GIVEN: "dict[str, Callable[..., Any]]" = {
    "get": _member,
    "pop": _member,
    "setdefault": _member,
    "items": lambda whole: [("a", whole.item()), ("b", whole.item())],
    "values": lambda whole: [whole.item()],
    "keys": lambda _: ["a", "b"],
}


def _bound(stand_in: StandIn, name: str) -> StandIn:
    notes: Notes = object.__getattribute__(stand_in, "_notes")
    attribute = notes.attribute(name)
    return _Method(notes.attributes[name], notes, name) if name in _GIVEN else attribute


def _unpacked_into(frame: FrameType) -> int:
    """Into how many names the frame is just unpacking something; 0 where it does anything else."""
    code, place = frame.f_code.co_code, frame.f_lasti
    return code[place + 1] if code[place] == _UNPACK else 0


def _compares(self: StandIn, other: Any) -> bool:
    notes = _noted(self)
    if type(other) is StandIn:
        notes.meet(_noted(other))
    else:
        notes.compared.append(other)
    return notes.ledger.answer()


def _computes(self: StandIn, *others: Any) -> StandIn:
    notes = _noted(self)
    if others and type(others[0]) is StandIn:
        notes.arithmetic = _noted(others[0]).arithmetic = True
    elif others and isinstance(others[0], _OF_TIME):
        notes.dated = True
    else:
        notes.arithmetic = True
    return StandIn(notes)


def _subtracts(self: StandIn, other: Any) -> StandIn:
    """The difference of two stand-ins is of a kind of its own: between two days lies a span."""
    if type(other) is not StandIn:
        return _computes(self, other)
    notes = _noted(self)
    notes.meet(_noted(other))
    notes.arithmetic = True
    notes.difference = notes.difference or notes.child()
    return StandIn(notes.difference)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(StandIn, f"__{_name}__", _subtracts if _name == "sub" else _computes)
    setattr(StandIn, f"__r{_name}__", _computes)
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(StandIn, f"__{_name}__", _compares)
for _name in ("neg", "pos", "abs", "round"):
    setattr(StandIn, f"__{_name}__", _computes)


def parse(text: Any, parser: "Callable[..., Any]", *arguments: Any, **keywords: Any) -> Any:
    """What a parser of JSON gives: of a stand-in another one, which notes what is done to the data."""
    if not isinstance(text, StandIn):
        return parser(text, *arguments, **keywords)
    notes = _noted(text)
    notes.parsed = notes.parsed or notes.child()
    return StandIn(notes.parsed)
