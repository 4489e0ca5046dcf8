"""What is read of objects: also of those that stand in their attributes."""

import textwrap
import types
from typing import Any

from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.calls.views import Views
from aitestgen_guest.shapes import Facts


def seen(code: str) -> Facts:
    """What is seen of `made` in a module of this code."""
    module = types.ModuleType("subject")
    exec(textwrap.dedent(code), vars(module))  # noqa: S102 - a module made for this test
    made: Any = module.made
    return Views(vars(module), Writer(vars(module), "subject")).of(made)


def test_what_stands_in_attributes_is_seen_two_levels_deep() -> None:
    found = seen("""
        class Node:
            def __init__(self, key, left=None):
                self.key = key
                self.left = left

        made = Node(1, Node(2, Node(3, Node(4))))
    """)
    assert found == {"{}.key": "1", "{}.left.key": "2", "{}.left.left.key": "3"}


def test_objects_that_hold_each_other_are_seen_once() -> None:
    found = seen("""
        class Link:
            def __init__(self, value):
                self.value, self.next = value, self

        made = Link(1)
        made.next = Link(2)
        made.next.next = made
    """)
    assert found == {"{}.value": "1", "{}.next.value": "2"}


def test_what_a_test_can_write_down_is_not_taken_apart() -> None:
    found = seen("""
        from dataclasses import dataclass

        @dataclass
        class Point:
            x: int

        class Shape:
            def __init__(self):
                self.at = Point(1)

        made = Shape()
    """)
    assert found.keys() == {"{}.at"}
