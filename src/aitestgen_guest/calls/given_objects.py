"""What calls change in the data and objects that they are given, as far as a test can write it down."""

import collections
import collections.abc
import dataclasses
import enum
from typing import Any

from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.calls.views import Views
from aitestgen_guest.shapes import Facts

_CONTAINERS = (list, dict, set, bytearray, collections.deque, collections.abc.MutableMapping)
_STEADY = (str, bytes, int, float, complex, tuple, frozenset, type(None), type, enum.Enum, BaseException)
_OURS = "aitestgen_guest"


def state_of(values: "dict[str, Any]", writer: Writer, views: Views) -> Facts:
    """`argument:name` → source text of data, and of objects that are equal to others with the same data; of other
    objects `argument:name:view` → the text of what the view shows. Raises Disturbed.
    """
    found: Facts = {}
    for name, value in values.items():
        if isinstance(value, _STEADY) or type(value).__module__.startswith(_OURS):
            continue
        whole = writer.literal(value) if isinstance(value, _CONTAINERS) or _is_data(value) else None
        if whole is not None:
            found[f"argument:{name}"] = whole
        elif not isinstance(value, _CONTAINERS):
            found.update({f"argument:{name}:{view}": text for view, text in views.steady(value).items()})
    return found


def view_of(label: str) -> str:
    """The view that the label ends with, "" where it is of the whole argument."""
    return label.removeprefix("argument:").partition(":")[2]


def _is_data(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not getattr(type(value), "__dataclass_params__").frozen  # noqa: B009 - no type checker knows it
