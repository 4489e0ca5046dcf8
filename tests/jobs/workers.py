"""Worker processes for tests, and an engine that works on nothing itself."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.jobs.hand import engine_of

from aitestgen.jobs.local import LocalEngine

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 2.0


class Workers:
    """Worker processes on one database."""

    def __init__(self, url: str, seconds_per_item: float, losses: int) -> None:
        numbers = (LEASE_SECONDS, seconds_per_item, losses)
        self.command = [sys.executable, "-m", "tests.jobs.hand", url, *map(str, numbers)]
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, wait: bool = True) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(self.command, stdout=subprocess.PIPE, cwd=ROOT)
        self.running.append(worker)
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
def workers(url: str, number: int, seconds_per_item: float = 0.05, losses: int = 3) -> Iterator[Workers]:
    crew = Workers(url, seconds_per_item, losses)
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
