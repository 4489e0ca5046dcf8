"""What the backend's routes work with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from aitestgen import wiring
from aitestgen.api.slots import Closing, Slots
from aitestgen.errors import AitestgenError, StoreError
from aitestgen.jobs.task import Generate, Tools
from aitestgen.seams import JobQueue
from aitestgen.settings import Settings
from aitestgen.store.sql import SqlStore
from aitestgen.values import RunResult

__all__ = ["Backend", "TheBackend", "TheJobs", "Tools"]

JOBS = "jobs"
"""The caller in whose name jobs hold slots; no network address looks like it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The history, the queue that fills it, and whether streams have to end because the server does."""

    store: SqlStore
    queue: JobQueue
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def drain(self, seconds: float) -> None:
        """End streams now, and work on jobs within so many seconds; what is not done by then is in the line again."""
        self.closing.set()
        await self.queue.drain(seconds)


@dataclass(slots=True, kw_only=True)
class Backend:
    """Settings, slots, and the tools: built when first wanted, and again later where that failed."""

    settings: Settings
    slots: Slots
    build: Callable[[], Tools]
    _tools: Tools | None = field(default=None, init=False)
    _jobs: Jobs | None = field(default=None, init=False)
    _proof: RunResult | None = field(default=None, init=False)

    def tools(self) -> Tools:
        """Raises SandboxError or UsageError with the reason why nothing can run here."""
        if self._tools is None:
            self._tools = self.build()
        return self._tools

    @property
    def jobs(self) -> Jobs:
        """Raises StoreError while the server does not run."""
        if self._jobs is None:
            raise StoreError("the store of jobs is not open: the server is starting, or it is about to end")
        return self._jobs

    async def proved(self) -> RunResult | None:
        """An honest run, once one has passed; None where no jail can be had."""
        if self._proof is None:
            try:
                tools = await asyncio.to_thread(self.tools)
                self._proof = await wiring.prove(tools.sandbox, tools.interpreter)
            except AitestgenError:
                return None
        return self._proof

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Open the store and work on jobs, within the slots that all have in common."""
        store = await asyncio.to_thread(wiring.open_store, self.settings)
        queue = wiring.job_queue(self.settings, store)
        self._jobs = jobs = Jobs(store=store, queue=queue)
        serving = asyncio.create_task(queue.serve(Generate(self.tools), self._room, self.slots.total))
        try:
            yield
        finally:
            await jobs.drain(self.settings.drain_seconds)
            self._jobs = None
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await store.aclose()

    async def drain_jobs(self, seconds: float, hurry: asyncio.Event) -> None:
        """Work on no new job, and end those that run within so many seconds, or once `hurry` is set."""
        if self._jobs is None:
            return
        draining = asyncio.ensure_future(self._jobs.drain(seconds))
        hurrying = asyncio.ensure_future(hurry.wait())
        await asyncio.wait({draining, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        if hurrying.done():
            await self._jobs.drain(0)
        hurrying.cancel()
        await asyncio.gather(draining, hurrying, return_exceptions=True)

    def _room(self) -> AbstractAsyncContextManager[None]:
        return self.slots.one(JOBS)

    async def aclose(self) -> None:
        """End what stands ready."""
        if self._tools is not None:
            await self._tools.sandbox.aclose()

    def reasons(self) -> tuple[str, ...]:
        """Why a generation would not be taken now; empty where it would."""
        if self.slots.closing:
            return (str(Closing()),)
        try:
            self.tools()
        except AitestgenError as error:
            return (str(error),)
        return () if self.slots.free else ("every sandbox slot is busy",)


def backend_of(connection: HTTPConnection) -> Backend:
    return cast(Backend, connection.app.state.backend)


def jobs_of(connection: HTTPConnection) -> Jobs:
    """Raises StoreError while the server does not run."""
    return backend_of(connection).jobs


TheBackend = Annotated[Backend, Depends(backend_of)]
TheJobs = Annotated[Jobs, Depends(jobs_of)]
