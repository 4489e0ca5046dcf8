"""What the parameters take of a method that overrides another: the other's annotations say it, or its documentation."""

import ast
import inspect
import logging
import typing
from typing import Any

_RECORD = (logging.LogRecord,)
_ATTRIBUTES = list[tuple[str, str | None]]
_DOCUMENTED: "dict[str, dict[str, tuple[Any, ...]]]" = {
    "logging.Formatter": dict.fromkeys(("format", "formatMessage", "formatTime", "usesTime"), _RECORD),
    "logging.Filter": {"filter": _RECORD},
    "logging.Filterer": {"filter": _RECORD},
    "logging.Handler": dict.fromkeys(("emit", "handle", "format", "handleError"), _RECORD),
    "html.parser.HTMLParser": {
        **dict.fromkeys(("handle_starttag", "handle_startendtag"), (str, _ATTRIBUTES)),
        **dict.fromkeys(("handle_endtag", "handle_data", "handle_comment", "handle_decl", "handle_entityref"), (str,)),
    },
    "cmd.Cmd": dict.fromkeys(("default", "onecmd", "precmd", "parseline", "do_*"), (str,)),
}
"""Of classes of the standard library, whose methods have no annotations: the types, in order."""
_VISITOR = "ast.NodeVisitor"


def annotations_by_bases(cls: Any, method: str) -> "dict[str, Any]":
    """The annotations of the method's parameters, as the classes say which it overrides, by their names in it."""
    own = vars(cls).get(method) if isinstance(cls, type) else None
    if not inspect.isfunction(own):
        return {}
    names = _parameters(own)
    for base in cls.__mro__[1:]:
        types = _types_of(base, method)
        if types:
            return dict(zip(names, types))  # noqa: B905 - it may take fewer, or more
    return {}


def _types_of(base: type, method: str) -> "tuple[Any, ...]":
    name = f"{base.__module__}.{base.__qualname__}"
    if name == _VISITOR:
        return (getattr(ast, method.removeprefix("visit_"), ast.AST),) if method.startswith("visit_") else ()
    known = _DOCUMENTED.get(name, {})
    if method.startswith("do_") and "do_*" in known:
        return known["do_*"]
    return known.get(method) or _annotated(vars(base).get(method))


def _annotated(function: Any) -> "tuple[Any, ...]":
    """The annotations of all parameters but the first, up to one without."""
    if not inspect.isfunction(function):
        return ()
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - annotations are foreign code: any failure means "unknown"
        return ()
    found: list[Any] = []
    for name in _parameters(function):
        if name not in hints:
            break
        found.append(hints[name])
    return tuple(found)


def _parameters(function: Any) -> "tuple[str, ...]":
    """Those that are given by their places, but the first."""
    code = function.__code__
    names: tuple[str, ...] = code.co_varnames[1 : code.co_argcount]
    return names
