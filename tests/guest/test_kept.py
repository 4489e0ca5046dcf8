"""What the search of one target keeps for later."""

from typing import Any

from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.calls.entries import Entry
from aitestgen_guest.search.kept import Kept


def entry(text: str, features: set[int], **facts: str) -> Entry:
    case: Any = {
        "target": "f",
        "receiver": None,
        "calls": [],
        "arguments": [("data", text)],
        "keywords": {},
        "then": None,
        "oddness": 0,
    }
    return Entry(case, {"outcome": "returns", "facts": facts}, frozenset(features))


def test_the_cases_come_in_an_order_in_which_each_shows_most_beside_those_before() -> None:
    kept = Kept()
    for text, features in (("1", {1, 2, 3}), ("2", {1, 2}), ("3", {4}), ("4", {4, 5})):
        kept.add(entry(text, features, result=text))
    assert [case["arguments"][0][1] for case in kept.unlike()[:2]] == ["1", "4"]


def test_what_shows_an_address_is_not_kept_for_mutants() -> None:
    kept = Kept()
    assert kept.add(entry("1", {1}, message="'cannot <A object at 0x7ff975cd1940>'"))
    assert kept.spare() == []
    kept.add(entry("2", {2}, message="'cannot at 0x10'"))
    assert len(kept.spare()) == 1


def test_words_of_tables_are_keys_and_what_they_lead_to() -> None:
    pool = Pool(["{'idle': {'start': 'running'}, 'no word': ['stop']}", "'loose'", "{1: 'done'}"])
    assert pool.table_words == ["idle", "start", "running", "stop", "done"]
