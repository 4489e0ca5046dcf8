"""Runs the hostile and the benign guests on every backend, and prints what became of each.

    python -m tests.sandbox.hostile [--backend NAME]... [--markdown FILE] [PART OF A NAME]

A guest that must be *unable* to do something tries it and asserts that it failed: then its verdict is `passed`.
After each one an honest job must pass. `--markdown` writes the matrix into the document: what was run now, beside
what the document already says of other backends and guests.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.sandbox.backends import BACKENDS, Backend
from tests.sandbox.guest import Guest
from tests.sandbox.guests_benign import BENIGN
from tests.sandbox.guests_calls import REFUSED
from tests.sandbox.guests_escape import ESCAPE
from tests.sandbox.guests_exhaustion import EXHAUSTION
from tests.sandbox.guests_files import FILES
from tests.sandbox.guests_forgery import FORGERY
from tests.sandbox.guests_interpreter import INTERPRETER
from tests.sandbox.guests_objects import OBJECTS
from tests.sandbox.guests_parent import PARENT
from tests.sandbox.guests_proc import PROC
from tests.sandbox.guests_protocol import PROTOCOL
from tests.sandbox.guests_signals import SIGNALS
from tests.sandbox.guests_survival import SURVIVAL
from tests.sandbox.host import SECRET, bait
from tests.sandbox.leftovers import MARK, leftovers

from aitestgen.errors import SandboxError
from aitestgen.seams import Sandbox
from aitestgen.values import RunResult, Verdict

THEMES: dict[str, tuple[Guest, ...]] = {
    "Memory, processes, time": EXHAUSTION,
    "Kernel objects, disk, output, tests without end": OBJECTS,
    "Survival and signals": (*SURVIVAL, *SIGNALS),
    "The host and its network": ESCAPE,
    "/proc, /sys, /dev": PROC,
    "System calls": REFUSED,
    "Files and programs": FILES,
    "The parent, names, the disk, the dead": PARENT,
    "Forgery in Python": (*FORGERY, *INTERPRETER),
    "Forgery of the records": PROTOCOL,
}
GUESTS = tuple(guest for guests in THEMES.values() for guest in guests if guest.fits)
FOLLOWER = Guest(name="the next job", verdicts=(Verdict.PASSED,))
AT_ONCE = 2
OVERTIME_SECONDS = 1.0
START_FACTOR = 3
"""How many times longer than an idle one a jail's start may take among others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one guest on one backend. `wrong` says what should not have been."""

    guest: Guest
    backend: str
    verdict: str
    seconds: float
    wrong: str = ""

    def __str__(self) -> str:
        mark = f"  WRONG: {self.wrong}" if self.wrong else ""
        return f"{self.backend:14} {self.guest.name:55} {self.verdict:15} {self.seconds * 1000:6.0f} ms{mark}"


@contextmanager
def listener() -> Iterator[int]:
    """A port of the host's loopback where somebody listens, with all the rest of the bait."""
    with bait() as host:
        yield host.port


async def outcome_of(guest: Guest, sandbox: Sandbox, port: int) -> RunResult:
    """What became of the guest. A file of its job names a port of the host that does answer."""
    run = guest.run()
    return await sandbox.run(replace(run, files={**run.files, "port": str(port).encode()}, hash_seed=MARK))


def fault(guest: Guest, backend: Backend, result: RunResult) -> str:
    """What is wrong with a result, or nothing: its verdict, its test's outcome, or what came out beside them."""
    if result.verdict not in guest.allowed(backend.tier, container=backend.container):
        return f"{result.detail} {result.output[-2000:]}"
    outcome = guest.outcome_in(backend.tier)
    if outcome is not None and [test.outcome for test in result.outcomes] != [outcome]:
        return f"its tests came to {result.outcomes}"
    said = f"{result.output}{result.detail}{result.frames}{result.outcomes}"
    if SECRET in said:
        return "it knows the host's secret"
    said.encode()  # whatever comes out can be printed
    return ""


async def attempt(guest: Guest, backend: Backend, sandbox: Sandbox, port: int, patience: float) -> Row:
    """Run a guest, then an honest job; say what was wrong with either, or that the verdict took too long."""
    started = time.monotonic()
    result = await outcome_of(guest, sandbox, port)
    took = time.monotonic() - started
    wrong = fault(guest, backend, result)
    if not wrong and took > guest.limits.wall_seconds + patience:
        wrong = "too late"
    after = await outcome_of(FOLLOWER, sandbox, port)
    wrong = wrong or fault(FOLLOWER, backend, after)
    return Row(guest=guest, backend=backend.name, verdict=result.verdict, seconds=took, wrong=wrong)


async def attempts(guests: Sequence[Guest], backend: Backend, sandbox: Sandbox, port: int) -> list[Row]:
    """All of them, some at a time, each printed as it ends; in the order given."""
    gate = asyncio.Semaphore(AT_ONCE)
    started = time.monotonic()
    await outcome_of(FOLLOWER, sandbox, port)
    patience = OVERTIME_SECONDS + START_FACTOR * (time.monotonic() - started)

    async def one(guest: Guest) -> Row:
        async with gate:
            row = await attempt(guest, backend, sandbox, port, patience)
            sys.stdout.write(f"{row}\n")
            return row

    return list(await asyncio.gather(*map(one, guests)))


async def on_every_backend(backends: Sequence[Backend], guests: Sequence[Guest]) -> tuple[list[Row], list[str]]:
    """The rows, and what is wrong beside them: a host that was touched, a jail that left something, no jail."""
    rows: list[Row] = []
    troubles: list[str] = []
    with bait() as host:
        for backend in backends:
            try:
                sandbox = backend.make()
            except SandboxError as error:
                troubles.append(f"{backend.name}: not run: {error}")
                continue
            rows += await attempts(guests, backend, sandbox, host.port)
            await sandbox.aclose()
            troubles += [f"{backend.name}: {what}" for what in (*host.touched(), *leftovers(os.getpid()))]
    return rows, troubles


def main(arguments: Sequence[str]) -> int:
    """Print rows and troubles; return how many there were that should not be."""
    from tests.sandbox.matrix import write_matrix  # noqa: PLC0415  # it reads the tables of this module

    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.hostile")
    parser.add_argument("--backend", action="append", choices=[backend.name for backend in BACKENDS])
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("part", nargs="?", default="")
    chosen = parser.parse_args(arguments)
    backends = [backend for backend in BACKENDS if not chosen.backend or backend.name in chosen.backend]
    guests = [guest for guest in (*GUESTS, *BENIGN) if chosen.part in guest.name]
    rows, troubles = asyncio.run(on_every_backend(backends, guests))
    wrong = [row for row in rows if row.wrong]
    sys.stdout.write("".join(f"{line}\n" for line in (*wrong, *troubles)))
    sys.stdout.write(f"{len(rows)} runs of {len(guests)} guests, {len(wrong)} wrong, {len(troubles)} other troubles\n")
    if chosen.markdown:
        write_matrix(chosen.markdown, rows)
    return len(wrong) + len(troubles)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
