"""Classes that tests define for themselves: which, how they are written, and that they work in tests."""

import abc
import textwrap
import types
from typing import Any

import pytest
from tests.guest.test_search import job_of

from aitestgen_guest import explore
from aitestgen_guest.arguments.definitions import DATACLASSES, data_for, definitions
from aitestgen_guest.arguments.hooks import hooks
from aitestgen_guest.arguments.specs import Namer


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> float: ...

    @property
    @abc.abstractmethod
    def sides(self) -> int: ...

    @classmethod
    @abc.abstractmethod
    def unit(cls) -> "Shape": ...


class Cached:
    def __init__(self, function: Any) -> None:
        self.function = function

    def __get__(self, owner: Any, cls: Any = None) -> Any:
        return self if owner is None else self.function(owner)


class Positive:
    def __init__(self, least: int = 0) -> None:
        self.least = least

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, owner: Any, cls: Any = None) -> Any:
        return owner.__dict__[self.name]

    def __set__(self, owner: Any, value: int) -> None:
        if value < self.least:
            raise ValueError(value)
        owner.__dict__[self.name] = value


class Told:
    def __init__(self, function: Any) -> None:
        self.function = function

    def __set__(self, owner: Any, value: Any) -> None:
        self.function(owner, value)


class Broken:
    def __init__(self) -> None:
        raise TypeError("never")

    def __get__(self, owner: Any, cls: Any = None) -> Any: ...


def module_with(*classes: type, **more: Any) -> types.ModuleType:
    module = types.ModuleType("shapes")
    for cls in classes:
        cls.__module__ = "shapes"
        setattr(module, cls.__name__, cls)
    vars(module).update(more)
    return module


def test_an_abstract_class_gets_a_subclass_that_can_be_made() -> None:
    module = module_with(Shape)
    found = definitions(module, "")
    namespace = dict(vars(module))
    found.install(namespace, {})
    shape = namespace["ConcreteShape"]()
    assert isinstance(shape, Shape)
    assert (shape.area(), shape.sides) == (1.5, 1)


class Step(abc.ABC):
    name: str
    times: "int"
    label = "step"
    size: int = 3
    other: Shape

    @abc.abstractmethod
    def run(self) -> None: ...


def test_a_subclass_has_what_the_class_says_that_subclasses_have() -> None:
    found = definitions(module_with(Shape, Step), "")
    assert found.sources["ConcreteStep"].startswith(
        'class ConcreteStep(Step):\n    name = "a"\n    times = 1\n\n    def run'
    )


def test_a_descriptor_gets_a_class_that_uses_it() -> None:
    found = definitions(module_with(Cached), "")
    assert found.users == {"Cached": "UsesCached"}
    assert found.used_in("UsesCached()") == ["class UsesCached:\n    @Cached\n    def value(self):\n        return 42"]


@pytest.mark.parametrize(
    ("descriptor", "use"),
    [(Positive, "value = Positive()"), (Told, "@Told\n    def value(self, new):\n        self.kept = new")],
)
def test_a_descriptor_that_is_assigned_to_is_used_as_one(descriptor: type, use: str) -> None:
    user = f"Uses{descriptor.__name__}"
    assert definitions(module_with(descriptor), "").used_in(f"{user}()") == [f"class {user}:\n    {use}"]


def test_a_descriptor_that_cannot_be_used_gets_none() -> None:
    assert definitions(module_with(Broken), "").users == {}


def test_a_name_that_the_module_has_is_not_defined_again() -> None:
    assert "Point" not in definitions(module_with(Point=3), "").sources


def test_a_definition_brings_those_that_it_needs_in_order() -> None:
    needed = definitions(module_with(), "").used_in("build(Team, {})")
    assert [source.partition("class ")[2].partition(":")[0] for source in needed] == ["Point", "Person", "Team"]


def test_data_for_a_dataclass_has_its_fields() -> None:
    namespace: dict[str, Any] = {}
    definitions(module_with(), "").install(namespace, {})
    assert namespace.keys() >= DATACLASSES.keys()
    kind, fields = data_for(namespace["Team"], Namer(namespace, {}))
    assert kind == "record"
    assert dict(fields)["lead"] == ("record", (("name", ("str",)), ("age", ("union", (("int",), ("none",))))))


@pytest.mark.parametrize("name", DATACLASSES)
def test_no_data_is_known_for_other_classes(name: str) -> None:
    assert data_for(type(name, (), {}), Namer({}, {})) == ("any",)


HOOKED = '''
    class Report:
        def rows(self, month):
            raise NotImplementedError

        def footer(self) -> str:
            """Text below."""
            raise NotImplementedError("footer")

        def unused(self):
            raise NotImplementedError

        def render(self, month: int) -> str:
            return f"{self.rows(month)} {self.footer()}"

    class Shape:
        def area(self):
            raise NotImplementedError

        def double(self):
            return 2 * self.area()

    class Square(Shape):
        def area(self):
            return 4
'''


def test_methods_that_a_class_leaves_to_subclasses_are_those_that_others_call() -> None:
    assert hooks(textwrap.dedent(HOOKED)) == {"Report": ["rows", "footer"]}


def test_a_class_with_such_methods_has_a_subclass_for_tests() -> None:
    frames: list[Any] = []
    explore.main(job_of(HOOKED), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case" and frame["target"] == "Report.render"]
    assert any(case["observation"]["facts"].get("result") == "'1 a'" for case in cases)
    assert any("class ConcreteReport(Report):" in text for case in cases for text in case["definitions"])
