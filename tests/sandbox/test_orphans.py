"""What outlives its maker is killed at the next start, and nothing else."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from aitestgen.sandbox import orphans
from aitestgen.sandbox.owner import own_name

GONE = own_name().rpartition("-")[0] + "-1"
"""This process's number, as another process had it that started at another time."""


Sleeper = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    """Starts processes that wait for ever, with these arguments."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*marks: str) -> "subprocess.Popen[bytes]":
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", *marks]))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_only_processes_whose_owner_is_gone_are_killed(sleeper: Sleeper) -> None:
    marks = list(orphans.marks())
    mine, other = sleeper(*marks), sleeper("--setenv", "HOME", "/")
    lost = sleeper(*(GONE if word == own_name() else word for word in marks))
    unsaid = sleeper(orphans.MARK)
    orphans.sweep()
    assert lost.wait(10) == -9
    assert [process.poll() for process in (mine, other, unsaid)] == [None] * 3
