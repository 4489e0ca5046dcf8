"""Time limits inside one process: they cut, they leave nothing behind, and they nest."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.tracing.probes import Cut


@pytest.fixture(autouse=True)
def _own_timer() -> Iterator[None]:
    """These tests look at the process's timer, which the test runner uses too."""
    handler = signal.getsignal(signal.SIGALRM)
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    yield
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, left)


def spin(seconds: float) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    return "done"


def stubborn() -> str:
    until = time.monotonic() + 5
    for _ in range(3):
        try:
            while time.monotonic() < until:
                pass
        except BaseException:  # noqa: BLE001, S110 - the code under test may catch everything
            pass
    spin(5)
    return "done"


def test_work_in_time_gives_its_result() -> None:
    assert within(1.0, lambda: "done", "cut") == "done"


def test_work_over_time_is_cut() -> None:
    assert within(0.05, lambda: spin(5), "cut") == "cut"


def test_work_that_catches_everything_is_cut_in_the_end() -> None:
    started = time.monotonic()
    assert within(0.05, stubborn, "cut") == "cut"
    assert time.monotonic() - started < 2


def test_work_that_cuts_itself_is_cut() -> None:
    def work() -> str:
        raise Cut

    assert within(1.0, work, "cut") == "cut"


def test_another_thread_runs_without_the_clock() -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(within(0.01, lambda: spin(0.1), "cut")))
    thread.start()
    thread.join()
    assert found == ["done"]


def test_the_end_of_the_limit_is_never_interrupted() -> None:
    """The alarm rings around the very moment at which the work ends, many times."""
    for step in range(300):
        until = 0.001 + (step - 150) * 1e-6
        assert within(0.001, lambda until=until: spin(until), "cut") in ("done", "cut")  # type: ignore[misc] # bound now
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_exception_passes_and_the_timer_is_gone() -> None:
    with pytest.raises(ZeroDivisionError):
        within(1.0, lambda: 1 // 0, 0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_outer_timer_rings_after_an_inner_limit() -> None:
    def inner() -> str:
        assert within(0.02, lambda: spin(1), "cut") == "cut"
        return spin(1)

    assert within(0.1, inner, "outer cut") == "outer cut"


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="the kernel does not tell how long we waited")
def test_time_without_a_processor_does_not_count() -> None:
    def work() -> str:
        until = time.process_time() + 0.15
        while time.process_time() < until:
            pass
        return "done"

    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4 * (os.cpu_count() or 1))]
    try:
        assert within(0.25, work, "cut") == "done"
    finally:
        for process in busy:
            process.kill()
            process.wait()
