"""What CPython 3.10 has instead of the tables of later versions: blocks set up by instructions, and a table of lines.

Formats: Objects/lnotab_notes.txt and Python/ceval.c of CPython 3.10.
"""

import dis
from collections.abc import Iterator, Sequence
from itertools import pairwise
from types import CodeType

from aitestgen_guest.tracing.instructions import UNIT, Handler, Instruction, Position, Unsupported

SETS_UP = frozenset({"SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH"})
ENDS_BLOCK = frozenset({"POP_BLOCK", "POP_EXCEPT", "END_ASYNC_FOR"})
GOES_NOWHERE = frozenset({"RETURN_VALUE", "RERAISE", "RAISE_VARARGS"})
ALWAYS_JUMPS = frozenset({"JUMP_FORWARD", "JUMP_ABSOLUTE"})
NEVER_RAISES = frozenset(
    {"LOAD_CONST", "NOP", "POP_TOP", "DUP_TOP", "ROT_TWO", "ROT_THREE", "ROT_FOUR", "STORE_FAST", "JUMP_FORWARD"}
    | {"JUMP_ABSOLUTE", "SETUP_FINALLY", "POP_BLOCK", "POP_EXCEPT", "RETURN_VALUE"}
)
FROM_START = frozenset(dis.hasjabs)
MAX_BLOCKS = 20
"""CO_MAXBLOCKS."""

MAX_BYTES, MAX_LINES, NO_LINE = 254, 127, 0x80
Blocks = tuple[Handler | Instruction, ...]
"""The blocks around an instruction, the innermost last; an instruction is the beginning of a handler that runs."""


def positions(code: CodeType) -> list[Position]:
    """The position of each unit, of which 3.10 knows the line only."""
    found: list[Position] = []
    for start, end, line in code.co_lines():
        found += [(line, None, None, None)] * ((end - start) // UNIT)
    return found


def target_offset(item: Instruction) -> int:
    """Where an instruction that jumps or sets up a block leads to."""
    return item.arg * UNIT if item.code in FROM_START else item.end + item.arg * UNIT


def add_handlers(items: Sequence[Instruction]) -> None:
    """Give every instruction what catches its exceptions. All ways to an instruction have the same blocks around it."""
    following = dict(pairwise(items))
    around: dict[Instruction, Blocks] = {}
    left: list[tuple[Instruction, Blocks]] = [(items[0], ())]
    while left:
        item, blocks = left.pop()
        if item in around:
            continue
        if len(blocks) >= MAX_BLOCKS:
            raise Unsupported("no room for one more block")
        around[item] = blocks
        item.handler = next((block for block in reversed(blocks) if isinstance(block, Handler)), None)
        item.within = next((block for block in reversed(blocks) if isinstance(block, Instruction)), None)
        left += _after(item, blocks, following)


def _after(
    item: Instruction, blocks: Blocks, following: "dict[Instruction, Instruction]"
) -> Iterator[tuple[Instruction, Blocks]]:
    if item.name == "RETURN_VALUE" and blocks:
        raise Unsupported("a return within a block")
    if item.name in SETS_UP and item.target is not None:
        yield item.target, (*blocks, item.target)
        blocks = (*blocks, Handler(item.target, 0, lasti=False))
    elif item.target is not None:
        yield item.target, blocks
    if item.name in ENDS_BLOCK:
        blocks = blocks[:-1]
    if item.name not in GOES_NOWHERE | ALWAYS_JUMPS:
        yield following[item], blocks


def restored(items: Sequence[Instruction], again: Instruction) -> list[Instruction]:
    """The instructions to which a RERAISE with an argument may go back before the exception is passed on."""
    found: list[Instruction] = []
    left = [again.within]
    while left:
        target = left.pop()
        for item in items:
            if item.handler is None or item.handler.target is not target or item.name in NEVER_RAISES:
                continue
            if item.name == "RERAISE" and item.arg:
                left.append(item.within)
            else:
                found.append(item)
    return found


def line_table(items: Sequence[Instruction], first: int) -> bytes:
    """The table of lines (`co_linetable`) for instructions that have their offsets."""
    pairs = bytearray()
    before = first
    for line, size in _ranges(items):
        if line is None:
            steps = NO_LINE
        else:
            change, before = line - before, line
            while abs(change) > MAX_LINES:
                step = MAX_LINES if change > 0 else -MAX_LINES
                pairs += bytes((0, step & 0xFF))
                change -= step
            steps = change & 0xFF
        full, rest = divmod(size, MAX_BYTES)
        for _ in range(full):
            pairs += bytes((MAX_BYTES, steps))
            steps = NO_LINE if line is None else 0
        if rest:
            pairs += bytes((rest, steps))
    return bytes(pairs)


def _ranges(items: Sequence[Instruction]) -> Iterator["tuple[int | None, int]"]:
    """Lines in a row with the bytes that each has."""
    line, start, end = items[0].position[0], 0, 0
    for item in items:
        if item.position[0] != line:
            yield line, end - start
            line, start = item.position[0], end
        end = item.end
    yield line, end - start
