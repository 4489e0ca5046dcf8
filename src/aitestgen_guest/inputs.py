"""Inputs: expressions that evaluate to arguments, made from specs, changed step by step, spliced with seen values.

An expression is plain data, `("data", source)` with `source` evaluable text of builtins; a call of a class or factory,
`("call", path, [expressions], {name: expression})`; a container of expressions, `("many", open, [expressions], close)`;
or other text, `("text", source)` (names, lambdas, enum members). All are JSON.
"""

import ast
import math
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, Protocol

from aitestgen_guest.shapes import Expression, Spec
from aitestgen_guest.specs import ANY

_PLAIN = (int, float, str, bytes, bool, complex, type(None), list, tuple, set, frozenset, dict)
_WORDS = (
    "",
    "a",
    "abc",
    "hello world",
    "Hello",
    "ABC",
    "alice",
    "bob",
    "0",
    "12",
    "-1",
    "3.14",
    " ",
    " padded ",
    "a,b,c",
    "x=1",
    "é",
    "a\nb",
)
_INTS = (0, 1, 2, 3, -1, 5, 10, -7, 100, 7, 1000, 255)
_FLOATS = (0.0, 1.0, 0.5, -1.0, 2.5, 10.0, 100.0, -0.5, 0.1, 1e6)
_CALLABLES = {
    None: (
        "lambda *args: None",
        "lambda *args: args",
        "lambda *args: args[0] if args else 0",
        "lambda *args: True",
        "str",
        "len",
    ),
    0: ("lambda: None", "lambda: 1", "list", "dict"),
    1: (
        "lambda x: x",
        "str",
        "lambda x: None",
        "lambda x: x > 1",
        "len",
        "bool",
        "lambda x: True",
        "lambda x: False",
        "lambda x: -x",
    ),
    2: ("lambda a, b: a + b", "lambda a, b: None", "max", "lambda a, b: a < b", "lambda a, b: a"),
}
_DATES = ("dt.date(2024, 2, 29)", "dt.date(2023, 12, 31)", "dt.date(2024, 1, 1)", "dt.date(2023, 6, 15)")
_MOMENTS = ("dt.datetime(2024, 1, 1, 12, 30)", "dt.datetime(2023, 12, 31, 23, 59, 59)", "dt.datetime(2024, 2, 29)")
_SPANS = (
    "dt.timedelta(days=1)", "dt.timedelta(0)", "dt.timedelta(seconds=90)", "dt.timedelta(days=-1)",
    "dt.timedelta(hours=5)", "dt.timedelta(days=40)", "dt.timedelta(days=400)", "dt.timedelta(microseconds=500)",
    "dt.timedelta(milliseconds=20)", "dt.timedelta(seconds=1)", "dt.timedelta(minutes=1)", "dt.timedelta(days=800)",
)  # fmt: skip
_ANYTHING: "tuple[Spec, ...]" = (
    ("int",), ("str",), ("list", ("int",)), ("float",), ("none",), ("bool",), ("dict", ("str",), ("int",)),
    ("list", ("str",)), ("tuple*", ("int",)), ("list", ("tuple", (("int",), ("str",)))), ("set", ("int",)),
)  # fmt: skip
PRIVATE = "aitestgen-world-"
"""Part of the name of the folder in which cases run: no value with it is worth keeping."""
_TYPES = ("int", "str", "list", "ValueError", "object")


def source(expression: Expression) -> str:
    """The expression as source text."""
    kind = expression[0]
    if kind in ("data", "text"):
        return str(expression[1])
    if kind == "many":
        inside = ", ".join(map(source, expression[2]))
        comma = "," if expression[1].endswith("(") and len(expression[2]) == 1 and expression[3] == ")" else ""
        return f"{expression[1]}{inside}{comma}{expression[3]}"
    if kind == "pairs":
        return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in expression[1]) + "}"
    parts = [source(item) for item in expression[2]]
    parts += [f"{name}={source(item)}" for name, item in expression[3].items()]
    return f"{expression[1]}({', '.join(parts)})"


def data(value: Any) -> Expression:
    return ("data", _render(value))


def _render(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, (set, frozenset)):
        inside = "{" + ", ".join(sorted(map(_render, value))) + "}" if value else "set()"
        return inside if isinstance(value, set) else (f"frozenset({inside})" if value else "frozenset()")
    if isinstance(value, list):
        return "[" + ", ".join(map(_render, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_render, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_render(k)}: {_render(v)}" for k, v in value.items()) + "}"
    return repr(value)


