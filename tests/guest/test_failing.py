"""What a call is given fails in each of the ways that the module catches."""

from random import Random
from typing import Any

import pytest
from tests.guest.test_search import job_of

from aitestgen_guest import explore
from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.search.failing import failing
from aitestgen_guest.shapes import Spec

NOTHING: Any = None  # no object is made here
ANSWERING: Any = ("many", "FakeFunction(", [inputs.data(1)], ")")
FAILS = "FakeFunction(OSError('down'))"


def maker_of(*caught: str) -> inputs.Maker:
    maker = inputs.Maker(Random(1), Pool([]), NOTHING)
    maker.caught = caught
    return maker


def texts(case: dict[str, Any], parameters: list[Parameter]) -> list[str]:
    found = failing([case], parameters, maker_of("OSError('down')"))
    return [inputs.source(item) for one in found for item in (*one["arguments"], *one["keywords"].values())]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (ANSWERING, {FAILS, "FakeFunction(OSError('down'), 1)"}),
        (("text", "lambda x: x"), {FAILS}),
        (("call", "Shop", [ANSWERING], {}), {f"Shop({FAILS})", "Shop(FakeFunction(OSError('down'), 1))"}),
        (("text", "str.upper"), set()),
        (inputs.data("lambda"), set()),
    ],
)
def test_given_functions_fail_always_or_at_first(given: Any, expected: set[str]) -> None:
    case = {"receiver": None, "calls": [], "arguments": [given], "keywords": {}, "then": None}
    assert set(texts(case, [])) == expected


@pytest.mark.parametrize("by_name", [True, False])
def test_objects_give_way_to_stand_ins_that_fail(by_name: bool) -> None:
    spec: Spec = ("attributes", (("add", ("callable", 1, ("any",))), ("size", ("int",))))
    parameters = [Parameter("other", "normal", [(spec, 1.0)], None, optional=by_name)]
    account: Any = ("call", "Account", [], {})
    case: dict[str, Any] = {"receiver": None, "calls": [], "arguments": [], "keywords": {}, "then": None}
    case.update({"keywords": {"other": account}} if by_name else {"arguments": [account]})
    (text,) = texts(case, parameters)
    assert text.startswith(f"SimpleNamespace(add={FAILS}, size=")


SHOP = """
class Shop:
    def __init__(self, name):
        if not name:
            raise ValueError("no name")
        self.stock = 0

    def fill(self, count):
        if count <= 0:
            raise ValueError("nothing to fill")
        self.stock += count

    def take(self, count):
        if count <= 0 or count > self.stock:
            raise ValueError("no such count")
        self.stock -= count

    def sell(self, buyer, count):
        self.take(count)
        try:
            buyer.fill(count)
        except ValueError:
            self.stock += count
            raise
"""


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_is_undone_after_a_failure_is_reached_with_any_seed(seed: int) -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(SHOP, seed=seed, executions=300), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case" and frame["target"] == "Shop.sell"]
    assert any("FakeFunction(ValueError(" in text for case in cases for text in case["arguments"])


TRIED = """
def tried(function):
    def wrapper(*values):
        try:
            return function(*values)
        except OSError as error:
            return f"{function.__name__}: {error}"
    return wrapper
"""


def test_functions_that_fail_have_a_name_as_others_have() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(TRIED, executions=300), frames.append)
    told = [frame["observation"]["facts"].get("result", "") for frame in frames if frame["ev"] == "case"]
    assert any("fake_function: down" in text for text in told)
