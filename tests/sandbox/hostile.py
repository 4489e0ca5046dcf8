"""Runs every hostile guest and prints a table: `python -m tests.sandbox.hostile [PART OF A NAME]`.

A guest that must be *unable* to do something tries it and asserts that it failed: then its verdict is `passed`.
"""

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.sandbox.guest import Guest
from tests.sandbox.guests_escape import ESCAPE
from tests.sandbox.guests_exhaustion import EXHAUSTION
from tests.sandbox.guests_forgery import FORGERY
from tests.sandbox.guests_survival import SURVIVAL
from tests.sandbox.leftovers import MARK

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.values import RunResult

GUESTS = (*EXHAUSTION, *SURVIVAL, *ESCAPE, *FORGERY)


@contextmanager
def listener() -> Iterator[int]:
    """A port of the host's loopback where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def outcome_of(guest: Guest, sandbox: BubblewrapSandbox, port: int) -> RunResult:
    """What became of the guest. A file of its job names a port of the host that does answer."""
    run = guest.run()
    return await sandbox.run(replace(run, files={**run.files, "port": str(port).encode()}, hash_seed=MARK))


async def main(pattern: str = "") -> int:
    """Print the table; return how many guests got a verdict that they must not have."""
    wrong = 0
    with listener() as port:
        for tier, sandbox in (("A", BubblewrapSandbox()), ("B", BubblewrapSandbox(cgroups="none"))):
            for guest in GUESTS:
                if (tier == "B" and not guest.tier_b) or pattern not in guest.name:
                    continue
                started = time.monotonic()
                result = await outcome_of(guest, sandbox, port)
                took = time.monotonic() - started
                fine = result.verdict in guest.verdicts and took < guest.limits.wall_seconds + guest.seconds
                wrong += not fine
                mark = "" if fine else f"  WRONG: {result.detail} {result.output[-2000:]}"
                sys.stdout.write(f"{tier}  {guest.name:40} {result.verdict:15} {took * 1000:6.0f} ms{mark}\n")
    return wrong


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
