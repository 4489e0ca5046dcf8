"""Calls that make objects of a class whose constructor refuses most of what it is given, what functions accept that
refuse most, and what functions make that others take.

Other targets need these as arguments, and have no calls to spare for finding out how they are made.
"""

from aitestgen_guest.arguments.pool import is_data
from aitestgen_guest.calls.entries import Entry, key_of
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.shapes import Case, Expression, Making

BY_CHANCE = 20
CALLS = 300
PATIENT = 60
"""The lower, the longer it goes on where nothing new comes: others depend on it."""
MOST = 8
SHORT = 100


def made(search: Search) -> "list[Expression]":
    """Up to eight calls, the plainest first; none where a few tries by chance do as well, or where nothing does."""
    calls: list[Expression] = []
    for case in _working(search, CALLS):
        call = ("call", search.target.id, case["arguments"], case["keywords"])
        if call not in calls:
            calls.append(call)
    return calls[:MOST]


def accepted(search: Search, name: str, calls: int) -> "list[str]":
    """Up to eight texts, as literals, that a function takes for this parameter without an exception; as in `made`."""
    names = [item.name for item in search.callables.parameters(search.target.id)]
    texts: list[str] = []
    for case in _working(search, calls):
        place = names.index(name) if name in names else len(names)
        given = case["arguments"][place] if place < len(case["arguments"]) else case["keywords"].get(name)
        if given is not None and given[0] == "data" and given[1][0] in "'\"" and given[1] not in texts:
            texts.append(given[1])
    return texts[:MOST]


def results(search: Search, calls: int) -> "list[Making]":
    """Up to eight results as expressions, the plainest and the dearest among them, each with the arguments of its call:
    the value itself where that is short data, else the call, if that needs no object.
    """
    search.run(calls, 1 + calls // CALLS)
    found: dict[str, Making] = {}
    for entry in [*search.kept.results(), *_spread(search.kept.spare())]:
        case, facts = entry.case, entry.observation["facts"]
        if entry.observation["outcome"] != "returns" or case["calls"] or case["then"] is not None:
            continue
        call = ("call", search.target.id, case["arguments"], case["keywords"])
        value = facts.get("result", "")
        is_short = len(value) <= SHORT and is_data(value)
        if search.target.bound and not is_short:
            continue
        made: Expression = ("data", value) if is_short else call
        found.setdefault(made[1] if made[0] == "data" else key_of(case), (made, case["arguments"]))
    return [*found.values()][:: max(1, len(found) // MOST)][:MOST]


def _working(search: Search, calls: int) -> "list[Case]":
    cases = [search.fresh() for _ in range(BY_CHANCE)]
    outcomes = [search.stage.observe(search.target, case)["outcome"] for case in cases]
    if outcomes.count("returns") > BY_CHANCE // 2 or "cut" in outcomes:
        return []
    search.run(calls, 1 + calls // PATIENT)
    found = [*search.kept.results(), *_spread(search.kept.spare())]
    return [entry.case for entry in found if entry.observation["outcome"] == "returns"]


def _spread(entries: "list[Entry]") -> "list[Entry]":
    """The entries of objects, in steps from the cheapest to the dearest: no two show the same."""
    objects = [entry for entry in entries if entry.observation["outcome"] == "returns"]
    return objects[:: max(1, len(objects) // MOST)]
