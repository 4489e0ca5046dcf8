"""Tests are taken out of their files so that each stands by itself."""

import pytest
from tests.propose.by_model.facts import facts

from aitestgen.propose.by_model.proposals import Does, Proposal
from aitestgen.propose.by_model.reply_code import read_code

MODULE = "import time\n\ndef f(x):\n    return x\n\nclass Box:\n    def put(self, thing):\n        self.thing = thing\n"
_, _, KNOWN = facts(MODULE, ["f", "Box"], {"time": "import time"}, module="pack.time")


def read(text: str) -> tuple[Proposal, ...]:
    return read_code(text, KNOWN).proposals


def lines(proposal: Proposal) -> list[str]:
    return [step.text for step in proposal.steps]


def test_a_fixture_becomes_statements_of_the_test() -> None:
    (one,) = read(
        "@pytest.fixture\ndef thing():\n    return 5\n\n@pytest.fixture\ndef box(thing):\n    made = Box()\n"
        "    made.put(thing)\n    yield made\n    made.close()\n\ndef test_box(box):\n    assert box.thing == 5\n"
    )
    assert lines(one) == ["thing = 5", "made = Box()", "made.put(thing)", "box = made", "assert box.thing == 5"]


def test_helpers_and_constants_come_along_as_far_as_they_are_used() -> None:
    (one,) = read(
        "BIG = 9\nOTHER = 1\n\ndef helper(x):\n    return x + BIG\n\ndef test_f():\n    assert f(helper(1)) == 10\n"
    )
    assert lines(one) == ["BIG = 9", "def helper(x):\n    return x + BIG", "assert f(helper(1)) == 10"]


def test_a_fixture_that_nobody_wrote_loses_its_test_alone() -> None:
    found = read_code("def test_a(database):\n    assert f(1) == 1\n\ndef test_b():\n    assert f(2) == 2\n", KNOWN)
    assert [one.source for one in found.proposals] == ["test_b"]
    assert found.dropped == ("test_a: there is no fixture database",)


def test_fixtures_of_pytest_stay() -> None:
    (one,) = read("def test_a(tmp_path, capsys):\n    made = tmp_path\n    assert f(made) == tmp_path\n")
    assert one.fixtures == ("tmp_path", "capsys")


def test_a_coroutine_is_run_by_a_plain_test() -> None:
    (one,) = read("@pytest.mark.asyncio\nasync def test_a():\n    assert await g(f(1)) == 1\n")
    assert lines(one)[-1] == "asyncio.run(scenario())"
    assert one.imports == ("import asyncio",)


@pytest.mark.parametrize(
    "imports",
    [
        "from pack.time import f",
        "from pack import f",
        "from .time import f",
        "from your_module import f",
        "from your_module import *",
        "",
        "from somewhere import f as g\nf = g",
    ],
)
def test_wrong_and_missing_imports_of_the_module_mean_the_module(imports: str) -> None:
    (one,) = read(f"{imports}\n\ndef test_f():\n    assert f(1) == 1\n")
    assert lines(one)[-1] == "assert f(1) == 1"
    assert one.imports == ()


@pytest.mark.parametrize(
    ("imports", "call"), [("import your_module", "your_module.f(1)"), ("import pack.time as p", "p.f(1)")]
)
def test_a_name_of_the_module_stands_for_the_module(imports: str, call: str) -> None:
    (one,) = read(f"{imports}\n\ndef test_f():\n    assert {call} == 1\n")
    assert lines(one) == ["assert f(1) == 1"]


def test_a_module_of_python_with_the_same_last_name_stays_what_it_is() -> None:
    (one,) = read("import time\n\ndef test_f():\n    now = time.time()\n    assert f(now) == now\n")
    assert lines(one)[0] == "now = time.time()"


def test_an_alias_is_written_out() -> None:
    (one,) = read(
        "from pytest import raises as bad\nfrom pack.time import f as g\n\n"
        "def test_f():\n    with bad(ValueError):\n        g(1)\n"
    )
    assert lines(one) == ["with pytest.raises(ValueError):\n    f(1)"]


def test_loops_over_what_is_written_are_unrolled_and_their_checks_parted() -> None:
    found = read("def test_f():\n    for x, y in [(1, 1), (2, 2)]:\n        assert f(x) == y\n")
    assert [lines(one) for one in found] == [["assert f(1) == 1"], ["assert f(2) == 2"]]


def test_stacked_tables_are_multiplied() -> None:
    found = read(
        "@pytest.mark.parametrize('a', [1, 2])\n@pytest.mark.parametrize('b', [3, pytest.param(4, id='four')])\n"
        "def test_f(a, b):\n    x = f(a)\n    assert x + b == a + b\n"
    )
    assert [one.row.values for one in found if one.row] == [("1", "3"), ("1", "4"), ("2", "3"), ("2", "4")]


def test_a_test_that_asserts_nothing_is_asked_what_its_last_call_gives() -> None:
    (one,) = read("def test_f():\n    box = Box()\n    box.put(f(1))\n")
    assert (one.steps[-1].does, one.steps[-1].left, one.steps[-1].check) == (Does.CHECK, "box.put(f(1))", "")


def test_the_expected_side_of_an_equation_is_told_from_the_tested_one() -> None:
    (one,) = read("def test_f():\n    box = Box()\n    assert 3 == f(box)\n")
    assert (one.steps[-1].left, one.steps[-1].expected) == ("f(box)", "3")
