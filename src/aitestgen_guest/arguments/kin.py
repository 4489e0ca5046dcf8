"""Classes whose objects may stand in the place of those of another."""

import inspect

from aitestgen_guest.shapes import Namespace


def descendants(cls: type, namespace: Namespace) -> "list[type]":
    """Public subclasses at any depth that are not abstract, nearest first: those that stand in the class's own module,
    and those that the namespace has by their names.
    """
    found: dict[type, None] = {}
    waiting = [cls]
    while waiting and cls is not type:
        children: list[type] = type.__subclasses__(waiting.pop(0))
        found.update(dict.fromkeys(children))
        waiting += children
    return [
        one
        for one in found
        if (one.__module__ == cls.__module__ or namespace.get(one.__name__) is one)
        and not one.__name__.startswith("_")
        and not inspect.isabstract(one)
    ]
