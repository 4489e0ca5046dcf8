"""Which cases tell which mutants from the original; and the search for one that does.

Each mutant is tried in a forked child, so that a hang, a crash or spoilt state stays its own.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from aitestgen_guest.cases import WALL_SECONDS, Stage, differs, is_slow
from aitestgen_guest.entries import Entry, key_of
from aitestgen_guest.forks import in_child
from aitestgen_guest.oracle import TEST, judge
from aitestgen_guest.search import Search
from aitestgen_guest.shapes import Case, Observation

Mutant = dict[str, Any]
SWITCH = "__aitestgen_mutant__"
MUTANT_SECONDS = 0.1
MAX_CASES = 40
NOT_SHOWN = ("output",)


def kill_matrix(
    entries: "list[Entry]",
    mutants: "list[Mutant]",
    search: Search,
    stage: Stage,
    blocks: "dict[int, int]",
    attempts: int,
) -> "Iterator[tuple[int, list[Any], Any]]":
    """Yield (mutant id, [(entry number, labels)], new entry or None) for each mutant that some entry reaches.

    `entries` are those of the search, observed under the original. A new entry is (case, observation, labels).
    """
    for mutant in mutants:
        reaching = _reaching(entries, mutant, blocks)
        if not reaching:
            continue
        answer = in_child(partial(_try, mutant["id"], reaching, entries, search, stage, attempts))
        if answer is not None:
            yield mutant["id"], answer["kills"], answer["found"]


def _reaching(entries: "list[Entry]", mutant: Mutant, blocks: "dict[int, int]") -> "list[int]":
    wanted = {blocks[line] for line in range(mutant["line"], mutant["end_line"] + 1) if line in blocks}
    probes = [{feature // 4 for feature in entry.features} for entry in entries]
    return [number for number, hit in enumerate(probes) if hit & wanted][:MAX_CASES]


def _try(
    mutant: int, reaching: "list[int]", entries: "list[Entry]", search: Search, stage: Stage, attempts: int
) -> "dict[str, Any]":
    kills = []
    for number in reaching:
        case, base = entries[number].case, entries[number].observation
        labels, outcome = _difference(search, stage, mutant, case, base)
        if labels:
            kills.append([number, labels[:1]])
        if outcome == "slow":
            break
    found = None if kills else _hunt(mutant, reaching, entries, search, stage, attempts)
    return {"kills": kills, "found": found}


def _difference(search: Search, stage: Stage, mutant: int, case: Case, base: Observation) -> "tuple[list[str], str]":
    stage.namespace[SWITCH], stage.wall_seconds = mutant, MUTANT_SECONDS
    try:
        other = stage.observe(search.target, case)
    finally:
        stage.namespace[SWITCH], stage.wall_seconds = 0, WALL_SECONDS
    labels = [label for label in differs(base, other) if label in base["shown"] or label not in NOT_SHOWN]
    return labels, "slow" if is_slow(other) else other["outcome"]


def _hunt(
    mutant: int, reaching: "list[int]", entries: "list[Entry]", search: Search, stage: Stage, attempts: int
) -> "list[Any] | None":
    """A new case on which the mutant and the original differ, searched for near those that reach it."""
    search.random.seed(f"hunt {mutant} {search.target.id}")
    cases = [entries[number].case for number in reaching]
    seen = set()
    for _ in range(attempts):
        case = search.changed(search.random.choice(cases))
        key = key_of(case)
        if key in seen or (search.target.bound and case["receiver"] is None):
            continue
        seen.add(key)
        base = stage.observe(search.target, case)
        if judge(search.target, base, announced=search.announced, typed=False) != TEST:
            continue
        labels, outcome = _difference(search, stage, mutant, case, base)
        if labels:
            case["oddness"] = search.oddness(case)
            return [case, base, labels[:1]]
        if outcome == "slow":
            return None
    return None
