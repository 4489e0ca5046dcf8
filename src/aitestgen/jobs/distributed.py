"""The engine for several machines: Procrastinate on PostgreSQL is the doorbell, our tables stay the truth.

Each item that enters the line rings once. Whoever hears a ring takes the item that comes next, whichever it is, so
that fairness is decided in one place. A ring that is lost is made good by `_reconcile`, and one too many finds nothing
to do. Neither can take an item from the worker that holds it: that is fenced by the attempt.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

import procrastinate
import psycopg
import structlog
from procrastinate.jobs import Status
from sqlalchemy import func, select, text

from aitestgen.jobs.attempt import Pace
from aitestgen.jobs.local import PAUSE_SECONDS, LocalEngine, undisturbed
from aitestgen.seams import Capacity, Handle
from aitestgen.store import lines
from aitestgen.store.event_log import CHANNEL
from aitestgen.store.sql import SqlStore

log = structlog.stdlib.get_logger("aitestgen.jobs")

QUEUE = "items"
TASK = "aitestgen_take_next"
RECONCILING = 0x61_69_74_67
"""The advisory lock of whoever looks for items without a ring."""
RINGS = text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'todo'")
POLL_SECONDS = 2.0
"""How soon what should have been heard is found by looking."""


class ProcrastinateEngine(LocalEngine):
    """Workers of any number of processes on any number of machines, over one PostgreSQL database."""

    def __init__(self, store: SqlStore, pace: Pace | None = None) -> None:
        super().__init__(store, pace)
        url = store.database.url.set(drivername="postgresql")
        self._conninfo = url.render_as_string(hide_password=False)
        self._connector = procrastinate.PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=4)
        self._app = procrastinate.App(connector=self._connector)
        self._opened = False
        store.entered = self._ring
        store.poll_seconds = POLL_SECONDS

    async def serve(self, handle: Handle, capacity: Capacity, slots: int) -> None:
        logging.getLogger("procrastinate").setLevel(logging.ERROR)  # our own tables and log tell the rest

        @self._app.task(name=TASK, queue=QUEUE)
        async def take_next() -> None:
            await undisturbed(self._take_when_there_is_room(handle, capacity))

        async with self._opening():
            tending = [asyncio.create_task(self._reap()), asyncio.create_task(self._listen())]
            try:
                while not self._closing.is_set():
                    await undisturbed(self._serve_once(slots))
                if self._running:
                    await asyncio.wait(set(self._running))
            finally:
                for task in tending:
                    task.cancel()
                await asyncio.gather(*tending, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _opening(self) -> AsyncIterator[None]:
        """Connected to the queue, however long that takes."""
        while not self._opened:
            try:
                await self._app.open_async()
                self._opened = True
            except Exception as error:  # noqa: BLE001  # whatever the driver raises: it may be there again soon
                log.warning("the queue is out of reach", detail=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
        try:
            yield
        finally:
            self._opened = False
            await self._app.close_async()

    async def _serve_once(self, slots: int) -> None:
        """Work until it is to end, or the database goes away."""
        closing = asyncio.ensure_future(self._closing.wait())
        working = asyncio.ensure_future(self._worker(slots) if slots else self._closing.wait())
        try:
            await asyncio.wait({closing, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            closing.cancel()
            working.cancel()  # it fetches nothing more then, and ends with what runs
            await asyncio.gather(closing, working, return_exceptions=True)

    async def _worker(self, slots: int) -> None:
        await self._app.run_worker_async(
            queues=[QUEUE],
            concurrency=slots,
            install_signal_handlers=False,
            delete_jobs="always",
            fetch_job_polling_interval=POLL_SECONDS,
            update_heartbeat_interval=self.pace.lease_seconds / 3,
            stalled_worker_timeout=2 * self.pace.lease_seconds,
        )

    async def _take_when_there_is_room(self, handle: Handle, capacity: Capacity) -> None:
        async with capacity():
            await self._take(handle)

    async def _ring(self, item_ids: Sequence[int]) -> None:
        """Once for each item. Where that fails, looking finds them."""
        if not self._opened:
            return
        try:
            await self._app.configure_task(TASK, queue=QUEUE).batch_defer_async(*({} for _ in item_ids))
        except Exception as error:  # noqa: BLE001  # whatever the driver raises: the items are in the line all the same
            log.warning("could not ring", items=len(item_ids), detail=type(error).__name__)

    async def _look_after(self) -> None:
        await super()._look_after()
        await self._bury()
        await self._reconcile()

    async def _bury(self) -> None:
        """Remove the rings that lost workers had heard: their items are put back by the end of their leases."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=2 * self.pace.lease_seconds):
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)

    async def _reconcile(self) -> None:
        """Ring for items that stand in the line without a ring. One process at a time does: each would ring for all."""
        async with self.store.database.writing() as connection:
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(RECONCILING))):
                return
            missing = await lines.standing(connection) - (await connection.scalar(RINGS, {"queue": QUEUE}) or 0)
            if missing > 0:
                await self._ring(range(missing))

    async def _listen(self) -> None:
        """Wake who follows a job here when another process has written of it."""
        while True:
            await undisturbed(self._listen_once())

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.store.bell.ring_all()
            async for notice in connection.notifies():
                self.store.bell.ring(notice.payload)
