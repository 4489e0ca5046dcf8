"""What functions that a call returns hold in attributes of their own: how often they were called, a history."""

from types import FunctionType
from typing import Any

from aitestgen_guest.arguments.pool import is_plain
from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.shapes import Facts

MOST = 3


def held_by(function: Any, writer: Writer) -> Facts:
    """The plain values of a function's public attributes, as texts by name; nothing of what is no function, or is only
    handed on from the one that it wraps.
    """
    if not isinstance(function, FunctionType):
        return {}
    wrapped = getattr(getattr(function, "__wrapped__", None), "__dict__", {})
    own = [(name, value) for name, value in vars(function).items() if not name.startswith("_") and is_plain(value)]
    texts = {name: writer.literal(value) for name, value in own if wrapped.get(name) is not value}
    return {name: text for name, text in [*texts.items()][:MOST] if text}
