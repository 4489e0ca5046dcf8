"""Shorter cases that show the same: what a reader need not see is left out."""

from collections.abc import Iterator

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.entries import Entry, copied, features_of, key_of, weight
from aitestgen_guest.environment.smaller_worlds import smaller as with_smaller_worlds
from aitestgen_guest.search.near import inner_places, part_at, places
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.search.pruning import pruned
from aitestgen_guest.shapes import Arguments, Case, Expression, Observation

_PLAIN = {str: "'a'", list: "[1]", dict: "{'a': 1}", int: "2", float: "1.5", tuple: "(1, 2)", bytes: "b'a'"}


def shrunk(search: Search, entry: Entry) -> Entry:
    """The entry without the optional arguments, earlier calls and parts of data that its features do not need."""
    found = [entry]

    def does(case: Case) -> bool:
        shorter = _as_good(search, found[0], case)
        found[0] = shorter or found[0]
        return shorter is not None

    pruned(entry.case, does)
    return _without_more(search, found[0])


def _without_more(search: Search, entry: Entry) -> Entry:
    for case in smaller(search, entry.case):
        if (shorter := _as_good(search, entry, case)) is not None:
            return _without_more(search, shorter)
    return entry


def _as_good(search: Search, entry: Entry, shorter: Case) -> "Entry | None":
    """The shorter case as an entry, if it shows the same as the entry does."""
    if (search.target.bound and shorter["receiver"] is None) or key_of(shorter) == key_of(entry.case):
        return None
    observation = search.stage.observe(search.target, shorter)
    same = observation["outcome"] == entry.observation["outcome"]
    same = same and bool(observation["by_chance"]) <= bool(entry.observation["by_chance"])
    alone = "beside" in entry.case and "beside" not in shorter
    if not same or not (alone or _gist(observation) == _gist(entry.observation)):
        return None
    features = features_of(shorter, search.stage.recorder.features())
    if not features_of(entry.case, set(features)) >= entry.features:
        return None
    shorter["oddness"] = search.oddness(shorter)
    found = Entry(shorter, observation, features)
    return found if found.cost[:2] <= entry.cost[:2] else None  # what the project itself shows is plain as it is


def smaller(search: Search, case: Case) -> "Iterator[Case]":
    """The case with one optional part left out, or one long value replaced by a plain one."""
    for name in [name for name in case["keywords"] if search.is_optional(name)]:
        yield {**case, "keywords": {n: item for n, item in case["keywords"].items() if n != name}}
    yield from _without_parts(case)
    for place in range(len(case["calls"])):
        yield {**case, "calls": case["calls"][:place] + case["calls"][place + 1 :]}
    if case["receiver"] is not None and case["receiver"][0] == "call":
        yield from ({**case, "receiver": receiver} for receiver in _smaller_calls(case["receiver"]))
    for place, (method, arguments, keywords) in enumerate(case["calls"]):
        for plainer in _plainer(arguments):
            changed = [method, plainer, keywords]
            yield {**case, "calls": [*case["calls"][:place], changed, *case["calls"][place + 1 :]]}
    yield from with_smaller_worlds(case)
    for plainer in _plainer(case["arguments"]):
        yield {**case, "arguments": plainer}
    yield from with_fewer_parts(case)


def with_fewer_parts(case: Case) -> "Iterator[Case]":
    """The case with one item, pair or keyword left out of what an argument is made of."""
    for place in places(case):
        for inner in (place, *inner_places(part_at(case, place), place)):
            kind = part_at(case, inner)[0]
            holder = {"many": (2, "items"), "pairs": (1, "items"), "call": (3, "names")}.get(kind)
            if holder is None:
                continue
            at, keys = holder[0], part_at(case, (*inner, holder[0]))
            for key in range(len(keys)) if holder[1] == "items" else list(keys):
                shorter: Case = copied(case)
                del part_at(shorter, (*inner, at))[key]
                yield shorter


def _without_parts(case: Case) -> "Iterator[Case]":
    """The case without what follows, without what runs beside, or without an event loop; steps of a kind made plain."""
    for part in ("after", "beside", "limit", "inside", "thrown", "uses"):
        if part in case:
            yield {name: item for name, item in case.items() if name != part}
    if "beside" in case and "after" not in case:
        yield {**{name: item for name, item in case.items() if name != "beside"}, "after": case["beside"][:1]}
    for part in ("inside", "uses", "sends"):
        yield from _with_one_less(case, part)
    plain = all(":" not in step[0] for step in case["calls"]) and not {"beside", "limit"} & set(case)
    if case.get("loop") and plain:
        yield {**case, "loop": False}
    for place, step in enumerate(case["calls"]):
        if step[0].startswith(("start:", "run:")):
            called = [step[0].partition(":")[2], *step[1:]]
            yield {**case, "calls": [*case["calls"][:place], called, *case["calls"][place + 1 :]]}


def _with_one_less(case: Case, part: str) -> "Iterator[Case]":
    for place in range(len(case.get(part, ()))):
        yield {**case, part: case[part][:place] + case[part][place + 1 :]}


def _smaller_calls(receiver: Expression) -> "Iterator[Expression]":
    """The constructor's call with one keyword left out, or one argument made plain."""
    _, path, arguments, keywords = receiver
    for name in keywords:
        yield ("call", path, arguments, {n: item for n, item in keywords.items() if n != name})
    for plainer in _plainer(arguments):
        yield ("call", path, plainer, keywords)


def _plainer(arguments: Arguments) -> "Iterator[Arguments]":
    """Argument lists in which one long or odd piece of data is replaced by the plainest value of its type."""
    for place, expression in enumerate(arguments):
        if expression[0] != "data" or (weight(expression) <= 5 and expression[1][0] not in "'\""):
            continue
        try:
            plain = _PLAIN.get(type(inputs.value_of(expression)))
        except ValueError:
            continue
        if plain is not None and plain != expression[1] and weight(("data", plain)) <= weight(expression):
            yield [*arguments[:place], ("data", plain), *arguments[place + 1 :]]


def _gist(observation: Observation) -> "list[str | None]":
    facts = observation["facts"]
    return [facts.get(label) for label in ("result", "error", "message", "output")]
