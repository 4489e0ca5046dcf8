"""Calls that make objects of a class whose constructor refuses most of what it is given.

Other targets need such objects as arguments, and have no calls to spare for finding out how they are made.
"""

from aitestgen_guest.calls.entries import Entry
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.shapes import Expression

BY_CHANCE = 20
CALLS = 300
MOST = 8


def made(search: Search) -> "list[Expression]":
    """Up to eight calls, the plainest first; none where a few tries by chance do as well, or where nothing does."""
    cases = [search.fresh() for _ in range(BY_CHANCE)]
    outcomes = [search.stage.observe(search.target, case)["outcome"] for case in cases]
    if outcomes.count("returns") > BY_CHANCE // 2 or "cut" in outcomes:
        return []
    search.run(CALLS, 1)
    calls: list[Expression] = []
    for entry in [*search.results(), *_spread(search.spare_in_order())]:
        call = ("call", search.target.id, entry.case["arguments"], entry.case["keywords"])
        if entry.observation["outcome"] == "returns" and call not in calls:
            calls.append(call)
    return calls[:MOST]


def _spread(entries: "list[Entry]") -> "list[Entry]":
    """The entries of objects, in steps from the cheapest to the dearest: no two show the same."""
    objects = [entry for entry in entries if entry.observation["outcome"] == "returns"]
    return objects[:: max(1, len(objects) // MOST)]
