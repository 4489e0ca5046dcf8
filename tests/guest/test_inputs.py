import abc
import ast
from collections.abc import Sequence
from enum import Enum
from random import Random
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitestgen_guest.arguments import composed, inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.editor import Editor
from aitestgen_guest.arguments.pool import Pool, is_plain
from aitestgen_guest.arguments.specs import ANY, Namer, fits, from_annotation, guess
from aitestgen_guest.shapes import Expression, Spec

SPECS: list[Spec] = [
    ("int",), ("float",), ("bool",), ("str",), ("bytes",), ("none",), ("list", ("int",)), ("tuple*", ("str",)),
    ("tuple", (("int",), ("str",))), ("set", ("int",)), ("dict", ("str",), ("int",)), ("union", (("int",), ("none",))),
]  # fmt: skip
OTHERS: list[Spec] = [
    ANY, ("callable", 1, ANY), ("callable", None, ANY), ("iterator", ("int",)), ("choice", ("3", "len")), ("type",),
    ("datetime",), ("date",), ("time",), ("timedelta",), ("decimal",), ("complex",), ("record", (("a", ("int",)),)),
]  # fmt: skip


class NoClasses:
    """A module without classes."""

    def __init__(self) -> None:
        self.dataclasses: list[str] = []

    def instance(self, *_: object) -> Expression | None:
        return None

    def changed(self, expression: Expression, _: inputs.Maker) -> Expression:
        return expression

    def used_as(self, _: frozenset[str]) -> Spec | None:
        return None


def maker(seed: int, *constants: str) -> inputs.Maker:
    return inputs.Maker(Random(seed), Pool(constants), NoClasses())


@given(st.sampled_from(SPECS), st.integers(0, 10_000))
def test_a_made_value_fits_its_spec(spec: Spec, seed: int) -> None:
    value = inputs.value_of(maker(seed, "'seen'", "42").make(spec))
    assert fits(value, spec) or (spec == ("float",) and isinstance(value, int))


@given(st.sampled_from(SPECS + OTHERS), st.integers(0, 10_000))
def test_every_expression_and_its_neighbours_are_source_text(spec: Spec, seed: int) -> None:
    own = maker(seed, "'seen'")
    expression = own.make(spec)
    for _ in range(3):
        ast.parse(inputs.source(expression), mode="eval")
        expression = own.change(expression, spec)


def test_a_seed_makes_the_same_again() -> None:
    assert [maker(5).make(ANY) for _ in range(3)] == [maker(5).make(ANY) for _ in range(3)]


def test_methods_of_a_stand_in_fail_now_and_then_as_the_module_expects() -> None:
    own = maker(1)
    own.caught = ('KeyError("key")',)
    spec: Spec = ("attributes", (("put", ("callable", None, ANY)),))
    made = {inputs.source(own.make(spec)) for _ in range(50)}
    assert any('SimpleNamespace(put=FakeFunction(KeyError("key")' in text for text in made)
    assert any("FakeFunction" not in text for text in made)


def test_a_call_is_written_with_its_arguments_and_keywords() -> None:
    call = ("call", "Point", [inputs.data(1)], {"y": ("text", "len")})
    assert inputs.source(call) == "Point(1, y=len)"
    assert inputs.source(("many", "(", [call], ")")) == "(Point(1, y=len),)"
    assert inputs.source(("pairs", [[inputs.data("a"), call]])) == "{'a': Point(1, y=len)}"


@pytest.mark.parametrize("value", [1.5, "a", [1, (2, "x")], {"a": {1}}, None, b"x", float("inf"), frozenset({1})])
def test_small_builtin_data_is_plain_and_is_written_back(value: Any) -> None:
    assert is_plain(value)
    assert eval(inputs.data(value)[1]) == value  # noqa: S307 - the text that was just written


@pytest.mark.parametrize("value", [object(), "x" * 300, 10**40, [[[[[1]]]]], float("nan"), list(range(40))])
def test_what_is_large_deep_or_foreign_is_not_plain(value: Any) -> None:
    assert not is_plain(value)


def test_a_pool_keeps_values_by_type_each_once() -> None:
    pool = Pool(["1", "'a'", "1", "not data"])
    pool.add(["b", 2])
    assert (pool.of(int), pool.of(str)) == ([1, 2], ["a", "b"])


@pytest.mark.parametrize(
    ("hint", "spec"),
    [
        (int, ("int",)),
        (list[int], ("list", ("int",))),
        (dict[str, float], ("dict", ("str",), ("float",))),
        (int | None, ("union", (("int",), ("none",)))),
        (tuple[int, ...], ("tuple*", ("int",))),
        (tuple[int, str], ("tuple", (("int",), ("str",)))),
        (Any, ANY),
        ("unresolved", ANY),
        (type[int], ("choice", ("int",))),
    ],
)
def test_an_annotation_has_its_spec(hint: Any, spec: Spec) -> None:
    assert from_annotation(hint, Namer({"int": int}, {})) == spec


