"""The pytest plugin of `run_tests`: turns a session into frames. It shares its process with the code under test."""

import random
from collections.abc import Callable, Generator
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from aitestgen_guest.suite.hygiene import Fingerprint, add_canaries
from aitestgen_guest.tracing.tracer import Tracer

MESSAGE_CHARACTERS = 4_000
EXHAUSTED = {"MemoryError": "memory", "BlockingIOError": "processes"}
MOST_SECONDS = 1e6
NO_THREAD = "can't start new thread"


class Reporter:
    """Emits collected, start, end, arcs, canary and tampered frames, in the order in which they happen."""

    def __init__(self, job: dict[str, Any], emit: Callable[[dict[str, Any]], None], tracer: Tracer | None) -> None:
        self.job = job
        self.emit = emit
        self.tracer = tracer
        self.fingerprint = Fingerprint()
        self.chance = random.SystemRandom()
        self.canaries: dict[pytest.Item, str] = {}
        self.outcome = "incomplete"
        self.seconds = 0.0
        self.message = ""
        self.exhausted = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.emit({"ev": "collect_error", "id": report.nodeid, "text": report.longreprtext[-MESSAGE_CHARACTERS:]})

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        select = self.job.get("select")
        if select is not None:
            wanted = set(select)
            dropped = [item for item in items if not wanted.intersection((item.nodeid, item.nodeid.split("[")[0]))]
            items[:] = [item for item in items if item not in dropped]
            config.hook.pytest_deselected(items=dropped)
        if self.job.get("shuffle") is not None:
            random.Random(self.job["shuffle"]).shuffle(items)
        self.emit({"ev": "collected", "ids": [item.nodeid for item in items]})
        self._send_arcs("")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        self._check()
        if session.items and not session.testsfailed:
            self.canaries = add_canaries(session.items, self.chance, self.job.get("falsified", ()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if item not in self.canaries:
            return None
        self._begin(item.nodeid)
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            self.pytest_runtest_logreport(report)
        self._finish(item.nodeid)
        self.emit({"ev": "canary", "id": item.nodeid, "want": self.canaries[item]})
        if self.tracer:
            self.tracer.taken()  # no test ran these
        return True

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._begin(nodeid)

    def _begin(self, nodeid: str) -> None:
        self.outcome, self.seconds, self.message, self.exhausted = "incomplete", 0.0, "", ""
        self.emit({"ev": "start", "id": nodeid})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds += min(max(0.0, report.duration), MOST_SECONDS)  # tests may play with the clock
        if report.outcome != "passed" and not self.message:
            self.message = report.longreprtext[-MESSAGE_CHARACTERS:]
        self.outcome = _outcome(report, self.outcome)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        if call.excinfo is not None:
            self.exhausted = _exhausted(call.excinfo.value) or self.exhausted
        return (yield)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._finish(nodeid)
        self._send_arcs(nodeid)
        self._check()

    def _finish(self, nodeid: str) -> None:
        end = {"ev": "end", "id": nodeid, "outcome": self.outcome, "seconds": self.seconds, "message": self.message}
        self.emit(end | ({"exhausted": self.exhausted} if self.exhausted else {}))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self.tracer:
            self.tracer.stop()

    def _send_arcs(self, nodeid: str) -> None:
        if self.tracer:
            self.emit({"ev": "arcs", "id": nodeid, "arcs": self.tracer.taken()})

    def _check(self) -> None:
        changed = self.fingerprint.changed()
        if changed:
            self.emit({"ev": "tampered", "what": changed})


def _outcome(report: pytest.TestReport, before: str) -> str:
    """What a test has come to, after one more of its phases: `passed` only ever comes from the call itself."""
    if report.failed:
        return "failed" if report.when == "call" or before == "failed" else "error"
    if before in {"failed", "error"}:
        return before
    if report.skipped:
        return "xfailed" if hasattr(report, "wasxfail") else "skipped"
    if report.when == "call":
        return "xpassed" if hasattr(report, "wasxfail") else "passed"
    return before


def _exhausted(error: BaseException) -> str:
    """Which of the jail's limits an exception speaks of, if any."""
    if isinstance(error, RuntimeError) and str(error) == NO_THREAD:
        return "processes"
    return EXHAUSTED.get(type(error).__name__, "")
