"""Arrays and tables: what is known of them without the packages, and of stand-ins for these."""

import ast
import sys
import types
from random import Random
from typing import Any

import pytest

from aitestgen_guest.arguments import arrays
from aitestgen_guest.environment.contents import columns_sought


class Frame:
    columns: Any = None
    groupby: Any = None
    iloc: Any = None


@pytest.fixture
def pandas(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    package = types.ModuleType("pandas")
    frame = type("DataFrame", (Frame,), {"__module__": "pandas.core.frame"})
    vars(package)["DataFrame"] = frame
    monkeypatch.setitem(sys.modules, "pandas", package)
    return package


def test_a_table_is_made_by_the_name_that_the_module_has_for_the_package(pandas: Any) -> None:
    imports: dict[str, str] = {}
    spec = ("around", "pd.DataFrame(", arrays.COLUMNS, ")")
    assert arrays.spec_of(pandas.DataFrame, {"pd": pandas}, imports) == spec
    assert imports == {}
    assert arrays.spec_of(pandas.DataFrame, {"pandas": pandas}, imports) == ("around", "pandas.DataFrame(", *spec[2:])
    assert arrays.spec_of(pandas.DataFrame, {}, imports) == spec
    assert imports == {"pd": "import pandas as pd"}
    assert arrays.spec_of(pandas.DataFrame, {"pd": 3}, imports) is None
    assert arrays.spec_of(int, {}, imports) is None


def test_a_table_without_annotation_is_told_by_what_is_asked_of_it(pandas: Any) -> None:
    assert arrays.used_as(frozenset({"groupby", "columns"}), {"pd": pandas}, {}) is not None
    assert arrays.used_as(frozenset({"groupby", "spin"}), {"pd": pandas}, {}) is None
    assert arrays.used_as(frozenset({"mean"}), {}, {}) is None


def test_classes_are_named_in_their_package(pandas: Any) -> None:
    assert arrays.in_package(pandas.DataFrame, {"pd": pandas}) == "pd.DataFrame"
    assert arrays.in_package(pandas.DataFrame, {}) is None
    assert arrays.in_package(dict, {"pd": pandas}) is None


def test_columns_are_of_one_length_and_hold_what_their_names_say() -> None:
    made = [ast.literal_eval(arrays.columns(["date", "amount", "quantity"], Random(seed))) for seed in range(40)]
    assert all(len({len(cells) for cells in table.values()}) <= 1 for table in made)
    assert sum(table.keys() == {"date", "amount", "quantity"} for table in made) > 20
    assert all(isinstance(cell, float) for table in made for cell in table.get("amount", ()))
    assert {len(next(iter(table.values()))) for table in made} >= {0, 1, 2, 3}


def test_columns_are_sought_by_lookups_and_by_calls_that_name_them() -> None:
    code = "def f(t):\n    return t.groupby(['city', 'year'])['amount'].sum().sort_values('total')\n"
    assert set(columns_sought(code)) == {"city", "year", "amount", "total"}
