"""Attributes that callers set: which these are, what they are set to, and that tests set them."""

import sys
import textwrap
import types
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, search_of  # noqa: F401 - a fixture

from aitestgen_guest.arguments.built import spec_of
from aitestgen_guest.arguments.open_attributes import parameters_of
from aitestgen_guest.arguments.specs import Namer, Spec
from aitestgen_guest.arguments.structures import structures

FILTER = """
    class Rule:
        def __init__(self, word):
            self.word = word

    class Filter:
        limit = 1000
        RATE = 3

        def __init__(self, name, size=0):
            self.enabled = True
            self.blocked = set()
            self.rules = []  # type: list[Rule]
            self.level: int = 0
            self.names = {}
            self.seen = 0
            self.unused = "x"
            self.size = size
            self._hidden = False

        def folder(self, sender, size):
            self.seen += 1
            if not self.enabled or self._hidden or size > self.limit * self.RATE:
                return self.names.get("none")
            if sender in self.blocked:
                return "junk"
            return [rule.word for rule in self.rules][self.level : self.size]
"""


def specs_of(code: str, cls: str) -> dict[str, Spec]:
    source = textwrap.dedent(code)
    module = types.ModuleType("open_module")
    sys.modules["open_module"] = module
    try:
        exec(source, vars(module))  # noqa: S102 - a module made for this test
        found = parameters_of(vars(module)[cls], source, Namer(vars(module), {}))
    finally:
        del sys.modules["open_module"]
    return {name: parameter.specs[0] for name, parameter in found.items()}


def test_what_the_object_starts_with_and_only_reads_is_open() -> None:
    assert specs_of(FILTER, "Filter").keys() == {"enabled", "blocked", "rules", "level", "names", "limit"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("enabled", ("bool",)),
        ("level", ("int",)),
        ("limit", ("int",)),
        ("rules", ("list", ("new", "Rule"))),
        ("blocked", ("union", (("set", ("str",)), ("set", ("int",))))),
    ],
)
def test_it_is_set_to_what_it_started_as_or_is_annotated_as(name: str, expected: Spec) -> None:
    assert specs_of(FILTER, "Filter")[name] == expected


def test_a_subclass_has_those_of_its_base() -> None:
    code = FILTER + "\n    class Strict(Filter):\n        pass\n"
    assert specs_of(code, "Strict").keys() == specs_of(code, "Filter").keys()


@pytest.mark.parametrize("comment", ["# type: foo bar", "# type: int, str ->", "# type:"])
def test_a_comment_that_is_no_annotation_says_nothing(comment: str) -> None:
    code = (
        f"class A:\n    def __init__(self):\n        self.x = 0  {comment}\n    def f(self):\n        return self.x\n"
    )
    assert specs_of(code, "A") == {"x": ("int",)}


SWITCHED = """
    class Lamp:
        def __init__(self):
            self.on = False
            self.colours = []

        def shown(self):
            if not self.on:
                return "dark"
            if "red" in self.colours:
                return "red"
            return "white"
"""


def test_the_search_sets_them_before_the_call() -> None:
    _, search = search_of(SWITCHED, "Lamp.shown", 2000)
    results: dict[str, Any] = {entry.observation["facts"]["result"]: entry.case for entry in search.kept.results()}
    assert results.keys() == {"'dark'", "'white'", "'red'"}
    assert {step[0] for step in results["'red'"]["calls"]} == {"set:on", "set:colours"}
    assert not search.findings


SHOWN = """
    class Message:
        def __init__(self, sender, subject, size):
            self.sender = sender
            self.subject = subject
            self.size = size

    def folder(message: Message, limit=10):
        if message.size > limit:
            return f"{message.size:.1f}"
        return f"from {message.sender}: {message.subject.lower()}"
"""


def test_what_others_use_of_an_object_tells_what_its_constructor_takes() -> None:
    found = structures(textwrap.dedent(SHOWN))
    assert spec_of(found["Message", "sender"]) == ("str",)
    assert spec_of(found["Message", "subject"]) == ("str",)
    assert ("Message", "size") not in found


@pytest.mark.parametrize(
    "annotation",
    ["Message", "'Message'", "Optional[Message]", "Message | None", "list[Message]", "dict[str, Message]"],
)
def test_annotations_name_the_classes_of_the_module(annotation: str) -> None:
    loop = "for message in given.values()" if annotation.startswith("dict") else "for message in given"
    each = loop if ("[Message]" in annotation and "Opt" not in annotation) or annotation.startswith("dict") else ""
    body = f"    {each}:\n        message.subject.lower()" if each else "    given.subject.lower()"
    code = f"""
class Message:
    def __init__(self, subject):
        self.subject = subject

def shown(given: {annotation}):
{body}
"""
    assert spec_of(structures(code)["Message", "subject"]) == ("str",)


CART = """
    class Cart:
        def __init__(self):
            self.items = []
            self.discount = 0

        def total(self):
            return sum(price * count for price, count in self.items) - self.discount
"""


def test_a_list_whose_items_are_taken_apart_holds_tuples() -> None:
    number = ("union", (("int",), ("float",)))
    assert specs_of(CART, "Cart")["items"] == ("list", ("tuple", (number, number)))
    _, search = search_of(CART, "Cart.total", 1500)
    results = {entry.observation["facts"]["result"] for entry in search.kept.results()}
    assert len(results - {"0"}) > 0
