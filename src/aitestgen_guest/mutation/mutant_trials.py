"""Try the tests on mutants, each in a forked child of its own, and say what became of it.

mutant_groups.py tries many in one child, and leaves to this what is not certain from that.
"""

from collections.abc import Callable
from time import monotonic  # by name: what runs here may replace time.monotonic
from typing import Any, NamedTuple

from aitestgen_guest.processes.child import Send, collect, limit_cpu, limit_memory
from aitestgen_guest.suite.collected_tests import Collect, run
from aitestgen_guest.suite.served_module import ServedModule

Items = list[Any]
Mutant = dict[str, Any]
Frame = dict[str, Any]

SLOWER = 5
"""A mutant may take so many times what its tests take without it."""
CPU_SHARE = 0.15
"""Processor time is limited to this part of a mutant's least time: no other process can use it up."""
SUSPECT_SECONDS = 0.02
"""The least processor time of a mutant that is judged again, alone, where it takes more than its tests usually do."""


COLLECTED = ["", "collected", 0.0]


class Baseline(NamedTuple):
    """The tests that pass with no mutant, with their seconds; and the seconds to import and collect them all."""

    seconds: "dict[str, float]"
    collecting: float


class Seen(NamedTuple):
    """What a child reported ([id, "start" or outcome, seconds]), how it ended, and after how many seconds."""

    received: "list[Any]"
    ending: str
    seconds: float


class Trial(NamedTuple):
    """What is tried: the module, and the tests with the lines that each reaches (None: every test may reach all)."""

    served: ServedModule
    collect: Collect
    reach: "dict[str, frozenset[int]] | None"
    first_only: bool
    patience: float

    def allowed(self, usual: float) -> float:
        """The seconds that a mutant gets whose tests usually take `usual`."""
        return max(self.patience, SLOWER * usual)

    def limit(self, usual: float, least: "float | None" = None) -> None:
        """Let this process, from now on, take the processor time of a mutant whose tests usually take `usual`, or
        `least` seconds where that is more.
        """
        limit_cpu(max(self.patience * CPU_SHARE if least is None else least, SLOWER * usual))

    def reaching(self, items: Items, mutant: Mutant) -> Items:
        if self.reach is None:
            return items
        lines = range(mutant["line"], mutant["end_line"] + 1)
        return [item for item in items if not self.reach.get(item.nodeid, frozenset()).isdisjoint(lines)]


class Work(NamedTuple):
    """A mutant, the tests to try on it, and the seconds that they usually take."""

    mutant: Mutant
    tests: Items
    usual: float


def measured(items: Items, collecting: float, stop: float, send: Send) -> Baseline:
    """The baseline, measured in a child; sent as a frame, then as a pair."""

    def body(report: Send) -> None:
        limit_memory()
        report_all(items, False, report)

    received, _ = collect(body, stop - monotonic())
    seconds = {id_: taken for id_, outcome, taken in received if outcome == "passed"}
    skipped = {id_ for id_, outcome, _ in received if outcome == "skipped"}
    ids = [item.nodeid for item in items]
    failed = [id_ for id_ in ids if id_ not in seconds and id_ not in skipped]
    send({"ev": "baseline", "passed": list(seconds), "failed": failed})
    send([seconds, collecting])
    return Baseline(seconds, collecting)


def judge_alone(trial: Trial, work: Work, stop: float) -> "Frame | None":
    """Judge a mutant that can be switched on now, in a child of its own. None where `stop` came first."""

    def body(report: Send) -> None:
        trial.served.switch(work.mutant["id"])
        limit_memory()
        trial.limit(work.usual)
        report_all(work.tests, trial.first_only, report)

    seen = _watch(body, trial.allowed(work.usual), stop)
    return fate_frame(work.mutant, *fate_of(seen.received, seen.ending), seen.seconds) if seen else None


def judge_on_import(trial: Trial, mutant: Mutant, baseline: Baseline, stop: float) -> "Frame | None":
    """Judge a mutant that acts while the module is imported: nothing of the module may be imported yet.

    It is invalid where the import fails; a test that is not collected any more kills it. None where `stop` came first.
    """

    usual = sum(baseline.seconds.values()) + baseline.collecting

    def body(report: Send) -> None:
        trial.served.mutant = mutant["id"]
        limit_memory()
        trial.limit(usual)
        items = trial.collect()
        if trial.served.broken:
            return
        report(COLLECTED)
        present = {item.nodeid for item in items}
        for missing in [id_ for id_ in baseline.seconds if id_ not in present]:
            report([missing, "failed", 0.0])
        report_all([item for item in items if item.nodeid in baseline.seconds], trial.first_only, report)

    seen = _watch(body, trial.allowed(usual), stop)
    if seen is None:
        return None
    if seen.received[:1] != [COLLECTED]:
        return fate_frame(mutant, "invalid", [], seen.seconds)
    return fate_frame(mutant, *fate_of(seen.received[1:], seen.ending), seen.seconds)


def _watch(body: "Callable[[Send], None]", allowed: float, stop: float) -> "Seen | None":
    """Run `body` in a child and read its reports; None where `stop` cut it short."""
    started = monotonic()
    received, ending = collect(body, min(allowed, stop - started))
    taken = monotonic() - started
    return None if ending == "timed_out" and monotonic() >= stop else Seen(received, ending, taken)


def fate_of(received: "list[Any]", ending: str) -> "tuple[str, list[str]]":
    """The fate of a mutant and its killers, from the reports of its tests and how the child ended."""
    killers = [id_ for id_, outcome, _ in received if outcome == "failed"]
    if ending == "done":
        return ("killed" if killers else "survived"), killers
    running = [id_ for id_, *_ in received[-1:]]
    return ("killed" if killers or ending == "crashed" else "timed_out"), killers + running


def fate_frame(mutant: Mutant, fate: str, killers: "list[str]", seconds: float) -> Frame:
    """The frame that tells it."""
    return {"ev": "fate", "id": mutant["id"], "fate": fate, "killers": killers, "seconds": round(seconds, 4)}


def report_all(items: Items, first_only: bool, report: Send) -> None:
    """Run the tests and report each as it begins and ends; up to the first that fails where that is enough."""
    for id_, outcome, seconds in run(items):
        report([id_, outcome, seconds])
        if first_only and outcome == "failed":
            break
