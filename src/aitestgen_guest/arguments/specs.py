"""What a parameter may take: a small language of type descriptions, made from annotations and from guesses.

A spec is a tuple whose first item is its kind: `("int",)`, `("list", spec)`, `("choice", (source, ...))`,
`("given", (expression as JSON, ...))`, `("new", path)`… The search (inputs.py) makes values from specs.
"""

import collections.abc
import contextlib
import datetime
import decimal
import enum
import fractions
import inspect
import numbers
import os
import pathlib
import re
import types
import typing
import uuid
from typing import Any

from aitestgen_guest.arguments import graphs, standard
from aitestgen_guest.arguments.arrays import in_package
from aitestgen_guest.arguments.asking import answer, is_a
from aitestgen_guest.arguments.homes import public_home
from aitestgen_guest.arguments.kin import descendants
from aitestgen_guest.shapes import Namespace, Spec

ANY = standard.ANY
MADE_UP = "Concrete"
"""What the names of subclasses begin with that tests define for abstract classes."""
LISTS_FOR_ONE_TUPLE = 4
_ATOMS: "dict[Any, Spec]" = {
    int: ("int",),
    float: ("float",),
    complex: ("complex",),
    bool: ("bool",),
    str: ("str",),
    bytes: ("bytes",),
    bytearray: ("around", "bytearray(", ("bytes",), ")"),
    memoryview: ("around", "memoryview(", ("bytes",), ")"),
    type(None): ("none",),
    None: ("none",),
    object: ANY,
    typing.Any: ANY,
    list: ("list", ANY),
    tuple: ("tuple*", ANY),
    set: ("set", ANY),
    frozenset: ("set", ANY),
    dict: ("dict", ANY, ANY),
    type: ("type",),
    range: ("choice", ("range(3)", "range(0)")),
    slice: ("choice", ("slice(0, 2)", "slice(None)")),
    datetime.datetime: ("datetime",),
    datetime.date: ("date",),
    datetime.time: ("time",),
    datetime.timedelta: ("timedelta",),
    decimal.Decimal: ("decimal",),
    fractions.Fraction: ("choice", ("Fraction(1, 2)", "Fraction(0, 1)", "Fraction(-3, 4)")),
    pathlib.Path: ("choice", ('Path("a/b.txt")', 'Path("")')),
    uuid.UUID: ("choice", ('UUID("12345678123456781234567812345678")',)),
    re.Pattern: ("choice", ('re.compile("a+")', 're.compile("")')),
    typing.Pattern: ("choice", ('re.compile("a+")',)),
    os.PathLike: ("choice", ('Path("a/b.txt")', 'Path("")')),
    types.FunctionType: ("callable", None, ANY),
    types.GeneratorType: ("iterator", ANY),
    numbers.Number: ("union", (("int",), ("float",))),
    numbers.Real: ("float",),
    numbers.Integral: ("int",),
    typing.SupportsInt: ("union", (("int",), ("float",))),
    typing.SupportsFloat: ("float",),
    typing.SupportsIndex: ("int",),
    Exception: ("choice", ('ValueError("boom")', 'KeyError("key")')),
    BaseException: ("choice", ('ValueError("boom")', 'KeyError("key")')),
}
_SEQUENCES = {
    list: "list",
    set: "set",
    frozenset: "set",
    collections.deque: "list",
    collections.abc.MutableSequence: "list",
    collections.abc.Set: "set",
    collections.abc.MutableSet: "set",
    collections.abc.Iterator: "iterator",
    collections.abc.Generator: "iterator",
    collections.abc.AsyncIterator: "stream",
    collections.abc.AsyncIterable: "stream",
    collections.abc.AsyncGenerator: "stream",
}
_ANY_SEQUENCE = frozenset({
    collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection, collections.abc.Container,
    collections.abc.Reversible, collections.abc.Sized,
})  # fmt: skip
"""What a list is given for, mostly, and a tuple is as well."""
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping, collections.OrderedDict)
_BY_NAME: "dict[tuple[str, str], Spec]" = {
    ("collections.abc", "Callable"): ("callable", None, ANY),
    ("collections.abc", "Hashable"): ("union", (("int",), ("str",))),
    ("collections.abc", "Buffer"): ("bytes",),
    ("asyncio.streams", "StreamReader"): ("reader",),
    ("asyncio.streams", "StreamWriter"): ("writer",),
}
_GUESSES: "dict[str, Spec]" = {
    "int": ("int",),
    "float": ("float",),
    "bool": ("bool",),
    "str": ("str",),
    "bytes": ("bytes",),
    "list[int]": ("list", ("int",)),
    "list[str]": ("list", ("str",)),
    "list[float]": ("list", ("float",)),
    "list[Any]": ("list", ANY),
    "list": ("list", ANY),
    "dict": ("dict", ("str",), ANY),
    "set": ("set", ("int",)),
    "tuple": ("tuple*", ANY),
    "callable": ("callable", None, ANY),
    "none": ("none",),
    "type": ("type",),
    "iterator": ("iterator", ANY),
    "iterable": ("list", ANY),
    "datetime": ("datetime",),
    "date": ("date",),
    "timedelta": ("timedelta",),
    "path": ("choice", ('Path("a/b.txt")',)),
    "route": ("choice", ('"/a"', '"/a/b"', '"a"', '"/"')),
    "regex": ("choice", ('"a+"', '"[0-9]+"', '""', '"("')),
    "exception-type": ("choice", ("ValueError", "KeyError", "(ValueError, KeyError)", "Exception")),
    "exception": ("choice", ('ValueError("boom")', 'KeyError("key")', 'OSError(2, "No such file")')),
    "encoding": ("choice", ('"utf-8"', '"ascii"', '"latin-1"')),
    "email": ("choice", ('"ada@example.com"', '"a.b+c@mail.example.org"', '"ada@"')),
    "url": ("choice", ('"https://example.com/a/b?c=1#d"', '"http://localhost:8000"', '"/a/b"')),
    "ip-address": ("choice", ('"127.0.0.1"', '"192.168.0.256"', '"::1"')),
    "host": ("choice", ('"example.com"', '"localhost"', '"-a.example"')),
    "iso-date": ("choice", ('"2024-02-29"', '"2023-02-29"', '"2024-01-31T12:30:00"')),
    "time-of-day": ("choice", ('"12:30"', '"23:59:59"', '"24:00"')),
    "version": ("choice", ('"1.2.3"', '"2.0.0rc1"', '"0.9"', '"10.0"')),
    "json-string": ("choice", ("'{\"a\": 1}'", "'[1, 2]'", "'{'", "'null'")),
}


