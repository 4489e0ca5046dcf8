"""Spans of OpenTelemetry, by its API alone: without a provider they cost next to nothing and go nowhere.

No span holds submitted code, a prompt or an error's message: those may be secrets of whoever sent them.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

NANOSECONDS = 1_000_000_000
Value = str | int | float | bool

_tracer = trace.get_tracer("aitestgen")


@contextmanager
def span(
    name: str, attributes: Mapping[str, Value] | None = None, *, parent: str = "", kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """The current span within the block, below `parent` (a `traceparent`) where there is one.

    Of an error it tells the name alone.
    """
    context = extract({"traceparent": parent}) if parent else None
    with _tracer.start_as_current_span(
        name, context, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def ended(name: str, seconds: float, attributes: Mapping[str, Value] | None = None) -> None:
    """A span of something that has just ended, and took so long."""
    now = time.time_ns()
    begun = now - int(seconds * NANOSECONDS)
    _tracer.start_span(name, attributes=attributes, start_time=begun).end(now)


def traceparent() -> str:
    """The current span, for another process to go on from; "" where nothing is traced."""
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent", "")


def ids() -> dict[str, str]:
    """What connects a log line with the current span; empty where nothing is traced."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return {}
    return {"trace_id": trace.format_trace_id(current.trace_id), "span_id": trace.format_span_id(current.span_id)}
