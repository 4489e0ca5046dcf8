"""Annotations as expressions that test a value; only annotations that are understood to the last part."""

import abc
import collections
import collections.abc
import inspect
import types
import typing
from collections.abc import Callable
from typing import Any

from aitestgen_guest.findings.laws import HIGH, MEDIUM, Law

Name = Callable[[Any], "str | None"]
"""The name by which a class can be had in a test, or None."""
KIND = "annotation"
ANYTHING = "True"
_PLAIN: "dict[Any, str]" = {
    int: "int", float: "(int, float)", complex: "(int, float, complex)", str: "str", bool: "bool",
    bytes: "(bytes, bytearray, memoryview)", list: "list", dict: "dict", set: "set", frozenset: "frozenset",
    tuple: "tuple", bytearray: "bytearray",
}  # fmt: skip
_ITEMS: "dict[Any, str]" = {
    list: "list", set: "set", frozenset: "frozenset", collections.deque: "deque",
    collections.abc.Sequence: "(list, tuple, str, range)", collections.abc.Set: "(set, frozenset)",
    collections.abc.MutableSequence: "list", collections.abc.MutableSet: "set",
}  # fmt: skip
_STREAMS = (collections.abc.Iterator, collections.abc.Iterable, collections.abc.Generator,
            collections.abc.AsyncIterator, collections.abc.AsyncGenerator, collections.abc.AsyncIterable)  # fmt: skip
_HONEST = (type.__instancecheck__, abc.ABCMeta.__instancecheck__)
"""Where isinstance asks for nothing but inheritance."""
_UNCHECKED = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__exit__", "__aexit__")


def law_of_annotation(name: str, function: Any, written: str, naming: Name, *, streams: bool) -> "Law | None":
    """The law that a function's return annotation states; `streams`: the items of an iterator are what is tested."""
    if name in _UNCHECKED or (name.startswith("__r") and name.endswith("__")):
        return None
    try:
        hint = typing.get_type_hints(function).get("return", inspect.Parameter.empty)
    except Exception:  # noqa: BLE001 - annotations are code of the module under test: any failure means "unknown"
        return None
    if hint is inspect.Parameter.empty:
        return None
    if streams:
        args = typing.get_args(hint)
        if typing.get_origin(hint) not in _STREAMS or not args:
            return None
        inner = type_test(args[0], "item", naming)
        return _law(written, f"all({inner} for item in result)") if inner and inner != ANYTHING else None
    test = type_test(hint, "result", naming)
    return _law(written, test) if test and test != ANYTHING else None


def law_of_type_name(text: str, quote: str) -> "Law | None":
    """The law that the type in a docstring's `:rtype:` or Returns section states; plain names only."""
    names = {"int": int, "integer": int, "float": float, "str": str, "string": str, "bool": bool, "boolean": bool,
             "dict": dict, "tuple": tuple, "list": list, "none": type(None)}  # fmt: skip
    parts = [part.strip().strip("`").lower() for part in text.replace("|", " or ").rstrip(".").split(" or ")]
    if not parts or any(part not in names for part in parts):
        return None
    tests = [type_test(names[part], "result", lambda _: None) or "" for part in parts]
    return Law("docstring", "type", quote, text, test=" or ".join(tests), confidence=MEDIUM)


def _law(written: str, test: str) -> Law:
    return Law(KIND, "type", f"-> {written}", written, test=test, confidence=HIGH)


def type_test(hint: Any, value: str, naming: Name, depth: int = 0) -> "str | None":
    """The expression that is true where `value` is of the type; None where that cannot be told."""
    if not isinstance(hint, collections.abc.Hashable):
        return None
    if hint in (Any, object) or depth > 4:
        return ANYTHING
    if hint is None or hint is type(None):
        return f"{value} is None"
    if isinstance(hint, (str, typing.TypeVar, typing.ForwardRef)):
        return None
    if hint in _PLAIN:
        return f"isinstance({value}, {_PLAIN[hint]})"
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is not None:
        return _generic(origin, args, value, naming, depth)
    if hasattr(hint, "__supertype__"):
        return type_test(hint.__supertype__, value, naming, depth)
    return _class(hint, value, naming, depth) if isinstance(hint, type) else None


