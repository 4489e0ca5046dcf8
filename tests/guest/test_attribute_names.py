"""Names of attributes, as code asks for them by parameters, loops and keywords."""

import sys
import textwrap
import types
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, search_of, seen  # noqa: F401 - a fixture

from aitestgen_guest.arguments.built import names_in, spec_of
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.kin import descendants
from aitestgen_guest.arguments.specs import Namer, from_annotation, of_names
from aitestgen_guest.arguments.structures import structures

EMPLOYEES = """
    class Employee:
        def __init__(self, name, salary):
            self.name = name
            self.salary = salary

    def pluck(items, attribute):
        return [getattr(item, attribute, None) for item in items]

    def has_all(thing, *names: str):
        return all(hasattr(thing, name) for name in names)

    def update(employee: Employee, **changes):
        for key, value in changes.items():
            if not hasattr(employee, key):
                raise AttributeError(f"no field {key}")
            setattr(employee, key, value)
        return employee.name
"""


@pytest.mark.parametrize(("path", "name"), [("pluck", "attribute"), ("has_all", "names"), ("update", "changes")])
def test_they_are_those_of_the_modules_objects_and_of_everybodys(path: str, name: str) -> None:
    kind, texts = spec_of(structures(textwrap.dedent(EMPLOYEES))[path, name])
    assert kind == "choice"
    assert texts[:2] == ("'name'", "'salary'")
    assert {"'upper'", "'missing'"} < set(texts)


def test_what_is_asked_for_attributes_may_be_of_the_modules_classes() -> None:
    assert spec_of(structures(textwrap.dedent(EMPLOYEES))["pluck", "items"]) == ("list", ("new", "Employee"))


def test_keywords_that_become_attributes_have_such_names() -> None:
    built = structures(textwrap.dedent(EMPLOYEES))["update", "changes"]
    names = names_in(built, ["'extra'"])
    assert names[:3] == ["extra", "name", "salary"]
    assert not any(name.startswith("_") for name in names)
    assert names_in(None, ["'a'"]) == ["a"]


def test_the_search_updates_and_is_refused() -> None:
    _, search = search_of(EMPLOYEES, "update", 2000)
    assert "AttributeError" in seen(search)
    updated = [entry.case for entry in search.kept.results() if entry.observation["outcome"] == "returns"]
    assert any(case["keywords"] for case in updated)


def module_of(code: str, **more: Any) -> types.ModuleType:
    module = types.ModuleType("kin_module")
    vars(module).update(more)
    exec(textwrap.dedent(code), vars(module))  # noqa: S102 - a module made for this test
    return module


TOKENS = """
    class Token:
        def __init__(self, value, start: int, content: str = ""):
            self.value = value

    class ListToken(Token):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.count = len(self.value)

    class Free:
        def __init__(self, *args, **kwargs):
            self.args = args
"""


def test_a_constructor_that_hands_on_everything_takes_what_its_base_takes() -> None:
    names = vars(module_of(TOKENS))
    callables = Callables(names, Namer(names, {}), [])
    taken = [(one.name, one.kind, one.optional) for one in callables.parameters("ListToken")]
    assert taken == [("value", "normal", False), ("start", "normal", False), ("content", "normal", True)]
    assert [one.kind for one in callables.parameters("Free")] == ["star", "double_star"]


def test_subclasses_of_other_modules_count_where_the_module_has_them() -> None:
    base = type("Base", (), {"__module__": "elsewhere"})
    near = type("Near", (base,), {"__module__": "elsewhere"})
    far = type("Far", (base,), {"__module__": "further"})
    assert descendants(base, {}) == [near]
    assert descendants(base, {"Far": far}) == [near, far]
    assert descendants(type("Meta", (type,), {}), {}) == []


def test_a_class_as_an_argument_may_be_a_subclass() -> None:
    module = module_of("class Shape:\n    pass\nclass Square(Shape):\n    pass\n", __name__="kin_module")
    sys.modules["kin_module"] = module
    try:
        shape = vars(module)["Shape"]
        assert from_annotation(type[shape], Namer(vars(module), {})) == ("choice", ("Shape", "Square"))
        assert from_annotation(type[int], Namer({}, {})) == ("choice", ("int",))
    finally:
        del sys.modules["kin_module"]


def test_the_classes_that_code_asks_for_are_what_it_is_given() -> None:
    code = """
        import datetime
        from fractions import Fraction
        from decimal import Decimal

        def shown(value):
            if isinstance(value, datetime.time):
                return "time"
            if isinstance(value, (Decimal, Fraction)):
                return "number"
            if isinstance(value, Missing.Thing):
                return "never"
            return "other"
    """
    built = structures(textwrap.dedent(code))["shown", "value"]
    assert list(built.checked) == ["datetime.time", "Decimal", "Fraction", "Missing.Thing"]
    names = vars(module_of(code))
    assert len(of_names(built.checked, Namer(names, {}))) == 3
    _, search = search_of(code.replace("Missing.Thing", "bytearray"), "shown", 1500)
    assert {"'time'", "'number'", "'other'"} <= seen(search)
