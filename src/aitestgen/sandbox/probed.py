"""The strongest jail that this machine gives, found by running a canary guest in one after the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aitestgen.errors import NoNamespaces, SandboxError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.landlocked import LandlockSandbox
from aitestgen.sandbox.warm import Depth
from aitestgen.seams import OnFrame
from aitestgen.values import Interpreter, Run, RunResult, Tier

log = logging.getLogger("aitestgen.sandbox")

Prove = Callable[[Any, Interpreter], Awaitable[RunResult]]
"""Runs an honest guest in a sandbox. Raises SandboxError where that does not pass."""


class ProbedSandbox:
    """Implements seams.Sandbox by the first of the candidates, best first, in which the canary guest passes.

    It is chosen with the first run, once and for all, and said in the log where it is not the best. Only a machine that
    refuses namespaces leads on to the next; a jail that starts and then fails is an error. Raises SandboxError.
    """

    def __init__(self, candidates: Sequence[Callable[[], BubblewrapSandbox | LandlockSandbox]], prove: Prove) -> None:
        self._candidates = tuple(candidates)
        self._prove = prove
        self._choosing = asyncio.Lock()
        self._chosen: BubblewrapSandbox | LandlockSandbox | None = None

    @property
    def tier(self) -> Tier | None:
        """That of the chosen one; None before there is any."""
        return self._chosen.tier if self._chosen else None

    @property
    def depth(self) -> Depth:
        """How much stands ready."""
        return self._chosen.depth if isinstance(self._chosen, BubblewrapSandbox) else Depth()

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Run one guest to its end (see seams.Sandbox)."""
        return await (await self._choice(run.interpreter)).run(run, on_frame)

    async def warm_up(self, run: Run) -> None:
        """Have jails ready for runs like this one, where the chosen sandbox can keep any. Raises SandboxError."""
        sandbox = await self._choice(run.interpreter)
        if isinstance(sandbox, BubblewrapSandbox):
            await sandbox.warm_up(run)

    async def aclose(self) -> None:
        """End what stands ready."""
        if self._chosen is not None:
            await self._chosen.aclose()

    async def _choice(self, interpreter: Interpreter) -> BubblewrapSandbox | LandlockSandbox:
        async with self._choosing:
            if self._chosen is None:
                self._chosen = await self._probe(interpreter)
            return self._chosen

    async def _probe(self, interpreter: Interpreter) -> BubblewrapSandbox | LandlockSandbox:
        *better, last = self._candidates
        for make in better:
            try:
                return await self._proved(make, interpreter)
            except NoNamespaces as error:
                log.warning("no jail of tier A or B can be had here, so a weaker one is tried: %s", error)
        chosen = await self._proved(last, interpreter)
        if better:
            log.warning("guests run in jails of tier %s", chosen.tier)
        return chosen

    async def _proved(
        self, make: Callable[[], BubblewrapSandbox | LandlockSandbox], interpreter: Interpreter
    ) -> BubblewrapSandbox | LandlockSandbox:
        sandbox = make()
        try:
            await self._prove(sandbox, interpreter)
        except SandboxError:
            await sandbox.aclose()
            raise
        return sandbox
