"""What may have cost a worker is tried again alone."""

import asyncio

import pytest
from sqlalchemy import update
from tests.contracts.test_store import a_job
from tests.jobs.hand import engine_of, room
from tests.jobs.workers import LEASE_SECONDS, sending

from aitestgen.job import Claim, Figures, JobKind, JobState, Result
from aitestgen.seams import Desk
from aitestgen.store.schema import items

pytestmark = pytest.mark.anyio


async def test_beside_what_was_lost_before_nothing_else_runs_and_all_gets_done(url: str) -> None:
    modules = tuple(f"m{n}.py" for n in range(8))
    lost = {"m2.py", "m3.py"}
    at_work: set[str] = set()
    beside: dict[str, set[str]] = {}

    async def handle(claim: Claim, _desk: Desk) -> Result:
        at_work.add(claim.module)
        for other in at_work:
            beside.setdefault(other, set()).update(at_work - {other})
        beside.setdefault(claim.module, set()).update(at_work - {claim.module})
        await asyncio.sleep(0.05)
        at_work.discard(claim.module)
        return Result(payload={}, figures=Figures(status="success", verdict="passed", tests=1, passed=1))

    async with sending(url) as engine:
        job, _ = await engine.submit(
            a_job("ann", kind=JobKind.FILES, files=dict.fromkeys(modules, "x = 1"), modules=modules)
        )
        async with engine.store.database.writing() as connection:
            await connection.execute(update(items).where(items.c.module.in_(lost)).values(losses=1))
        worker = engine_of(url, LEASE_SECONDS)
        serving = asyncio.create_task(worker.serve(handle, room, 3))
        async with asyncio.timeout(20):
            _ = [event async for event in engine.store.events(job.id)]
        done = await engine.store.get(job.id)
        await worker.drain(5)
        await serving
        await worker.store.aclose()
    assert {item.state for item in done.items} == {JobState.DONE}
    assert [beside[module] for module in lost] == [set(), set()]
    assert any(beside[module] for module in modules)
