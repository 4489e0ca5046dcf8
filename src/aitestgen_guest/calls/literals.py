"""Values as source text: what a person would write to get an equal value.

`Writer.literal` gives text only where evaluating it gives a value of the same type that compares equal; every text but
of plain data, where nothing else can be, is checked by doing so. Names in the text are builtins, names of the module
under test, the HELPERS below, or names that the writer lists in `imports`.
"""

import asyncio
import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import inspect
import io
import ipaddress
import math
import pathlib
import pickle
import re
import sys
import time
import types
import uuid
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from aitestgen_guest.arguments.arrays import in_package
from aitestgen_guest.arguments.homes import public_home
from aitestgen_guest.calls.attributes import read_twice
from aitestgen_guest.calls.sending import sent_to
from aitestgen_guest.environment.fakes import (
    FakeAsyncFunction,
    FakeFunction,
    FakeReader,
    FakeWriter,
    FixedDate,
    FixedDateTime,
)
from aitestgen_guest.environment.folders import path_text
from aitestgen_guest.environment.virtual_time import collected
from aitestgen_guest.shapes import Namespace

HELPERS: Namespace = {
    "dt": datetime,
    "math": math,
    "re": re,
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "OrderedDict": collections.OrderedDict,
    "defaultdict": collections.defaultdict,
    "Counter": collections.Counter,
    "deque": collections.deque,
    "UUID": uuid.UUID,
    "Path": pathlib.Path,
    "SimpleNamespace": types.SimpleNamespace,
    "FakeFunction": FakeFunction,
    "FakeAsyncFunction": FakeAsyncFunction,
    "FakeReader": FakeReader,
    "FakeWriter": FakeWriter,
    "io": io,
    "asyncio": asyncio,
    "copy": copy,
    "pickle": pickle,
    "collected": collected,
    "read_twice": read_twice,
    "sent_to": sent_to,
}
_FIXED = (FixedDateTime, FixedDate)
_ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}>")
MAX_TEXT = 1200
MAX_ITEMS = 60
MAX_DEPTH = 6
MAX_NUMBER = 10**40


class NoLiteral(Exception):
    """The value has no source text that a reader would accept."""


