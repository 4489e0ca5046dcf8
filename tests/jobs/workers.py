"""Worker processes for tests, and an engine that works on nothing itself."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.jobs.hand import engine_of

from aitestgen.jobs.local import LocalEngine

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 2.0


class Jailed(NamedTuple):
    """Items have runs in jails that bear the mark; `folder` is the temporary one of their workers."""

    mark: int
    folder: Path


class Workers:
    """Worker processes on one database."""

    def __init__(  # what the program is told
        self, url: str, seconds_per_item: float, losses: int, slots: int, jailed: Jailed | None = None
    ) -> None:
        numbers = (LEASE_SECONDS, seconds_per_item, losses, jailed.mark if jailed else 0, slots)
        self.command = [sys.executable, "-m", "tests.jobs.hand", url, *map(str, numbers)]
        self.environment = {**os.environ, "TMPDIR": str(jailed.folder)} if jailed else None
        self.running: list[subprocess.Popen[bytes]] = []
        self.pids: list[int] = []
        """Of all that ever ran."""

    def start(self, wait: bool = True) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(self.command, stdout=subprocess.PIPE, cwd=ROOT, env=self.environment)
        self.running.append(worker)
        self.pids.append(worker.pid)
        if wait:
            assert worker.stdout
            assert worker.stdout.readline() == b"ready\n"
        return worker

    def kill(self, worker: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
        worker.send_signal(number)
        worker.wait()
        self.running.remove(worker)
        if worker.stdout:
            worker.stdout.close()

    def end(self) -> None:
        for worker in [*self.running]:
            self.kill(worker)


@contextmanager
def workers(  # as above
    url: str,
    number: int,
    seconds_per_item: float = 0.05,
    losses: int = 3,
    jailed: Jailed | None = None,
    slots: int = 2,
) -> Iterator[Workers]:
    crew = Workers(url, seconds_per_item, losses, slots, jailed)
    try:
        for _ in range(number):
            crew.start()
        yield crew
    finally:
        crew.end()


@asynccontextmanager
async def sending(url: str, window: int = 8, losses: int = 3) -> AsyncIterator[LocalEngine]:
    """An engine that does no work itself, but hears and looks after, as an API process without slots does."""
    engine = engine_of(url, LEASE_SECONDS, window, losses)

    async def nobody(*_: object) -> None:
        raise AssertionError

    serving = asyncio.create_task(engine.serve(nobody, nobody, 0))  # type: ignore[arg-type]  # never called
    try:
        yield engine
    finally:
        await engine.drain(0)
        await serving
        await engine.store.aclose()
