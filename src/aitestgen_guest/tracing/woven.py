"""Code objects with probes on the jumps from line to line, which cost next to nothing once they have been seen.

A probe is a list among the constants: `if flag: del flag[0]`. A jump that was run leaves its flag empty. No function is
called, so neither the recursion limit nor another tracer notices anything, and threads need no care: no other thread
can come between the look and the deletion. What catches an exception notes the place from which it came, in a set.

What an arc is, is said in arcs.py. Probes and coverage.py agree on every construct in tests/corpus/arcs.
"""

import dis
import sys
from collections import defaultdict
from types import CodeType
from typing import Any

from aitestgen_guest.tracing import blocks
from aitestgen_guest.tracing.bytecode import HAS_BLOCKS, put_together
from aitestgen_guest.tracing.flags import ELSEWHERE, Flag, Probes, Seen
from aitestgen_guest.tracing.instructions import UNIT, Instruction, Position, Unsupported, instruction
from aitestgen_guest.tracing.line_ways import ALWAYS_JUMPS, RAISES, RETURNS, Arc, LineWays

GLUED = frozenset({"SEND", "END_FOR", "RESUME", "YIELD_FROM"})
"""Nothing may come before these, nor into the loop of a SEND: the interpreter counts instructions there."""

SKIPS_END_FOR = sys.version_info >= (3, 12)
STANDS_ON_RESUME = sys.version_info >= (3, 13)
"""What is thrown into a generator comes from RESUME, but is caught by what catches the yield before it."""

HAS_TO_BOOL = sys.version_info >= (3, 13)
NAME_SHIFT = 1 if sys.version_info >= (3, 12) else 0
IF_NONE, IF_FALSE = ("POP_JUMP_IF_NONE", "POP_JUMP_IF_FALSE")
if sys.version_info < (3, 12):
    IF_NONE, IF_FALSE = ("POP_JUMP_FORWARD_IF_NONE", "POP_JUMP_FORWARD_IF_FALSE")
if HAS_BLOCKS:
    IF_FALSE = "POP_JUMP_IF_FALSE"
DETOUR_BACK = "JUMP_ABSOLUTE" if HAS_BLOCKS else "JUMP_BACKWARD"
STACK_NEEDED = 12 if HAS_BLOCKS else 7
GENERATOR_FLAGS = 0x20 | 0x80 | 0x200
RAISES_ANEW = ("CLEANUP_THROW", "END_ASYNC_FOR")
"""Handlers that raise what they do not want with the place it has; the first may do so into the second."""

Origins = dict[int, tuple[Instruction, int]]
"""Places of exceptions: offset → the instruction there and its line."""


def woven(code: CodeType, probes: Probes) -> CodeType:
    """The code, and all code in it, with probes; what would not be told truly by them is left out."""
    inner = [woven(each, probes) if isinstance(each, CodeType) else each for each in code.co_consts]
    code = code.replace(co_consts=tuple(inner))
    mine = Probes()
    try:
        made = _Weaver(code, mine).weave()
    except Exception as why:  # noqa: BLE001  # never worth more than speed: the exact tracer takes what is left out
        probes.left_out.append((code, str(why)))
        return code
    probes.add(mine)
    probes.made.append(made)
    return made


