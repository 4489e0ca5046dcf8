"""Bytecode of CPython 3.10 to 3.13 taken apart, so that instructions can be put in between, and put together again.

Formats: Objects/locations.md and Objects/exception_handling_notes.txt of CPython. Jumps, exception handlers and
positions follow their instructions; arguments that become too long get the prefixes that they need.
"""

import dis
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

from aitestgen_guest.tracing import blocks
from aitestgen_guest.tracing.instructions import UNIT, Handler, Instruction, Position, prefixes

CACHE = dis.opmap.get("CACHE", -1)
EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
HAS_BLOCKS = sys.version_info < (3, 11)
JUMPS = frozenset(dis.hasjrel + dis.hasjabs)
LONG, LINE_ONLY, NO_LINE = 14, 13, 15
"""Kinds of entries in a location table."""


def taken_apart(code: CodeType) -> list[Instruction]:
    """The instructions of a code object in order."""
    found = list(_instructions(code))
    at = {item.start: item for item in found}
    for item in found:
        if item.code in JUMPS:
            item.target = at[_target_offset(item)]
    if HAS_BLOCKS:
        blocks.add_handlers(found)
        return found
    for start, end, target, depth, lasti in _handlers(code.co_exceptiontable):
        handler = Handler(at[target], depth, lasti=lasti)
        for item in found:
            if start <= item.offset < end:
                item.handler = handler
    return found


def _target_offset(item: Instruction) -> int:
    if HAS_BLOCKS:
        return blocks.target_offset(item)
    return item.end + UNIT * (-item.arg if "BACKWARD" in item.name else item.arg)


def _instructions(code: CodeType) -> Iterator[Instruction]:
    raw = code.co_code
    positions = blocks.positions(code) if HAS_BLOCKS else list(code.co_positions())
    arg = 0
    offset = 0
    while offset < len(raw):
        arg = arg << 8 | raw[offset + 1]
        if raw[offset] == EXTENDED_ARG:
            offset += UNIT
            continue
        end = offset + UNIT
        while end < len(raw) and raw[end] == CACHE:
            end += UNIT
        item = Instruction(raw[offset], arg, (end - offset) // UNIT - 1, positions[offset // UNIT])
        item.offset = offset
        yield item
        arg, offset = 0, end


def _handlers(table: bytes) -> Iterator[tuple[int, int, int, int, bool]]:
    """Start, end, target (bytes), depth and lasti of each entry."""
    numbers = iter(table)
    for first in numbers:
        start = _number(first & 0x7F, numbers)
        size, target, rest = (_number(next(numbers), numbers) for _ in range(3))
        yield start * UNIT, (start + size) * UNIT, target * UNIT, rest >> 1, bool(rest & 1)


def _number(byte: int, more: Iterator[int]) -> int:
    value = byte & 0x3F
    while byte & 0x40:
        byte = next(more)
        value = value << 6 | byte & 0x3F
    return value


def put_together(
    code: CodeType, items: Sequence[Instruction], starts: Mapping[Instruction, Instruction], **changes: Any
) -> CodeType:
    """`code` with these instructions; `changes` are further arguments of its `replace`.

    Handlers begin at what `starts` has for their targets, where it has something.
    """
    _lay_out(items)
    if HAS_BLOCKS:
        lines = blocks.line_table(items, code.co_firstlineno)
        return code.replace(co_code=b"".join(map(_bytes, items)), co_linetable=lines, **changes)
    return code.replace(
        co_code=b"".join(map(_bytes, items)),
        co_linetable=b"".join(_locations(items, code.co_firstlineno)),
        co_exceptiontable=b"".join(_entries(items, starts)),
        **changes,
    )


def _lay_out(items: Sequence[Instruction]) -> None:
    """Give every instruction its offset, and every jump its distance, which can make further prefixes necessary."""
    stable = False
    while not stable:
        stable = True
        offset = 0
        for item in items:
            item.offset = offset + UNIT * item.prefixes
            offset = item.end
        for item in items:
            if item.target is None:
                continue
            item.arg = _jump_argument(item, item.target)
            if prefixes(item.arg) > item.prefixes:
                item.prefixes = prefixes(item.arg)
                stable = False


def _jump_argument(item: Instruction, target: Instruction) -> int:
    if item.code in blocks.FROM_START:
        return target.start // UNIT
    distance = (target.start - item.end) // UNIT
    if (distance < 0) != ("BACKWARD" in item.name):
        raise ValueError(f"{item.name} cannot jump by {distance}")
    return abs(distance)


def _bytes(item: Instruction) -> bytes:
    parts = item.arg.to_bytes(4, "big")
    extended = b"".join(bytes((EXTENDED_ARG, byte)) for byte in parts[3 - item.prefixes : 3])
    return extended + bytes((item.code, parts[3])) + bytes(UNIT * item.caches)


def _locations(items: Sequence[Instruction], first: int) -> Iterator[bytes]:
    line = first
    for item in items:
        units = item.prefixes + 1 + item.caches
        while units:
            length = min(units, 8)
            yield _location(item.position, length, line)
            line = line if item.position[0] is None else item.position[0]
            units -= length


def _location(position: Position, units: int, before: int) -> bytes:
    line, end_line, column, end_column = position
    if line is None:
        return bytes((0x80 | NO_LINE << 3 | units - 1,))
    if end_line is None or column is None or end_column is None:
        return bytes((0x80 | LINE_ONLY << 3 | units - 1,)) + _signed(line - before)
    numbers = (end_line - line, column + 1, end_column + 1)
    return bytes((0x80 | LONG << 3 | units - 1,)) + _signed(line - before) + b"".join(map(_small_first, numbers))


def _signed(value: int) -> bytes:
    return _small_first(-value << 1 | 1 if value < 0 else value << 1)


def _small_first(value: int) -> bytes:
    found = bytearray()
    while value > 0x3F:
        found.append(value & 0x3F | 0x40)
        value >>= 6
    return bytes((*found, value))


def _entries(items: Sequence[Instruction], starts: Mapping[Instruction, Instruction]) -> Iterator[bytes]:
    position = 0
    while position < len(items):
        handler = items[position].handler
        start = end = items[position].start
        while position < len(items) and items[position].handler is handler:
            end = items[position].end
            position += 1
        if handler is not None:
            target = starts.get(handler.target, handler.target)
            numbers = (start // UNIT, (end - start) // UNIT, target.start // UNIT, handler.depth << 1 | handler.lasti)
            parts = [_big_first(number) for number in numbers]
            yield bytes((parts[0][0] | 0x80,)) + parts[0][1:] + b"".join(parts[1:])


def _big_first(value: int) -> bytes:
    found = [value & 0x3F]
    while value > 0x3F:
        value >>= 6
        found.insert(0, value & 0x3F | 0x40)
    return bytes(found)
