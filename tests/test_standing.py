"""What existing test files bring, and new tests on their way into one of them. The jail runs in tests/interfaces."""

from pathlib import Path

from tests.interfaces.flows import INTERPRETER, a_mutant

from aitestgen.choose import Offer
from aitestgen.measure.trial import Trial
from aitestgen.render.pytest_file import Setting
from aitestgen.standing import Insertion, Measured, Standing, combined
from aitestgen.values import (
    Candidate,
    Limits,
    MutantFate,
    Mutation,
    Request,
    RunResult,
    SourceFile,
    Table,
    TestModule,
    Verdict,
)

SETTING = Setting(module="shop.cart", names=frozenset({"price"}))
BASE = "# coding: latin-1\nfrom shop.cart import price\n\n\ndef test_price():\n    assert price(1) == 1\n"


def single(body: str) -> Candidate:
    code = f"def test_price():\n    {body}\n"
    return Candidate(id=body, target_id="price", name="test_price", code=code)


def row(number: int) -> Candidate:
    body = "    assert price(n) == expected\n"
    table = Table(key="k", name="test_prices", arguments=("n", "expected"), row=(str(number), str(number)), body=body)
    code = f"def test_price():\n    assert price({number}) == {number}\n"
    return Candidate(id=f"row {number}", target_id="price", name="test_price", code=code, table=table)


def standing(text: str) -> Standing:
    file = TestModule(path=Path("tests/test_cart.py"), text=text)
    trial = Trial(first=RunResult(verdict=Verdict.PASSED), owner={}, stable=(), rejected={})
    return Standing((Measured(file=file, trial=trial, mutation=Mutation()),))


def insertion(text: str, kept: tuple[str, ...] = ()) -> Insertion:
    file = TestModule(path=Path("tests/test_cart.py"), text=text, encoding="iso-8859-1")
    request = Request(source=SourceFile(text="", module="shop.cart"), interpreter=INTERPRETER, into=file)
    return Insertion(request=request, file=file, kept=kept, limits=Limits())


def test_a_test_is_known_again_by_what_it_does() -> None:
    candidates = [single("assert price(2) == 2"), single("assert price(3) == 3"), row(1), row(4), row(5)]
    offers = {item.id: Offer(gains=frozenset()) for item in candidates}
    text = (
        "def test_other_name():\n    assert price( 2 ) == 2\n\n\ndef test_row():\n    assert price(1) == 1\n\n\n"
        '@pytest.mark.parametrize(("n", "expected"), [(4, 4)])\n'
        "def test_t(n, expected):\n    assert price(n) == expected\n"
    )
    assert set(standing(text).written(candidates, offers)) == {"assert price(2) == 2", "row 1", "row 4"}


def test_new_tests_get_names_of_their_own_and_are_run_with_those_that_passed() -> None:
    work = insertion(BASE, kept=("test_cart.py::test_price",))
    file = work.written([single("assert price(2) == 2")], SETTING)
    assert file.text.startswith(BASE)
    [(name, _)] = file.places
    assert name != "test_price"
    run = work.run_of(file)
    assert run.job["select"] == ["test_cart.py::test_price", f"test_cart.py::{name}"]
    assert run.expected == ("test_cart.py::test_price", f"test_cart.py::{name}")
    assert run.files["test_cart.py"] == file.text.encode("latin-1")


def test_candidates_that_do_not_fit_the_file_are_rejected_with_the_reason() -> None:
    candidates = [single("assert price('\u4e2d') == 1"), single("assert len(PRICES) == 1")]
    setting = Setting(module="shop.cart", names=frozenset({"price", "PRICES"}))
    found = insertion(f"{BASE}PRICES = [1]\n").misfits(candidates, setting)
    assert [item.reason for item in found.values()] == [
        "iso-8859-1 has no such characters",
        "PRICES means something else in test_cart.py",
    ]
    assert insertion(BASE).misfits([single("assert price(2) == 2")], setting) == {}


def test_a_mutant_is_killed_where_any_suite_kills_it() -> None:
    mutants = (a_mutant(1), a_mutant(2), a_mutant(3))
    killed, alive, unreached = MutantFate.KILLED, MutantFate.SURVIVED, MutantFate.UNREACHED
    one = Mutation(mutants=mutants, fates={1: killed, 2: alive}, kills={"a": frozenset({1})})
    other = Mutation(mutants=mutants, fates={1: unreached, 2: killed, 3: alive}, kills={"b": frozenset({2})})
    both = combined([one, other])
    assert both.fates == {1: killed, 2: killed, 3: alive}
    assert (both.killed, both.valid, both.mutants) == (2, 3, mutants)
    assert both.kills == {"a": frozenset({1}), "b": frozenset({2})}
