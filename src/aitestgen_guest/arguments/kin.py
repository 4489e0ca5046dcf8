"""Classes whose objects may stand in the place of those of another."""

import inspect


def descendants(cls: type) -> "list[type]":
    """Public subclasses at any depth that are not abstract and stand in the class's own module, nearest first."""
    found: dict[type, None] = {}
    waiting = [cls]
    while waiting and cls is not type:
        children: list[type] = waiting.pop(0).__subclasses__()
        found.update(dict.fromkeys(children))
        waiting += children
    return [
        one
        for one in found
        if one.__module__ == cls.__module__ and not one.__name__.startswith("_") and not inspect.isabstract(one)
    ]
