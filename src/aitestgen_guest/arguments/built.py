"""How one piece of data is built, as far as code shows it (structures.py), and the spec of such data."""

import ast
from collections.abc import Iterable
from typing import Any

from aitestgen_guest.arguments.named import by_name
from aitestgen_guest.arguments.noted import DAY, DAY_SPEC, MOMENT, MOMENT_SPEC, SPAN, USED_ALONE
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.shapes import Spec

MOST_DEPTH = 3
"""How deep data is nested in itself: what is deeper must end."""
MOST_PARTS = 2000
MOST_CHOICES = 8
KEY: Spec = ("choice", ("'a'", "'b'", "'c'"))
"""Keys that nothing fixes: few, so that those of one mapping are found in another."""
LEAF: Spec = ("union", (("str",), ("int",)))
_KINDS: "dict[str, Spec]" = {
    "str": ("str",),
    "int": ("int",),
    "float": ("float",),
    "bool": ("bool",),
    "number": ("union", (("int",), ("float",))),
    "none": ("none",),
    "class": ("type",),
    "moment": ("choice", ("'2024-02-29T12:30:00'", "'2024-01-01'", "'2023-06-15T08:00:00+00:00'")),
}
_KEYS: Spec = ("list", KEY)
_WEAK: "dict[str, Spec]" = {"computed": _KINDS["number"], "holding": ("list", LEAF), "truth": _KINDS["bool"]}


_NUMBER = frozenset({"int", "float", "number", "computed"})


class Built:
    """What is known of one piece of data. Two that turn out to be one (`unite`) share all that is known of either."""

    __slots__ = (
        "_one", "asked", "attributes", "awaited", "called_in", "checked", "classes", "item", "keyed", "keys", "kinds",
        "looked_at", "methods", "named", "optional", "parsed", "parts", "returns", "texts", "used_in", "values",
    )  # fmt: skip

    def __init__(self) -> None:
        self._one: Built | None = None
        self.keys: dict[str, Built] = {}
        self.optional: set[str] = set()
        """Keys that code can do without."""
        self.asked: set[str] = set()
        """Texts of which it was asked whether they are in it: keys of a mapping, parts of a text."""
        self.values: Built | None = None
        self.item: Built | None = None
        self.named: Built | None = None
        """What its keys are used as."""
        self.keyed = self.looked_at = self.awaited = False
        """Whether it is a mapping for sure; whether the code asks for its type, so that it may be of several; whether
        it is awaited before it is used.
        """
        self.attributes: dict[str, Built] = {}
        self.called_in: set[str] = set()
        self.used_in: set[str] = set()
        """The paths of the functions that call it, and of those that read its attributes."""
        self.returns: Built | None = None
        """What it gives when it is called."""
        self.methods: set[str] = set()
        """Names of methods by which something was looked up in it: those of a mapping, or of a store with others."""
        self.parsed: Built | None = None
        """What a parser of JSON gives of it."""
        self.classes: dict[str, None] = {}
        """The module's classes that it may be an object of."""
        self.checked: dict[str, None] = {}
        """Other classes, by their names in the module, of which it was asked whether it is an object of them."""
        self.kinds: dict[str, None] = {}
        self.parts: list[Built] = []
        self.texts: dict[str, None] = {}
        """Values that it is compared with, as source text."""

    def whole(self) -> "Built":
        """The one that stands for all that it was united with."""
        one = self
        while one._one is not None:
            one = one._one
        return one

    def key(self, name: str, *, optional: bool = False) -> "Built":
        one = self.as_mapping()
        if name not in one.keys:
            one.keys[name] = Built()
            one.optional.update({name} if optional else ())
        elif not optional:
            one.optional.discard(name)
        return one.keys[name].whole()

    def as_mapping(self) -> "Built":
        """The same, known to be a mapping."""
        one = self.whole()
        one.keyed = True
        return one

    def attribute(self, name: str, path: str = "") -> "Built":
        """What it has under that name, of which the function of this path makes use."""
        self.whole().used_in.update({path} if path else ())
        return self.whole().attributes.setdefault(name, Built()).whole()

    def value(self) -> "Built":
        """What lies at a key that is not known."""
        return self._part("values")

    def unpacked(self, count: int) -> "list[Built]":
        """What stands at each place of it, where it is taken apart into so many names."""
        one = self.whole()
        if len(one.parts) != count:
            one.parts = [Built() for _ in range(count)]
        return one.parts

    def member(self) -> "Built":
        """What a loop over it gives."""
        return self._part("item")

    def _part(self, name: str) -> "Built":
        one = self.whole()
        part: Built = getattr(one, name) or Built()
        setattr(one, name, part)
        return part.whole()

    def is_used_as(self, *kinds: str) -> None:
        self.whole().kinds.update(dict.fromkeys(kinds))

    def is_called(self, path: str) -> "Built":
        """What it gives."""
        self.whole().called_in.add(path)
        return self._part("returns")

    def as_json(self) -> "Built":
        """What it holds as the text of a JSON document."""
        return self._part("parsed")

    def users(self) -> "set[str]":
        """The paths of the functions that call it, or use what it has."""
        one = self.whole()
        return one.called_in | one.used_in

    def acts(self) -> bool:
        """Whether it is called, or one of its methods."""
        one = self.whole()
        return bool(one.called_in) or any(inner.whole().called_in for inner in one.attributes.values())

    def is_compared_with(self, values: "Iterable[Any]") -> None:
        self.whole().texts.update(dict.fromkeys(map(repr, values)))

    def unite(self, other: "Built | None") -> None:
        """The two are one piece of data."""
        if other is None or (one := self.whole()) is (gone := other.whole()):
            return
        gone._one = one
        one.optional = {name for name in one.optional | gone.optional if _both_without(name, one, gone)}
        one.asked |= gone.asked
        one.called_in |= gone.called_in
        one.used_in |= gone.used_in
        one.methods |= gone.methods
        one.keyed, one.looked_at = one.keyed or gone.keyed, one.looked_at or gone.looked_at
        one.awaited = one.awaited or gone.awaited
        one.kinds.update(gone.kinds)
        one.texts.update(gone.texts)
        one.classes.update(gone.classes)
        one.checked.update(gone.checked)
        one.parts = one.parts or gone.parts
        for part in ("keys", "attributes"):
            for name, inner in getattr(gone, part).items():
                getattr(one.whole(), part).setdefault(name, inner).unite(inner)
        for part in ("values", "item", "returns", "parsed", "named"):
            known, inner = getattr(one.whole(), part), getattr(gone, part)
            setattr(one.whole(), part, known or inner)
            if known and inner:
                known.unite(inner)

    def all_keys(self, seen: "frozenset[int]" = frozenset()) -> "set[str]":
        """The names by which something is looked up in it, and in what it holds."""
        one = self.whole()
        if id(one) in seen:
            return set()
        inner = [part for part in (*one.keys.values(), one.values, one.item) if part is not None]
        return {*one.keys}.union(*(part.all_keys(seen | {id(one)}) for part in inner))

    def says_nothing_else(self, other: "Built") -> bool:
        """Whether nothing is known of it that is not known of the other."""
        one = self.whole()
        alike = one.item is None or other.item is not None
        return alike and not (one.keyed or one.texts or one.classes or one.attributes or one.users() or one.looked_at)

    def is_structured(self, seen: "frozenset[int]" = frozenset()) -> bool:
        """Whether something is looked up by name in it or in what it holds, it is an object of the module, a moment or
        a span, rows of numbers, or may be nested or not.
        """
        one = self.whole()
        if id(one) in seen:
            return False
        inner = [part for part in (one.values, one.item) if part is not None]
        typed = one.looked_at and bool(inner or one.parts)
        told = bool(one.keys or one.classes or time_of(one) or _is_grid(one))
        return told or typed or any(part.is_structured(seen | {id(one)}) for part in inner)


