"""How a code object goes from line to line, as a tracer is told of it: read from its instructions, not run.

A tracer is told of a line where the instruction before stood on another line or on none, or where a jump goes back.
coverage.py ignores the line of PUSH_EXC_INFO; what follows on that line is then told of by nobody and called silent.
"""

import dis
from collections import defaultdict
from collections.abc import Iterator
from types import CodeType

from aitestgen_guest.tracing import blocks
from aitestgen_guest.tracing.bytecode import HAS_BLOCKS, taken_apart
from aitestgen_guest.tracing.instructions import Handler, Instruction, Unsupported, instruction

RETURNS = frozenset({"RETURN_VALUE", "RETURN_CONST"})
RAISES = frozenset({"RERAISE", "RAISE_VARARGS"})
ALWAYS_JUMPS = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE"})
SUSPENDS = frozenset({"YIELD_VALUE", "RESUME"})
BACKWARD_QUIETLY = "JUMP_BACKWARD_NO_INTERRUPT"

Arc = tuple[int, int]
Into = dict[Instruction, set[Instruction]]


class LineWays:
    """The ways through one code object. Every instruction gets a handler: `outermost`, if it has none of its own."""

    def __init__(self, code: CodeType) -> None:
        self.name = code.co_name
        self.exit = -code.co_firstlineno
        self.items = taken_apart(code)
        begin = self._begin()
        self.body = self.items[begin:]
        self.entry = frozenset(self.items[: begin + 1])
        self.outermost = Handler(instruction("RERAISE", 1), 0, lasti=True)  # back to the place, for other tracers
        self._catch_all(begin)
        self.next = dict(zip(self.items, self.items[1:], strict=False))
        self.silent: frozenset[Instruction] = frozenset()
        self.silent = self._silent()
        self.body = [item for item in self.items if item not in self.entry or item is self.body[0]]
        self.into = self._into()

    def _begin(self) -> int:
        """The place of the instruction with which the code begins for a tracer; 3.10, which has none, is given one."""
        if not HAS_BLOCKS:
            return next(at for at, item in enumerate(self.items) if item.name == "RESUME" and not item.arg)
        begin = int(self.items[0].name == "GEN_START")
        self.items.insert(begin, instruction("NOP"))
        return begin

    def _catch_all(self, begin: int) -> None:
        """A generator that never began can be thrown into, too; nothing else before RESUME raises."""
        names = [item.name for item in self.items[:begin]]
        first = names.index("RETURN_GENERATOR") if "RETURN_GENERATOR" in names else begin + 1
        for item in self.items[first:]:
            item.handler = item.handler or self.outermost

    def line(self, item: Instruction) -> int | None:
        """The line of which a tracer has been told when it runs; before the code begins, the sign of its entry."""
        if item in self.entry:
            return self.exit
        return None if item in self.silent else item.position[0]

    def ways(self, item: Instruction) -> Iterator[tuple[Instruction, bool]]:
        """Where the item leads without an exception, and whether by a jump."""
        if item.target is not None and item.name not in blocks.SETS_UP:
            yield item.target, True
        if item.name not in RETURNS | RAISES | ALWAYS_JUMPS and item in self.next:
            yield self.next[item], False

    def arc(self, item: Instruction, way: Instruction, *, jumps: bool) -> Arc | None:
        """The arc that is made by going from one to the other, if any."""
        line = self.line(item)
        if line is None:
            return None
        heads = self.heads(way)
        if len(heads) != 1:
            raise Unsupported(f"{self.name}: {line} leads to {heads}")
        quiet = self.line(way) == line and not _back(item, jumps=jumps)
        return None if quiet else (line, heads.pop())

    def heads(self, item: Instruction, seen: frozenset[Instruction] = frozenset()) -> set[int]:
        """The lines, or the exit, of which a tracer can be told next, from before the item."""
        line = self.line(item)
        if line is not None:
            return {line}
        if item in seen:
            return set()
        if item.name in RETURNS:
            return {self.exit}
        if item.name in RAISES:
            return self.caught_by(item, seen | {item})
        return {head for way, _ in self.ways(item) for head in self.heads(way, seen | {item})}

    def caught_by(self, item: Instruction, seen: frozenset[Instruction] = frozenset()) -> set[int]:
        """The same for what comes after an exception of the item."""
        handler = item.handler
        if handler is None or handler is self.outermost:
            return {self.exit}
        return self.heads(handler.target, seen)

    def suspends(self, item: Instruction) -> bool:
        """Whether what is thrown into suspended code comes from here."""
        following = self.next.get(item)
        return item.name in SUSPENDS or (following is not None and following.name == "YIELD_FROM")

    def ends(self, target: Instruction) -> list[tuple["int | Handler", Instruction]]:
        """What a handler silently comes to: a line, or what catches the exception next; and the point from which on
        that is certain, where the exception is on top of the stack.
        """
        found: list[tuple[int | Handler, Instruction]] = []
        left = [(target, target, False)]
        visited = set()
        while left:
            item, point, asked = left.pop()
            line = self.line(item)
            if item in visited and line is None:
                raise Unsupported(f"{self.name}: a handler comes back to itself")
            visited.add(item)
            ways = [way for way, _ in self.ways(item)]
            if line is not None or item.name in RETURNS:
                found.append((self.exit if line is None else line, point))
            elif item.name in RAISES:
                found.append((item.handler or self.outermost, point))
            elif len(ways) == 1:
                left.append((ways[0], point, asked or item.name == "WITH_EXCEPT_START"))
            elif asked and point is target and all(self.into[way] == {item} for way in ways):
                left += [(way, way, True) for way in ways]
            else:
                raise Unsupported(f"{self.name}: a handler leads to {self.heads(target)}")
        return found

    def _into(self) -> Into:
        into: Into = defaultdict(set)
        for item in self.items:
            for way, _ in self.ways(item):
                into[way].add(item)
        return into

    def _silent(self) -> frozenset[Instruction]:
        """Where a line's own code goes on as its handler does, as between two context managers, the handler gets a
        copy of it.
        """
        into = self._into()
        found = {item for item in self.items if item.name == "PUSH_EXC_INFO"}
        left = list(found)
        while left:
            item = left.pop()
            for way, jumps in [*self.ways(item)]:
                same = way.position[0] is not None and way.position[0] == item.position[0]
                if way in found or not same or _back(item, jumps=jumps):
                    continue
                silent = way if into[way] <= found or into[way] == {item} else self._copied(item, way)
                found.add(silent)
                left.append(silent)
        return frozenset(found)

    def _copied(self, item: Instruction, way: Instruction) -> Instruction:
        """A copy of the instructions from `way` to the end of its line, run after `item` alone."""
        copies, then = self._rest_of_line(way)
        place = self.items.index(item) + 1
        if then is not None:
            forward = self.items.index(then) >= place
            jump = instruction("JUMP_FORWARD" if forward else BACKWARD_QUIETLY, 0, way.position)
            jump.target, jump.handler = then, way.handler
            copies.append(jump)
        self.items[place:place] = copies
        if item.target is way:
            if item.name not in ALWAYS_JUMPS:
                raise Unsupported(f"{self.name}: {way.position[0]} goes on after a handler")
            item.code, item.target = dis.opmap["JUMP_FORWARD"], copies[0]
        self.next = dict(zip(self.items, self.items[1:], strict=False))
        return copies[0]

    def _rest_of_line(self, way: Instruction) -> tuple[list[Instruction], Instruction | None]:
        copies = []
        item = way
        while item.position[0] == way.position[0] and item.name not in ALWAYS_JUMPS:
            if item.target is not None or item.name in RAISES:
                raise Unsupported(f"{self.name}: {way.position[0]} goes on after a handler")
            copy = Instruction(item.code, item.arg, item.caches, item.position)
            copy.handler = item.handler
            copies.append(copy)
            if item.name in RETURNS:
                return copies, None
            item = self.next[item]
        return copies, item.target if item.name in ALWAYS_JUMPS else item


def _back(item: Instruction, *, jumps: bool) -> bool:
    """Whether a tracer is told of where this goes even on one and the same line."""
    if HAS_BLOCKS:
        return jumps and item.target is not None and item.target.offset < item.offset
    return jumps and "BACKWARD" in item.name and item.name != BACKWARD_QUIETLY
