"""What the backend's routes work with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, cast

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from aitestgen import wiring
from aitestgen.api.awaited import Waiting
from aitestgen.api.callers import Origin
from aitestgen.api.days import Days
from aitestgen.api.metrics import BackendMetrics
from aitestgen.api.slots import Closing, Slots
from aitestgen.errors import AitestgenError, StoreError
from aitestgen.job import Backlog
from aitestgen.jobs.hands import Hands
from aitestgen.jobs.task import Generate, Tools
from aitestgen.settings import Settings
from aitestgen.store.accounts import Accounts
from aitestgen.values import RunResult

__all__ = ["Backend", "TheBackend", "TheJobs", "Tools"]

STORE_SECONDS = 3.0
log = structlog.stdlib.get_logger("aitestgen.api")
JOBS = "jobs"
"""The caller in whose name jobs hold slots; no network address looks like it."""


@dataclass(slots=True, kw_only=True)
class Backend:
    """Settings, slots, who waits, and the tools: built when first wanted, and again later where that failed."""

    settings: Settings
    slots: Slots
    waiting: Waiting
    build: Callable[[], Tools]
    metrics: BackendMetrics
    _tools: Tools | None = field(default=None, init=False)
    _jobs: Hands | None = field(default=None, init=False)
    _proof: RunResult | None = field(default=None, init=False)

    def tools(self) -> Tools:
        """Raises SandboxError or UsageError with the reason why nothing can run here."""
        if self._tools is None:
            tools = self.build()
            self._tools = replace(tools, flow=self.metrics.watch.flow(tools.flow))
        return self._tools

    @property
    def jobs(self) -> Hands:
        """Raises StoreError while the server does not run."""
        if self._jobs is None:
            raise StoreError("the store of jobs is not open: the server is starting, or it is about to end")
        return self._jobs

    def accounts(self) -> Accounts:
        """Raises StoreError while the server does not run."""
        return Accounts(self.jobs.store.database)

    async def check_day(self, origin: Origin, *, asks_model: bool) -> None:
        """Raises UsedUp where the caller, or the address, has nothing left for today of what such work takes."""
        for name, days in self._days(origin):
            used, left = await self.jobs.store.used(name)
            days.check(used, left, asks_model=asks_model)

    def _days(self, origin: Origin) -> tuple[tuple[str, Days], ...]:
        """Who is limited by what, of the two."""
        both = ((origin.caller, Days.of(self.settings)), (origin.address, Days.of_address(self.settings)))
        return tuple((name, days) for name, days in both if name and days.limited)

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
        """Open the store and work on jobs, each in a slot."""
        self._jobs = hands = await asyncio.to_thread(wiring.hands, self.settings)
        slots = self.slots.total if self.settings.jobs_in_server is None else self.settings.jobs_in_server
        try:
            async with hands.working(self.metrics.watch.handle(Generate(self.tools)), self._room, slots):
                yield
                await hands.drain(self.settings.drain_seconds, asyncio.Event())
        finally:
            self._jobs = None

    async def drain_jobs(self, seconds: float, hurry: asyncio.Event) -> None:
        """Work on no new job, and end those that run within so many seconds, or once `hurry` is set."""
        if self._jobs is not None:
            await self._jobs.drain(seconds, hurry)

    def _room(self) -> AbstractAsyncContextManager[None]:
        return self.slots.one(JOBS)

    async def aclose(self) -> None:
        """End what stands ready."""
        if self._tools is not None:
            await self._tools.sandbox.aclose()

    async def store_reasons(self) -> tuple[str, ...]:
        """Why jobs would not be taken now; empty where they would, or while the server does not run."""
        if self._jobs is None:
            return ()
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._jobs.store.anything()
        except Exception as error:  # noqa: BLE001  # whatever the driver raises: it is the answer
            return (f"the database of jobs does not answer ({type(error).__name__})",)
        return ()

    async def backlog(self) -> tuple[Backlog, ...] | None:
        """What of jobs is not ended; None where the database does not answer."""
        try:
            async with asyncio.timeout(STORE_SECONDS):
                return await self.jobs.store.backlog()
        except Exception as error:  # noqa: BLE001  # whatever the driver raises: that it is away is a figure, too
            log.warning("the database of jobs does not answer", detail=type(error).__name__)
            return None

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


def jobs_of(connection: HTTPConnection) -> Hands:
    """Raises StoreError while the server does not run."""
    return backend_of(connection).jobs


TheBackend = Annotated[Backend, Depends(backend_of)]
TheJobs = Annotated[Hands, Depends(jobs_of)]
