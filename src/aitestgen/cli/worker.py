"""`aitestgen worker` and `aitestgen migrate`."""

import asyncio
import signal
from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial

from aitestgen import wiring
from aitestgen.cli.console import put, say
from aitestgen.jobs.task import Generate
from aitestgen.logs import configure_logs
from aitestgen.settings import Settings, read_settings


def bring_up_to_date() -> int:
    """Raises StoreError, UsageError."""
    from aitestgen.store.migrate import migrate

    put(migrate(wiring.database_url(read_settings())) + "\n")
    return 0


def work(slots: int | None) -> int:
    """Until it is told to end. Raises StoreError where the database is out of reach, UsageError."""
    settings = read_settings()
    configure_logs(settings)
    wiring.interpreters(settings)
    asyncio.run(_work(settings, slots or settings.slots))
    return 0


async def _work(settings: Settings, slots: int) -> None:
    """The first signal lets running jobs end within AITESTGEN_DRAIN_SECONDS; at the second they go back at once."""
    told, again = asyncio.Event(), asyncio.Event()

    def hear() -> None:
        (again if told.is_set() else told).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, hear)
    room = Semaphore(slots)

    @asynccontextmanager
    async def capacity() -> AsyncIterator[None]:
        async with room:
            yield

    tools = cache(partial(wiring.tools, settings))
    hands = await asyncio.to_thread(wiring.hands, settings)
    async with hands.working(Generate(tools), capacity, slots):
        say(f"worker: {slots} at a time, from {hands.store.database.url.render_as_string(hide_password=True)}")
        await told.wait()
        await hands.drain(settings.drain_seconds, again)
    if tools.cache_info().currsize:
        await tools().sandbox.aclose()