class _Weaver:
    """Puts the probes into one code object. Instructions come before an item in the order `before` (only where it is
    reached without a jump), `at`, `own` (only where it is left by its jump or its end); `after` stand at the end.
    """

    def __init__(self, code: CodeType, probes: Probes) -> None:
        self.code = code
        self.probes = probes
        self.flow = LineWays(code)
        self.consts: list[Any] = [*code.co_consts, 0]
        self.zero = len(code.co_consts)
        self.names = list(code.co_names)
        self.flags: dict[Arc, int] = {}
        self.before: dict[Instruction, list[Instruction]] = defaultdict(list)
        self.at: dict[Instruction, list[Instruction]] = defaultdict(list)
        self.own: dict[Instruction, list[Instruction]] = defaultdict(list)
        self.after: list[Instruction] = []
        self.start: dict[Instruction, Instruction] = {}
        self.labels: set[Instruction] = set()
        self.notes = _Notes(self.flow)

    def weave(self) -> CodeType:
        self._probe_jumps()
        self._probe_ends()
        self._probe_handlers()
        if HAS_BLOCKS:
            self._set_up_block()
        items = self._in_order()
        made = put_together(
            self.code,
            items,
            self.start,
            co_consts=tuple(self.consts),
            co_names=tuple(self.names),
            co_stacksize=self.code.co_stacksize + STACK_NEEDED,
        )
        self.probes.catches += self.notes.read(items)
        return made

    # -- where probes go --------------------------------------------------------------------------------------------
    def _probe_jumps(self) -> None:
        into: dict[Instruction, list[tuple[Instruction, bool, Arc | None]]] = defaultdict(list)
        for item in self.flow.body:
            for way, jumps in self.flow.ways(item):
                into[way].append((item, jumps, self.flow.arc(item, way, jumps=jumps)))
        for way, ways in into.items():
            arcs = {arc for _, _, arc in ways}
            if arcs != {None}:
                self._probe_into(way, ways, arcs)

    def _probe_into(
        self, way: Instruction, ways: list[tuple[Instruction, bool, Arc | None]], arcs: set[Arc | None]
    ) -> None:
        if way.name in GLUED:
            raise Unsupported(f"{self.code.co_name}: {arcs} into {way.name}")
        arc = ways[0][2]
        if arc is not None and len(arcs) == 1:
            self.at[way] += self._flag(arc, way)
            return
        for item, jumps, each in ways:
            if each is not None:
                self._probe_one(item, way, each, jumps=jumps)

    def _probe_one(self, item: Instruction, way: Instruction, arc: Arc, *, jumps: bool) -> None:
        if not jumps:
            self.before[way] += self._flag(arc, way)
        elif item.name in ALWAYS_JUMPS:
            self.own[item] += self._flag(arc, item)
        elif item.name in GLUED or (item.name == "FOR_ITER" and SKIPS_END_FOR):
            raise Unsupported(f"{self.code.co_name}: {arc} by {item.name}")
        else:
            self._detour(item, way, arc)

    def _detour(self, item: Instruction, way: Instruction, arc: Arc) -> None:
        """Let a conditional jump go by a probe at the end of the code. It jumps on in a way that can be interrupted,
        since it may be what closes a loop.
        """
        back = instruction(DETOUR_BACK, 0, item.position)
        back.target, back.handler = way, item.handler
        aside = [*self._flag(arc, item), back]
        item.target = aside[0]
        item.code = dis.opmap[item.name.replace("BACKWARD", "FORWARD")]
        self.after += aside

    def _probe_ends(self) -> None:
        for item in self.flow.body:
            line = self.flow.line(item)
            if line is None:
                continue
            if item.name in RETURNS:
                self.own[item] += self._flag((line, self.flow.exit), item)
            elif _raises_again(item):
                self._probe_reraise(item, line)

    def _probe_reraise(self, item: Instruction, line: int) -> None:
        """What raises an exception again leaves no place of its own in its traceback, but surely goes one way."""
        heads = self.flow.caught_by(item)
        restores = item.name == "RERAISE" and item.arg and self.code.co_flags & GENERATOR_FLAGS
        if HAS_BLOCKS and restores and heads == {self.flow.exit}:
            self.notes.restores.append((item, line))
            return
        if item.handler is None or (restores and self.flow.exit in heads):
            raise Unsupported(f"{self.code.co_name}: {line} may end what was suspended")
        if len(heads) > 1:
            self.notes.again[item.handler.target].add(line)
        elif self._is_told(item, item.handler.target) or heads != {line}:
            self.own[item] += self._flag((line, heads.pop()), item)

    def _is_told(self, item: Instruction, target: Instruction) -> bool:
        """Whether a tracer is told of the target's line after the item has raised again."""
        if HAS_BLOCKS and item.arg and target is not self.flow.outermost.target:
            if self.flow.line(target) in map(self.flow.line, blocks.restored(self.flow.items, item)):
                raise Unsupported(f"{self.code.co_name}: {self.flow.line(item)} raises again from its handler's line")
            return True
        return self.flow.line(target) != self.flow.line(item)

    def _probe_handlers(self) -> None:
        outermost = self.flow.outermost
        for target in {item.handler.target: None for item in self.flow.items if item.handler}:
            if target is outermost.target:
                continue
            for end, point in self.flow.ends(target):
                if isinstance(end, int):
                    self.at[point] = [*self._note(self.notes.new(target, end), point), *self.at[point]]
                else:
                    self.notes.passes.append((target, end.target))
        note = self._note(self.notes.new(outermost.target, self.flow.exit), outermost.target)
        self.after += [*note, outermost.target]
        self.start[outermost.target] = note[0]

    def _set_up_block(self) -> None:
        """Put all the code into one more block, whose handler is the outermost."""
        entry, *others = self.flow.body
        set_up = instruction("SETUP_FINALLY")
        set_up.target = self.start[self.flow.outermost.target]
        self.own[entry].append(set_up)
        for item in others:
            if item.name in RETURNS:
                self.own[item].append(instruction("POP_BLOCK", 0, item.position))

    # -- what they are ----------------------------------------------------------------------------------------------
    def _flag(self, arc: Arc, where: Instruction) -> list[Instruction]:
        """`if flag: del flag[0]`."""
        if arc not in self.flags:
            flag = Flag([None])
            self.flags[arc] = self._constant(flag)
            self.probes.flags.append((flag, arc))
        place, number = where.position, self.flags[arc]
        end = self._label(place)
        made = [
            instruction("LOAD_CONST", number, place),
            *([instruction("TO_BOOL", 0, place)] if HAS_TO_BOOL else []),
            _jump(IF_FALSE, end, place),
            instruction("LOAD_CONST", number, place),
            instruction("LOAD_CONST", self.zero, place),
            instruction("DELETE_SUBSCR", 0, place),
            end,
        ]
        for each in made:
            each.handler = where.handler
        return made

    def _note(self, seen: Seen, where: Instruction) -> list[Instruction]:
        """`if (tb := exception.__traceback__) is not None: seen.add(tb.tb_lasti)`, with the exception on the stack."""
        made = (
            self._note_from_block(seen, where.position) if HAS_BLOCKS else self._note_of_exception(seen, where.position)
        )
        for each in made:
            each.handler = where.handler
        return made

    def _note_from_block(self, seen: Seen, place: Position) -> list[Instruction]:
        """Up to 3.10, traceback, exception and its type are on the stack."""
        return [
            instruction("ROT_THREE", 0, place),
            instruction("ROT_THREE", 0, place),
            instruction("DUP_TOP", 0, place),
            instruction("LOAD_ATTR", self._name("tb_lasti"), place),
            instruction("LOAD_CONST", self._constant(seen), place),
            instruction("ROT_TWO", 0, place),
            instruction("SET_ADD", 1, place),
            instruction("POP_TOP", 0, place),
            instruction("ROT_THREE", 0, place),
        ]

    def _note_of_exception(self, seen: Seen, place: Position) -> list[Instruction]:
        drop, end = instruction("POP_TOP", 0, place), self._label(place)
        return [
            instruction("LOAD_CONST", self._constant(seen), place),
            instruction("COPY", 2, place),
            instruction("LOAD_ATTR", self._name("__traceback__"), place),
            instruction("COPY", 1, place),
            _jump(IF_NONE, drop, place),
            instruction("LOAD_ATTR", self._name("tb_lasti"), place),
            instruction("SET_ADD", 1, place),
            instruction("POP_TOP", 0, place),
            _jump("JUMP_FORWARD", end, place),
            drop,
            instruction("POP_TOP", 0, place),
            end,
        ]

    def _label(self, place: Position) -> Instruction:
        label = instruction("NOP", 0, place)
        self.labels.add(label)
        return label

    def _constant(self, value: Any) -> int:
        self.consts.append(value)
        return len(self.consts) - 1

    def _name(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name) << NAME_SHIFT

    def _in_order(self) -> list[Instruction]:
        items: list[Instruction] = []
        for item in self.flow.items:
            here = [*self.at[item], *self.own[item], item]
            self.start[item] = here[0]
            items += [*self.before[item], *here]
        items += self.after
        following = items[-1]
        for each in reversed(items):
            if each in self.labels:
                self.start[each] = following
            else:
                following = each
        items = [each for each in items if each not in self.labels]
        for each in items:
            if each.target is not None:
                each.target = self.start.get(each.target, each.target)
        return items


