"""Bare calls: a case as a function of its plain values, called thousands of times with neighbours of these.

To build, run and describe a case takes hundreds of microseconds, and what most cases show was seen before. A bare call
takes a few: its code is compiled once, and all that is read of it is which probes it hit, or what it gives. What is new
becomes a case again, to be run and described like any other; so nothing here need be exact, as long as it is fast.
"""

import contextlib
import gc
import inspect
import itertools
import math
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.editor import Editor
from aitestgen_guest.arguments.pool import is_plain
from aitestgen_guest.calls.cases import Output, Stage
from aitestgen_guest.calls.entries import is_simple
from aitestgen_guest.calls.scenes import MAX_DRAINED
from aitestgen_guest.calls.steps import text_of
from aitestgen_guest.calls.templates import LEAVING, STATEMENTS, Target, call_text, code_of
from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.search.descent import is_number
from aitestgen_guest.search.near import Slot, plain_slots, put
from aitestgen_guest.shapes import Case
from aitestgen_guest.tracing.probes import Cut, Recorder

SECONDS = 0.3
"""What the calls of one case may take together."""
STEPS = 4_000
"""What one of them may take, in probes."""
MEAN_STEPS = 30
"""What they may take on average."""
SPLICED = 0.25
"""How often a value is replaced by one that the module knows, and not changed a little."""
BACK, LATEST = 0.5, 3
"""How often one of all seeds is changed, and not one of the latest few."""
CHANGES = (1, 1, 1, 2, 3)
FROM = 12
"""From how many of the latest seeds a search goes on at a time."""
FEW, MOST_KINDS = 2, 60
COLLECTING = 100
MOST_THREADS = 20
RETURNED = -2
"""The feature of a call that raises nothing; among what is left to reach it stands for such a call."""
CUT, RAISED, RETURNING = frozenset({-1}), frozenset[int](), frozenset({RETURNED})
"""How a bare call ends, as features."""
_CHANGED = (bool, int, float, str, list, tuple, dict)
_MORE_THAN_A_CALL = ("sends", "again", "uses", "after", "beside", "limit", "twice")

Values = list[Any]


class BareCase(NamedTuple):
    """`call(drained, begin, *values)` does what the case does with these values in the `slots`; the result and the
    receiver. `drained` is given what each call gives, `begin` is called just before the one under test.
    """

    case: Case
    slots: "list[Slot]"
    values: Values
    call: "Callable[..., tuple[Any, Any]]"

    def filled(self, values: Values) -> Case:
        """The case with these values."""
        case = self.case
        for slot, value in zip(self.slots, values, strict=True):
            case = put(case, slot, inputs.data(value))
        return case


def bare(stage: Stage, target: Target, case: Case) -> "BareCase | None":
    """The case as such a function; None where it is more than a plain call, has no values to change, or may do
    something outside of the process.
    """
    if stage.effects.outside.active or not _is_plain_call(target, case):
        return None
    slots: list[Slot] = []
    values: Values = []
    emptied = case
    for slot, value in plain_slots(case):
        if slot[1] is None and type(value) in _CHANGED:
            emptied = put(emptied, slot, ("text", f"_v{len(slots)}"))
            slots.append(slot)
            values.append(value)
    if not slots:
        return None
    names: dict[str, Any] = {}
    exec(code_of(_text(target, emptied, len(slots)), "exec"), stage.namespace, names)  # noqa: S102 - inside the jail
    return BareCase(case, slots, values, names["bare"])


def _is_plain_call(target: Target, case: Case) -> bool:
    odd = target.name in LEAVING or target.name in STATEMENTS or target.template is None
    return not odd and is_simple(case) and case["then"] is None and not any(part in case for part in _MORE_THAN_A_CALL)


def _text(target: Target, case: Case, count: int) -> str:
    lines = [f"def bare(drained, begin, {', '.join(f'_v{number}' for number in range(count))}):"]
    lines.append(f"    receiver = {inputs.source(case['receiver']) if case['receiver'] else None}")
    steps = [(step[0], text_of(step, "receiver", streamed=False, loop=False)) for step in case["calls"]]
    lines += [f"    {text}" if name in STATEMENTS else f"    drained({text})" for name, text in steps]
    lines += [f"    a{place} = {inputs.source(item)}" for place, item in enumerate(case["arguments"])]
    lines += [f"    k_{name} = {inputs.source(item)}" for name, item in case["keywords"].items()]
    given = [f"a{place}" for place in range(len(case["arguments"]))]
    call = call_text(target.template, "receiver", given, {name: f"k_{name}" for name in case["keywords"]})
    return "\n".join([*lines, "    begin()", f"    return drained({call}), receiver\n"])


