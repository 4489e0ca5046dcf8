"""Calls that docstrings show and that the project makes: cases of their own, objects for others, plain to read."""

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.guest.test_search import MODULE, _forget_the_module, job_of  # noqa: F401  # a fixture that every test uses

from aitestgen.analyse import understand
from aitestgen.propose.by_search.generator import described
from aitestgen.values import SourceFile, TestModule
from aitestgen_guest import explore
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.calls.entries import weight
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.search.documented import read, shown, shown_receivers, shown_values
from aitestgen_guest.search.learning import search_of
from aitestgen_guest.search.world import World
from aitestgen_guest.shapes import Case, Expression

VOUCHERS = """
    import hashlib


    class Voucher:
        def __init__(self, code):
            name, _, sign = code.partition("-")
            if hashlib.sha256(name.encode()).hexdigest()[:12] != sign:
                raise ValueError("forged")
            self.name = name
            self.used = False

        def redeem(self, by):
            if self.used:
                raise RuntimeError("used already")
            self.used = True
            return f"{self.name} for {by}"


    def total(vouchers, least=0):
        return max(least, sum(len(one.name) for one in vouchers))


    async def fetched(client):
        return client
"""
CODE = "tea-a9f74d1ec36e"
TESTS = f"""
from {MODULE} import Voucher, total

VOUCHER = Voucher("{CODE}")

def test_it():
    assert total([VOUCHER, Voucher("{CODE}")], least=2) == 6
    assert VOUCHER.redeem("bob")
    VOUCHER.redeem("eve")
"""


def job_with(tests: str) -> dict[str, Any]:
    job = job_of(VOUCHERS)
    module = TestModule(path=Path("test_vouchers.py"), text=tests)
    source = SourceFile(text=job["source"], module=MODULE)
    return {**job, "targets": [described(target) for target in understand(source, (), (module,)).targets]}


def names_of(job: dict[str, Any]) -> Callables:
    namespace: dict[str, Any] = {}
    exec(job["source"], namespace)  # noqa: S102 - the module of this test
    return Callables(namespace, Namer(namespace, {}), job["targets"])


def test_the_code_is_what_its_module_accepts() -> None:
    names_of(job_with(TESTS)).resolve("Voucher")(CODE)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("[1, 'a']", ("data", "[1, 'a']")),
        ("Voucher('a')", ("call", "Voucher", [("data", "'a'")], {})),
        ("(Voucher(code=2),)", ("many", "(", [("call", "Voucher", [], {"code": ("data", "2")})], ")")),
        ("{'a': Voucher('a')}", ("pairs", [[("data", "'a'"), ("call", "Voucher", [("data", "'a'")], {})]])),
        ("set([1])", ("text", "set([1])")),
        ("lambda: 1", ("text", "lambda: 1")),
    ],
)  # fmt: skip
def test_what_is_read_has_parts_that_can_be_changed(text: str, expression: Any) -> None:
    assert read(text, names_of(job_with(""))) == expression


def test_calls_become_cases_with_the_steps_before_them() -> None:
    job = job_with(TESTS)
    description = next(one for one in job["targets"] if one["id"] == "Voucher.redeem")
    made = [*shown(Target(description), description["shown"], names_of(job), loop=False)]
    voucher: Expression = ("call", "Voucher", [("data", f"'{CODE}'")], {})
    assert [(case["receiver"], case["calls"], case["arguments"]) for case in made] == [
        (voucher, [], [("data", "'bob'")]),
        (voucher, [["redeem", [("data", "'bob'")], {}]], [("data", "'eve'")]),
    ]
    assert not any("loop" in case for case in made)


def test_objects_and_values_are_known_to_all() -> None:
    job = job_with(TESTS)
    known = [*shown_receivers(job["targets"], names_of(job))]
    assert known == [("Voucher", ("call", "Voucher", [("data", f"'{CODE}'")], {}))] * 3  # made once, used twice
    assert {f"'{CODE}'", "'bob'", "'eve'", "2"} <= {*shown_values(job["targets"])}


def outcomes(job: dict[str, Any]) -> dict[str, list[Any]]:
    frames: list[dict[str, Any]] = []
    explore.main(job, frames.append)
    cases: dict[str, list[Any]] = {}
    for frame in frames:
        if frame["ev"] == "case":
            facts = frame["observation"]["facts"]
            cases.setdefault(frame["target"], []).append(facts.get("result", facts.get("error")))
    return cases


def test_what_no_search_would_find_is_tested_as_the_project_calls_it() -> None:
    assert "Voucher.redeem" not in outcomes(job_with(""))
    found = outcomes(job_with(TESTS))
    assert {"'tea for bob'", "RuntimeError"} <= {*found["Voucher.redeem"]}
    assert "3" in found["total"]


def oddness(job: dict[str, Any], text: str) -> int:
    world = World(job)
    world.load()
    search = search_of(world, next(one for one in job["targets"] if one["id"] == "Voucher"), "")
    assert search is not None
    sys.modules.pop(MODULE, None)
    return search.oddness({**CASE, "arguments": [("data", repr(text))]}) + weight(("data", repr(text)))


CASE: Case = {"target": "Voucher", "receiver": None, "calls": [], "keywords": {}, "then": None}


def test_what_the_project_gives_costs_less_than_a_word() -> None:
    assert oddness(job_with(TESTS), CODE) < oddness(job_with(""), "word") < oddness(job_with(""), CODE)
