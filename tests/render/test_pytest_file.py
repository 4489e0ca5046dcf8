import ast

import pytest

from aitestgen.errors import AitestgenError
from aitestgen.render.pytest_file import Setting, draft, formatted, render, unknown_names
from aitestgen.values import Candidate, Table

SETTING = Setting(
    module="shop.cart",
    names=frozenset({"price", "Cart", "Decimal"}),
    imports={"Decimal": "from decimal import Decimal"},
)


def single(name: str, body: str, *differences: str) -> Candidate:
    code = f"def {name}():\n    {body}\n"
    return Candidate(id=name + body, target_id="price", name=name, code=code, differences=differences)


def row(number: int) -> Candidate:
    table = Table(
        key="k", name="test_price_returns_expected_value", arguments=("n", "expected"), row=(str(number), str(number)),
        body="    assert price(n) == expected\n",
    )  # fmt: skip
    code = f"def test_price_returns_{number}():\n    assert price({number}) == {number}\n"
    return Candidate(id=str(number), target_id="price", name=f"test_price_returns_{number}", code=code, table=table)


def test_rows_of_one_behaviour_become_one_table() -> None:
    file = render([row(1), row(2)], SETTING)
    assert file.places == (("test_price_returns_expected_value", ("1", "2")),)
    assert (
        '@pytest.mark.parametrize(\n    ("n", "expected"),\n    [\n        (1, 1),\n        (2, 2),\n    ],\n)'
        in file.text
    )


def test_a_single_row_is_written_as_a_plain_test() -> None:
    file = render([row(7)], SETTING)
    assert "parametrize" not in file.text
    assert "def test_price_returns_7():\n    assert price(7) == 7" in file.text


def test_names_are_imported_from_where_they_are_at_home() -> None:
    text = render([single("test_a", "assert price(Decimal('1')) == dt.date(2024, 1, 1)")], SETTING).text
    assert "import datetime as dt\n" in text
    assert "from decimal import Decimal\n" in text
    assert "from shop.cart import price\n" in text


def test_tests_of_one_name_are_told_apart_by_their_differences() -> None:
    file = render([single("test_a", "assert price(1)"), single("test_a", "assert price(2)", "for_n_2")], SETTING)
    assert [name for name, _ in file.places] == ["test_a", "test_a_for_n_2"]


def test_existing_tests_come_first_and_keep_their_names() -> None:
    setting = Setting(
        module="user_code", names=frozenset({"price"}), existing=("def test_a():\n    assert price(1) == 1",)
    )
    file = render([single("test_a", "assert price(2) == 2", "for_two")], setting)
    assert file.base_ids("test_user_code.py") == ("test_user_code.py::test_a", "test_user_code.py::test_a_for_two")
    assert file.text.index("def test_a():") < file.text.index("def test_a_for_two():")


def test_the_same_candidates_give_the_same_text() -> None:
    candidates = [row(1), single("test_b", "assert Cart()"), row(2)]
    assert render(candidates, SETTING).text == render(candidates, SETTING).text


def test_a_name_without_an_import_is_told() -> None:
    assert unknown_names(single("test_a", "assert price(Mystery(len))"), SETTING) == {"Mystery"}


def test_text_that_is_no_python_is_refused() -> None:
    with pytest.raises(AitestgenError, match="ruff could not format"):
        formatted("def (")


def test_everything_rendered_parses() -> None:
    ast.parse(render([row(1), row(2), single("test_b", "assert Cart()")], SETTING).text)


def clocked(name: str, body: str) -> Candidate:
    return Candidate(id=name, target_id="price", name=name, code=f"def {name}(clock):\n    {body}\n")


def test_the_clock_is_defined_where_a_test_asks_for_it() -> None:
    text = render([clocked("test_a", "clock.advance(2)"), clocked("test_b", "assert price(clock) == 1")], SETTING).text
    assert text.count("class FakeClock:") == text.count("def clock(") == 1
    assert "selectors" not in text
    assert text.index("@pytest.fixture") < text.index("def test_a(clock)")


def test_the_clock_of_event_loops_is_defined_where_they_run() -> None:
    text = render([clocked("test_a", "asyncio.run(price(1))")], SETTING).text
    assert "asyncio.BaseEventLoop" in text
    assert {"import asyncio", "import selectors"} <= set(text.splitlines())


def test_nothing_is_defined_that_no_test_asks_for_or_that_is_there_already() -> None:
    assert "FakeClock" not in render([single("test_a", "assert price(1) == 1")], SETTING).text
    existing = Setting(module="m", names=frozenset(), existing=("@pytest.fixture\ndef clock():\n    return 1\n",))
    assert "FakeClock" not in render([clocked("test_b", "assert clock == 1")], existing).text


def test_async_items_are_collected_by_a_function_of_the_file() -> None:
    code = single("test_a", "assert asyncio.run(collected(price(1))) == [1]")
    text = render([code], SETTING).text
    assert "async def collected(items):" in text
    assert unknown_names(code, SETTING) == frozenset()


def test_a_descriptor_is_read_by_a_function_of_the_file() -> None:
    code = single("test_a", "assert read_twice(price(1)) == [1, 1]")
    text = render([code], SETTING).text
    assert "def read_twice(descriptor):" in text
    assert unknown_names(code, SETTING) == frozenset()


def test_a_draft_is_a_whole_file() -> None:
    text = draft(clocked("test_a", "clock.advance(2)"), SETTING)
    assert text.startswith("import pytest\n")
    assert text.index("class FakeClock:") < text.index("def test_a(clock)")


def test_a_name_that_is_a_variable_of_one_test_is_imported_for_the_others() -> None:
    defining = Candidate(
        id="d",
        target_id="price",
        name="test_team",
        code="def test_team():\n    assert price(Team()) == 1\n",
        definitions=("@dataclass\nclass Team:\n    members: list = field(default_factory=list)",),
    )
    local = single("test_field", "field = price(1)\n    assert field == 1")
    text = render([local, defining], SETTING).text
    assert "from dataclasses import dataclass, field\n" in text
    compile(text, "test_cart.py", "exec")


def test_a_line_is_as_long_as_the_project_allows() -> None:
    words = " ".join(["word"] * 30)
    text = render([single("test_long", f'assert price("{words}") == "{words}\\n{words}"')], SETTING).text
    assert max(map(len, text.splitlines())) <= SETTING.style.line_length


@pytest.mark.parametrize(
    "body",
    [
        "def f(a, a): return a",
        "nonlocal x",
        "print(x)\n    global x",
    ],
    ids=["twice", "nonlocal", "late"],
)
def test_what_parses_and_cannot_be_compiled_costs_nobody_else(body: str) -> None:
    item = single("test_odd", body)
    assert unknown_names(item, SETTING) <= {"x", "print"}
