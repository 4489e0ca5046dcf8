"""Descriptors that functions return: what they give as attributes of a class."""

from typing import Any


def is_descriptor(value: Any) -> bool:
    """Whether it computes an attribute where a class has it, and is of no other use: it cannot be called."""
    return hasattr(type(value), "__get__") and not callable(value)


def read_twice(descriptor: Any) -> "list[Any]":
    """What an object gives that has the descriptor as an attribute, and what it gives then: it may have been kept."""

    class Owner:
        value = descriptor

    owner = Owner()
    return [owner.value, owner.value]
