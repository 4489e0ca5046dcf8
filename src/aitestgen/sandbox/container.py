"""The same jail in containers of Docker or Podman: single-use, on standby, killed by name (docs/sandbox.md)."""

import asyncio
import time
from dataclasses import replace

from aitestgen.sandbox.container_engine import IMAGE, Engine, find_engine
from aitestgen.sandbox.container_flags import Spec
from aitestgen.sandbox.container_pool import ContainerPool, Stock
from aitestgen.sandbox.jail import job_of
from aitestgen.sandbox.one_container import Container, Starter, job_for
from aitestgen.sandbox.verdict import judge
from aitestgen.sandbox.warm import Depth, Tasks
from aitestgen.seams import OnFrame
from aitestgen.values import Run, RunResult, Tier

FAREWELL_SECONDS = 1.0


class ContainerSandbox:
    """Implements seams.Sandbox. Every run gets a fresh container, and any number may run at once.

    `engine` is `podman` or `docker`; `runtime` names one that the engine knows, or is the engine's default where it is
    empty. Guests run under the Python of the image; a run for another version is refused. With a `stock`, containers
    for runs like earlier ones stand ready; `aclose` ends those. Nothing is run below the tier `floor`. Raises
    SandboxError where the client is not installed; all else that is missing is found at the first run.
    """

    def __init__(
        self, engine: str, *, image: str = "", runtime: str = "", stock: Stock | None = None, floor: Tier = Tier.C
    ) -> None:
        self._engine = Engine(name=engine, client=find_engine(engine), image=image or IMAGE, runtime=runtime)
        self._tasks = Tasks()
        self._floor = floor
        self._starter = Starter(self._engine)
        self._pool = ContainerPool(self._starter, stock, self._tasks) if stock else None
        self._checking = asyncio.Lock()
        self._checked = False

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Run one guest to its end (see seams.Sandbox)."""
        started = time.monotonic()
        await self._check()
        spec = Spec.of(run)
        spare = self._pool.take(spec) if self._pool else None
        result = await self._result_in(spare or await self._starter.start(spec), run, on_frame)
        if spare is not None and spare.lost:
            result = await self._result_in(await self._starter.start(spec), run, on_frame)
        return replace(result, seconds=time.monotonic() - started)

    async def warm_up(self, run: Run) -> None:
        """Have containers ready for runs like this one; returns when the first is. Raises SandboxError."""
        await self._check()
        if self._pool is not None:
            await self._pool.warm_up(Spec.of(run))

    @property
    def depth(self) -> Depth:
        """How many containers stand ready."""
        return Depth(ready=self._pool.ready if self._pool else 0)

    async def aclose(self) -> None:
        """End the containers that stand ready, and wait until all that ever ran are gone."""
        if self._pool is not None:
            await self._pool.close()
        await self._tasks.finish()

    async def _check(self) -> None:
        """Once: what containers need is there, and nothing is left of processes that are gone."""
        async with self._checking:
            if not self._checked:
                await self._engine.check()
                await self._engine.sweep()
                self._checked = True

    async def _result_in(self, container: Container, run: Run, on_frame: OnFrame | None) -> RunResult:
        """The result in this container, of which nothing is left however the run was left."""
        try:
            return await self._through(container, run, on_frame)
        except BaseException:
            container.kill()
            await container.end()
            raise

    async def _through(self, container: Container, run: Run, on_frame: OnFrame | None) -> RunResult:
        container.check(run.interpreter, self._floor)
        container.output.limit = run.limits.output_bytes
        job = job_of(run, polled=not container.counted, with_files=True)
        await container.jail.talk(run, on_frame, job_for(container, job))
        if container.jail.ending.record is not None and await container.output.ended(FAREWELL_SECONDS):
            self._tasks.start(container.bury())  # pid 1 has taken all with it; what is left is the engine's tidying
        else:
            container.kill()
            await container.end()
        return replace(
            judge(run, container.jail.ending),
            output=container.output.text(),
            output_cut=container.output.cut,
            backend=self._engine.name,
            tier=container.tier,
        )
