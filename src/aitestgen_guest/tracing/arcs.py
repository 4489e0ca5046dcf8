"""Which line jumps of one file are run, counted as coverage.py counts them.

An arc is (line, next line) within one code object; (-first, line) enters it and (line, -first) leaves it, `first` being
the code object's own first line. Suspending at a yield or await neither leaves nor, on resuming, enters.
"""

import dis
import sys
import threading
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any

GENERATOR_FLAGS = 0x20 | 0x80 | 0x200
"""CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR."""

YIELD_VALUE = dis.opmap["YIELD_VALUE"]
YIELD_FROM = dis.opmap.get("YIELD_FROM", -1)  # up to 3.10
RESUME = dis.opmap.get("RESUME", -1)  # from 3.11 on
PUSH_EXC_INFO = dis.opmap.get("PUSH_EXC_INFO", -1)  # likewise: a handler's first instruction, on no line of the source
INSTRUCTION = 2
RESUME_AFTER = 0 if sys.version_info[:2] == (3, 13) else INSTRUCTION
"""How far behind the current instruction RESUME stands when a yield is reported as a return."""

LINE_ON_RETURN = sys.version_info >= (3, 14)
"""A new line may be told by a return event alone."""


class ArcTracer:
    """Traces every thread while started. `taken()` hands over what was run since the last call."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._arcs: set[tuple[int, int]] = set()
        self._code: dict[int, tuple[CodeType, bytes]] = {}
        self._left_out: dict[int, CodeType] = {}

    def leave_out(self, codes: Iterable[CodeType]) -> None:
        """Do not trace these: they have probes of their own."""
        self._left_out.update((id(code), code) for code in codes)

    def leaves_out(self, code: CodeType) -> bool:
        return id(code) in self._left_out

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
        if code.co_filename != self.file or id(code) in self._left_out:
            return None
        first = code.co_firstlineno
        instructions = self._instructions(code)
        last = -first if _begins(frame, instructions) else frame.f_lineno
        add = self._arcs.add

        def step(frame: FrameType, event: str, _argument: Any) -> Any:
            nonlocal last
            leaves = event == "return" and _leaves(frame, instructions)
            if (event == "line" and instructions[frame.f_lasti] != PUSH_EXC_INFO) or (
                leaves and LINE_ON_RETURN and frame.f_lineno != last
            ):
                line = frame.f_lineno
                add((last, line))
                last = line
            if leaves:
                add((last, -first))
            return step

        return step

    def _instructions(self, code: CodeType) -> bytes:
        """Its `co_code`, which from 3.11 on is a new copy at each look."""
        known = self._code.get(id(code))
        if known is None:
            known = self._code[id(code)] = (code, code.co_code)
        return known[1]


def _begins(frame: FrameType, instructions: bytes) -> bool:
    """Whether a call event starts the code, and does not resume it."""
    if RESUME < 0:
        return frame.f_lasti < 0
    return instructions[frame.f_lasti + 1] == 0  # RESUME's argument: 0 at the start


def _leaves(frame: FrameType, instructions: bytes) -> bool:
    """Whether a return event leaves the code for good, and does not suspend it."""
    if not frame.f_code.co_flags & GENERATOR_FLAGS:
        return True
    here = frame.f_lasti
    if RESUME < 0:
        return instructions[here] != YIELD_VALUE and _at(instructions, here + INSTRUCTION) != YIELD_FROM
    return _at(instructions, here + RESUME_AFTER) != RESUME


def _at(instructions: bytes, place: int) -> int | None:
    return instructions[place] if place < len(instructions) else None