class Namer:
    """Gives classes a name that the search can use in source text, importing where the module does not have it."""

    def __init__(self, namespace: Namespace, imports: "dict[str, str]") -> None:
        self.namespace = namespace
        self.imports = imports

    def name(self, cls: type) -> "str | None":
        """The name of `cls` in the namespace, or None where it has none that a test could use."""
        qualname = cls.__qualname__
        top = qualname.split(".")[0]
        if "<" in qualname or cls.__module__ == "typing":
            return None
        found = self.namespace.get(top)
        for part in qualname.split(".")[1:]:
            found = getattr(found, part, None)
        if found is cls:
            return qualname
        if (known := in_package(cls, self.namespace)) is not None:
            return known
        if top in self.namespace or top != qualname or cls.__module__.startswith("_"):
            return None
        self.namespace[top] = cls
        if cls.__module__ != "builtins":
            self.imports[top] = f"from {public_home(cls, top, self.namespace) or cls.__module__} import {top}"
        return qualname


def guess(hint: str) -> "Spec | None":
    """The spec of a hint as the analyse stage names them, or None for an unknown one."""
    if hint.startswith("class:"):
        return ("new", hint[6:])
    if hint.startswith("literal:"):
        return ("choice", (hint[8:],))
    return _GUESSES.get(hint)


def from_annotation(hint: Any, namer: "Namer", depth: int = 0) -> Spec:
    """The spec of a live annotation; ANY where nothing is known about it."""
    if depth > 5 or isinstance(hint, str) or not isinstance(hint, collections.abc.Hashable):
        return ANY
    if hint in _ATOMS:
        return _ATOMS[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    inner = tuple(from_annotation(item, namer, depth + 1) for item in args)
    if (known := standard.spec_of(origin or hint, inner, namer.namespace, namer.imports)) is not None:
        return known
    if origin is not None:
        return _generic(origin, args, namer, depth + 1)
    if isinstance(hint, typing.TypeVar):
        allowed = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ else ())
        return ("union", tuple(from_annotation(item, namer, depth + 1) for item in allowed)) if allowed else ANY
    if hasattr(hint, "__supertype__"):
        return from_annotation(hint.__supertype__, namer, depth + 1)
    if isinstance(hint, type):
        return _class(hint, namer, depth)
    return ANY


def of_names(names: "collections.abc.Iterable[str]", namer: "Namer") -> "list[Spec]":
    """The specs of the classes that the namespace has by these names, with dots where they lie in modules."""
    found = []
    for name in names:
        first, *rest = name.split(".")
        thing = namer.namespace.get(first)
        for part in rest:
            thing = getattr(thing, part, None)
        found.append(from_annotation(thing, namer) if isinstance(thing, type) else ANY)
    return [spec for spec in found if spec != ANY]


