"""Where spans are sent: set by OpenTelemetry's own variables (docs/telemetry.md), nowhere without them."""

import atexit
import os

import structlog
from opentelemetry import trace
from opentelemetry.trace import ProxyTracerProvider

log = structlog.stdlib.get_logger("aitestgen.telemetry")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def send_spans(service: str) -> None:
    """Send this process's spans to the endpoint that the environment names, under the name of the service.

    A provider that is there already (as `opentelemetry-instrument` makes one) stays. Where an endpoint is named and the
    extra that speaks to it is not installed, the log says so, and nothing is sent: a service does not fail over that.
    """
    if not _is_wanted() or not isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # likewise
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  # likewise
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # likewise
    except ImportError:
        log.warning("spans are not sent: that takes an extra", install="pip install 'aitestgen[otel]'")
        return
    name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    provider = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    atexit.register(provider.shutdown)


def _is_wanted() -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(os.environ.get(name) for name in ENDPOINTS)
