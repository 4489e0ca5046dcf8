"""Judge mutants one after the other in one child, as far as that is as good as a child for each.

A kill is believed where its killers pass again once the mutant is off. A mutant that survived is not settled: a cache
filled earlier may hide it. Nor is one that left the child spoilt, hung or died after others had run in it. A mutant
that acts on import comes with a module of its own each time: it is settled if, at the end, the module without mutants
passes as ever.
"""

import gc
from collections.abc import Callable, Iterator
from time import monotonic  # by name: what runs here may replace time.monotonic
from typing import Any

from aitestgen_guest.mutation.mutant_trials import (
    SUSPECT_SECONDS,
    Baseline,
    Frame,
    Items,
    Mutant,
    Trial,
    Work,
    fate_frame,
    fate_of,
    judge_alone,
    measured,
    report_all,
)
from aitestgen_guest.processes.child import Deadline, Send, limit_memory, messages
from aitestgen_guest.suite.collected_tests import run
from aitestgen_guest.suite.reloading import Reloading, Unfit, reloading

GROUP = 32
MUTANT, SETTLED, INVALID, SOUND = "mutant", "settled", "invalid", "sound"
"""What a child says between the tests' reports, as [name, word, 0.0]; tests have ids that hold `::`."""

Answer = tuple[list[Frame], list[Work], list[Work]]
"""What one child settled, what it began and did not settle, and what it never began."""


def judge_collected(
    trial: Trial,
    switched: "list[Mutant]",
    on_import: "list[Mutant]",
    baseline: "Baseline | None",
    stops: "tuple[float, float]",
    send: Send,
) -> None:
    """Collect the tests, measure the baseline where it is not known yet, and judge both kinds of mutants.

    Sends the baseline as a pair, then a fate frame per mutant; those that act on import only as far as the collected
    tests can be run anew. `stops` are the times for the first kind and for all. Meant to run in a child.
    """
    started = monotonic()
    items = trial.collect()
    gc.collect()
    gc.freeze()  # the children share this memory as long as nothing touches it
    baseline = baseline or measured(items, monotonic() - started, stops[1], send)
    passing = [item for item in items if item.nodeid in baseline.seconds]
    work = [_work(mutant, trial.reaching(passing, mutant), baseline) for mutant in switched]
    _judge_switched(trial, work, stops[0], send)
    if on_import and passing:
        _judge_reloaded(trial, [_work(mutant, passing, baseline) for mutant in on_import], items, stops[1], send)


def _work(mutant: Mutant, tests: Items, baseline: Baseline) -> Work:
    return Work(mutant, tests, sum(baseline.seconds[test.nodeid] for test in tests))


def _judge_switched(trial: Trial, work: "list[Work]", stop: float, send: Send) -> None:
    while work and monotonic() < stop:
        part = work[:GROUP]
        settled, unsettled, unbegun = _Group(trial, [item for item in part if item.tests], stop).switched()
        if monotonic() >= stop and not settled:
            return  # an analysis that is cut short says nothing, not even of what no test reaches
        for item in part:
            if not item.tests:
                settled.append(fate_frame(item.mutant, "unreached", [], 0.0))
        work = [*unbegun, *work[GROUP:]]
        for frame in settled:
            send(frame)
        for item in unsettled:
            judged = judge_alone(trial, item, stop) if monotonic() < stop else None
            if judged:
                send(judged)


def _judge_reloaded(trial: Trial, work: "list[Work]", items: Items, stop: float, send: Send) -> None:
    """Judge mutants that act on import, as far as the first child shows that the tests can be run anew."""
    try:
        again = reloading(trial.served, items)
    except (Unfit, OSError, SyntaxError, AttributeError):
        return
    if not _Group(trial, work[:1], stop).sound(again):
        return
    while work and monotonic() < stop:
        settled, unsettled, unbegun = _Group(trial, work[:GROUP], stop).reloaded(again)
        work = [*unbegun, *work[GROUP:]]
        for frame in settled:
            send(frame)
        if not settled and not unbegun:
            return
        work += [item for item in unsettled if len(unsettled) > 1]


