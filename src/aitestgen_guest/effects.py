"""Clock and chance held still while a case runs, by the means that the rendered test uses too.

The clock functions that the module mentions stand at fixed values and `sleep` returns at once; `random` starts from
seed 0. What a case really used is told as lines of code for the test: `monkeypatch.setattr(...)`, `random.seed(0)`.
"""

import contextlib
import random
import re
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_FIXED = {
    "time": "1_700_000_000.0",
    "monotonic": "1_000.0",
    "perf_counter": "1_000.0",
    "process_time": "1_000.0",
    "time_ns": "1_700_000_000_000_000_000",
    "monotonic_ns": "1_000_000_000_000",
    "perf_counter_ns": "1_000_000_000_000",
}


class Effects:
    """The effects of one module's source; `holding` is entered around each case."""

    def __init__(self, source: str, module: ModuleType) -> None:
        self.clocks = {name: text for name, text in _FIXED.items() if re.search(rf"\b{name}\b", source)}
        if "time" not in vars(module) and not any(vars(module).get(n) is getattr(time, n) for n in _FIXED):
            self.clocks = {}
        self.sleeps = bool(self.clocks or re.search(r"\bsleep\b", source)) and not re.search(r"asyncio\.sleep", source)
        self.chance = bool(re.search(r"\brandom\b", source))
        self.module = module
        self.used: list[str] = []

    @contextlib.contextmanager
    def holding(self) -> "Iterator[None]":
        """Hold clock and chance still; afterwards `used` lists what was asked for, as lines of a test."""
        self.used = []
        restore = [self._replace(name, text) for name, text in self.clocks.items()]
        if self.sleeps:
            restore.append(self._replace("sleep", "None"))
        random.seed(0)
        before = random.getstate() if self.chance else None
        try:
            yield
        finally:
            for holder, name, real in restore:
                setattr(holder, name, real)
            if self.chance and random.getstate() != before:
                self.used.append("random.seed(0)")

    def _replace(self, name: str, text: str) -> "tuple[Any, str, Any]":
        real = getattr(time, name)
        bound = vars(self.module).get(name) is real
        holder, place = (self.module, f"{self.module.__name__}.{name}") if bound else (time, f"time.{name}")
        value = eval(text)  # noqa: S307 - one of the constants above
        fake = f"lambda seconds: {text}" if name == "sleep" else f"lambda: {text}"
        line = f'monkeypatch.setattr("{place}", {fake})'

        def held(*_: Any) -> Any:
            if line not in self.used:
                self.used.append(line)
            return value

        setattr(holder, name, held)
        return holder, name, real
