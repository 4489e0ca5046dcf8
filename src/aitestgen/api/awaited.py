"""A job whose caller waits for its end."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress

from aitestgen.api.slots import Busy, Closing
from aitestgen.errors import NotFound, StoreError
from aitestgen.job import EventKind, Job, JobState, NewJob
from aitestgen.jobs.hands import Hands
from aitestgen.settings import Settings

NOBODY = "no worker has begun this: all are busy, or none runs (`aitestgen worker`)"


class Waiting:
    """How many callers wait here for the ends of their jobs: at most those that have a slot, and a line behind them,
    in all, of each caller, and of all callers of one address.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.slots + settings.queue_most
        self._most_each = settings.slots + settings.queue_most_each
        self._most_of_address = settings.slots + settings.queue_most_of_address
        self._callers: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()

    @property
    def total(self) -> int:
        return self._callers.total()

    @contextmanager
    def one(self, caller: str, address: str) -> Iterator[None]:
        """One more waits. Raises Busy where that is one too many."""
        full = self.total >= self._most or self._callers[caller] >= self._most_each
        if full or (address and self._addresses[address] >= self._most_of_address):
            raise Busy
        self._callers[caller] += 1
        self._addresses[address] += 1
        try:
            yield
        finally:
            self._callers -= Counter((caller,))
            self._addresses -= Counter((address,))


async def ended(jobs: Hands, new: NewJob, seconds: float) -> Job:
    """The job at its end. Where the wait ends earlier, however it does, the job ends with it.

    Raises Busy where nobody has begun it after so many seconds, Closing where this server is about to end before it
    has, NotFound where it is deleted meanwhile.
    """
    job, _ = await jobs.queue.submit(new)
    async with AsyncExitStack() as unless_ended:
        unless_ended.push_async_callback(_end, jobs, job.id)
        await _follow(jobs, job.id, seconds)
        job = await jobs.store.get(job.id)
        if not job.state.final:
            raise Closing
        unless_ended.pop_all()
    return job


async def _follow(jobs: Hands, job_id: str, seconds: float) -> None:
    """Return at the job's end, or where it is put back into a line that nobody here works on any more."""
    following = asyncio.ensure_future(_through(jobs, job_id))
    closing = asyncio.ensure_future(jobs.closing.wait())
    waiting = {following, closing}
    try:
        while not following.done():
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not following.done() and (await jobs.store.get(job_id)).state is JobState.QUEUED:
                raise Closing if closing.done() else Busy(why=NOBODY)
            waiting = {following}
        await following
    finally:
        following.cancel()
        closing.cancel()
        await asyncio.gather(following, closing, return_exceptions=True)


async def _through(jobs: Hands, job_id: str) -> None:
    begun = False
    async for event in jobs.store.events(job_id):
        if begun and event.kind is EventKind.QUEUED and jobs.closing.is_set():
            return
        begun = True


async def _end(jobs: Hands, job_id: str) -> None:
    """Cut it off at once, also where whoever waited for it is cut off again meanwhile."""
    await asyncio.shield(_cancelled_twice(jobs, job_id))


async def _cancelled_twice(jobs: Hands, job_id: str) -> None:
    with suppress(NotFound, StoreError):  # it has ended, or its lease will
        await jobs.queue.cancel(job_id)
        await jobs.queue.cancel(job_id)
