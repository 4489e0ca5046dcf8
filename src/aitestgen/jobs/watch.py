"""Generations as operators see them: figures for Prometheus, and spans. Nothing of it changes what comes out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from prometheus_client import CollectorRegistry, Counter, Histogram

from aitestgen.job import Claim, Result
from aitestgen.metering import Meter, metered
from aitestgen.seams import Desk, Flow, Handle
from aitestgen.tracing import ended, span
from aitestgen.values import Event, Report, Request, Verdict

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
NONE = "none"
"""The verdict of a generation that came to no report."""


class Watch:
    """Counts what this process generates, in the registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counter(
            "aitestgen_generations", "Generations that ended, by the suite's verdict", ("verdict",), registry=registry
        )
        self._seconds = Histogram(
            "aitestgen_generation_seconds", "How long generations took", buckets=SECONDS, registry=registry
        )
        self._stages = Histogram(
            "aitestgen_stage_seconds", "How long stages took", ("stage",), buckets=SECONDS, registry=registry
        )
        self._again = Counter(
            "aitestgen_redeliveries", "Modules of jobs that were taken up again, after a worker", registry=registry
        )
        self._cpu = Counter("aitestgen_jail_cpu_seconds", "Processor time of jails", registry=registry)
        self._calls = Counter("aitestgen_model_calls", "Questions to language models", registry=registry)
        self._tokens = Counter("aitestgen_model_tokens", "Tokens of language models", ("direction",), registry=registry)
        self._usd = Counter("aitestgen_model_usd", "US dollars that language models cost", registry=registry)
        for verdict in (*Verdict, NONE):
            self._ended.labels(verdict)

    def flow(self, flow: Flow) -> Flow:
        """The flow itself, watched."""

        async def watched(request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
            report: Report | None = None
            with metered() as meter, span("generate", {"aitestgen.seed": request.options.seed}):
                try:
                    async with aclosing(flow(request, stop)) as events:
                        async for event in events:
                            self._stage(event)
                            report = event.report or report
                            yield event
                finally:
                    self._count(report, meter)

        return watched

    def handle(self, handle: Handle) -> Handle:
        """The task of a job itself, watched: a span that belongs to the request that sent the job."""

        async def watched(claim: Claim, desk: Desk) -> Result:
            if claim.attempt > 1:
                self._again.inc()
            facts: dict[str, str | int] = {"aitestgen.job": claim.job_id, "aitestgen.attempt": claim.attempt}
            with span("job", facts, parent=claim.trace):
                return await handle(claim, desk)

        return watched

    def _stage(self, event: Event) -> None:
        self._stages.labels(event.stage).observe(event.seconds)
        ended(f"stage {event.stage}", event.seconds)

    def _count(self, report: Report | None, meter: Meter) -> None:
        self._ended.labels(report.final.verdict if report else NONE).inc()
        if report:
            self._seconds.observe(report.seconds)
        self._cpu.inc(meter.cpu_seconds)
        self._calls.inc(meter.spend.calls)
        self._tokens.labels("in").inc(meter.spend.input_tokens)
        self._tokens.labels("out").inc(meter.spend.output_tokens)
        self._usd.inc(meter.spend.usd)