def leaves_open(spec: Spec) -> bool:
    """Whether it is anything, or a mapping or a list of anything: the annotation does not say how the data is built."""
    if spec[0] in ("list", "dict"):
        return leaves_open(spec[-1])
    return any(map(leaves_open, spec[1])) if spec[0] == "union" else spec == ANY


def _generic(origin: Any, args: "tuple[Any, ...]", namer: "Namer", depth: int) -> Spec:
    def sub(position: int) -> Spec:
        return from_annotation(args[position], namer, depth) if position < len(args) else ANY

    if origin in (typing.Union, getattr(types, "UnionType", typing.Union)):
        return ("union", tuple(from_annotation(arg, namer, depth) for arg in args))
    if origin is typing.Literal:
        return ("choice", tuple(map(repr, args)))
    if origin in (typing.Annotated, typing.Final, typing.ClassVar):
        return sub(0)
    if origin in _SEQUENCES or origin in _ANY_SEQUENCE:
        return _sequence(origin, sub(0))
    if origin in _MAPPINGS:
        return ("dict", sub(0), sub(1))
    if origin is tuple:
        return _tuple(args, namer, depth)
    return _callable_or_type(origin, args, namer, depth)


def _sequence(cls: Any, inner: Spec) -> Spec:
    if cls in _SEQUENCES:
        return (_SEQUENCES[cls], inner)
    return ("union", (*[("list", inner)] * LISTS_FOR_ONE_TUPLE, ("tuple*", inner)))


def _tuple(args: "tuple[Any, ...]", namer: "Namer", depth: int) -> Spec:
    if args[1:] != (...,):
        return ("tuple", tuple(from_annotation(arg, namer, depth) for arg in args if arg not in ((), ...)))
    if _is_error_type(args[0]):
        return ("choice", ("(OSError,)", "(ValueError,)", "(KeyError, ValueError)"))
    return ("tuple*", from_annotation(args[0], namer, depth))


def _callable_or_type(origin: Any, args: "tuple[Any, ...]", namer: "Namer", depth: int) -> Spec:
    if origin in (collections.abc.Awaitable, collections.abc.Coroutine):
        return ("awaitable", from_annotation(args[-1], namer, depth) if args else ANY)
    if origin is collections.abc.Callable:
        count = len(args[0]) if args and isinstance(args[0], list) else None
        return ("callable", count, from_annotation(args[1], namer, depth) if len(args) > 1 else ANY)
    if _is_error_type(origin[args] if origin is type and args else None):
        return ("choice", ("ValueError", "KeyError", "OSError"))
    if origin is type:
        wanted = args[0] if args and isinstance(args[0], type) else None
        heirs = descendants(wanted, namer.namespace) if wanted is not None and wanted.__module__ != "builtins" else []
        names = [namer.name(one) for one in (wanted, *heirs) if one is not None]
        return ("choice", tuple(filter(None, names))) if any(names) else ("type",)
    return from_annotation(origin, namer, depth) if isinstance(origin, type) else ANY


def _is_error_type(hint: Any) -> bool:
    """Whether it is `type[Exception]` or the like."""
    return typing.get_origin(hint) is type and typing.get_args(hint)[:1] in ((Exception,), (BaseException,))


def _class(cls: Any, namer: "Namer", depth: int) -> Spec:
    if cls in _SEQUENCES or cls in _ANY_SEQUENCE:
        return _sequence(cls, ANY)
    if cls in _MAPPINGS:
        return ("dict", ("str",), ANY)
    if (known := _BY_NAME.get((cls.__module__, cls.__name__))) is not None:
        return known
    name = namer.name(cls)
    if issubclass(cls, enum.Enum) and name:
        return ("choice", tuple(f"{name}.{member}" for member in cls.__members__)) if len(cls) else ANY
    if name and issubclass(cls, Exception) and cls.__module__ == "builtins" and not issubclass(cls, UnicodeError):
        return ("choice", (f'{name}(2, "No such file")' if issubclass(cls, OSError) else f'{name}("boom")',))
    if typing.is_typeddict(cls):
        hints = typing.get_type_hints(cls)
        return ("record", tuple((key, from_annotation(value, namer, depth + 1)) for key, value in hints.items()))
    if inspect.isabstract(cls) or getattr(cls, "_is_protocol", False):
        return _abstract(cls, namer, depth)
    return ("new", name) if name else ANY


def _abstract(cls: Any, namer: "Namer", depth: int) -> Spec:
    """An object of one of the subclasses, or a stand-in: for a protocol where there is none but what tests define."""
    names = [namer.name(sub) for sub in type.__subclasses__(cls) if not inspect.isabstract(sub)]
    if getattr(cls, "_is_protocol", False):
        known = tuple(("new", name) for name in names if name and not name.startswith(MADE_UP))
        return ("union", known) if known else _protocol(cls, namer, depth)
    methods = {name: inspect.getattr_static(cls, name) for name in sorted(cls.__abstractmethods__)}
    options: list[Spec] = [("new", name) for name in names if name]
    if all(inspect.isfunction(item) and not name.startswith("_") for name, item in methods.items()):
        options.append(("attributes", tuple((name, _method(item, namer, depth + 1)) for name, item in methods.items())))
    return ("union", tuple(options)) if options else ANY


