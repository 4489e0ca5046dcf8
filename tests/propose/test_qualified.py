"""Names that a test file cannot hold as they are."""

from aitestgen.propose.by_search.qualified import qualified
from aitestgen.values import Candidate, Table

NAMES = frozenset({"test_connection", "TestPlan", "result", "expected", "add", "shop"})


def of(code: str, table: Table | None = None) -> Candidate:
    return Candidate(id="1", target_id="f", name="test_it", code=code, table=table)


def test_what_pytest_would_collect_is_read_from_its_module() -> None:
    code = """def test_it():
    plan = {}TestPlan("é", {}test_connection)
    assert plan.test_connection("TestPlan") == add(1)
"""
    found = qualified(of(code.format("", "")), "net", NAMES)
    assert found.code == code.format("net.", "net.")
    assert found.imports == ("import net",)


def test_a_function_called_like_a_variable_of_tests_is_read_from_its_module() -> None:
    code = "def test_it():\n    result = result(2)\n\n    assert result == 2\n"
    assert qualified(of(code), "a.net", NAMES).code == code.replace("= result(", "= net.result(")
    assert qualified(of(code), "a.net", NAMES).imports == ("from a import net",)


def test_a_module_called_like_something_of_its_own_is_imported_by_another_name() -> None:
    found = qualified(of("def test_it():\n    assert result(2) == 2\n"), "pkg.shop", NAMES)
    assert "shop_module.result(2)" in found.code
    assert found.imports == ("from pkg import shop as shop_module",)


def test_tables_are_read_so_too() -> None:
    body = "    assert expected(given) == expected\n"
    table = Table(key="k", name="n", arguments=("given", "expected"), row=("TestPlan()", "1"), body=body)
    found = qualified(of("def test_it():\n    assert expected(1) == 1\n", table), "net", NAMES)
    assert found.table is not None
    assert found.table.body == "    assert net.expected(given) == expected\n"
    assert found.table.row == ("net.TestPlan()", "1")


def test_all_else_stays_as_it_is() -> None:
    item = of("def test_it():\n    assert add(1) == 'test_connection(1)'\n")
    assert qualified(item, "net", NAMES) is item