class _Group:
    """One child on some mutants. Each gets the time there that it would get alone; or all but the first get less, and
    are not settled where that is not enough.
    """

    def __init__(self, trial: Trial, work: "list[Work]", stop: float) -> None:
        self.trial = trial
        self.work = work
        self.stop = stop
        self.reports: list[list[list[Any]]] = []
        self.said: set[tuple[int, str]] = set()
        self.began: list[float] = []

    def switched(self) -> Answer:
        """Try mutants that can be switched on now."""
        if not self.work:
            return [], [], []
        switch = self.trial.served.switch

        def try_one(item: Work, report: Send) -> bool:
            switch(item.mutant["id"])
            killers = _killers(self.trial, item, report)
            switch(0)
            sound = all(outcome != "failed" for _, outcome, _ in run(killers))
            if killers and sound:
                report([SETTLED, "", 0.0])
            return sound

        ending = self._follow(try_one, lambda: True, SUSPECT_SECONDS)
        return self._sorted_out(ending, lambda number: (number, SETTLED) in self.said)

    def reloaded(self, again: Reloading) -> Answer:
        """Try mutants that act on import."""

        def try_one(item: Work, report: Send) -> bool:
            try:
                gone = again.load(item.mutant["id"])
            except BaseException:  # noqa: BLE001 - whatever stops the tests from being there is their failure
                if self.trial.served.broken:
                    report([INVALID, "", 0.0])
                    return True
                gone = frozenset(test.nodeid for test in item.tests)
            for id_ in sorted(gone):
                report([id_, "failed", 0.0])
            report_all([test for test in item.tests if test.nodeid not in gone], self.trial.first_only, report)
            return True

        ending = self._follow(try_one, lambda: _passes(again, self.work[0].tests))
        last = len(self.reports) - 1
        return self._sorted_out(
            ending, lambda number: (last, SOUND) in self.said or (ending != "done" and number < last)
        )

    def sound(self, again: Reloading) -> bool:
        """Whether all tests pass when the module is imported again, and once more."""

        self._follow(lambda item, _: _passes(again, item.tests), lambda: _passes(again, self.work[0].tests))
        return (0, SOUND) in self.said

    def _follow(
        self, try_one: "Callable[[Work, Send], bool]", check: "Callable[[], bool]", least: "float | None" = None
    ) -> str:
        """Try the mutants in a child until one leaves it unsound; how the child ended. `least` is the processor time
        of all but the first.
        """

        def body(report: Send) -> None:
            limit_memory()
            for number, item in enumerate(self.work):
                report([MUTANT, "", 0.0])
                self.trial.limit(item.usual, least if number else None)
                if not try_one(item, report):
                    return
            self.trial.limit(self.work[0].usual)
            if check():
                report([SOUND, "", 0.0])

        deadline = Deadline(min(self.stop, monotonic() + self.trial.allowed(self.work[0].usual)))
        ending: list[str] = []

        def gather() -> "Iterator[Any]":
            ending.append((yield from messages(body, deadline)))

        for told in gather():
            self._take(told, deadline)
        self.began.append(monotonic())
        return ending[0]

    def _take(self, told: "list[Any]", deadline: Deadline) -> None:
        if told[0] == MUTANT:
            usual = self.work[len(self.reports)].usual
            deadline.at = min(self.stop, monotonic() + self.trial.allowed(usual))
            self.reports.append([])
            self.began.append(monotonic())
        elif told[0] in (SETTLED, INVALID, SOUND):
            self.said.add((len(self.reports) - 1, told[0]))
        else:
            self.reports[-1].append(told)

    def _sorted_out(self, ending: str, is_settled: "Callable[[int], bool]") -> Answer:
        frames, unsettled = [], []
        for number, reports in enumerate(self.reports):
            item, seconds = self.work[number], self.began[number + 1] - self.began[number]
            cut = ending != "done" and number == len(self.reports) - 1
            if (number, INVALID) in self.said:
                frames.append(fate_frame(item.mutant, "invalid", [], seconds))
            elif cut and number == 0 and monotonic() < self.stop:
                frames.append(fate_frame(item.mutant, *fate_of(reports, ending), seconds))
            elif not cut and is_settled(number):
                frames.append(fate_frame(item.mutant, *fate_of(reports, "done"), seconds))
            else:
                unsettled.append(item)
        return frames, unsettled, self.work[len(self.reports) :]


def _killers(trial: Trial, item: Work, report: Send) -> Items:
    """Run the tests and report them; those that failed."""
    failed = set()

    def noted(told: "list[Any]") -> None:
        report(told)
        if told[1] == "failed":
            failed.add(told[0])

    report_all(item.tests, trial.first_only, noted)
    return [test for test in item.tests if test.nodeid in failed]


def _passes(again: Reloading, tests: Items) -> bool:
    """Whether all tests pass when the module is imported again without a mutant."""
    try:
        again.load(0)
    except BaseException:  # noqa: BLE001 - whatever it raises, it cannot be done again
        return False
    return all(outcome != "failed" for _, outcome, _ in run(tests))