class Writer:
    """Writes values of one module's run as source text, given the module's own namespace."""

    def __init__(self, namespace: Namespace, module_name: str) -> None:
        self.namespace = namespace
        self.module_name = module_name
        self.imports: dict[str, str] = {}
        self.folder = ""
        self._is_sure = True
        """Whether the text in hand is of plain data alone, which it is sure to give back."""

    def literal(self, value: Any) -> "str | None":
        """The text of `value`, or None. The text is at most MAX_TEXT characters long."""
        self._is_sure = True
        try:
            text = self._text(value, 0)
            if len(text) > MAX_TEXT or not (self._is_sure or self._round_trips(text, value)):
                return None
        except (NoLiteral, RecursionError):
            return None
        except Exception:  # noqa: BLE001 - the value's own methods (repr, eq, properties) are untrusted code
            return None
        return text

    def _round_trips(self, text: str, value: Any) -> bool:
        back = eval(text, self.namespace)  # noqa: S307 - runs inside the jail, on text that was just written
        if type(back) is not _unfixed_kind(type(value)):
            return False
        return same(back, value)

    def _text(self, value: Any, depth: int) -> str:
        kind = type(value)
        if depth > MAX_DEPTH or (kind is int and abs(value) >= MAX_NUMBER):
            raise NoLiteral
        if kind in _PLAIN:
            return _bounded(repr(value))
        if kind is str and not (self.folder and self.folder in value):
            return _bounded(repr(value))
        if kind not in _PLAIN_CONTAINERS and not (kind is float and math.isfinite(value)):
            self._is_sure = False
        if kind in _CONTAINERS:
            if len(value) > MAX_ITEMS:
                raise NoLiteral
            return _CONTAINERS[kind](self, value, depth + 1)
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> str:
        kind = type(value)
        if kind in _BY_TEXT:
            return f"{self._path(kind)}({str(value)!r})"
        if kind is time.struct_time:
            return f"{self._path(kind)}({tuple(value)!r})"
        if isinstance(value, _FIXED):
            value, kind = _unfixed(value), _unfixed_kind(kind)
        if self.folder and isinstance(value, (str, pathlib.PurePath)) and self.folder in str(value):
            text = path_text(str(value), self.folder)
            return _bounded(_as_path(str(text)) if kind is not str else str(text))
        if value is ... or kind is complex:
            return _bounded(repr(value))
        if kind in _BY_REPR:
            return _BY_REPR[kind](value)
        return self._object(value, depth)

    def _items(self, values: "Iterable[Any]", depth: int) -> str:
        return ", ".join(self._text(item, depth) for item in values)

    def _object(self, value: Any, depth: int) -> str:
        if isinstance(value, enum.Enum):
            if value.name is None:
                raise NoLiteral
            return f"{self._path(type(value))}.{value.name}"
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            return self._path(value)
        kind = type(value)
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            fields = ", ".join(f"{n}={self._text(v, depth + 1)}" for n, v in zip(kind._fields, value, strict=True))
            return f"{self._path(kind)}({fields})"
        if dataclasses.is_dataclass(value) and "__eq__" in vars(kind):
            return self._dataclass(value, depth + 1)
        raise NoLiteral

    def _dataclass(self, value: Any, depth: int) -> str:
        parts = []
        for field in dataclasses.fields(value):
            now = getattr(value, field.name)
            if not field.init:
                continue
            if field.default is not dataclasses.MISSING and same(field.default, now):
                continue
            parts.append(f"{field.name}={self._text(now, depth)}")
        return f"{self._path(type(value))}({', '.join(parts)})"

    def _path(self, thing: Any) -> str:
        """The name under which a test can import `thing`."""
        name = str(getattr(thing, "__qualname__", None) or getattr(thing, "__name__", ""))
        if not name or "<" in name or any(part.startswith("_") for part in name.split(".")):
            raise NoLiteral
        top = name.partition(".")[0]
        if self._resolve(self.namespace, name) is thing:
            return name
        module = public_home(thing, top, self.namespace)
        if module == "builtins":
            return name
        if (known := in_package(thing, self.namespace)) is not None:
            return known
        if module is None or top in self.namespace:
            raise NoLiteral
        found = getattr(sys.modules[module], top, None)
        if self._resolve({top: found}, name) is not thing:
            raise NoLiteral
        self.imports[top] = f"from {module} import {top}"
        self.namespace[top] = found
        return name

    @staticmethod
    def _resolve(names: Namespace, dotted: str) -> Any:
        first, *rest = dotted.split(".")
        found = names.get(first)
        for part in rest:
            found = inspect.getattr_static(found, part, None)
            if isinstance(found, (staticmethod, classmethod)):
                raise NoLiteral
        return found


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal in type and content; NaN equals NaN; an `__eq__` that fails makes them differ."""
    if type(left) is not type(right) and _unfixed_kind(type(left)) is not _unfixed_kind(type(right)):
        return False
    if isinstance(left, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return len(left) == len(right) and all(k in right and same(v, right[k]) for k, v in left.items())
    try:
        return bool(left == right)
    except Exception:  # noqa: BLE001 - the values' own __eq__ is untrusted code
        return False


def _as_path(text: str) -> str:
    return text[4:-1] if text.startswith("str(") else f"Path({text})"


def _unfixed_kind(kind: type) -> type:
    """The class itself, or the plain one behind a class whose moment is fixed."""
    return (
        kind
        if not issubclass(kind, _FIXED)
        else datetime.datetime
        if issubclass(kind, FixedDateTime)
        else datetime.date
    )


def _unfixed(value: Any) -> Any:
    if isinstance(value, FixedDateTime):
        return datetime.datetime.combine(datetime.date(*value.timetuple()[:3]), value.timetz())
    return datetime.date(*value.timetuple()[:3])


def _no() -> NoReturn:
    raise NoLiteral


def _bounded(text: str) -> str:
    """The text, unless it is too long or tells where an object lies: the next process has it elsewhere."""
    is_telling = " at 0x" in text and _ADDRESS.search(text)
    return text if len(text) <= MAX_TEXT and not is_telling else _no()


def _float(value: float) -> str:
    if not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _tuple(writer: Writer, value: Any, depth: int) -> str:
    inside = writer._items(value, depth)
    return f"({inside},)" if len(value) == 1 else f"({inside})"


def _set(writer: Writer, value: Any, depth: int) -> str:
    if not value:
        return "set()"
    numbers = all(type(item) in (int, float) for item in value)
    texts = [writer._text(item, depth) for item in sorted(value)] if numbers else []
    return "{" + ", ".join(texts or sorted(writer._text(item, depth) for item in value)) + "}"


def _dict(writer: Writer, value: Any, depth: int) -> str:
    return "{" + ", ".join(f"{writer._text(k, depth)}: {writer._text(v, depth)}" for k, v in value.items()) + "}"


WriteContainer = Callable[[Writer, Any, int], str]


def _wrapped(name: str, inner: WriteContainer) -> WriteContainer:
    def text(writer: Writer, value: Any, depth: int) -> str:
        return f"{name}({inner(writer, value, depth)})" if value else f"{name}()"

    return text


def _list(writer: Writer, value: Any, depth: int) -> str:
    return f"[{writer._items(value, depth)}]"


def _default_dict(writer: Writer, value: Any, depth: int) -> str:
    return f"defaultdict({writer._text(value.default_factory, depth)}, {_dict(writer, value, depth)})"


def _bytearray(_writer: Writer, value: Any, _depth: int) -> str:
    return f"bytearray({bytes(value)!r})"


_BY_TEXT = (
    pathlib.PurePosixPath, pathlib.PureWindowsPath, ipaddress.IPv4Address, ipaddress.IPv4Network,
    ipaddress.IPv6Address, ipaddress.IPv6Network,
)  # fmt: skip
"""Classes whose objects are made of their text, and compare by it."""
_PLAIN = (type(None), bool, int, bytes)
_PLAIN_CONTAINERS = (list, tuple, dict)
_CONTAINERS: "dict[type, WriteContainer]" = {
    list: _list,
    tuple: _tuple,
    set: _set,
    dict: _dict,
    frozenset: _wrapped("frozenset", _set),
    collections.OrderedDict: _wrapped("OrderedDict", _dict),
    collections.Counter: _wrapped("Counter", _dict),
    collections.defaultdict: _default_dict,
    collections.deque: _wrapped("deque", _list),
    bytearray: _bytearray,
}


def _dt(value: Any) -> str:
    if getattr(value, "tzinfo", None) not in (None, datetime.timezone.utc):
        raise NoLiteral
    return re.sub(r"\bdatetime\.", "dt.", repr(value))


_BY_REPR: "dict[type, Callable[[Any], str]]" = {
    float: _float,
    datetime.datetime: _dt,
    datetime.date: _dt,
    datetime.time: _dt,
    datetime.timedelta: _dt,
    datetime.timezone: _dt,
    decimal.Decimal: lambda value: f"Decimal({str(value)!r})",
    fractions.Fraction: lambda value: f"Fraction({value.numerator}, {value.denominator})",
    range: repr,
    slice: repr,
    uuid.UUID: lambda value: f"UUID({str(value)!r})",
    pathlib.PosixPath: lambda value: f"Path({str(value)!r})",
    type(NotImplemented): repr,
}