def value_of(expression: Expression) -> Any:
    """The value of plain data; raises ValueError for anything else."""
    if expression[0] != "data":
        raise ValueError(expression[0])
    try:
        return ast.literal_eval(expression[1])
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(expression[1]) from error


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether `value` is small builtin data, through and through."""
    if type(value) not in _PLAIN or depth > 3:
        return False
    if isinstance(value, (str, bytes)):
        return len(value) <= 200 and (PRIVATE not in value if isinstance(value, str) else True)
    if isinstance(value, float):
        return not math.isnan(value)
    if isinstance(value, int):
        return abs(value) < 10**30
    if isinstance(value, dict):
        return len(value) <= 12 and all(is_plain(k, depth + 1) and is_plain(v, depth + 1) for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return len(value) <= 12 and all(is_plain(item, depth + 1) for item in value)
    return True


class Pool:
    """Values worth trying again, by type: the module's constants, and operands seen at run time."""

    def __init__(self, constants: "Iterable[str]" = ()) -> None:
        self.values: dict[type, list[Any]] = {}
        for constant in constants:
            if _is_data(constant):
                self.add(ast.literal_eval(constant))

    def add(self, value: Any) -> None:
        if not is_plain(value):
            return
        known = self.values.setdefault(type(value), [])
        if len(known) < 120 and value not in known:
            known.append(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            for item in sorted(value, key=repr)[:8]:
                self.add(item)
        elif isinstance(value, dict):
            for item in list(value)[:8]:
                self.add(item)

    def of(self, kind: type) -> "Sequence[Any]":
        return self.values.get(kind, ())


class Constructors(Protocol):
    """Makes and changes calls that construct instances (callables.py)."""

    def call(self, path: str, maker: "Maker", depth: int = 0) -> "Expression | None": ...

    def changed(self, expression: Expression, maker: "Maker") -> Expression: ...


class Maker:
    """Makes and changes expressions with one seeded random generator; `constructors` makes calls of classes."""

    def __init__(self, random: Random, pool: Pool, constructors: Constructors) -> None:
        self.random = random
        self.pool = pool
        self.constructors = constructors
        self.callables: tuple[str, ...] = ()

    def make(self, spec: Spec, depth: int = 0) -> Expression:
        """An expression for `spec`; simpler the deeper it stands."""
        made: Expression = getattr(self, "_" + spec[0].replace("*", "_of"))(spec, depth)
        return made

    def _any(self, spec: Spec, depth: int) -> Expression:
        return self.make(self.random.choice(_ANYTHING[:4] if depth > 1 else _ANYTHING), depth + 1)

    def _int(self, spec: Spec, depth: int) -> Expression:
        roll = self.random.random()
        known = self.pool.of(int)
        if known and roll < 0.4:
            return data(self.random.choice(known) + self.random.choice((0, 0, 0, 1, -1)))
        if roll < 0.9:
            return data(self.random.choice(_INTS[:6] if roll < 0.6 else _INTS))
        return data(self.random.randint(-50, 4000))

    def _float(self, spec: Spec, depth: int) -> Expression:
        roll = self.random.random()
        known = (*self.pool.of(float), *self.pool.of(int))
        if known and roll < 0.35:
            return data(float(self.random.choice(known)) + self.random.choice((0.0, 0.0, 0.5, -1.0)))
        if roll < 0.5:
            return self._int(spec, depth)
        return data(self.random.choice(_FLOATS))

    def _bool(self, spec: Spec, depth: int) -> Expression:
        return data(self.random.random() < 0.5)

    def _none(self, spec: Spec, depth: int) -> Expression:
        return data(None)

    def _complex(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(("1j", "complex(1, 2)", "complex(0, 0)")))

    def _str(self, spec: Spec, depth: int) -> Expression:
        roll = self.random.random()
        known = self.pool.of(str)
        if known and roll < 0.4:
            return data(self.random.choice(known))
        if known and roll < 0.65:
            parts = [self.random.choice(known) for _ in range(self.random.randint(2, 4))]
            return data(self.random.choice(("", "", " ", "-", ",")).join(parts)[:80])
        if roll < 0.9:
            return data(self.random.choice(_WORDS))
        return data(self._edited(self.random.choice((*_WORDS, *known))))

    def _bytes(self, spec: Spec, depth: int) -> Expression:
        return data(self.random.choice((*self.pool.of(bytes), b"", b"abc", b"\x00\xff", b"12")))

    def _list(self, spec: Spec, depth: int) -> Expression:
        return self._many("[", spec[1], "]", depth)

    def _tuple_of(self, spec: Spec, depth: int) -> Expression:
        return self._many("(", spec[1], ")", depth)

    def _set(self, spec: Spec, depth: int) -> Expression:
        inside = [self.make(self._hashable(spec[1]), depth + 1) for _ in range(self._length(depth))]
        return self._folded(("many", "{", inside, "}")) if inside else ("data", "set()")

    def _iterator(self, spec: Spec, depth: int) -> Expression:
        return ("many", "iter([", [self.make(spec[1], depth + 1) for _ in range(self._length(depth))], "])")

    def _tuple(self, spec: Spec, depth: int) -> Expression:
        return self._folded(("many", "(", [self.make(item, depth + 1) for item in spec[1]], ")"))

    def _dict(self, spec: Spec, depth: int) -> Expression:
        count = self._length(depth)
        pairs = [[self.make(self._hashable(spec[1]), depth + 1), self.make(spec[2], depth + 1)] for _ in range(count)]
        return self._folded(("pairs", pairs))

    def _record(self, spec: Spec, depth: int) -> Expression:
        return self._folded(("pairs", [[data(key), self.make(value, depth + 1)] for key, value in spec[1]]))

    def _union(self, spec: Spec, depth: int) -> Expression:
        return self.make(self.random.choice(spec[1]), depth)

    def _choice(self, spec: Spec, depth: int) -> Expression:
        text = self.random.choice(spec[1])
        return ("data", text) if _is_data(text) else ("text", text)

    def _callable(self, spec: Spec, depth: int) -> Expression:
        known = _CALLABLES.get(spec[1], _CALLABLES[None])
        if spec[1] is None and self.random.random() < 0.7:
            known = _CALLABLES[self.random.choice((1, 1, 2, 0))]
        if self.callables and self.random.random() < 0.4:
            known = self.callables
        return ("text", self.random.choice(known))

    def _type(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(_TYPES))

    def _datetime(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(_MOMENTS))

    def _date(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(_DATES))

    def _time(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(("dt.time(0, 0)", "dt.time(12, 30, 15)")))

    def _timedelta(self, spec: Spec, depth: int) -> Expression:
        if self.random.random() < 0.3:
            value = value_of(self._int(spec, depth))
            unit = self.random.choice(("days", "seconds", "hours", "minutes", "microseconds"))
            return ("text", f"dt.timedelta({unit}={max(-100000, min(value, 100000))})")
        return ("text", self.random.choice(_SPANS))

    def _decimal(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(('Decimal("0")', 'Decimal("1.50")', 'Decimal("-2")', 'Decimal("100")')))

    def _new(self, spec: Spec, depth: int) -> Expression:
        return self.constructors.call(spec[1], self, depth + 1) or self._any(ANY, depth + 1)

    def _many(self, left: str, spec: Spec, right: str, depth: int) -> Expression:
        return self._folded(("many", left, [self.make(spec, depth + 1) for _ in range(self._length(depth))], right))

    def _length(self, depth: int) -> int:
        return self.random.choice((0, 1, 1, 2, 2) if depth > 1 else (0, 1, 1, 2, 3, 3, 4))

    @staticmethod
    def _hashable(spec: Spec) -> Spec:
        return ("union", (("int",), ("str",))) if spec[0] in ("any", "list", "dict", "set", "new") else spec

    @staticmethod
    def _folded(expression: Expression) -> Expression:
        """One piece of data where all parts are data."""
        text = source(expression)
        return ("data", text) if _is_data(text) else expression

    # -- changing ---------------------------------------------------------------------------------------------
    def change(self, expression: Expression, spec: Spec) -> Expression:
        """A neighbour of `expression`, or a new one for `spec`."""
        if expression[0] == "data" and self.random.random() < 0.75:
            try:
                return data(self._neighbour(value_of(expression)))
            except ValueError:
                return self.make(spec)
        if expression[0] == "call" and self.random.random() < 0.7:
            return self.constructors.changed(expression, self)
        return self.make(spec)

    def _neighbour(self, value: Any) -> Any:
        if isinstance(value, bool) or value is None:
            return self.random.choice((True, False)) if value is not None else None
        if isinstance(value, int):
            return self.random.choice((value + 1, value - 1, -value, value * 2, value // 2, value + 10, 0))
        if isinstance(value, float):
            return self.random.choice((value + 1, value - 1, -value, value / 2, value * 10, 0.0))
        if isinstance(value, str):
            return self._edited(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self._edited_items(list(value)))
        if isinstance(value, dict) and value:
            return self._edited_dict(value)
        raise ValueError(type(value))

    def _edited(self, text: str) -> str:
        known = self.pool.of(str) or _WORDS
        piece = self.random.choice(known)
        place = self.random.randint(0, len(text))
        edits = (
            text[:place] + piece + text[place:], text[:place] + text[place + 1 :], text + piece, piece + text,
            text.upper(), text.lower(), text * 2, text[: len(text) // 2], text + self.random.choice("a1 -_.A\n,"),
            text[:place] + self.random.choice("abcXYZ019 _-") + text[place + 1 :], text.title(), f" {text} ",
        )  # fmt: skip
        return self.random.choice(edits)[:120]

    def _edited_items(self, items: "list[Any]") -> "list[Any]":
        roll = self.random.random()
        if items and roll < 0.35:
            place = self.random.randrange(len(items))
            try:
                items[place] = self._neighbour(items[place])
            except ValueError:
                items.pop(place)
        elif items and roll < 0.5:
            items.pop(self.random.randrange(len(items)))
        elif items and roll < 0.7:
            items.append(self.random.choice(items))
        elif items and roll < 0.8:
            self.random.shuffle(items)
        else:
            items.append(value_of(self._int(("int",), 0)) if not items or isinstance(items[0], int) else items[0])
        return items[:12]

    def _edited_dict(self, value: "dict[Any, Any]") -> "dict[Any, Any]":
        changed = dict(value)
        key = self.random.choice(list(changed))
        if self.random.random() < 0.3:
            del changed[key]
            return changed
        changed[key] = self._neighbour(changed[key]) if is_plain(changed[key]) and changed[key] is not None else 1
        return changed


def _is_data(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True
