"""Inputs: expressions that evaluate to arguments, made from specs, changed step by step, spliced with seen values.

An expression is plain data, `("data", source)` with `source` evaluable text of builtins; a call of a class or factory,
`("call", path, [expressions], {name: expression})`; a container of expressions, `("many", open, [expressions], close)`;
or other text, `("text", source)` (names, lambdas, enum members). All are JSON.
"""

import functools
import json
import math
from collections.abc import Callable
from random import Random
from types import CodeType
from typing import Any, Protocol

from aitestgen_guest.arguments import arrays, composed, graphs, tables
from aitestgen_guest.arguments.editor import Editor
from aitestgen_guest.arguments.lengths import Lengths
from aitestgen_guest.arguments.parts import NESTED, hashable, with_new_part
from aitestgen_guest.arguments.pool import Pool, is_data
from aitestgen_guest.arguments.specs import ANY, fits
from aitestgen_guest.shapes import Expression, Spec


def source(expression: Expression) -> str:
    """The expression as source text."""
    kind = expression[0]
    if kind in ("data", "text"):
        return str(expression[1])
    if kind == "many":
        inside = ", ".join(map(source, expression[2]))
        comma = "," if expression[1] == "(" and len(expression[2]) == 1 and expression[3] == ")" else ""
        return f"{expression[1]}{inside}{comma}{expression[3]}"
    if kind == "pairs":
        return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in expression[1]) + "}"
    parts = [source(item) for item in expression[2]]
    parts += [f"{name}={source(item)}" for name, item in expression[3].items()]
    return f"{expression[1]}({', '.join(parts)})"


