"""The remote sandbox: runs go to one of several sandbox services (docs/sandbox.md, Remote)."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aitestgen.errors import OutcomeUnknown, SandboxError
from aitestgen.sandbox.project_files import packed
from aitestgen.sandbox.run_json import BODY_BYTES, as_body, python_of
from aitestgen.sandbox.service_link import HEALTH_SECONDS, PROBE_SECONDS, Health, Link, NeverRan
from aitestgen.seams import OnFrame
from aitestgen.values import Run, RunResult

PATIENCE_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


class RemoteSandbox:
    """Implements seams.Sandbox over sandbox services, the one with the most free slots first.

    What surely never ran goes to the next service. A run that was lost after a service had it raises OutcomeUnknown,
    unless `rerun_unknown`: then it goes to the next one too, and `on_frame` hears again what it heard. Where all are
    busy it waits, `patience_seconds` in all. `trust_env` uses the environment's proxies. Nothing is asked before the
    first run.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        token: str | None = None,
        rerun_unknown: bool = False,
        patience_seconds: float = PATIENCE_SECONDS,
        trust_env: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not urls:
            raise SandboxError("no sandbox service is named: set SANDBOX_SERVICE_URL to the address of one or several")
        tls = ssl.create_default_context()
        links = [Link(url=url, token=token, tls=tls, trust_env=trust_env) for url in dict.fromkeys(urls)]
        self._services = [Service(link, clock) for link in links]
        self._rerun_unknown = rerun_unknown
        self._patience = patience_seconds
        self._clock = clock
        self._under_way: set[asyncio.Future[RunResult]] = set()

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Run one guest to its end (see seams.Sandbox).

        Cancelling closes the connection; the service then kills the jail. Raises OutcomeUnknown, and SandboxError that
        names every service and why it did not take the run.
        """
        working = asyncio.ensure_future(self._run(run, on_frame))
        self._under_way.add(working)
        try:
            return await working
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():
                raise
            raise SandboxError("the remote sandbox was closed while the run was under way") from None
        finally:
            self._under_way.discard(working)

    async def aclose(self) -> None:
        """Hang up on every service: runs that are still under way end with SandboxError. Nothing else is ever open."""
        for working in self._under_way:
            working.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _run(self, run: Run, on_frame: OnFrame | None) -> RunResult:
        order = await asyncio.to_thread(Order, run)
        give_up = self._clock() + self._patience
        why: dict[Service, str] = {}
        while True:
            service = await self._next(order.python, why, give_up)
            try:
                return await service.run(order, on_frame)
            except NeverRan as refusal:
                if not refusal.busy_seconds:
                    why[service] = str(refusal)
            except OutcomeUnknown as lost:
                if not self._rerun_unknown:
                    raise
                why[service] = str(lost)

    async def _next(self, python: str, why: dict["Service", str], give_up: float) -> "Service":
        """The best service that is left, after a wait where all of them are busy."""
        while True:
            left = [service for service in self._services if service not in why]
            await self._ask(_worth_asking(left), why)
            left = [service for service in left if service not in why]
            for service in left:
                if service.health and python not in service.health.pythons:
                    why[service] = f"it has no Python {python}, only {', '.join(service.health.pythons)}"
            ready = [service for service in left if service not in why and service.health and not service.is_resting]
            if ready:
                return max(ready, key=lambda service: service.free)
            await self._wait([service for service in left if service not in why], why, give_up)

    async def _ask(self, services: Iterable["Service"], why: dict["Service", str]) -> None:
        """Learn how those are of whom that is not known, all at once."""
        strangers = [service for service in services if service.health is None]
        failures = await asyncio.gather(*(service.ask() for service in strangers))
        why.update({service: failure for service, failure in zip(strangers, failures, strict=True) if failure})

    async def _wait(self, busy: Sequence["Service"], why: dict["Service", str], give_up: float) -> None:
        """Until the first of them may be asked again. Raises SandboxError where there is none, or not in time."""
        first = min((service.resting_until for service in busy), default=None)
        if first is None or first > give_up:
            raise SandboxError(_nobody({**why, **{service: service.trouble for service in busy}}))
        await asyncio.sleep(max(0.0, first - self._clock()))


class Order:
    """A run as it is sent."""

    def __init__(self, run: Run) -> None:
        """Raises SandboxError where a service can never take it."""
        self.python = python_of(run)
        self.wall_seconds = run.limits.wall_seconds
        self.body = as_body(packed(run))
        if len(self.body) > BODY_BYTES:
            raise SandboxError(
                f"the run takes {len(self.body)} bytes as JSON, and a sandbox service takes {BODY_BYTES}: "
                "use the jail of this machine (--sandbox bubblewrap), or less code"
            )


class Service:
    """One service, and what is known of it: its health, its free slots, and until when it is left alone."""

    def __init__(self, link: Link, clock: Callable[[], float]) -> None:
        self.link = link
        self.health: Health | None = None
        self.free = 0
        self.resting_until = 0.0
        self.trouble = "it is busy"
        self._failures = 0
        self._clock = clock

    @property
    def is_resting(self) -> bool:
        return self._clock() < self.resting_until

    @property
    def has_failed(self) -> bool:
        """Whether it has failed since it last gave a result."""
        return self._failures > 0

    async def ask(self) -> str | None:
        """Ask for its health. Why it cannot be used; None where it can."""
        try:
            self.health = await self.link.health(PROBE_SECONDS if self.has_failed else HEALTH_SECONDS)
        except NeverRan as failure:
            return self._failed(str(failure))
        self.free, self.trouble, self.resting_until = self.health.free, "it is busy", 0.0
        return None

    async def run(self, order: Order, on_frame: OnFrame | None) -> RunResult:
        """Have it executed here. Raises as Link.run; what that says of the service is remembered."""
        queue_seconds = self.health.queue_seconds if self.health else 0.0

        def heard(kind: str, said: Mapping[str, Any]) -> None:
            if kind == "frame" and on_frame is not None:
                on_frame(said)
            elif kind == "accepted" and isinstance(said.get("free"), int):
                self.free = said["free"]

        self.free -= 1
        try:
            result = await self.link.run(order.body, order.wall_seconds, queue_seconds, heard)
        except NeverRan as refusal:
            if refusal.busy_seconds:
                self.resting_until, self.trouble = self._clock() + refusal.busy_seconds, str(refusal)
            elif refusal.its_fault:
                self._failed(str(refusal))
            raise
        except OutcomeUnknown as lost:
            self._failed(str(lost))
            raise
        finally:
            self.free += 1
        self._failures = 0
        return result

    def _failed(self, reason: str) -> str:
        """Leave it alone, twice as long with each failure, and ask for its health before the next run."""
        if self.health is None and self.is_resting:  # several runs met the same failure
            return reason
        pause = min(FIRST_PAUSE_SECONDS * 2**self._failures, LONGEST_PAUSE_SECONDS)
        self._failures = min(self._failures + 1, 16)
        self.health = None
        self.resting_until, self.trouble = self._clock() + pause, reason
        return reason


def _worth_asking(services: Sequence[Service]) -> Sequence[Service]:
    """Those that do not rest after a failure; where there are no others, also those."""
    rested = [service for service in services if not (service.has_failed and service.is_resting)]
    return rested or services


def _nobody(why: dict[Service, str]) -> str:
    reasons = "; ".join(f"{service.link.url}: {reason}" for service, reason in why.items())
    return f"no sandbox service took the run. {reasons}. Start one with `aitestgen sandbox-service`, or mend the above"
