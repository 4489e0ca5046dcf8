"""What calls change in the data and objects that they are given, as far as a test can write it down."""

import collections
import collections.abc
import dataclasses
import enum
import re
from typing import Any

from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.calls.views import Views
from aitestgen_guest.shapes import Facts

_CONTAINERS = (list, dict, set, bytearray, collections.deque, collections.abc.MutableMapping)
_STEADY = (str, bytes, int, float, complex, tuple, frozenset, type(None), type, enum.Enum, BaseException)
_OURS = "aitestgen_guest"
MOST_MEMBERS = 2
MOST_ITEMS = 50


def state_of(values: "dict[str, Any]", writer: Writer, views: Views) -> Facts:
    """`argument:name` → source text of data, and of objects that are equal to others with the same data.

    Of other objects, and of those in a list or mapping, `argument:name:view` → the text of what the view shows. Raises
    Disturbed.
    """
    found: Facts = {}
    for name, value in values.items():
        if isinstance(value, _STEADY) or type(value).__module__.startswith(_OURS):
            continue
        whole = writer.literal(value) if isinstance(value, _CONTAINERS) or _is_data(value) else None
        if whole is not None:
            found[f"argument:{name}"] = whole
            continue
        for at, part in _members(value) if isinstance(value, _CONTAINERS) else [("{}", value)]:
            found.update(
                {f"argument:{name}:{view.replace('{}', at)}": text for view, text in views.steady(part).items()}
            )
    return found


def _members(container: Any) -> "list[tuple[str, Any]]":
    """The first items that are objects, each with the view that gives it."""
    if isinstance(container, (list, collections.deque)):
        pairs = [(f"{{}}[{place}]", item) for place, item in enumerate(container)]
    elif isinstance(container, collections.abc.Mapping):
        pairs = [(f"{{}}[{key!r}]", item) for key, item in container.items() if _is_plain_key(key)]
    else:
        return []
    return [(at, item) for at, item in pairs[:MOST_ITEMS] if not isinstance(item, (*_STEADY, *_CONTAINERS))][
        :MOST_MEMBERS
    ]


def _is_plain_key(key: Any) -> bool:
    return type(key) is int or (type(key) is str and re.fullmatch(r"[\w .-]*", key) is not None)


def view_of(label: str) -> str:
    """The view that the label ends with, "" where it is of the whole argument."""
    return label.removeprefix("argument:").partition(":")[2]


def _is_data(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not getattr(type(value), "__dataclass_params__").frozen  # noqa: B009 - no type checker knows it
