"""Spans of OpenTelemetry: what belongs to what, what they never hold, and where they are sent."""

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from tests.interfaces.flows import PlayedFlow, a_result
from tests.interfaces.programs import environment
from tests.interfaces.test_jobs_api import ended, own_database, sent, served  # noqa: F401  # a fixture, by its name
from tests.sandbox.served import served as served_sandbox
from tests.sandbox.test_remote import a_run

from aitestgen.errors import LLMError, NothingToTest
from aitestgen.logs import configure_logs
from aitestgen.providers.traced import Traced
from aitestgen.sandbox.remote import RemoteSandbox
from aitestgen.settings import Settings
from aitestgen.testing import FixedSandbox, ScriptedModel
from aitestgen.tracing import span, traceparent
from aitestgen.values import Prompt

CODE = "def marked_code(): ...\n"
TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """What this process's spans go to from now on: a provider can be set but once."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    exporter.clear()
    return exporter


def of_trace(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """The spans of the caller's trace, by name."""
    return {one.name: one for one in exporter.get_finished_spans() if f"{one.context.trace_id:032x}" == TRACE}


def above(found: dict[str, ReadableSpan], name: str) -> list[str]:
    """The spans above it, the nearest first; the caller's own by its number. The framework may add some of its own."""
    parent = found[name].parent
    assert parent
    nearest = next((other for other, one in found.items() if one.context.span_id == parent.span_id), None)
    return [nearest, *above(found, nearest)] if nearest else [f"{parent.span_id:x}"]


def test_a_request_its_generation_and_its_stages_are_one_trace(settings: Settings, spans: InMemorySpanExporter) -> None:
    with served(settings) as client:
        answer = client.post("/api/generate-tests", json={"code": CODE}, headers={"traceparent": CALLER})
        assert answer.status_code == 200
    found = of_trace(spans)
    path = above(found, "stage analyse")
    assert [name for name in path if not name.startswith("fastapi.")] == [
        *("generate", "job", "POST /api/generate-tests", "b7ad6b7169203331")
    ]
    assert "marked_code" not in "".join(one.to_json() for one in found.values())


def test_a_job_belongs_to_the_request_that_sent_it(settings: Settings, spans: InMemorySpanExporter) -> None:
    with served(settings) as client:
        job = ended(client, sent(client, {"code": CODE}, traceparent=CALLER))
        assert job["state"] == "done"
    found = of_trace(spans)
    path = above(found, "stage analyse")
    assert [name for name in path if not name.startswith("fastapi.")] == [
        *("generate", "job", "POST /api/jobs", "b7ad6b7169203331")
    ]
    assert found["job"].attributes == {"aitestgen.job": job["id"], "aitestgen.attempt": 1}


def test_a_run_at_a_sandbox_service_belongs_to_the_generation_here(
    settings: Settings, spans: InMemorySpanExporter
) -> None:
    async def run(url: str) -> None:
        remote = RemoteSandbox([url])
        with span("generate", parent=CALLER):
            await remote.run(a_run())
        await remote.aclose()

    with served_sandbox(settings, FixedSandbox(a_result())) as service:
        asyncio.run(run(service.url))
    assert above(of_trace(spans), "POST /run")[-2:] == ["generate", "b7ad6b7169203331"]


def test_an_error_is_told_by_its_name_alone(settings: Settings, spans: InMemorySpanExporter) -> None:
    with served(settings, PlayedFlow(error=NothingToTest("marked_secret"))) as client:
        sent_back = client.post("/api/generate-tests", json={"code": CODE}, headers={"traceparent": CALLER})
        assert sent_back.status_code == 422
    failed = of_trace(spans)["generate"]
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, "NothingToTest")
    assert "marked_secret" not in failed.to_json()


def test_logins_and_looks_at_health_leave_no_span(settings: Settings, spans: InMemorySpanExporter) -> None:
    with served(settings) as client:
        for path in ("/auth/callback?code=secret&state=secret", "/health", "/metrics"):
            client.get(path, headers={"traceparent": CALLER})
    assert of_trace(spans) == {}


def test_a_question_to_a_model_is_a_span_without_its_words(spans: InMemorySpanExporter) -> None:
    model = Traced(ScriptedModel("marked answer", LLMError("marked_secret")))
    prompt = Prompt(system="", user="marked_prompt")

    async def ask() -> None:
        with span("generate"):
            await model.complete(prompt)
            with pytest.raises(LLMError):
                await model.complete(prompt)

    asyncio.run(ask())
    first, second, outer = spans.get_finished_spans()
    assert first.parent
    assert first.parent.span_id == outer.context.span_id
    assert (first.attributes or {})["gen_ai.usage.output_tokens"] == 2
    assert (second.status.status_code, second.status.description) == (StatusCode.ERROR, "LLMError")
    assert not [word for word in ("marked", "secret") for one in (first, second) if word in one.to_json()]


@pytest.mark.usefixtures("exporter")
def test_a_log_line_names_its_span(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers
    try:
        configure_logs(settings)
        with span("outer", parent=CALLER):
            structlog.stdlib.get_logger("aitestgen.test").info("within")
            here = traceparent()
        structlog.stdlib.get_logger("aitestgen.test").info("outside")
    finally:
        logging.getLogger().handlers = before
    within, outside = map(json.loads, capsys.readouterr().err.splitlines()[-2:])
    assert f"00-{within['trace_id']}-{within['span_id']}-01" == here
    assert "trace_id" not in outside


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An OTLP collector that keeps what it is sent."""
    kept: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Keeps the test's output clean."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", kept
        server.shutdown()
        thread.join()


SENDING = """
import sys
from aitestgen.telemetry import send_spans
from aitestgen.tracing import span
if "without" in sys.argv:
    sys.modules["opentelemetry.sdk.trace"] = None
send_spans("aitestgen-tried")
with span("a span of this test"):
    pass
"""


def sending(*arguments: str, **told: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SENDING, *arguments],
        env=environment(**told),
        capture_output=True,
        text=True,
        check=False,
    )


def test_spans_are_sent_where_the_environment_says(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, kept = collector
    assert sending(OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_EXPORTER_OTLP_COMPRESSION="none").returncode == 0
    assert [path for path, _ in kept] == ["/v1/traces"]
    assert b"a span of this test" in kept[0][1]
    assert b"aitestgen-tried" in kept[0][1]


@pytest.mark.parametrize("told", [{}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_spans_are_sent_nowhere_else(told: dict[str, str], collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, kept = collector
    where = {"OTEL_EXPORTER_OTLP_ENDPOINT": url} if told else {}
    assert (sending(**where, **told).returncode, kept) == (0, [])


def test_without_the_extra_everything_works_and_the_log_names_it() -> None:
    done = sending("without", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 0
    assert "pip install 'aitestgen[otel]'" in done.stdout + done.stderr
