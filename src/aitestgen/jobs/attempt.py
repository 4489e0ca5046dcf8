"""One attempt at one item: the lease is kept while the task works, and what comes out is kept once."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from aitestgen.errors import AitestgenError, LeaseLost
from aitestgen.job import Claim, EventKind, Result, Told, Trouble, Usage
from aitestgen.metering import Meter, metered
from aitestgen.render.answer import asked, trouble_body
from aitestgen.seams import Handle
from aitestgen.store.sql import SqlStore

log = structlog.stdlib.get_logger("aitestgen.jobs")

INTERNAL = {
    "detail": "Internal error. Please report it with the job's id.",
    "error_type": "Unknown",
    "code": "internal_error",
    "retryable": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a lease is, how often it is renewed (then a cancellation is noticed), and what a cancelled task gets."""

    lease_seconds: float = 15.0
    renew_seconds: float = 0.5
    cancel_seconds: float = 10.0
    reap_seconds: float = 2.0


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What the task sees of the engine."""

    store: SqlStore
    claim: Claim
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def files(self) -> Mapping[str, str]:
        return await self.store.files(self.claim)

    async def emit(self, told: Sequence[Told]) -> None:
        await self.store.record(self.claim, told)


def used_by(meter: Meter, seconds: float) -> Usage:
    """What a piece of work is charged with, when it held a slot for so long."""
    spend = meter.spend
    return Usage(
        seconds=seconds,
        cpu_seconds=meter.cpu_seconds,
        tokens=spend.input_tokens + spend.output_tokens,
        usd=spend.usd,
    )


class Attempt:
    """Runs a claim to its end. Whatever happens, `run` returns, except that it can be cancelled: then the item is put
    back into the line.
    """

    def __init__(self, store: SqlStore, claim: Claim, pace: Pace) -> None:
        self.store = store
        self.claim = claim
        self.pace = pace
        self.desk = _Desk(store=store, claim=claim)

    async def run(self, handle: Handle) -> None:
        with structlog.contextvars.bound_contextvars(job_id=self.claim.job_id, attempt=self.claim.attempt):
            try:
                await self._run(handle)
            except LeaseLost:
                log.warning("lease lost", module=self.claim.module)
            except asyncio.CancelledError:
                with contextlib.suppress(AitestgenError):
                    await asyncio.shield(self.store.release(self.claim))
                raise
            except Exception:
                log.exception("an attempt's end could not be kept; its lease will run out")

    async def _run(self, handle: Handle) -> None:
        started = time.monotonic()
        with metered() as meter:
            outcome = await self._held(handle)
        used = used_by(meter, time.monotonic() - started)
        told = (_failed(outcome),) if isinstance(outcome, Trouble) and not outcome.cancelled else ()
        await self.store.finish(self.claim, outcome, told, used=used)
        spent = asked(outcome.payload) if isinstance(outcome, Result) else {}
        log.info("job item ended", module=self.claim.module, outcome=type(outcome).__name__.lower(), **spent)

    async def _held(self, handle: Handle) -> Result | Trouble:
        """What the task comes to while the lease is kept. Raises LeaseLost; nothing of the task runs any more then."""
        working = asyncio.ensure_future(self._outcome(handle))
        holding = asyncio.ensure_future(self._hold())
        try:
            await asyncio.wait({working, holding}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            holding.result()  # raises LeaseLost, or the job was cancelled and its time is over
            return Trouble(body={}, cancelled=True)
        finally:
            working.cancel()
            holding.cancel()
            await asyncio.gather(working, holding, return_exceptions=True)

    async def _outcome(self, handle: Handle) -> Result | Trouble:
        try:
            return await handle(self.claim, self.desk)
        except LeaseLost:
            raise
        except AitestgenError as error:
            return Trouble(body=trouble_body(error), cancelled=self.desk.stop.is_set())
        except Exception:
            log.exception("a job's task failed")
            return Trouble(body=INTERNAL)

    async def _hold(self) -> None:
        """Renew the lease for ever; return when the task has to be cut off. Raises LeaseLost.

        A database that does not answer is not the end: after the lease's length it is, for others may have it then. Not
        on SQLite: while this process cannot write there, nobody else can take the item either.
        """
        loop = asyncio.get_running_loop()
        shared, sure_until = self.store.database.shared, loop.time() + self.pace.lease_seconds
        cut_off: float | None = None
        while cut_off is None or loop.time() < cut_off:
            await asyncio.sleep(self.pace.renew_seconds)
            asked = loop.time()
            try:
                async with asyncio.timeout_at(sure_until if shared else asked + self.pace.lease_seconds):
                    held = await self.store.renew(self.claim, self.pace.lease_seconds)
            except LeaseLost:
                raise
            except Exception as error:
                if shared and loop.time() >= sure_until:
                    raise LeaseLost(self.claim.job_id) from error
                continue
            sure_until = asked + self.pace.lease_seconds
            if held.at_once:
                return
            if held.cancelled and cut_off is None:
                self.desk.stop.set()
                cut_off = asked + self.pace.cancel_seconds


def _failed(outcome: Trouble) -> Told:
    return Told(kind=EventKind.STAGE, stage="failed", detail=str(outcome.body["detail"]), more={"seconds": 0.0})
