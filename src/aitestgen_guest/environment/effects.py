"""Clock and chance held still while a case runs, by the means that the rendered test uses too.

The clock functions that the module mentions stand at fixed values, until a step of the case, a `sleep` or an event loop
that waits moves them; `random` starts from seed 0. What a case really used is told as lines of code for the test.
"""

import contextlib
import random
import sys
import time
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from aitestgen_guest.environment.mentions import mentions
from aitestgen_guest.environment.outside import Outside
from aitestgen_guest.environment.virtual_time import FakeClock, loops_wait_by
from aitestgen_guest.shapes import Facts
from aitestgen_guest.tracing.probes import Cut

CLOCK = "clock"
"""The name of the fake clock in a case, and of the fixture that gives it to a test."""
WALL_NOW, MONOTONIC_NOW = 1_700_000_000.0, 1_000.0
_SECONDS = ("time", "monotonic", "perf_counter", "process_time")
_NANOSECONDS = ("time_ns", "monotonic_ns", "perf_counter_ns")
_BEGUN = random.Random(0).getstate()


class Effects:
    """The effects of one module's source; `holding` is entered around each case."""

    def __init__(self, source: str, module: ModuleType) -> None:
        self.module = module
        self.outside = Outside(source, module)
        names = [name for name in (*_SECONDS, *_NANOSECONDS) if mentions(source, rf"\b{name}\b")]
        clocks = "time" in vars(module) or any(vars(module).get(n) is getattr(time, n) for n in names)
        self.clocks = names if clocks else []
        self.start = WALL_NOW if {"time", "time_ns"} & set(self.clocks) and _reads_wall(source) else MONOTONIC_NOW
        self.sleeps = mentions(source, r"\bsleep\b") and _can_sleep(module)
        self.chance = mentions(source, r"\brandom\b")
        self.generators = [name for name, item in vars(module).items() if type(item) is random.Random]
        """The module's own generators of chance, by the names of its variables."""
        self.waits = mentions(source, r"\b(asyncio|async)\b")
        self.takes_clock = mentions(source, r"\b(timer|clock|time_func|time_fn|timefunc|now_func|get_time)\b")
        self.warns = mentions(source, r"\bwarn")
        self.warned: list[warnings.WarningMessage] = []
        self.clock = FakeClock(self.start)
        self.asked: list[tuple[str, str]] = []
        self.drew = False
        self.unseeded = False
        """Whether the case made a generator of its own that starts anywhere: nothing holds that one still."""

    @property
    def passes(self) -> bool:
        """Whether letting time pass can matter to the module: it reads a clock, or runs on event loops."""
        return bool(self.clocks or self.waits or self.takes_clock)

    @contextlib.contextmanager
    def holding(self) -> "Iterator[None]":
        """Hold clock and chance still; afterwards `lines` tells what was asked for, and nothing traces on."""
        self.rewind()
        restore = [self._replace(name) for name in self.clocks]
        if self.sleeps:
            restore.append(self._replace("sleep"))
        if self.waits:
            restore += loops_wait_by(self.clock)
        if self.chance:
            restore.append(self._watch_seeds())
        before = random.getstate() if self.chance else None
        tracer, profiler = sys.gettrace(), sys.getprofile()
        try:
            if self.warns:
                with warnings.catch_warnings(record=True) as self.warned:
                    warnings.simplefilter("always")
                    yield
            else:
                yield
        finally:
            if sys.gettrace() is not tracer:
                sys.settrace(tracer)
            if sys.getprofile() is not profiler:
                sys.setprofile(profiler)
            for holder, name, real in reversed(restore):
                setattr(holder, name, real)
            self.drew = self.chance and random.getstate() != before

    def _watch_seeds(self) -> "tuple[Any, str, Any]":
        real = random.Random.seed

        def seed(generator: random.Random, a: Any = None, version: int = 2) -> None:
            self.unseeded = self.unseeded or a is None
            real(generator, a, version)

        random.Random.seed = seed  # type: ignore[assignment, method-assign] # put back as each case ends
        return random.Random, "seed", real

    def rewind(self) -> None:
        """Start anew: time and chance as at the beginning, nothing asked for."""
        self.asked.clear()
        self.drew = self.unseeded = False
        self.clock.now, self.clock.moved = self.start, False
        if self.chance:
            random.seed(0)
        for name in self.generators:
            vars(self.module)[name].seed(0)

    def begin(self) -> float:
        """The time at which the call under test is made; warnings from here on are its own."""
        self.warned.clear()
        return self.clock.now

    def facts(self, started: float) -> Facts:
        """What the call did to the clock since `started`, and what it warned of first."""
        facts: Facts = {}
        if self.clock.now != started:
            self.clock.moved = True
            facts["clock"] = repr(self.clock.now)
        told = [warning for warning in self.warned if warning.source is None]
        for warning in told[:1]:  # one with a source tells that something was let go unclosed, whenever that was
            facts["warning"], facts["warned"] = warning.category.__name__, repr(str(warning.message))
        return facts

    def lines(self, *, names_clock: bool = False) -> "list[str]":
        """What the last case needs, as lines of a test; the line `clock` asks for the fixture of that name."""
        reads = any(name != "sleep" for _, name in self.asked)
        drawn = [name for name in self.generators if vars(self.module)[name].getstate() != _BEGUN]
        if not (names_clock or self.asked or self.drew or self.clock.moved or drawn):
            return []
        moved = names_clock or self.clock.moved or (reads and self.clock.now != self.start)
        lines = [CLOCK] if moved else []
        if moved and self.start != MONOTONIC_NOW and self.asked:
            lines.append(f"{CLOCK}.now = {self.start:_}")
        lines += [f'monkeypatch.setattr("{place}", {self._fake(name, moved)})' for place, name in self.asked]
        name = "random" if vars(self.module).get("random", random) is random else "random_module"
        home = self.module.__name__
        lines += [f'monkeypatch.setattr("{home}.{one}", {name}.Random(0))' for one in drawn]
        return [*lines, f"{name}.seed(0)"] if self.drew else lines

    def _fake(self, name: str, moved: bool) -> str:
        if name == "sleep":
            return f"{CLOCK}.advance" if moved else "lambda seconds: None"
        if name in _NANOSECONDS:
            return f"lambda: int({CLOCK}.now * 10**9)" if moved else f"lambda: {int(self.start * 10**9):_}"
        return CLOCK if moved else f"lambda: {self.start:_}"

    def _replace(self, name: str) -> "tuple[Any, str, Any]":
        real = getattr(time, name)
        bound = vars(self.module).get(name) is real
        alias = next((f"{n}." for n, value in vars(self.module).items() if value is time), "")
        within = f"{self.module.__name__}." if bound or alias else "time."
        holder, place = self.module if bound else time, f"{within}{'' if bound else alias}{name}"
        clock, asked, key = self.clock, self.asked, (place, name)

        def held(*arguments: Any) -> Any:
            if key not in asked:
                asked.append(key)
            if name == "sleep" and arguments[0] < 0:
                raise Cut  # the real one raises, the fake one of a test does not
            if name == "sleep":
                clock.now += arguments[0]
                return None
            return int(clock.now * 10**9) if name in _NANOSECONDS else clock.now

        setattr(holder, name, held)
        return holder, name, real


def _reads_wall(source: str) -> bool:
    """Whether the source calls `time.time` (and does not merely name the module `time`)."""
    return mentions(source, r"\btime\.time\b|\btime_ns\b|from time import[^\n]*\btime\b")


def _can_sleep(module: ModuleType) -> bool:
    return vars(module).get("time") is time or vars(module).get("sleep") is time.sleep
