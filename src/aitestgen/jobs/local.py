"""The engine that needs nothing but the database: workers take items from the line themselves."""

import asyncio
import os
import socket
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import structlog

from aitestgen.errors import AitestgenError, SandboxError
from aitestgen.job import Job, NewJob
from aitestgen.jobs.attempt import Attempt, Pace
from aitestgen.seams import Capacity, Handle
from aitestgen.store.event_log import wait
from aitestgen.store.sql import LINE, SqlStore

log = structlog.stdlib.get_logger("aitestgen.jobs")

PAUSE_SECONDS = 1.0


def worker_name() -> str:
    """Of this process, unlike any other's."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def is_gone(worker: str) -> bool:
    """Whether the worker was a process of this machine that has ended; also one of whose number we are now."""
    host, _, rest = worker.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdecimal():
        return False
    return int(number) == os.getpid() or not Path(f"/proc/{number}").exists()


class LocalEngine:
    """Asyncio workers in this process; others may work on the same database. Built over SQLite, the default."""

    def __init__(self, store: SqlStore, pace: Pace | None = None) -> None:
        self.store = store
        self.pace = pace or Pace()
        self.worker = worker_name()
        self._closing = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    async def submit(self, new: NewJob) -> tuple[Job, bool]:
        return await self.store.add(new)

    async def cancel(self, job_id: str, caller: str | None = None) -> Job:
        return await self.store.cancel(job_id, caller)

    async def serve(self, handle: Handle, capacity: Capacity, slots: int) -> None:
        await undisturbed(self._inherit())
        reaping = asyncio.create_task(self._reap())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(slots):
                    group.create_task(self._work(handle, capacity))
        finally:
            reaping.cancel()
            await asyncio.gather(reaping, return_exceptions=True)

    async def drain(self, seconds: float) -> None:
        self._closing.set()
        self.store.bell.ring(LINE)
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _work(self, handle: Handle, capacity: Capacity) -> None:
        """Item after item, until nothing new is to be taken."""
        waiter = self.store.bell.listen(LINE)
        try:
            while not self._closing.is_set():
                await undisturbed(self._next(handle, capacity, waiter))
        finally:
            self.store.bell.forget(LINE, waiter)

    async def _next(self, handle: Handle, capacity: Capacity, waiter: asyncio.Event) -> None:
        if not await self.store.anything():
            await wait(waiter, self.store.poll_seconds)
            return
        async with capacity():
            await self._take(handle)

    async def _take(self, handle: Handle) -> None:
        """Take the next item, if there is one, and work on it: a task of its own, which `drain` waits for."""
        running = asyncio.create_task(self._take_one(handle))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        await asyncio.wait({running})
        if not running.cancelled():
            running.result()

    async def _take_one(self, handle: Handle) -> None:
        claim = None if self._closing.is_set() else await self.store.claim(self.worker, self.pace.lease_seconds)
        if claim is not None:
            await Attempt(self.store, claim, self.pace).run(handle)

    async def _reap(self) -> None:
        while True:
            await undisturbed(self._look_after())
            await asyncio.sleep(self.pace.reap_seconds)

    async def _inherit(self) -> None:
        """What processes of this machine held that are gone has not to wait for the end of its lease."""
        for worker in await self.store.holders():
            if worker != self.worker and is_gone(worker):
                await self.store.forfeit(worker)

    async def _look_after(self) -> None:
        if again := await self.store.reap():
            log.warning("workers were lost", items=len(again))


async def undisturbed(work: Coroutine[Any, Any, None]) -> None:
    """Do it; what fails is logged, and after a pause it is as if nothing had been: a worker never ends by itself."""
    try:
        await work
    except SandboxError:
        await asyncio.sleep(PAUSE_SECONDS)  # no slot for a long while, or the server is about to end
    except AitestgenError as error:
        log.warning("the queue is out of reach", detail=str(error))
        await asyncio.sleep(PAUSE_SECONDS)
    except Exception as error:  # noqa: BLE001  # whatever the driver raises: the database may be there again soon
        log.warning("the queue is out of reach", detail=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)