class BareCalls:
    """Makes bare calls on a stage, and counts them in `made`. The values are changed by the `editor`."""

    def __init__(self, target: Target, stage: Stage, editor: Editor) -> None:
        self.target = target
        self.stage = stage
        self.editor = editor
        self.random = editor.random
        self.made = 0
        self._begun = 0
        self._nearest: dict[int, float] = {}

    def news(self, seeds: "list[Case]", known: "frozenset[int]", sites: "list[int]", most: int) -> "list[Case]":
        """From the latest of the seeds that came since the last time: cases that have features which are not `known`.

        At most `most` calls are made, fewer where they are heavy. What gets nearer to the missing outcome of one of
        the comparisons `sites` is gone on from.
        """
        latest, self._begun = seeds[self._begun :][: -1 - FROM : -1], len(seeds)
        seen = set(known)
        cases: list[Case] = []
        for start in filter(None, (bare(self.stage, self.target, seed) for seed in latest)):
            self._nearest = dict.fromkeys(sites, math.inf)
            found: list[Values] = []
            went_on = self._quietly(partial(self._find, start, seen, most // FROM, found))
            cases += map(start.filled, found)
            if not went_on:
                break
        gc.collect()
        return cases

    def telling(self, start: BareCase, switch: "Callable[[bool], None]", most: int) -> "list[Case]":
        """The first few of `most` neighbours with which the call does something else while `switch(True)` holds."""
        found: list[Values] = []
        self._quietly(partial(self._tell_apart, start, switch, most, found))
        switch(False)  # the clock may have cut just before it was done
        return [start.filled(values) for values in found]

    def _quietly(self, work: "Callable[[], bool]") -> bool:
        """Whether the work said so and was not cut. Nothing is printed, each call is short, and the module's own
        variables are in the end what they were.
        """
        recorder, state = self.stage.recorder, self.stage.state
        limit, recorder.limit = recorder.limit, STEPS
        try:
            with self.stage.effects.holding(), contextlib.redirect_stdout(Output()):
                return within(SECONDS, work, otherwise=False)
        finally:
            recorder.limit = limit
            state.undo(state.changed())

    def _find(self, start: BareCase, known: "set[int]", most: int, found: "list[Values]") -> bool:
        """Put into `found` what has news as it comes, so that it stays there where the clock cuts."""
        recorder, steps, threads = self.stage.recorder, 0, threading.active_count() + MOST_THREADS
        seeds = [start.values]
        for _ in range(most):
            changed = self._changed(self.random.choice(seeds if self.random.random() < BACK else seeds[-LATEST:]))
            ended = self._called(start, changed)
            steps += recorder.steps
            if steps > most * MEAN_STEPS or threading.active_count() > threads:
                return False
            features = recorder.features() | ended
            if ended is not CUT and not features <= known:
                known |= features
                found.append(changed)
                seeds.append(changed)
            elif ended is not CUT and self._is_nearer(recorder):
                seeds.append(changed)
        return True

    def _called(self, case: BareCase, values: Values) -> "frozenset[int]":
        """How the call under test ended: CUT, or not even reached; RAISED, RETURNING. The recorder has what it did."""
        begun, recorder = False, self.stage.recorder

        def begin() -> None:
            nonlocal begun
            begun = True
            recorder.reset()

        recorder.reset()
        self._count()
        try:
            case.call(_drained, begin, *values)
        except Cut:
            if recorder.steps <= recorder.limit:
                raise  # it is the clock that cuts
            return CUT
        except BaseException:  # noqa: BLE001 - whatever it raises, what counts is where it got
            return RAISED if begun else CUT
        return RETURNING

    def _count(self) -> None:
        """One more call; now and then what the others left behind is let go, as nothing else does that here."""
        self.made += 1
        if self.made % COLLECTING == 0:
            self.stage.given.forget()
            gc.collect(0)

    def _is_nearer(self, recorder: Recorder) -> bool:
        """Whether the numbers of an open comparison were nearer to each other than ever before."""
        nearer = False
        for left, right, site in recorder.operands if self._nearest else ():
            if site in self._nearest and is_number(left) and is_number(right):
                distance = abs(left - right)
                if distance < self._nearest[site]:
                    self._nearest[site], nearer = distance, True
        return nearer

    def _tell_apart(self, start: BareCase, switch: "Callable[[bool], None]", most: int, found: "list[Values]") -> bool:
        seeds, kinds, threads = [start.values], set[str](), threading.active_count() + MOST_THREADS
        for _ in range(most):
            changed = self._changed(self.random.choice(seeds))
            base = self._outcome(start, changed)
            switch(True)
            try:
                other = self._outcome(start, [*map(_own, changed)])
            finally:
                switch(False)
            if base != other:
                found.append(changed)
            if len(found) == FEW or threading.active_count() > threads:
                return False
            if len(kinds) < MOST_KINDS and (kind := repr(base)) not in kinds:
                kinds.add(kind)
                seeds.append(changed)
        return True

    def _outcome(self, case: BareCase, values: Values) -> "tuple[Any, ...]":
        """What the call gives or raises, and what the object holds then, as far as it is plain."""
        self._count()
        try:
            result, receiver = case.call(_drained, _nothing, *values)
            return _told(result), _told(getattr(receiver, "__dict__", None))
        except Cut:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it raises is what it does
            return type(error), _told(error.args)

    def _changed(self, values: Values) -> Values:
        """The values, one or a few of them others. Nothing is shared that a call could change."""
        changed = [*map(_own, values)]
        for _ in range(self.random.choice(CHANGES)):
            place = self.random.randrange(len(changed))
            changed[place] = self._other(changed[place])
        return changed

    def _other(self, value: Any) -> Any:
        if self.random.random() < SPLICED and (known := self.editor.pool.of(type(value))):
            return _own(self.random.choice(known))
        try:
            return self.editor.neighbour(value)
        except ValueError:  # it has something in it that has none
            return value


def _drained(result: Any) -> Any:
    """The result, or what it yields. Raises Cut for what an event loop has to run."""
    if inspect.isawaitable(result) or inspect.isasyncgen(result):
        getattr(result, "close", _nothing)()
        raise Cut
    return [*itertools.islice(result, MAX_DRAINED)] if inspect.isgenerator(result) else result


def _told(value: Any) -> Any:
    return value if is_plain(value) else type(value)


def _nothing() -> None:
    pass


def _own(value: Any) -> Any:
    """The value, with containers of its own."""
    if type(value) in (list, tuple):
        return type(value)([_own(item) for item in value])
    return {key: _own(item) for key, item in value.items()} if type(value) is dict else value