def test_a_guess_of_the_analysis_is_understood_or_left() -> None:
    assert guess("list[int]") == ("list", ("int",))
    assert guess("class:Point") == ("new", "Point")
    assert guess("literal:'a'") == ("choice", ("'a'",))
    assert guess("mystery") is None


def test_data_with_infinities_and_empty_sets_has_its_value() -> None:
    value = {"a": [float("inf"), -float("inf")], "b": set(), "c": frozenset({1})}
    assert inputs.value_of(inputs.data(value)) == value


class HasLimit(Protocol):
    limit: int

    def send(self, text: str) -> bool: ...

    async def fetch(self) -> bytes: ...


class Limited:
    limit = 5

    def send(self, text: str) -> bool:
        return bool(text)

    async def fetch(self) -> bytes:
        return b""


def test_a_protocol_is_an_object_with_what_it_asks_for() -> None:
    spec = from_annotation(HasLimit, Namer({}, {}))
    assert spec[0] == "attributes"
    assert dict(spec[1]) == {
        "limit": ("int",),
        "send": ("callable", None, ("bool",)),
        "fetch": ("callable", None, ("awaitable", ("bytes",))),
    }


def test_a_class_that_has_what_a_protocol_asks_for_is_taken_for_it() -> None:
    namespace = {"HasLimit": HasLimit, "Limited": Limited}
    assert from_annotation(HasLimit, Namer(namespace, {})) == ("union", (("new", "Limited"),))


def test_a_protocol_is_stood_in_for_and_not_by_what_tests_define_for_it() -> None:
    class ConcreteHasLimit(Limited, HasLimit): ...

    namespace = {"HasLimit": HasLimit, "ConcreteHasLimit": ConcreteHasLimit}
    assert from_annotation(HasLimit, Namer(namespace, {}))[0] == "attributes"


class Store(abc.ABC):
    @abc.abstractmethod
    def load(self, name: str) -> int | None: ...


class Folder(Store):
    def load(self, name: str) -> int | None: ...


def test_an_abstract_class_is_one_of_its_subclasses_or_stood_in_for() -> None:
    stand_in = ("attributes", (("load", ("callable", None, ("union", (("int",), ("none",))))),))
    assert from_annotation(Store, Namer({"Folder": Folder}, {})) == ("union", (("new", "Folder"), stand_in))


def test_members_of_an_enumeration_are_looked_up_by_their_value_alone() -> None:
    callables = Callables({"Colour": Enum("Colour", ["RED"])}, Namer({}, {}), [])
    assert [parameter.name for parameter in callables.parameters("Colour")] == ["value"]


class Wrapper:
    __slots__ = ("__wrapped__",)

    def __init__(self, function: object, size: int = 1) -> None:
        self.__wrapped__ = [function] * size


def test_what_instances_of_a_class_wrap_is_not_what_it_takes() -> None:
    callables = Callables({"Wrapper": Wrapper}, Namer({}, {}), [])
    assert [parameter.name for parameter in callables.parameters("Wrapper")] == ["function", "size"]


def test_a_text_of_several_words_is_changed_by_words_too() -> None:
    editor = Editor(Random(1), Pool(["'*'", "7"]), lambda: 1)
    edited = {editor.edited("1 2 3") for _ in range(4000)}
    assert {"1 * 3", "1 2 2", "1 7 3", "* * *", "1 2", "1 2 1 3"} <= edited


def test_a_text_has_as_many_words_as_the_module_says() -> None:
    maker = inputs.Maker(Random(1), Pool(["'*'", "5"]), Callables({}, Namer({}, {}), []))
    assert inputs.data("* * * * *") in [maker.make(("str",)) for _ in range(4000)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ("[],", {"[1,a]", "[]", "[[a]]"}),
        ('{}:"', {'{"a":1}', '{"b":"a"}'}),
        ("()+", {"(1+a)", "(a)"}),
        (["(", ")", ",", "max"], {"max(1,12)", "(max)"}),
    ],
)
def test_texts_are_put_together_with_the_brackets_that_the_module_knows(
    known: "Sequence[str]", expected: "set[str]"
) -> None:
    pool, random = Pool(map(repr, known)), Random(1)
    made = {composed.put_together(random, pool, ()) for _ in range(3000)}
    assert expected <= made


def test_without_brackets_words_are_merely_joined() -> None:
    pool = Pool(["'['", "'a'"])
    made = [composed.put_together(Random(number), pool, ()) for number in range(50)]
    assert made == [composed.joined(Random(number), pool, ()) for number in range(50)]