_BUILDERS = {"float": float, "set": set, "frozenset": frozenset}
"""What data without a literal is built with: infinities and empty sets."""


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
        return eval(_compiled(expression[1]), {"__builtins__": {}}, _BUILDERS)  # noqa: S307 - text that `data` wrote
    except (SyntaxError, NameError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(expression[1]) from error


@functools.lru_cache(maxsize=8192)
def _compiled(text: str) -> CodeType:
    return compile(text, "<data>", "eval")


class Constructors(Protocol):
    """Makes and changes calls that construct instances (callables.py)."""

    dataclasses: "list[str]"

    def instance(self, path: str, maker: "Maker", depth: int) -> "Expression | None": ...

    def changed(self, expression: Expression, maker: "Maker") -> Expression: ...

    def used_as(self, names: "frozenset[str]") -> "Spec | None": ...


class Maker:
    """Makes and changes expressions with one seeded random generator; `constructors` makes calls of classes."""

    def __init__(self, random: Random, pool: Pool, constructors: Constructors) -> None:
        self.random = random
        self.pool = pool
        self.constructors = constructors
        self.editor = Editor(random, pool, lambda: value_of(self._int(("int",), 0)))
        self.lengths = Lengths(random, pool)
        self.zoned = False
        """Whether the module asks moments for their time zone."""
        self.columns: list[str] = []
        """Names by which the code looks something up, as it does columns of a table."""
        self.document: Callable[[], str] | None = None
        """Makes texts of the kind that the module reads, where it reads any."""
        self.sent: Callable[[], str] | None = None
        """Makes what a peer sends over a stream."""
        self.command_line: Callable[[], list[str]] = list
        """Makes the words of a command line."""
        self.answer: Spec | None = None
        """What functions answer now and then of which nothing is said."""
        self.caught: tuple[str, ...] = ()
        """Exceptions, as text, that the module catches: those by which methods of stand-ins fail."""
        self.has_threads = False
        """Whether functions are called in no certain order: their answers are all the same."""
        self.calls_functions = False
        """Whether the module calls functions that it is given: these fail so, too."""
        self.notifies = False
        """Whether it calls functions only to let them know: what matters is how they were called."""

    def make(self, spec: Spec, depth: int = 0) -> Expression:
        """An expression for `spec`; simpler the deeper it stands."""
        made: Expression = getattr(self, "_" + spec[0].replace("*", "_of"))(spec, depth)
        return made

    def _any(self, spec: Spec, depth: int) -> Expression:
        return self.make(self.random.choice(tables.ANYTHING[:4] if depth > 1 else tables.ANYTHING), depth + 1)

    def _int(self, spec: Spec, depth: int) -> Expression:
        roll = self.random.random()
        known = self.pool.of(int)
        if known and roll < 0.4:
            return data(self.random.choice(known) + self.random.choice((0, 0, 0, 1, -1)))
        if roll < 0.9:
            return data(self.random.choice(tables.INTS[:6] if roll < 0.6 else tables.INTS))
        return data(self.random.randint(-50, 4000))

    def _float(self, spec: Spec, depth: int) -> Expression:
        roll = self.random.random()
        known = (*self.pool.of(float), *self.pool.of(int))
        if known and roll < 0.35:
            return data(float(self.random.choice(known)) + self.random.choice((0.0, 0.0, 0.5, -1.0)))
        if roll < 0.5:
            return self._int(spec, depth)
        return data(self.random.choice(tables.FLOATS))

    def _bool(self, spec: Spec, depth: int) -> Expression:
        return data(self.random.random() < 0.5)

    def _none(self, spec: Spec, depth: int) -> Expression:
        return data(None)

    def _complex(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(("1j", "complex(1, 2)", "complex(0, 0)")))

    def _str(self, spec: Spec, depth: int) -> Expression:
        roll = self.random.random()
        known = self.pool.of(str)
        if self.document is not None and depth == 0 and self.random.random() < tables.DOCUMENTS:
            return data(self.document())
        if known and roll < 0.4:
            return data(self.random.choice(known))
        if known and roll < 0.65:
            return data(composed.put_together(self.random, self.pool, self.editor.alphabets))
        if known and roll < 0.72:
            return data(composed.block(self.random, self.pool))
        if roll < 0.9:
            return data(self.random.choice(tables.WORDS))
        return data(self.editor.edited(self.random.choice((*tables.WORDS, *known))))

    def _bytes(self, spec: Spec, depth: int) -> Expression:
        known = self.random.choice((*self.pool.of(bytes), b"", b"abc", b"\x00\xff", b"12"))
        return data(known + self.random.choice(tables.TAILS) if self.random.random() < 0.5 else known)

    def _list(self, spec: Spec, depth: int) -> Expression:
        if depth == 0 and spec[1] == ("str",) and self.document and self.random.random() < tables.DOCUMENTS:
            return data(self.document().splitlines())
        if depth == 0 and self.random.random() < tables.SHOWN:
            known = [value for value in self.pool.of(list) if value and fits(value, spec)]
            if known:
                return data(self.random.choice(known))
        return self._many("[", spec[1], "]", depth)

    def _tuple_of(self, spec: Spec, depth: int) -> Expression:
        return self._many("(", spec[1], ")", depth)

    def _set(self, spec: Spec, depth: int) -> Expression:
        inside = [self.make(hashable(spec[1]), depth + 1) for _ in range(self.lengths.choose(depth))]
        return self._folded(("many", "{", inside, "}")) if inside else ("data", "set()")

    def _iterator(self, spec: Spec, depth: int) -> Expression:
        return ("many", "iter([", [self.make(spec[1], depth + 1) for _ in range(self.lengths.choose(depth))], "])")

    def _tuple(self, spec: Spec, depth: int) -> Expression:
        return self._folded(("many", "(", [self.make(item, depth + 1) for item in spec[1]], ")"))

    def _graph(self, spec: Spec, depth: int) -> Expression:
        return data(graphs.drawn(spec[1], spec[2], self.random))

    def _dict(self, spec: Spec, depth: int) -> Expression:
        count = self.lengths.choose(depth)
        pairs = [[self.make(hashable(spec[1]), depth + 1), self.make(spec[2], depth + 1)] for _ in range(count)]
        return self._folded(("pairs", pairs))

    def _record(self, spec: Spec, depth: int) -> Expression:
        """Mostly with all its keys: a missing one is a case of its own."""
        kept = [item for item in spec[1] if self.random.random() < 0.93] if self.random.random() < 0.4 else spec[1]
        return self._folded(("pairs", [[data(key), self.make(value, depth + 1)] for key, value in kept]))

    def _shaped(self, spec: Spec, depth: int) -> Expression:
        """Nearly always with the keys that are needed, and with some of those that are not."""
        chance = self.random.choice(tables.OPTIONAL)
        kept = [(key, inner) for key, inner, spare in spec[1] if self.random.random() < (chance if spare else 0.97)]
        return self._folded(("pairs", [[data(key), self.make(inner, depth + 1)] for key, inner in kept]))

    def _json(self, spec: Spec, depth: int) -> Expression:
        """The text of such data."""
        try:
            return data(json.dumps(value_of(self.make(spec[1], depth + 1))))
        except (ValueError, TypeError):
            return data(self.random.choice(("{}", "[]", "null", "{")))

    def _attributes(self, spec: Spec, depth: int) -> Expression:
        """An object by what is done with it; its methods may fail as the module expects."""
        known = self.constructors.used_as(frozenset(name for name, _ in spec[1]))
        if known is not None and self.random.random() < tables.REAL:
            return self.make(known, depth)
        return ("call", "SimpleNamespace", [], {name: self._attribute(value, depth + 1) for name, value in spec[1]})

    def _attribute(self, spec: Spec, depth: int) -> Expression:
        is_plain = spec[0] == "callable" and spec[2][0] != "awaitable"
        if is_plain and self.caught and self.random.random() < 0.5:
            return self._fake("FakeFunction", spec[2], depth)
        if is_plain and self.random.random() < tables.RECORDED:
            return ("many", "FakeFunction(", [self.make(self._answered(spec[2]), depth + 1)], ")")
        return self.make(spec, depth)

    def _answered(self, returns: Spec) -> Spec:
        is_document = returns == ANY and self.answer is not None and self.random.random() < tables.DOCUMENT
        return (self.answer if is_document else None) or returns

    def _union(self, spec: Spec, depth: int) -> Expression:
        return self.make(self.random.choice(spec[1]), depth)

    def _choice(self, spec: Spec, depth: int) -> Expression:
        text = self.random.choice(spec[1])
        return ("data", text) if is_data(text) else ("text", text)

    def _given(self, spec: Spec, depth: int) -> Expression:
        return list(json.loads(self.random.choice(spec[1])))

    def _callable(self, spec: Spec, depth: int) -> Expression:
        if spec[2][0] == "awaitable":
            return self._fake("FakeAsyncFunction", spec[2][1], depth)
        if self.calls_functions and self.caught and self.random.random() < 0.5:
            return self._fake("FakeFunction", spec[2], depth)
        if spec[2] == ("none",):
            return ("text", "FakeFunction(None)")
        if spec[2] != ANY and self.random.random() < 0.7:
            made = self.make(spec[2], depth + 1)
            if made[0] == "data":
                return ("text", f"lambda{' *args' if spec[1] != 0 else ''}: {made[1]}")
            return ("many", "FakeFunction(", [made], ")")
        if self.notifies and self.random.random() < tables.RECORDED:
            return ("text", f"FakeFunction({self.random.choice(tables.ANSWERS)!r})")
        known = tables.CALLABLES.get(spec[1], tables.CALLABLES[None])
        if spec[1] is None and self.random.random() < 0.7:
            known = tables.CALLABLES[self.random.choice((1, 1, 2, 0))]
        return ("text", self.random.choice(known))

    def _fake(self, name: str, returns: Spec, depth: int, close: str = ")") -> Expression:
        """A function that fails a few times, if the module catches what it is given, and then gives an answer."""
        returns = self._answered(returns)
        failure: Expression = ("text", self.random.choice(self.caught or tables.FAILURES))
        answers = [self.make(returns, depth + 1) if returns != ANY else data(self.random.choice(tables.ANSWERS))]
        failed = self.random.choice((0, 0, 1, 1, 2, -1))
        if failed < 0 or (returns == ANY and self.random.random() < 0.3):
            answers = [] if failed < 0 else [data(1), data(2), data(3)]
        answers = [failure] * abs(failed) + answers
        return ("many", f"{name}(", answers[:1] if self.has_threads else answers, close)

    def _awaitable(self, spec: Spec, depth: int) -> Expression:
        if self.random.random() < tables.LATE:
            return ("text", 'asyncio.sleep(60, "late")')
        return self._fake("FakeAsyncFunction", spec[1], depth, ")()")

    def _stream(self, spec: Spec, depth: int) -> Expression:
        made = [self.make(spec[1], depth + 1) for _ in range(self.random.choice((0, 1, 2, 3, 4)))]
        return ("many", f"{tables.STREAM}(", made, ")")

    def _reader(self, spec: Spec, depth: int) -> Expression:
        sent = self.sent() if self.sent is not None and self.random.random() < tables.SENT else ""
        return ("text", f"FakeReader({sent.encode()!r})")

    def _columns(self, spec: Spec, depth: int) -> Expression:
        return ("data", arrays.columns(self.columns, self.random))

    def _words(self, spec: Spec, depth: int) -> Expression:
        return data(self.command_line())

    def _writer(self, spec: Spec, depth: int) -> Expression:
        return ("text", "FakeWriter()")

    def _type(self, spec: Spec, depth: int) -> Expression:
        if self.constructors.dataclasses and self.random.random() < 0.6:
            return ("text", self.random.choice(self.constructors.dataclasses))
        if self.random.random() < 0.4:
            return ("text", self.random.choice(tables.GENERIC_TYPES))
        return ("text", self.random.choice(tables.TYPES))

    def _datetime(self, spec: Spec, depth: int) -> Expression:
        made = _built("dt.datetime", *self.random.choice(tables.MOMENTS))
        if self.zoned and self.random.random() < 0.5:
            made[3]["tzinfo"] = ("text", self.random.choice(tables.ZONES))
        return made

    def _date(self, spec: Spec, depth: int) -> Expression:
        return _built("dt.date", *self.random.choice(tables.DATES))

    def _time(self, spec: Spec, depth: int) -> Expression:
        return _built("dt.time", *self.random.choice(((0, 0), (12, 30, 15))))

    def _timedelta(self, spec: Spec, depth: int) -> Expression:
        if self.random.random() < 0.3:
            value = value_of(self._int(spec, depth))
            unit = self.random.choice(("days", "seconds", "hours", "minutes", "microseconds"))
            return _built("dt.timedelta", **{unit: max(-100000, min(value, 100000))})
        return _built("dt.timedelta", **self.random.choice(tables.SPANS))

    def _decimal(self, spec: Spec, depth: int) -> Expression:
        return ("text", self.random.choice(('Decimal("0")', 'Decimal("1.50")', 'Decimal("-2")', 'Decimal("100")')))

    def _new(self, spec: Spec, depth: int) -> Expression:
        return self.constructors.instance(spec[1], self, depth + 1) or self._any(ANY, depth + 1)

    def _many(self, left: str, spec: Spec, right: str, depth: int) -> Expression:
        return self._folded(("many", left, self.lengths.items(spec, depth, self.make), right))

    def _around(self, spec: Spec, depth: int) -> Expression:
        """A call with the one thing in it."""
        return ("many", spec[1], [self.make(spec[2], depth)], spec[3])

    def _filled(self, spec: Spec, depth: int) -> Expression:
        """A call with one thing or more behind what is there."""
        return ("many", spec[1], [self.make(spec[2], depth + 1) for _ in range(self.random.choice((1, 2, 3)))], spec[3])

    def _lines(self, spec: Spec, depth: int) -> Expression:
        """A text of the kind that the module reads, or of a few lines."""
        if self.document is not None:
            return data(self.document())
        known = (*self.pool.of(str), *tables.WORDS)
        return data("".join(f"{self.random.choice(known)}\n" for _ in range(self.random.choice((0, 1, 2, 3)))))

    @staticmethod
    def _folded(expression: Expression) -> Expression:
        """One piece of data where all parts are data."""
        text = source(expression)
        return ("data", text) if is_data(text) else expression

    # -- changing ---------------------------------------------------------------------------------------------
    def change(self, expression: Expression, spec: Spec) -> Expression:
        """A neighbour of `expression`, or a new one for `spec`."""
        if spec[0] == "graph" and self.random.random() < tables.REPLACED:
            return self.make(spec)
        if expression[0] == "data" and spec[0] in NESTED and self.random.random() < tables.REPLACED:
            try:
                return data(with_new_part(value_of(expression), spec, self.random, self._value))
            except ValueError:
                return self.make(spec)
        if expression[0] == "data" and self.random.random() < (0.4 if spec[0] == "choice" else 0.75):
            try:
                return data(self.editor.neighbour(value_of(expression)))
            except ValueError:
                return self.make(spec)
        if expression[0] == "call" and self.random.random() < 0.7:
            return self._with_another_method(expression, spec) or self.constructors.changed(expression, self)
        return self.make(spec)

    def _with_another_method(self, expression: Expression, spec: Spec) -> "Expression | None":
        """The stand-in with another function for a method; None where it is no stand-in, or a field's turn."""
        known = dict(spec[1]) if spec[0] == "attributes" else {}
        name = self.random.choice([*expression[3]]) if known and expression[3] else ""
        if known.get(name, ANY)[0] != "callable":
            return None
        return (*expression[:3], {**expression[3], name: self._attribute(known[name], 1)})

    def _value(self, spec: Spec, depth: int) -> Any:
        return value_of(self.make(spec, depth))


def _built(path: str, *arguments: int, **keywords: int) -> Expression:
    """A call of a class outside the module, with numbers that the search can move."""
    return ("call", path, [*map(data, arguments)], {name: data(value) for name, value in keywords.items()})


def is_outside(expression: Expression) -> bool:
    """Whether it is a call of a class outside the module, as `_built` makes them."""
    return expression[0] == "call" and str(expression[1]).startswith("dt.")