class Told(Built):
    """Data that is known as a whole, and not by its parts."""

    __slots__ = ("spec",)

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec


def _is_grid(one: Built) -> bool:
    rows = one.item.whole() if one.item is not None else one
    return rows.item is not None and rows is not one and bool(_NUMBER & rows.item.whole().kinds.keys())


def _both_without(name: str, one: Built, other: Built) -> bool:
    return all(name in each.optional or name not in each.keys for each in (one, other))


def time_of(one: Built) -> "Spec | None":
    """The spec of a day, a moment or a span, if all that is asked of it is what these have, and tells them."""
    used = one.attributes.keys()
    if used <= MOMENT and (len(used) > 1 or used - USED_ALONE - {"replace"}):
        return MOMENT_SPEC if used & MOMENT - DAY else DAY_SPEC
    return ("timedelta",) if used <= SPAN and used - USED_ALONE else None


def spec_of(built: Built) -> Spec:
    """The spec of such data; LEAF where nothing is known of it. What is nested in itself ends after MOST_DEPTH, and
    sooner where there would be over MOST_PARTS parts.
    """
    depth, spec = 0, _Reading().spec(built, 0)
    while depth < MOST_DEPTH and _size(spec, {}) > MOST_PARTS:
        depth += 1
        spec = _Reading().spec(built, depth)
    return spec


def _size(spec: Any, known: "dict[int, int]") -> int:
    """How many parts it has; those that stand in several places of it are gone through once."""
    if not isinstance(spec, tuple):
        return 1
    if id(spec) not in known:
        known[id(spec)] = 1 + sum(_size(part, known) for part in spec)
    return known[id(spec)]


def with_keys(declared: Spec, told: Spec) -> "Spec | None":
    """What is declared as mappings from texts, or lists of such, with the keys that code looks up; None where it looks
    up none, and of anything else.
    """
    if "union" in (declared[0], told[0]):
        pairs = [(one, other) for one in _options(declared) for other in _options(told)]
        return next((found for pair in pairs if (found := with_keys(*pair)) is not None), None)
    if declared[0] == told[0] == "list":
        inner = with_keys(declared[1], told[1])
        return None if inner is None else ("list", inner)
    if declared[:2] != ("dict", ("str",)) or told[0] != "shaped":
        return None
    held = declared[2]
    return ("shaped", tuple((name, _at_key(held, inner), optional) for name, inner, optional in told[1]))


