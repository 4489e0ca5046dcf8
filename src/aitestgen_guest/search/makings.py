"""Calls that make objects of a class whose constructor refuses most of what it is given.

Other targets need such objects as arguments, and have no calls to spare for finding out how they are made.
"""

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
    found = [entry.case for entry in search.results() if entry.observation["outcome"] == "returns"]
    calls: list[Expression] = [("call", search.target.id, case["arguments"], case["keywords"]) for case in found]
    return calls[:MOST]
