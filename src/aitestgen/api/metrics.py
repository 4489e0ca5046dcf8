"""Figures of both servers for Prometheus, each in a registry of its own: two in one process do not add up."""

from collections.abc import Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from aitestgen.api.awaited import Waiting
from aitestgen.api.slots import Slots
from aitestgen.job import Backlog
from aitestgen.jobs.watch import SECONDS, Watch
from aitestgen.values import RunResult, Verdict

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class BackendMetrics:
    """A backend's figures: of what this process does, and of the line of jobs, which all processes share."""

    def __init__(self, slots: Slots, waiting: Waiting) -> None:
        self._registry = CollectorRegistry()
        self.watch = Watch(self._registry)
        Info("aitestgen", "What runs here", registry=self._registry).info({"version": version("aitestgen")})
        self._gauge("slots", "How many generations fit at once").set(slots.total)
        self._gauge("slots_free", "How many more would fit now").set_function(lambda: slots.free)
        self._gauge("requests_waiting", "Requests that wait for their suites").set_function(lambda: waiting.total)
        self._up = self._gauge("database_up", "Whether the database of jobs answers")
        self._items = self._gauge("jobs_modules", "Modules of jobs that are not ended, by state", "state")
        self._oldest = self._gauge("jobs_oldest_seconds", "How long the oldest of them has been there", "state")

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"aitestgen_{name}", what, labels, registry=self._registry)

    def text(self, backlog: Sequence[Backlog] | None) -> bytes:
        """All of it in Prometheus's text format; the backlog is None where the database does not answer."""
        self._up.set(backlog is not None)
        self._items.clear()
        self._oldest.clear()
        for standing in backlog or ():
            self._items.labels(standing.state).set(standing.items)
            self._oldest.labels(standing.state).set(standing.oldest_seconds)
        return generate_latest(self._registry)


class Metrics:
    """A sandbox service's figures."""

    def __init__(self, slots: Slots) -> None:
        self._registry = CollectorRegistry()
        self._runs = Counter(
            "aitestgen_sandbox_runs",
            "Runs that ended, by program and verdict",
            ("program", "verdict"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "aitestgen_sandbox_run_seconds",
            "How long runs took",
            ("program",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._info = Info("aitestgen_sandbox", "What runs here are held by", registry=self._registry)
        self._info.info({"version": version("aitestgen"), "backend": "", "tier": ""})
        self._gauge("slots", "How many runs fit at once").set(slots.total)
        self._gauge("slots_free", "How many more would fit now").set_function(lambda: slots.free)
        self._gauge("queue", "Runs that wait for a slot").set_function(lambda: slots.line.waiting)
        self._gauge("queue_callers", "Callers who have a run that waits").set_function(lambda: slots.line.callers)
        self._gauge("queue_limit", "How many may wait").set(slots.line.most)
        self._gauge("queue_limit_per_caller", "How many of one caller may wait").set(slots.line.most_each)
        for verdict in Verdict:
            self._runs.labels("run_tests", verdict)

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(f"aitestgen_sandbox_{name}", what, registry=self._registry)

    def ran(self, program: str, result: RunResult) -> None:
        """Count one run that ended."""
        self._runs.labels(program, result.verdict).inc()
        self._seconds.labels(program).observe(result.seconds)

    def proved(self, proof: RunResult) -> None:
        """Remember what an honest run was held by."""
        self._info.info({"version": version("aitestgen"), "backend": proof.backend, "tier": proof.tier})

    def text(self) -> bytes:
        """All of it in Prometheus's text format, version 0.0.4."""
        return generate_latest(self._registry)