def _protocol(cls: Any, namer: "Namer", depth: int) -> Spec:
    """One of the module's classes that have all that the protocol asks for, or an object that has just this."""
    fields = dict.fromkeys(_annotated(cls), typing.Any)
    methods = {name: item for name, item in vars(cls).items() if inspect.isfunction(item) and not name.startswith("_")}
    wanted = fields.keys() | methods.keys()
    own = [item for item in namer.namespace.values() if is_a(item, type) and item.__module__ == cls.__module__]
    fitting = [item for item in own if item is not cls and wanted and wanted <= {*dir(item), *_annotated(item)}]
    if names := [name for name in map(namer.name, fitting) if name and not name.startswith(MADE_UP)]:
        return ("union", tuple(("new", name) for name in dict.fromkeys(names)))
    with contextlib.suppress(Exception):  # annotations are code of the module under test
        fields = typing.get_type_hints(cls)
    made = [(name, from_annotation(hint, namer, depth + 1)) for name, hint in fields.items()]
    made += [(name, _method(item, namer, depth + 1)) for name, item in methods.items()]
    return ("attributes", tuple(made)) if made else ANY


def _annotated(cls: type) -> "list[str]":
    try:
        return [name for base in cls.__mro__ for name in inspect.get_annotations(base)]
    except Exception:  # noqa: BLE001 - annotations are code of the module under test, which Python 3.14 runs only now
        return []


def _method(function: Any, namer: "Namer", depth: int) -> Spec:
    """A function that gives what the method is said to give."""
    returns = ANY
    with contextlib.suppress(Exception):  # as above
        returns = from_annotation(typing.get_type_hints(function).get("return", typing.Any), namer, depth)
    return ("callable", None, ("awaitable", returns) if inspect.iscoroutinefunction(function) else returns)


_BUILTINS: "dict[str, Any]" = {
    "int": int, "float": (int, float), "complex": (int, float, complex), "bool": bool, "str": str,
    "bytes": (bytes, bytearray), "none": type(None), "datetime": datetime.datetime, "date": datetime.date,
    "time": datetime.time, "timedelta": datetime.timedelta, "decimal": decimal.Decimal, "type": type,
}  # fmt: skip


def fits(value: Any, spec: Spec, *, unknown: bool = False) -> bool:
    """Whether `value` is surely of the type that `spec` describes; `unknown` where that cannot be told."""
    kind = spec[0]
    if kind in _BUILTINS:
        return isinstance(value, _BUILTINS[kind]) and not (isinstance(value, bool) and kind not in ("bool",))
    if kind == "union":
        return any(fits(value, option, unknown=unknown) for option in spec[1])
    if kind in ("list", "set", "tuple*"):
        wanted: Any = {"list": list, "set": (set, frozenset), "tuple*": tuple}[kind]
        return isinstance(value, wanted) and all(fits(item, spec[1], unknown=unknown) for item in value)
    if kind == "tuple":
        return (
            isinstance(value, tuple)
            and len(value) == len(spec[1])
            and all(fits(v, s, unknown=unknown) for v, s in zip(value, spec[1], strict=True))
        )
    if kind == "dict":
        if not isinstance(value, dict):
            return False
        pairs = [*((key, spec[1]) for key in value), *((item, spec[2]) for item in value.values())]
        return all(fits(item, wanted, unknown=unknown) for item, wanted in pairs)
    if kind == "new":
        return any(cls.__qualname__ == spec[1] for cls in type(value).__mro__)
    return _fits_named(value, spec, unknown=unknown)


def _fits_named(value: Any, spec: Spec, *, unknown: bool) -> bool:
    """The same for what is listed by name, choices and records, and for callables."""
    if spec[0] == "choice":
        return unknown or _text_of(value) in spec[1]
    if spec[0] == "graph":
        return graphs.is_graph(value, spec[1])
    if spec[0] == "callable":
        return unknown and callable(value) and (spec[2][0] != "awaitable" or _is_async(value))
    if spec[0] == "record":
        return isinstance(value, dict) and all(key in value and fits(value[key], item) for key, item in spec[1])
    return unknown


def _is_async(value: Any) -> bool:
    return inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(answer(value, "__call__"))


def _text_of(value: Any) -> str:
    return f"{type(value).__qualname__}.{value.name}" if isinstance(value, enum.Enum) else repr(value)