class _Notes:
    """What the sets of places mean. `passes` are handlers that silently hand exceptions on to another, `again` the
    lines on which an exception is raised again into a handler from which it is not certain where it goes, `restores`
    what goes back to the place of the exception before it leaves the code.
    """

    def __init__(self, flow: LineWays) -> None:
        self.flow = flow
        self.sets: list[tuple[Instruction, Seen, int, bool]] = []
        self.passes: list[tuple[Instruction, Instruction]] = []
        self.again: dict[Instruction, set[int]] = defaultdict(set)
        self.restores: list[tuple[Instruction, int]] = []

    def new(self, target: Instruction, head: int) -> Seen:
        """A set for the exceptions that come to a point after the target from which on `head` is next."""
        seen = Seen()
        forks = target is not self.flow.outermost.target and len(self.flow.heads(target)) > 1
        self.sets.append((target, seen, head, forks))
        return seen

    def read(self, items: list[Instruction]) -> list[tuple[Seen, dict[int, Arc]]]:
        """Each set with the arcs that its places stand for, after the items got theirs."""
        origins = self._origins(items)
        return [
            (seen, self._arcs(origins[target], target, head, forks=forks)) for target, seen, head, forks in self.sets
        ]

    def _origins(self, items: list[Instruction]) -> dict[Instruction, Origins]:
        """The places from which exceptions come to each handler's target."""
        found: dict[Instruction, Origins] = defaultdict(dict)
        before = items[0]
        for item in items:
            handler = before.handler if item.name == "RESUME" and STANDS_ON_RESUME else item.handler
            line = self.flow.line(item)
            before = item
            if handler is not None and line is not None and not _raises_again(item):
                places = range(item.start, item.end, UNIT)  # up to 3.10 the first prefix, an inlined call's last cache
                found[handler.target].update(dict.fromkeys(places, (item, line)))
        for target in sorted(found, key=lambda target: target.name == RAISES_ANEW[-1]):
            if target.name in RAISES_ANEW and target.handler is not None:
                came_back = {place: (target, line) for place, (_, line) in found[target].items()}
                found[target.handler.target].update(came_back)
        for again, line in self.restores:
            self._restored(found[self.flow.outermost.target], again, line)
        more = True
        while more:
            more = sum(self._passed_on(found, start, end) for start, end in self.passes) > 0
        return found

    def _restored(self, origins: Origins, again: Instruction, line: int) -> None:
        """Add the places to which `again` goes back before it leaves the code."""
        for item in blocks.restored(self.flow.items, again):
            if _raises_again(item) or item.offset in origins:
                raise Unsupported(f"{self.flow.name}: {line} may end what was suspended")
            origins.update(dict.fromkeys(range(item.start, item.end, UNIT), (item, line)))

    def _passed_on(self, found: dict[Instruction, Origins], start: Instruction, end: Instruction) -> bool:
        """Whether that brought anything new."""
        new = found[start].keys() - found[end].keys()
        lines = self.again[start] - self.again[end]
        found[end].update({place: found[start][place] for place in new})
        self.again[end] |= lines
        return bool(new or lines)

    def _arcs(self, origins: Origins, target: Instruction, head: int, *, forks: bool) -> dict[int, Arc]:
        told = self.flow.line(target)
        found = {
            place: (line, head) for place, (item, line) in origins.items() if self._makes_arc(item, told, line, head)
        }
        lines = self.again[target] if forks else set()
        if len(lines) > 1:
            raise Unsupported(f"{self.flow.name}: {lines} raise again to {head}")
        for line in lines:
            found[ELSEWHERE] = (line, head)
        return found

    def _makes_arc(self, item: Instruction, told: int | None, line: int, head: int) -> bool:
        if head == self.flow.exit and self.flow.suspends(item):
            return False  # coverage.py takes it for another suspension
        return told != line or (STANDS_ON_RESUME and item.name == "RESUME")


def _raises_again(item: Instruction) -> bool:
    return item.name == "RERAISE" or (item.name in RAISES and not item.arg)


def _jump(name: str, target: Instruction, place: Position) -> Instruction:
    jump = instruction(name, 0, place)
    jump.target = target
    return jump
