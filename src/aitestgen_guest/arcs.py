"""Which line jumps of one file are run, counted as coverage.py counts them.

An arc is (line, next line) within one code object; (-first, line) enters it and (line, -first) leaves it, `first` being
the code object's own first line. Suspending at a yield or await neither leaves nor, on resuming, enters.
"""

import dis
import sys
import threading
from types import FrameType
from typing import Any

GENERATOR_FLAGS = 0x20 | 0x80 | 0x200
"""CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR."""

YIELD_VALUE = dis.opmap["YIELD_VALUE"]
YIELD_FROM = dis.opmap.get("YIELD_FROM", -1)  # up to 3.10
RESUME = dis.opmap.get("RESUME", -1)  # from 3.11 on
INSTRUCTION = 2


class ArcTracer:
    """Traces every thread while started. `taken()` hands over what was run since the last call."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._arcs: set[tuple[int, int]] = set()

    def start(self) -> None:
        """Trace this thread, and those started from now on."""
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> None:
        """Stop in this thread and for new ones."""
        sys.settrace(None)
        threading.settrace(None)

    def taken(self) -> list[tuple[int, int]]:
        """The arcs run since the last call, sorted."""
        arcs = sorted(self._arcs.copy())
        self._arcs.difference_update(arcs)
        return arcs

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code
        if code.co_filename != self.file:
            return None
        first = code.co_firstlineno
        last = -first if _begins(frame) else frame.f_lineno
        add = self._arcs.add

        def step(frame: FrameType, event: str, _argument: Any) -> Any:
            nonlocal last
            if event == "line":
                line = frame.f_lineno
                add((last, line))
                last = line
            elif event == "return" and _leaves(frame):
                add((last, -first))
            return step

        return step


def _begins(frame: FrameType) -> bool:
    """Whether a call event starts the code, and does not resume it."""
    if RESUME < 0:
        return frame.f_lasti < 0
    return frame.f_code.co_code[frame.f_lasti + 1] == 0  # RESUME's argument: 0 at the start


def _leaves(frame: FrameType) -> bool:
    """Whether a return event leaves the code for good, and does not suspend it."""
    code = frame.f_code
    if not code.co_flags & GENERATOR_FLAGS:
        return True
    here = frame.f_lasti
    following = code.co_code[here + INSTRUCTION] if here + INSTRUCTION < len(code.co_code) else -1
    if RESUME < 0:
        return code.co_code[here] != YIELD_VALUE and following != YIELD_FROM
    return following != RESUME
