"""Containers that are kept and put back: copies of them, whether they were changed, what they held before."""

import collections
from typing import Any

DEEPEST = 6
COMPARED = 200
"""Containers of at most so many items are compared whole; of larger ones the length and the ends."""

KINDS = (list, dict, set, collections.deque, collections.OrderedDict, collections.defaultdict, collections.Counter)
_CACHES = ("cache", "memo")


def is_cache(name: str) -> bool:
    """Whether it is named as what may be forgotten at any time."""
    return name.startswith("__") or any(word in name.lower() for word in _CACHES)


def put_back(container: Any, saved: Any) -> None:
    """Let the container hold again what it held, if it does not."""
    if differs(container, saved):
        fresh = copied(saved)
        container.clear()
        container.extend(fresh) if hasattr(container, "extend") else container.update(fresh)


def is_nested(container: Any) -> bool:
    """Whether an item of it can change in place."""
    return any(type(item) in (*KINDS, tuple) for item in _items(container))


def copied(value: Any, depth: int = 0) -> Any:
    """The containers with copies of those that they hold; everything else is the same object."""
    if type(value) is tuple and depth < DEEPEST:
        return tuple(copied(item, depth + 1) for item in value)
    if type(value) not in KINDS or depth >= DEEPEST:
        return value
    if isinstance(value, set) or not is_nested(value):  # what a set holds has a hash, and does not change
        return value.copy()
    fresh = value.copy()
    fresh.clear()
    if isinstance(value, dict):
        fresh.update((key, copied(item, depth + 1)) for key, item in value.items())
    else:
        fresh.extend(copied(item, depth + 1) for item in value)
    return fresh


def _items(container: Any) -> "list[Any]":
    return list(container.values() if isinstance(container, dict) else container)


def differs(container: Any, saved: Any) -> bool:
    if len(container) != len(saved):
        return True
    if len(saved) > COMPARED:
        return False
    try:
        return bool(container != saved)
    except Exception:  # noqa: BLE001 - items of the module's own classes may compare in any way
        return False
