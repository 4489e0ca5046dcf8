"""Figures of the sandbox service for Prometheus."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from aitestgen.api.slots import Slots
from aitestgen.values import RunResult, Verdict

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """One service's figures, in a registry of its own: two services in one process do not add up."""

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
