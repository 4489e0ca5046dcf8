"""Guest program: run pytest on the job's test files, and say what every test did and which arcs it ran.

Job and frames are described in docs/guest-protocol.md. What pytest prints goes to stdout, and is no part of a verdict.
"""

import os
import random
from collections.abc import Callable
from typing import Any

from aitestgen_guest import elsewhere
from aitestgen_guest.tracing import tracer_of

JOB = "/job"
ARGUMENTS = (
    *("-c", os.devnull, "--rootdir", JOB, "--noconftest", "--import-mode", "importlib", "--no-header", "--tb", "short"),
    *("-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise"),
    *("--color", "no", "-o", "addopts="),
)


def main(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Run the tests. The session's exit status is pytest's own, sent in the last frame."""
    import pytest

    from aitestgen_guest.reporting import Reporter

    home = elsewhere.move() if job.get("elsewhere") else os.getcwd()  # noqa: PTH109  # pathlib is the guest's to break
    os.chdir(JOB)  # pytest names files relative to where it starts; the tests themselves run in /tmp
    tracer = tracer_of(job["trace"]) if job.get("trace") else None
    reporter = Reporter(job, _only_here(emit), tracer, home)
    files = [os.path.join(JOB, name) for name in job["tests"]]  # noqa: PTH118  # pathlib is the guest's to break
    random.seed(job.get("seed", 0))
    status = pytest.main([*ARGUMENTS, *files], plugins=[reporter])
    reporter.emit({"ev": "session", "status": int(status)})


def _only_here(emit: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """`emit` for this process: a test that forks must not report twice."""
    owner = os.getpid()

    def emit_here(frame: dict[str, Any]) -> None:
        if os.getpid() == owner:
            emit(frame)

    return emit_here
