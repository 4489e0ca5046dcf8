"""Which cases tell which mutants from the original.

Mutants are tried in forked children, so that a hang, a crash or spoilt state stays there: many in one child as long as
the original, asked again after each, shows what it showed before; else each in a child of its own.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from aitestgen_guest.calls.entries import Entry, by_cost
from aitestgen_guest.processes.forks import all_in_child, in_child
from aitestgen_guest.search.hunt import FEW, MAX_CASES, MUTANT_SECONDS, SWITCH, Hunter, Mutant, measuring, reaching

__all__ = ["MUTANT_SECONDS", "SWITCH", "Archive", "Hunter", "kill_matrix", "measuring"]
GROUP = 24
HUNTS = 8
ENOUGH = 3
"""So many entries that kill a mutant are found: a choice for the suite, which is smallest where all share a few."""


class Archive(NamedTuple):
    """The entries that the search kept, observed under the original, and others that it has seen."""

    entries: "list[Entry]"
    spare: "list[Entry]"


class Job(NamedTuple):
    """A mutant, and the places of the entries and of the spare ones that run its lines."""

    mutant: Mutant
    entries: "list[int]"
    spare: "list[int]"


def kill_matrix(
    archive: Archive, mutants: "list[Mutant]", hunter: Hunter, blocks: "dict[int, int]", calls: int
) -> "Iterator[tuple[int, list[Any], Any]]":
    """Yield (mutant id, [(entry number, labels)], new entry or None) for each mutant that some entry reaches.

    A new entry is (case, observation, labels). The hunts for those may take about `calls` calls together.
    """
    spare = sorted(archive.spare, key=by_cost)
    jobs = [Job(m, reaching(archive.entries, m, blocks)[:MAX_CASES], reaching(spare, m, blocks)) for m in mutants]
    jobs = [job for job in jobs if job.entries or job.spare]
    alive = []
    for job, kills in _tried(hunter, archive.entries, jobs):
        if kills:
            yield job.mutant["id"], kills, None
        else:
            alive.append(job)
    if hunter.attempts:
        hunter.attempts = min(hunter.attempts, max(FEW, calls // max(1, len(alive))))
        for job, found in _hunted(hunter, Archive(archive.entries, spare), alive):
            yield job.mutant["id"], [], found


def _tried(hunter: Hunter, entries: "list[Entry]", jobs: "list[Job]") -> "Iterator[tuple[Job, list[Any]]]":
    """Each job with entries that kill its mutant, ENOUGH of them: first those are tried that killed most before."""
    killed: Counter[int] = Counter()
    while jobs:
        group = jobs[:GROUP]
        told = all_in_child(partial(_try_all, hunter, entries, group, killed))
        if len(told) < len(group):
            told.append(in_child(partial(_try, hunter, entries, jobs[len(told)], killed)) or [])
        killed.update(number for kills in told for number, _ in kills)
        yield from zip(group, told, strict=False)
        jobs = jobs[len(told) :]


def _try_all(
    hunter: Hunter, entries: "list[Entry]", jobs: "list[Job]", killed: "Counter[int]"
) -> "Iterator[list[Any]]":
    """The kills of the jobs, up to the first that leaves the process spoilt."""
    for job in jobs:
        kills = _try(hunter, entries, job, killed)
        if kills and not hunter.still(entries[kills[0][0]].case, entries[kills[0][0]].observation):
            return
        killed.update(number for number, _ in kills)
        yield kills


def _try(hunter: Hunter, entries: "list[Entry]", job: Job, killed: "Counter[int]") -> "list[Any]":
    kills: list[Any] = []
    for number in sorted(job.entries, key=lambda number: -killed[number]):
        labels, slow = hunter.difference(job.mutant["id"], entries[number].case, entries[number].observation)
        if labels:
            kills.append([number, labels[:1]])
        if slow or len(kills) == ENOUGH:
            break
    return kills


def _hunted(hunter: Hunter, archive: Archive, jobs: "list[Job]") -> "Iterator[tuple[Job, Any]]":
    """Each job with the case that tells its mutant from the original in the end, or None."""
    while jobs:
        group = jobs[:HUNTS]
        told = all_in_child(partial(_hunt_all, hunter, archive, group))
        if len(told) < len(group):  # one took too long, or the process with it; a hunt is not tried twice
            told.append(None)
        yield from zip(group, told, strict=False)
        jobs = jobs[len(told) :]


def _hunt_all(hunter: Hunter, archive: Archive, jobs: "list[Job]") -> "Iterator[list[Any] | None]":
    return (_hunt_one(hunter, archive, job) for job in jobs)


def _hunt_one(hunter: Hunter, archive: Archive, job: Job) -> "list[Any] | None":
    entries = [archive.entries[number] for number in job.entries]
    return hunter.hunt(job.mutant, entries, [archive.spare[number] for number in job.spare])
