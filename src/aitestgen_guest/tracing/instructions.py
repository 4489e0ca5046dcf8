"""One instruction of CPython's bytecode, and what catches its exceptions."""

import dis
import sys
from typing import Any

Position = tuple[int | None, int | None, int | None, int | None]
UNIT = 2
NOWHERE: Position = (None, None, None, None)
HAS_CACHES = sys.version_info >= (3, 11)


class Unsupported(Exception):
    """This code's arcs cannot be told by probes."""


class Instruction:
    """One instruction with its caches. `target` is where it jumps to, `handler` what catches its exceptions.

    `within` is the beginning of the handler that it is in, which is known up to 3.10 only.
    """

    __slots__ = ("arg", "caches", "code", "handler", "offset", "position", "prefixes", "target", "within")

    def __init__(self, code: int, arg: int, caches: int, position: Position) -> None:
        self.code = code
        self.arg = arg
        self.caches = caches
        self.position = position
        self.prefixes = prefixes(arg)
        self.target: Instruction | None = None
        self.handler: Handler | None = None
        self.within: Instruction | None = None
        self.offset = 0

    @property
    def name(self) -> str:
        return dis.opname[self.code]

    @property
    def start(self) -> int:
        return self.offset - UNIT * self.prefixes

    @property
    def end(self) -> int:
        """Where the next instruction stands; jumps count from there."""
        return self.offset + UNIT * (1 + self.caches)


class Handler:
    """Where exceptions go: `depth` items stay on the stack, `lasti` says that the place is pushed on it too."""

    __slots__ = ("depth", "lasti", "target")

    def __init__(self, target: Instruction, depth: int, *, lasti: bool) -> None:
        self.target = target
        self.depth = depth
        self.lasti = lasti


def instruction(name: str, arg: int = 0, position: Position = NOWHERE) -> Instruction:
    """A new instruction, with as many caches as this Python wants."""
    code = dis.opmap[name]
    if not HAS_CACHES:
        return Instruction(code, arg, 0, position)
    caches: Any = dis._inline_cache_entries  # type: ignore[attr-defined]  # no public name before 3.13
    count = caches.get(name, 0) if isinstance(caches, dict) else caches[code]
    return Instruction(code, arg, count, position)


def prefixes(arg: int) -> int:
    """How many EXTENDED_ARG an argument needs before its instruction."""
    return (arg > 0xFF) + (arg > 0xFFFF) + (arg > 0xFFFFFF)
