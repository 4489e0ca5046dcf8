"""What is read of objects: also of those that stand in their attributes."""

import textwrap
import types
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("{'a': 1}.keys()", {"list({})": "['a']"}),
        ("{'a': 1}.items()", {"list({})": "[('a', 1)]"}),
        ("types.MappingProxyType({'a': 1})", {"dict({})": "{'a': 1}"}),
        ("memoryview(b'ab')[1:]", {"bytes({})": "b'b'"}),
        ("array.array('i', [1, 2])", {"{}.typecode": "'i'", "{}.tolist()": "[1, 2]"}),
        ("re.match('(a)b?', 'ab')", {"{}.group()": "'ab'", "{}.groups()": "('a',)", "{}.span()": "(0, 2)"}),
        ("functools.partial(max, 1)", {"{}.func": "max", "{}.args": "(1,)", "{}.keywords": "{}"}),
        ("re.compile('a+')", {"{}.pattern": "'a+'"}),
        ("ast.parse('x = 1')", {"ast.unparse({})": "'x = 1'"}),
        ("ValueError('odd', 3)", {"{}.args": "('odd', 3)"}),
        (
            "ElementTree.fromstring('<a id=\"1\"><b>c</b></a>')",
            {
                "{}.attrib": "{'id': '1'}",
                "[item.tag for item in {}.iter()]": "['a', 'b']",
                "list({}.itertext())": "['c']",
            },
        ),
    ],
)
def test_of_objects_of_the_standard_library_is_seen_what_they_are_about(made: str, found: Facts) -> None:
    imports = "import array, ast, functools, re, types\nfrom xml.etree import ElementTree\n"
    assert seen(f"{imports}made = {made}") == found


def test_what_an_exception_says_of_itself_comes_before_its_arguments() -> None:
    found = seen("""
        class Refused(Exception):
            def __init__(self, code):
                super().__init__(f"code {code}")
                self.code = code

        made = Refused(3)
    """)
    assert found == {"{}.code": "3"}
