"""Objects of classes whose constructors refuse most of what they are given."""

from typing import Any

from tests.guest.test_search import job_of

from aitestgen_guest import explore

BOOKS = """
    class Account:
        def __init__(self, code, name):
            if not code.isdigit() or len(code) != 4:
                raise ValueError(f"bad code: {code}")
            self.code = code
            self.name = name


    class Ledger:
        def __init__(self):
            self.accounts = {}

        def open(self, account):
            if account.code in self.accounts:
                raise ValueError("account exists")
            self.accounts[account.code] = account
"""


def cases_of(target: str) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(BOOKS), frames.append)
    return [frame for frame in frames if frame["ev"] == "case" and frame["target"] == target]


def test_other_targets_get_objects_that_are_hard_to_make() -> None:
    cases = cases_of("Ledger.open")
    assert {"returns", "raises"} == {case["observation"]["outcome"] for case in cases}
    assert all("Account(" in case["arguments"][0] for case in cases)


def test_what_an_attribute_holds_is_counted_where_it_cannot_be_written_down() -> None:
    opened = next(case for case in cases_of("Ledger.open") if case["observation"]["outcome"] == "returns")
    assert opened["observation"]["facts"]["receiver:len({}.accounts)"] == "1"
