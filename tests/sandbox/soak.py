"""Many jobs, one in ten hostile: `python -m tests.sandbox.soak [JOBS]` tells what grew and what was wrong.

What is in use has to be the same after all of them as after the first: Python's blocks, the C heap, descriptors,
control groups, mounts, processes. The memory that the allocators hold has to have settled by half of them, and no job
may get a verdict that it must not have.
"""

import asyncio
import ctypes
import gc
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import ClassVar

from tests.sandbox.guest import Guest, at_import, does
from tests.sandbox.hostile import GUESTS, listener, outcome_of
from tests.sandbox.leftovers import MARK, groups_of, leftovers

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.warm import Warmth
from aitestgen.values import Limits, Verdict

CALLERS = 3
FIRST = 300
ROUNDS = 10
SETTLED_KIB = 2048
"""By how much the second half of the jobs may raise the memory that is held: two of Python's arenas, full or not."""
ROOM_FOR_CACHES = 1.01
ROOM = Limits(wall_seconds=20.0, cpu_cores=1.0)
QUICK_SECONDS = 0.4
PASSING_NAMES = 500_000
"""More than the table of interned strings has room for, so that it has been laid anew for as many as stay."""
HONEST = (
    Guest(name="honest", verdicts=(Verdict.PASSED,), limits=ROOM),
    does("files", "import tempfile; tempfile.mkstemp()", Verdict.PASSED, limits=ROOM),
    does("threads", "import threading; threading.Thread(target=print).start()", Verdict.PASSED, limits=ROOM),
    does("wrong", "assert 1 == 2", Verdict.FAILED, limits=ROOM),
    at_import("does not import", "import nowhere_to_be_found", Verdict.NOT_COLLECTED, limits=ROOM),
)


class HeapInfo(ctypes.Structure):
    """What mallinfo2(3) returns."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t) for name in (*"1234", "hblkhd", *"67", "uordblks", "fordblks", "keepcost")
    ]

    @property
    def used(self) -> int:
        """Bytes in use, in arenas of the heap and in mappings of their own."""
        return int(self.uordblks + self.hblkhd)


LIBC = ctypes.CDLL(None)
LIBC.mallinfo2.restype = HeapInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """What this process and its jails hold on the machine.

    Memory is this process's own: its part of shared pages changes whenever another one that maps them comes or goes.
    Python returns it by arenas, when nothing is left in one; `blocks` and `heap_kib` are what is in use of it.
    """

    memory_kib: int
    blocks: int
    heap_kib: int
    descriptors: int
    groups: int
    mounts: int
    processes: int

    @classmethod
    def now(cls) -> "Burden":
        gc.collect()
        LIBC.malloc_trim(0)  # what is freed goes back to the kernel: what is left is held
        rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
        return cls(
            memory_kib=int(rollup.split("Anonymous:")[1].split()[0]),
            blocks=sys.getallocatedblocks(),
            heap_kib=LIBC.mallinfo2().used // 1024,
            descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208  # counted only
            groups=len(groups_of(os.getpid())),
            mounts=len(Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()),
            processes=sum(1 for name in leftovers(os.getpid()) if name.startswith("process")),
        )


def lay_interned_anew() -> None:
    """Let names come and go until Python's table of them is as large as it gets for those that stay."""
    for number in range(PASSING_NAMES):
        sys.intern(f"passing name {number}")


def jobs(count: int) -> Iterator[Guest]:
    """Honest guests, and a hostile one among every ten; those that only wait for the clock get a short one."""
    chance = random.Random(1)
    hostile = [
        replace(guest, limits=replace(guest.limits, wall_seconds=QUICK_SECONDS))
        if guest.verdicts == (Verdict.TIMED_OUT,)
        else guest
        for guest in GUESTS
    ]
    for number in range(count):
        yield chance.choice(hostile if number % 10 == 9 else HONEST)


async def work(sandbox: BubblewrapSandbox, todo: Iterator[Guest], port: int) -> Counter[str]:
    """One caller: what its jobs came to; wrong ones by their name."""
    found: Counter[str] = Counter()
    for guest in todo:
        result = await outcome_of(guest, sandbox, port)
        if result.verdict in guest.verdicts:
            found[result.verdict] += 1
        else:
            found[f"WRONG: {guest.name} was {result.verdict} ({result.detail})"] += 1
    return found


async def soak(sandbox: BubblewrapSandbox, todo: Iterator[Guest], port: int) -> Counter[str]:
    found = await asyncio.gather(*(work(sandbox, todo, port) for _ in range(CALLERS)))
    return sum(found, Counter[str]())


def grown(readings: Sequence[Burden]) -> Iterator[str]:
    """What the jobs between the readings left behind."""
    first, half, last = readings[0], readings[len(readings) // 2], readings[-1]
    for name in ("descriptors", "groups", "mounts", "processes"):
        if getattr(last, name) > getattr(first, name):
            yield f"GREW: {name} from {getattr(first, name)} to {getattr(last, name)}"
    for name in ("blocks", "heap_kib"):
        if getattr(last, name) > ROOM_FOR_CACHES * getattr(first, name):
            yield f"GREW: {name} in use from {getattr(first, name)} to {getattr(last, name)}"
    if last.memory_kib - half.memory_kib > SETTLED_KIB:
        yield f"GREW: memory from {half.memory_kib} to {last.memory_kib} KiB in the second half"


async def main(count: int) -> int:
    """Print the figures; the number of wrong verdicts and of things that grew."""
    found: Counter[str] = Counter()
    with listener() as port:
        sandbox = BubblewrapSandbox(warmth=Warmth())
        await sandbox.warm_up(replace(HONEST[0].run(), hash_seed=MARK))
        todo = jobs(FIRST + count)
        await soak(sandbox, islice(todo, FIRST), port)
        lay_interned_anew()
        readings, started = [Burden.now()], time.monotonic()
        for _ in range(ROUNDS):
            found += await soak(sandbox, islice(todo, count // ROUNDS), port)
            readings.append(Burden.now())
            print(f"{found.total():7} jobs  {readings[-1]}", flush=True)
        seconds = time.monotonic() - started
        await sandbox.aclose()
    print(f"{found.total()} jobs, {CALLERS} callers, {seconds:.0f} s, {found.total() / seconds:.1f} jobs/s")
    print(f"before  {readings[0]}\nafter   {readings[-1]}\nclosed  {Burden.now()}  left: {leftovers(os.getpid())}")
    for verdict, number in found.most_common():
        print(f"{number:7} {verdict}")
    growth = list(grown(readings))
    print("\n".join(growth))
    return len(growth) + sum(number for verdict, number in found.items() if verdict.startswith("WRONG"))


if __name__ == "__main__":
    sys.exit(min(1, asyncio.run(main(int((*sys.argv[1:], 10_000)[0])))))
