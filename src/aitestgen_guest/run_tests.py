"""Guest program: run pytest on the job's test files, and say what every test did and which arcs it ran.

Job and frames are described in docs/guest-protocol.md. What pytest prints goes to stdout, and is no part of a verdict.
"""

import contextlib
import linecache
import os
import random
import shutil
import sys
from collections.abc import Callable
from typing import Any

from aitestgen_guest.jail.places import JOB
from aitestgen_guest.suite import elsewhere
from aitestgen_guest.tracing.tracer import tracer_of

ARGUMENTS = (
    *("-c", os.devnull, "--noconftest", "--import-mode", "importlib", "--no-header", "--tb", "short"),
    *("-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise"),
    *("--color", "no", "-o", "addopts="),
)
REHEARSAL = "test_rehearsal"
REHEARSAL_TESTS = """
import pytest
@pytest.mark.parametrize("a", [0, 1])
def test_a(a, tmp_path, monkeypatch, capsys, recwarn, caplog):
    assert a + 0 == a
def test_b():
    with pytest.raises(ZeroDivisionError, match="division"):
        1 / 0
def test_c():
    assert {"a": [1]} == {"a": [2]}
"""
Emit = Callable[[dict[str, Any]], None]


def rooted(folder: str) -> "list[str]":
    """The arguments by which pytest looks at this folder only."""
    return [*ARGUMENTS, f"--rootdir={folder}", f"--confcutdir={folder}"]


def main(job: dict[str, Any], emit: Emit) -> None:
    """Run the tests. The session's exit status is pytest's own, sent in the last frame."""
    serve(lambda: (job, emit))


def serve(wait: "Callable[[], tuple[dict[str, Any], Emit]]") -> None:
    """As `main`, for the job that `wait` returns: it is called when pytest has set up everything but the tests."""
    import pytest

    os.chdir(JOB)  # pytest names files relative to where it starts; the tests themselves run in /tmp
    late = _Late(wait)
    status = pytest.main([*rooted(JOB), JOB], plugins=[late])
    late.emit({"ev": "session", "status": int(status)})


def rehearse() -> None:
    """Run a few tests of our own for nothing: what pytest does for the first time is done, and no trace is left."""
    import pytest

    folder = os.path.join(os.environ["HOME"], "rehearsal")  # noqa: PTH118  # pathlib is the guest's to break
    os.makedirs(folder)  # noqa: PTH103  # likewise
    file = os.path.join(folder, f"{REHEARSAL}.py")  # noqa: PTH118  # likewise
    with open(file, "w", encoding="utf-8") as stream:  # noqa: PTH123  # likewise
        stream.write(REHEARSAL_TESTS)
    from aitestgen_guest.suite.reporting import Reporter

    arguments = [*rooted(folder), file]
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123  # likewise
        pytest.main(arguments, plugins=[Reporter({}, _forget, None)])
    tracer_of(file)  # imports what it needs; it is not started, since an audit hook could never be taken back
    sys.modules.pop(REHEARSAL, None)
    shutil.rmtree(folder)
    sys.path_importer_cache.clear()
    linecache.clearcache()


def _forget(_frame: dict[str, Any]) -> None:
    """Emit to nobody."""


class _Late:
    """Lets pytest start without its tests, and tells it of them when it would collect them."""

    def __init__(self, wait: "Callable[[], tuple[dict[str, Any], Emit]]") -> None:
        self._wait = wait
        self.emit: Emit = print

    def pytest_sessionstart(self, session: Any) -> None:
        from _pytest.unraisableexception import gc_collect_iterations_key

        session.config.stash[gc_collect_iterations_key] = 0  # what only the collector finds after all tests fails none
        session.config.option.verbose -= 1  # no heading yet: nobody is there to read it

    def pytest_collection(self, session: Any) -> None:
        manager = session.config.pluginmanager
        capturing, terminal = manager.getplugin("capturemanager"), manager.getplugin("terminalreporter")
        capturing.stop_global_capturing()  # its files are for one job only
        job, emit = self._wait()
        self.emit = _only_here(emit)
        capturing.start_global_capturing()
        capturing.suspend_global_capture()
        self._begin(job, session, manager)
        session.config.option.verbose += 1
        terminal.pytest_sessionstart(session)  # its heading, and the time from which it counts

    def _begin(self, job: dict[str, Any], session: Any, manager: Any) -> None:
        from aitestgen_guest.suite.fixtures import give_fixtures
        from aitestgen_guest.suite.reporting import Reporter

        home = elsewhere.move() if job.get("elsewhere") else os.environ["HOME"]
        os.chdir(home)
        random.seed(job.get("seed", 0))
        tracer = tracer_of(job["trace"]) if job.get("trace") else None
        manager.register(Reporter(job, self.emit, tracer))
        session.config.args = [os.path.join(JOB, name) for name in job["tests"]]  # noqa: PTH118  # pathlib is the guest's to break
        if tracer:
            tracer.start()
        give_fixtures(manager, job.get("conftests", ()))


def _only_here(emit: Emit) -> Emit:
    """`emit` for this process: a test that forks must not report twice."""
    owner = os.getpid()

    def emit_here(frame: dict[str, Any]) -> None:
        if os.getpid() == owner:
            emit(frame)

    return emit_here
