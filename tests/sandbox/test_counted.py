"""Processor time of real jails, for whoever is charged for it."""

import asyncio

import pytest

from aitestgen import wiring
from aitestgen.metering import Meter, metered
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.counted import Counted
from aitestgen.values import Limits, Run, SourceFile

pytestmark = pytest.mark.jail
BUSY = """
import time

def busy(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
"""
TESTS = """
from user_code import busy

def test_busy():
    busy({})
"""
ROOMY = Limits(wall_seconds=30, cpu_cores=1.0)


def busy_for(seconds: float) -> Run:
    source = SourceFile(text=BUSY, module="user_code")
    return wiring.plain_run(source, wiring.interpreter(), "test_user_code.py", TESTS.format(seconds), ROOMY)


def counted(run: Run, cut_after: float | None = None) -> Meter:
    async def work() -> Meter:
        sandbox = Counted(BubblewrapSandbox())
        with metered() as meter:
            running = asyncio.create_task(sandbox.run(run))
            await asyncio.wait({running}, timeout=cut_after)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await sandbox.aclose()
        return meter

    return asyncio.run(work())


def test_the_processor_time_of_a_run_is_counted() -> None:
    assert 0.5 <= counted(busy_for(0.5)).cpu_seconds < 5


def test_a_run_that_is_broken_off_counts_with_the_most_it_may_have_used() -> None:
    assert 1.0 <= counted(busy_for(20), cut_after=1.0).cpu_seconds < 10
