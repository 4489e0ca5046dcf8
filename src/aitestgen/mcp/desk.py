"""What the tools work with: the folder, the jail and the flows, and a line for those who wait."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aitestgen import wiring
from aitestgen.errors import AitestgenError, SandboxError, UsageError
from aitestgen.mcp.ledger import Ledger
from aitestgen.seams import Flow, Sandbox
from aitestgen.settings import Settings
from aitestgen.values import Event, Interpreter, Options, Policy, Report

Tell = Callable[[Event], Awaitable[None]]


class Busy(AitestgenError):
    """More calls wait than the settings allow. Trying again later is safe."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The jail with the flows over it, and the interpreter that runs in it."""

    sandbox: Sandbox
    interpreter: Interpreter
    flow: Flow
    audit: wiring.Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the server works, and with what: what the command line said, over the settings."""

    folder: Path
    settings: Settings
    sandbox: str | None = None
    python: Path | None = None

    @property
    def policy(self) -> Policy:
        """The agent acts for the user who started the server: the jail alone, unless the settings say `strict`."""
        return self.settings.policy or Policy.SANDBOX

    def options(self, budget_seconds: float | None, max_tests: int | None = None, seed: int | None = None) -> Options:
        """The caller's wishes over the settings. Raises UsageError over AITESTGEN_MAX_BUDGET_SECONDS."""
        most = self.settings.max_budget_seconds
        if budget_seconds is not None and not 0 < budget_seconds <= most:
            raise UsageError(f"budget_seconds: more than 0 and at most {most:g} here (AITESTGEN_MAX_BUDGET_SECONDS)")
        return Options(
            budget_seconds=budget_seconds or min(self.settings.budget_seconds, most),
            max_tests=max_tests or self.settings.max_tests,
            llm=self.settings.llm,
            policy=self.policy,
            seed=self.settings.seed if seed is None else seed,
        )


def build(place: Place) -> Bench:
    """Raises SandboxError or UsageError with the reason why nothing can run here."""
    settings = place.settings
    wiring.model(settings, settings.llm)
    jail = wiring.jail(settings, place.sandbox)
    return Bench(
        sandbox=jail,
        interpreter=wiring.interpreter(place.python or settings.python, place.folder),
        flow=wiring.flow_for_callers(settings, jail, settings.max_budget_seconds),
        audit=wiring.auditing(settings, jail),
    )


@dataclass(slots=True)
class Desk:
    """One server's state: its bench, built when first wanted and again where that failed, and what it found."""

    place: Place
    build: Callable[[Place], Bench] = build
    ledger: Ledger = field(default_factory=Ledger)
    _bench: Bench | None = None
    _slots: asyncio.Semaphore = field(init=False)
    waiting: int = 0

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.place.settings.slots)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Bench]:
        """The bench, for one call; as many at a time as there are slots.

        Raises Busy where AITESTGEN_QUEUE_LENGTH wait already, and what `build` raises.
        """
        if self._slots.locked() and self.waiting >= self.place.settings.queue_most:
            raise Busy(f"{self.waiting} calls wait for a slot already: try again later")
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        try:
            if self._bench is None:
                self._bench = self.build(self.place)
            yield self._bench
        finally:
            self._slots.release()

    async def aclose(self) -> None:
        """End whatever stands ready."""
        if self._bench is not None:
            await self._bench.sandbox.aclose()


async def report_of(events: AsyncGenerator[Event, None], tell: Tell) -> Report:
    """The report of the flow's last event, each event told. Ends the flow where it is cancelled."""
    async with aclosing(events):
        async for event in events:
            await tell(event)
            if event.report:
                return event.report
    raise SandboxError("the flow ended without a report; try again")
