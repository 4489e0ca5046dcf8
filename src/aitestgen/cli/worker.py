"""`aitestgen worker` and `aitestgen migrate`."""

import asyncio
import signal
from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache, partial

from prometheus_client import CollectorRegistry, start_http_server

from aitestgen import wiring
from aitestgen.cli.console import put, say
from aitestgen.errors import UsageError
from aitestgen.jobs.task import Generate, Tools
from aitestgen.jobs.watch import Watch
from aitestgen.logs import configure_logs
from aitestgen.settings import Settings, read_settings
from aitestgen.telemetry import send_spans


def bring_up_to_date() -> int:
    """Raises StoreError, UsageError."""
    from aitestgen.store.migrate import migrate

    put(migrate(wiring.database_url(read_settings())) + "\n")
    return 0


def work(slots: int | None) -> int:
    """Until it is told to end. Raises StoreError where the database is out of reach, UsageError."""
    settings = read_settings()
    configure_logs(settings)
    send_spans("aitestgen-worker")
    wiring.interpreters(settings)
    asyncio.run(_work(settings, slots or settings.slots))
    return 0


def _watched(settings: Settings, watch: Watch) -> Tools:
    tools = wiring.tools(settings)
    return replace(tools, flow=watch.flow(tools.flow))


def _show(registry: CollectorRegistry, settings: Settings) -> None:
    """Serve the figures for Prometheus, where that is wanted. Raises UsageError for a port that cannot be had."""
    if settings.metrics_port is None:
        return
    try:
        start_http_server(settings.metrics_port, settings.host, registry)
    except OSError as error:
        raise UsageError(f"AITESTGEN_METRICS_PORT: {settings.metrics_port} cannot be had: {error.strerror}") from error


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

    registry = CollectorRegistry()
    watch = Watch(registry)
    tools = cache(partial(_watched, settings, watch))
    hands = await asyncio.to_thread(wiring.hands, settings)
    async with hands.working(watch.handle(Generate(tools)), capacity, slots):
        _show(registry, settings)
        say(f"worker: {slots} at a time, from {hands.store.database.url.render_as_string(hide_password=True)}")
        await told.wait()
        await hands.drain(settings.drain_seconds, again)
    if tools.cache_info().currsize:
        await tools().sandbox.aclose()