type_test.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test where it is imported


def _generic(origin: Any, args: "tuple[Any, ...]", value: str, naming: Name, depth: int) -> "str | None":
    if origin in (typing.Union, getattr(types, "UnionType", typing.Union)):
        return _any_of(args, value, naming, depth)
    if origin is typing.Literal:
        return f"{value} in {args!r}" if all(isinstance(arg, (str, int, bool, type(None))) for arg in args) else None
    if origin is typing.Annotated:
        return type_test(args[0], value, naming, depth)
    if origin is tuple:
        return _tuple(args, value, naming, depth)
    if origin in (dict, collections.abc.Mapping, collections.abc.MutableMapping) and len(args) == 2:
        return _mapping(origin, args, value, naming, depth)
    if origin in _ITEMS and len(args) == 1:
        return _items(_ITEMS[origin], args[0], value, naming, depth)
    return None


def _any_of(args: "tuple[Any, ...]", value: str, naming: Name, depth: int) -> "str | None":
    tests = [type_test(arg, value, naming, depth) for arg in args]
    if any(test is None for test in tests):
        return None
    if ANYTHING in tests:
        return ANYTHING
    return f"({' or '.join(test for test in tests if test)})"


def _items(kind: str, item: Any, value: str, naming: Name, depth: int) -> "str | None":
    name = f"item{depth or ''}"
    inner = type_test(item, name, naming, depth + 1)
    if inner is None:
        return None
    outer = f"isinstance({value}, {kind})"
    return outer if inner == ANYTHING else f"({outer} and all({inner} for {name} in {value}))"


def _tuple(args: "tuple[Any, ...]", value: str, naming: Name, depth: int) -> "str | None":
    if len(args) == 2 and args[1] is ...:
        return _items("tuple", args[0], value, naming, depth)
    args = () if args == ((),) else args
    tests = [type_test(arg, f"{value}[{place}]", naming, depth + 1) for place, arg in enumerate(args)]
    if any(test is None for test in tests):
        return None
    parts = [f"isinstance({value}, tuple)", f"len({value}) == {len(args)}", *(t for t in tests if t and t != ANYTHING)]
    return f"({' and '.join(parts)})"


def _mapping(origin: Any, args: "tuple[Any, ...]", value: str, naming: Name, depth: int) -> "str | None":
    key, item = f"key{depth or ''}", f"item{depth or ''}"
    tests = [type_test(args[0], key, naming, depth + 1), type_test(args[1], item, naming, depth + 1)]
    if any(test is None for test in tests):
        return None
    outer = f"isinstance({value}, dict)" if origin is dict else f"hasattr({value}, 'items')"
    inner = " and ".join(test for test in tests if test and test != ANYTHING)
    return f"({outer} and all({inner} for {key}, {item} in {value}.items()))" if inner else outer


def _class(hint: type, value: str, naming: Name, depth: int) -> "str | None":
    if typing.is_typeddict(hint):
        return _record(hint, value, naming, depth)
    if getattr(hint, "_is_protocol", False) or hint in _STREAMS or hint.__module__ in ("typing", "collections.abc"):
        return None
    if type(hint).__instancecheck__ not in _HONEST:
        return None
    name = naming(hint)
    return f"isinstance({value}, {name})" if name else None


def _record(hint: Any, value: str, naming: Name, depth: int) -> "str | None":
    parts = [f"isinstance({value}, dict)"]
    for key in sorted(hint.__required_keys__):
        test = type_test(typing.get_type_hints(hint)[key], f"{value}[{key!r}]", naming, depth + 1)
        if test is None:
            return None
        parts += [f"{key!r} in {value}", *([test] if test != ANYTHING else [])]
    return f"({' and '.join(parts)})"
