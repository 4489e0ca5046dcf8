"""Better names for verified tests: names and sentences change, what the tests do does not."""

import ast
import json

import pytest

from aitestgen.propose.by_model.naming import renamed
from aitestgen.values import Candidate, Table

VALUE = Candidate(
    id="1", target_id="half", name="test_half_returns_2", code="def test_half_returns_2():\n    assert half(4) == 2\n"
)
ERROR = Candidate(
    id="2",
    target_id="half",
    name="test_half_raises",
    code="def test_half_raises():\n    with pytest.raises(TypeError):\n        half('a')\n",
)


def named(name: str, says: str = "", number: int = 1) -> str:
    return json.dumps({"names": [{"number": number, "name": name, "says": says}]})


def body_of(item: Candidate) -> list[str]:
    (function,) = ast.parse(item.code).body
    assert isinstance(function, ast.FunctionDef)
    return [ast.dump(one) for one in function.body if not isinstance(one, ast.Expr) or "Constant" not in ast.dump(one)]


def test_a_better_name_and_a_sentence_are_taken() -> None:
    first, second = renamed(
        [VALUE, ERROR], named("test_half_of_an_even_number_is_whole", "Even numbers have whole halves")
    )
    assert first.name == "test_half_of_an_even_number_is_whole"
    assert first.code.startswith(
        'def test_half_of_an_even_number_is_whole():\n    """Even numbers have whole halves."""\n'
    )
    assert body_of(first) == body_of(VALUE)
    assert second == ERROR


@pytest.mark.parametrize(
    "name",
    [
        "half_of_four", "test_half(): pass #", "test_Half", "test_x\n", "test_" + "a" * 200, "test_half_raises",
        "test_half_rejects_four", "test_quarter_of_a_number", "import os",
    ],
)  # fmt: skip
def test_a_name_that_is_none_or_may_be_untrue_is_not_taken(name: str) -> None:
    assert renamed([VALUE, ERROR], named(name)) == [VALUE, ERROR]


def test_a_test_of_an_exception_keeps_saying_so() -> None:
    assert renamed([VALUE, ERROR], named("test_half_of_a_text_is_fine", number=2)) == [VALUE, ERROR]
    assert renamed([VALUE, ERROR], named("test_half_rejects_a_text", number=2))[1].name == "test_half_rejects_a_text"


@pytest.mark.parametrize(
    "says", ['Ends """ here and runs code', "back\\slash", "short", "x" * 300, "lower case is none"]
)
def test_a_sentence_that_had_to_be_escaped_is_left_out(says: str) -> None:
    (item,) = renamed([VALUE], named("test_half_of_four_is_two", says))
    assert item.code == "def test_half_of_four_is_two():\n    assert half(4) == 2\n"


def test_rows_of_a_table_share_the_new_name() -> None:
    rows = [
        Candidate(
            id=f"{n}",
            target_id="half",
            name="test_half",
            code=f"def test_half():\n    assert half({n}) == {n / 2}\n",
            table=Table(
                key="k",
                name="test_half",
                arguments=("n", "e"),
                row=(f"{n}", f"{n / 2}"),
                body="    assert half(n) == e\n",
            ),
        )
        for n in (1, 2)
    ]
    found = renamed(rows, named("test_half_of_small_numbers"))
    assert {item.name for item in found} == {"test_half_of_small_numbers"}
    assert {item.table.name for item in found if item.table} == {"test_half_of_small_numbers"}


@pytest.mark.parametrize("reply", ["", "no", "{}", '{"names": [{"number": "1", "name": 5}]}', '{"names": [[1, 2]]}'])
def test_rubbish_renames_nothing(reply: str) -> None:
    assert renamed([VALUE], reply) == [VALUE]
