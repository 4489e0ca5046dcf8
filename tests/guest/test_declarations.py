"""Subclasses that declare fields, and classes that use what makes descriptors."""

import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, job_of, search_of  # noqa: F401 - a fixture

from aitestgen_guest.arguments.declarations import argument_texts
from aitestgen_guest.arguments.definitions import Definitions, definitions
from aitestgen_guest.search.learning import search_of as found_search
from aitestgen_guest.search.world import World

FORMS = """
    class Field:
        def __init__(self, required=True, minimum=None):
            self.required = required
            self.minimum = minimum

    class Number(Field):
        pass

    class Meta(type):
        def __new__(mcls, name, bases, namespace):
            fields = {key: value for key, value in namespace.items() if isinstance(value, Field)}
            return super().__new__(mcls, name, bases, {**namespace, "fields": fields})

    class Form(metaclass=Meta):
        def __init__(self, **data):
            for name in data:
                if name not in self.fields:
                    raise TypeError(f"no field {name}")
            self.data = data

        def missing(self):
            return [name for name, field in self.fields.items() if field.required and name not in self.data]
"""
COLUMNS = """
    class Column:
        def __init__(self, kind):
            self.kind = kind

    class Table:
        @classmethod
        def columns(cls):
            return [name for name, value in vars(cls).items() if isinstance(value, Column)]
"""
REGISTER = """
    class Plugin:
        known = {}

        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            if cls.__name__.lower() in Plugin.known:
                raise ValueError("known already")
            Plugin.known[cls.__name__.lower()] = cls

        def run(self, text):
            raise NotImplementedError
"""
MAKERS = """
    def typed(name, expected_type):
        @property
        def value(self):
            return getattr(self, "_" + name, None)

        @value.setter
        def value(self, new):
            if not isinstance(new, expected_type):
                raise TypeError("wrong")
            setattr(self, "_" + name, new)
        return value

    def lazy(fn):
        def getter(self):
            return fn(self) + 1
        return property(getter)

    def plain(fn):
        def inner(*args):
            return fn(*args)
        return inner
"""


@pytest.fixture
def made() -> Iterator[Any]:
    def make(code: str) -> tuple[types.ModuleType, Definitions]:
        module = types.ModuleType("declaring")
        sys.modules["declaring"] = module
        exec(textwrap.dedent(code), vars(module))  # noqa: S102 - a module made for this test
        return module, definitions(module, textwrap.dedent(code))

    yield make
    sys.modules.pop("declaring", None)


def test_a_class_whose_metaclass_collects_gets_a_subclass_with_fields(made: Any) -> None:
    _, found = made(FORMS)
    assert [line.strip() for line in found.sources["SampleForm"].splitlines()] == [
        "class SampleForm(Form):",
        "first = Number(required=False)",
        "second = Field()",
        "third = Number(required=False)",
    ]
    assert "SampleField" not in found.sources


def test_a_class_that_looks_through_itself_gets_one_too(made: Any) -> None:
    module, found = made(COLUMNS)
    assert found.samples["SampleTable"].columns() == ["first", "second"]
    assert not hasattr(module, "SampleTable")


def test_a_register_takes_each_but_once(made: Any) -> None:
    module, found = made(REGISTER)
    for _ in range(2):
        namespace = dict(vars(module))
        found.install(namespace, found.samples)
        assert namespace["SamplePlugin"]().run("a") == 1
    assert list(module.Plugin.known) == ["sampleplugin"]
    assert found.used_in('Plugin.create("sampleplugin")') == [found.sources["SamplePlugin"]]
    assert repr("sampleplugin") in found.words()


def test_what_makes_properties_is_seen_through_a_class_that_uses_it(made: Any) -> None:
    _, found = made(MAKERS)
    assert found.users == {"typed": "UsesTyped", "lazy": "UsesLazy"}
    assert found.sources["UsesTyped"] == 'class UsesTyped:\n    value = typed("value", int)'
    assert found.sources["UsesLazy"] == "class UsesLazy:\n    @lazy\n    def value(self):\n        return 42"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("kind, minimum=None", ["int, minimum=1", "int"]),
        ("required=False", ["required=True", ""]),
        ("thing", ["1", '"a"', "int"]),
        ("fn", ["lambda *args: 42"]),
        ("*args, **kwargs", [""]),
    ],
)
def test_arguments_are_told_by_names_and_defaults(parameters: str, expected: list[str]) -> None:
    assert argument_texts(eval(f"lambda {parameters}: None")) == expected  # noqa: S307 - a function made for this test
    assert argument_texts(type("A", (), {"__init__": 3})) == [""]


def results_of(code: str, name: str) -> list[tuple[Any, str]]:
    world = World(job_of(code))
    world.load()
    description = next(one for one in world.job["targets"] if one["id"] == name)
    search = found_search(world, description, "here")
    assert search is not None
    search.stage.wall_seconds = 60
    search.run(2500, 6)
    facts = [(entry.case["receiver"], entry.observation["facts"]) for entry in search.kept.results()]
    return [(receiver, fact.get("result", fact.get("error"))) for receiver, fact in facts]


def test_methods_are_called_on_objects_that_declare() -> None:
    found = results_of(FORMS, "Form.missing")
    assert "['second']" in {result for receiver, result in found if receiver[1] == "SampleForm"}


def test_what_a_property_that_was_made_gives_and_refuses_is_seen() -> None:
    results = {result for _, result in results_of(MAKERS, "typed")}
    assert "TypeError" in results
    assert "43" in {result for _, result in results_of(MAKERS, "lazy")}
    assert any(result and result != "TypeError" for result in results)


def test_the_class_that_uses_a_descriptor_keeps_it() -> None:
    code = """
        class Checked:
            def __init__(self, kind):
                self.kind = kind

            def __set_name__(self, owner, name):
                self.name = "_" + name

            def __get__(self, instance, owner):
                return self if instance is None else getattr(instance, self.name, None)

            def __set__(self, instance, value):
                if not isinstance(value, self.kind):
                    raise TypeError("wrong kind")
                setattr(instance, self.name, value)
    """
    assert {result for _, result in results_of(code, "Checked.__set__")} == {"None", "TypeError"}
