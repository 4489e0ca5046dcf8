"""Try the tests on mutants, each mutant in a forked child of its own, and say what became of it."""

import gc
from collections.abc import Callable
from time import monotonic  # by name: what runs here may replace time.monotonic
from typing import Any, NamedTuple

from aitestgen_guest.child import Send, collect, limit_memory
from aitestgen_guest.collected_tests import Collect, run
from aitestgen_guest.mutants import SWITCH, compile_mutant
from aitestgen_guest.served_module import ServedModule

Items = list[Any]
Mutant = dict[str, Any]
Frame = dict[str, Any]

SLOWER = 5
"""A mutant may take so many times what its tests take without it."""


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

    def reaching(self, items: Items, mutant: Mutant) -> Items:
        if self.reach is None:
            return items
        lines = range(mutant["line"], mutant["end_line"] + 1)
        return [item for item in items if not self.reach.get(item.nodeid, frozenset()).isdisjoint(lines)]


def judge_switched(trial: Trial, mutants: "list[Mutant]", baseline: "Baseline | None", stop: float, send: Send) -> None:
    """Collect the tests, measure the baseline where it is not known yet, and judge the mutants until `stop`.

    Sends the baseline as a pair, then a fate frame per mutant. Meant to run in a child.
    """
    started = monotonic()
    items = trial.collect()
    gc.collect()
    gc.freeze()  # the children share this memory as long as nothing touches it
    baseline = baseline or _baseline(items, monotonic() - started, stop, send)
    passing = [item for item in items if item.nodeid in baseline.seconds]
    for mutant in mutants:
        if monotonic() >= stop:
            break
        frame = _judge(trial, mutant, trial.reaching(passing, mutant), baseline, stop)
        if frame:
            send(frame)


def _baseline(items: Items, collecting: float, stop: float, send: Send) -> Baseline:
    def body(report: Send) -> None:
        limit_memory()
        _report(items, False, report)

    received, _ = collect(body, stop - monotonic())
    seconds = {id_: taken for id_, outcome, taken in received if outcome == "passed"}
    skipped = {id_ for id_, outcome, _ in received if outcome == "skipped"}
    ids = [item.nodeid for item in items]
    failed = [id_ for id_ in ids if id_ not in seconds and id_ not in skipped]
    send({"ev": "baseline", "passed": list(seconds), "failed": failed})
    send([seconds, collecting])
    return Baseline(seconds, collecting)


def _judge(trial: Trial, mutant: Mutant, items: Items, baseline: Baseline, stop: float) -> "Frame | None":
    if not items:
        return _frame(mutant, "unreached", [], 0.0)

    def body(report: Send) -> None:
        trial.served.namespace[SWITCH] = mutant["id"]
        limit_memory()
        _report(items, trial.first_only, report)

    seen = _watch(body, trial.allowed(sum(baseline.seconds[item.nodeid] for item in items)), stop)
    return _frame(mutant, *_fate(seen.received, seen.ending), seen.seconds) if seen else None


def judge_on_import(trial: Trial, mutant: Mutant, baseline: Baseline, stop: float) -> "Frame | None":
    """Judge a mutant that acts while the module is imported: nothing of the module may be imported yet.

    It is invalid where the import fails; a test that is not collected any more kills it. None where `stop` came first.
    """

    def body(report: Send) -> None:
        trial.served.code = compile_mutant(trial.served.source, trial.served.file, mutant)
        limit_memory()
        items = trial.collect()
        if trial.served.broken:
            return
        report(COLLECTED)
        present = {item.nodeid for item in items}
        for missing in [id_ for id_ in baseline.seconds if id_ not in present]:
            report([missing, "failed", 0.0])
        _report([item for item in items if item.nodeid in baseline.seconds], trial.first_only, report)

    seen = _watch(body, trial.allowed(sum(baseline.seconds.values()) + baseline.collecting), stop)
    if seen is None:
        return None
    if seen.received[:1] != [COLLECTED]:
        return _frame(mutant, "invalid", [], seen.seconds)
    return _frame(mutant, *_fate(seen.received[1:], seen.ending), seen.seconds)


def _watch(body: "Callable[[Send], None]", allowed: float, stop: float) -> "Seen | None":
    """Run `body` in a child and read its reports; None where `stop` cut it short."""
    started = monotonic()
    received, ending = collect(body, min(allowed, stop - started))
    taken = monotonic() - started
    return None if ending == "timed_out" and taken < allowed else Seen(received, ending, taken)


def _fate(received: "list[Any]", ending: str) -> "tuple[str, list[str]]":
    killers = [id_ for id_, outcome, _ in received if outcome == "failed"]
    if ending == "done":
        return ("killed" if killers else "survived"), killers
    running = [id_ for id_, *_ in received[-1:]]
    return ("killed" if killers or ending == "crashed" else "timed_out"), killers + running


def _frame(mutant: Mutant, fate: str, killers: "list[str]", seconds: float) -> Frame:
    return {"ev": "fate", "id": mutant["id"], "fate": fate, "killers": killers, "seconds": round(seconds, 4)}


def _report(items: Items, first_only: bool, report: Send) -> None:
    for id_, outcome, seconds in run(items):
        report([id_, outcome, seconds])
        if first_only and outcome == "failed":
            break