def _at_key(declared: Spec, told: Spec) -> Spec:
    """What is declared of a value; of a text, the ones with which it is compared, too."""
    texts = tuple(text for one in _options(told) if one[0] == "choice" for text in one[1] if text[:1] in "'\"")
    if declared == _KINDS["str"] and texts:
        return ("union", (("choice", texts), declared))
    return with_keys(declared, told) or declared


def _options(spec: Spec) -> "tuple[Spec, ...]":
    return spec[1] if spec[0] == "union" else (spec,)


def names_in(keywords: "Built | None", constants: "Iterable[str]") -> "list[str]":
    """The names that code looks for among its keywords, or uses as those of attributes; `constants` are source text."""
    told = spec_of(keywords) if isinstance(keywords, Told) else ANY
    names = told[1] if told[0] == "choice" else ()
    texts = dict.fromkeys([*constants, *(text for text in names if not text.startswith("'_"))])
    return [ast.literal_eval(text) for text in texts]


class _Reading:
    """Reads specs; that of one piece of data at one depth once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Built, int], Spec] = {}

    def spec(self, built: Built, depth: int) -> Spec:
        one = built.whole()
        if isinstance(one, Told):
            return one.spec
        if (one, depth) not in self._known:
            self._known[one, depth] = self._read(one, depth)
        return self._known[one, depth]

    def _read(self, one: Built, depth: int) -> Spec:
        options: list[Spec] = [("new", name) for name in one.classes]
        if (time := time_of(one)) is not None and not options:
            options = [time]
        options += [*self._containers(one, depth), *(_KINDS[kind] for kind in one.kinds if kind in _KINDS)]
        if one.texts:
            options.insert(0, ("choice", tuple(one.texts)[:MOST_CHOICES]))
        if one.looked_at:
            options += [option for option in (("str",), ("int",), ("bool",)) if option not in options]
        if one.users() and (one.methods or set(options) <= {_KINDS["none"]}):
            options = [self._called(one, depth), *([_KINDS["none"]] if "none" in one.kinds else [])]
        if one.parsed is not None and depth <= MOST_DEPTH:
            options.append(("json", self.spec(one.parsed, depth + 1)))
        if options == [_KINDS["none"]]:
            options.append(LEAF)  # what may be None is something else as well
        options = options or [spec for kind, spec in _WEAK.items() if kind in one.kinds]
        return LEAF if not options else options[0] if len(options) == 1 else ("union", tuple(options))

    def _called(self, one: Built, depth: int) -> Spec:
        """A function, or an object by its attributes, some of which are methods."""
        if one.called_in or depth > MOST_DEPTH:
            return ("callable", None, self._answer(one.returns, depth))
        found = {name: by_name(name, self.spec(inner, depth + 1), LEAF) for name, inner in one.attributes.items()}
        for name in one.methods:
            found[name] = ("callable", None, _KEYS if name == "keys" else self._answer(one.values, depth))
        return ("attributes", tuple(sorted(found.items())))

    def _answer(self, built: "Built | None", depth: int) -> Spec:
        """What a call gives of which this is known; anything where nothing is."""
        told = LEAF if built is None or depth > MOST_DEPTH else self.spec(built, depth + 1)
        told = ANY if told == LEAF else told
        return ("awaitable", told) if built is not None and built.whole().awaited else told

    def _containers(self, one: Built, depth: int) -> "list[Spec]":
        found: list[Spec] = [("tuple", tuple(self._inner(part, depth) for part in one.parts))] if one.parts else []
        if one.keys:
            found.append(("shaped", tuple(self._pairs(one, depth))))
        elif one.values is not None or one.keyed:
            found.append(("dict", KEY, self._inner(one.values, depth)))
            found += [] if one.keyed or one.item else [("list", self._inner(one.values, depth))]
        if (one.item is not None or "list" in one.kinds) and (one.looked_at or not one.keyed):
            found.append(("list", self._inner(one.item, depth)))
        return found

    def _pairs(self, one: Built, depth: int) -> "Iterable[tuple[str, Spec, bool]]":
        for name, inner in one.keys.items():
            optional = name in one.optional or name in one.asked
            if depth < MOST_DEPTH or not optional or not _holds_more(inner):
                yield name, by_name(name, self._inner(inner, depth), LEAF), optional

    def _inner(self, built: "Built | None", depth: int) -> Spec:
        if built is None:
            return LEAF
        if depth > MOST_DEPTH and _holds_more(built):
            return ("choice", ("{}",)) if built.whole().keyed else ("choice", ("[]",)) if built.whole().item else ANY
        return self.spec(built, depth + 1)


def _holds_more(built: Built) -> bool:
    one = built.whole()
    return bool(one.keys or one.values or one.item or one.parts)
