import ast
import re

import pytest

from aitestgen.analyse.constraints import at_limits
from aitestgen.analyse.signatures import class_parameters


def told(code: str) -> list[object]:
    (statement,) = ast.parse(code).body
    assert isinstance(statement, ast.AnnAssign)
    return [ast.literal_eval(text) for text in at_limits(statement.annotation, statement.value)]


@pytest.mark.parametrize(
    ("code", "allowed", "refused"),
    [
        ("x: int = Field(gt=0, le=9)", {1, 9}, {0, 10}),
        ("x: Annotated[int, Ge(-4), Lt(3)]", {-4, 2}, {-5, 3}),
        ("x: Annotated[int, Interval(ge=1, lt=5)] = 2", {1, 4}, {0, 5}),
        ("x: conint(ge=10)", {10}, {9}),
        ("x: float = field(validator=[instance_of(float), validators.gt(0)])", {0.5}, {0.0}),
        ("x: int = Field(multiple_of=5)", {5}, {6, 4}),
        ("x: str = Field(min_length=2, max_length=3)", {"aa", "aaa"}, {"a", "aaaa"}),
        ("x: Annotated[str, MinLen(1)]", {"a"}, {""}),
        ("x: str = attr.ib(validator=in_(['hot', 'cold']))", {"hot", "cold"}, set()),
    ],
)
def test_both_sides_of_each_limit_are_told_the_allowed_first(
    code: str, allowed: set[object], refused: set[object]
) -> None:
    values = told(code)
    assert allowed <= set(values)
    assert refused <= set(values)
    assert not set(values[: len(allowed)]) & refused


@pytest.mark.parametrize(
    "code", ["x: constr(pattern=r'^ST[0-9]{2}$')", "x: str = attr.ib(validator=matches_re(r'^ST[0-9]{2}$'))"]
)
def test_of_a_pattern_there_are_texts_that_match_and_others(code: str) -> None:
    matching = [bool(re.search("^ST[0-9]{2}$", str(value))) for value in told(code)]
    assert matching[0]
    assert not matching[-1]


def test_a_pattern_and_a_length_hold_together() -> None:
    values = told("x: str = Field(min_length=7, pattern='^[A-Z]{3}-[0-9]+$')")
    assert all(len(str(value)) >= 7 for value in values if re.search("^[A-Z]{3}-[0-9]+$", str(value)))


@pytest.mark.parametrize(
    "code", ["x: int", "x: int = 3", "x: list = Field(min_length=1)", "x: str = Field(max_length=LIMIT)"]
)
def test_nothing_is_told_where_no_limit_is_written_down(code: str) -> None:
    assert told(code) == []


def test_a_huge_limit_gives_no_huge_text() -> None:
    assert told("x: str = Field(min_length=10**9, max_length=99999999)") == []


def test_a_field_is_constructed_by_its_alias() -> None:
    (node,) = ast.parse("class Model(BaseModel):\n    ident: int = Field(alias='id', gt=0)\n").body
    assert isinstance(node, ast.ClassDef)
    (parameter,) = class_parameters([node])
    assert parameter.name == "id"
    assert "1" in parameter.constants
