"""POST /run, GET /metrics and what /health tells those who choose between services."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, a_result

from aitestgen.api.sandbox_service import create_app
from aitestgen.sandbox.run_json import BODY_BYTES, as_body, as_result, line, read_line, read_result
from aitestgen.sandbox.warm import Depth
from aitestgen.seams import OnFrame, Sandbox
from aitestgen.settings import Settings
from aitestgen.testing import BrokenSandbox, FixedSandbox, PassingSandbox
from aitestgen.values import MIB, Limits, Outcome, Run, RunResult, TestOutcome, Tier, Verdict

TESTS = "def test_a(): pass\n"
BODY: dict[str, Any] = {
    "program": "run_tests",
    "python": "3.11",
    "job": {"tests": ["test_x.py"], "trace": None},
    "files": {"test_x.py": base64.b64encode(TESTS.encode()).decode()},
}


def client(settings: Settings, sandbox: Sandbox | None = None) -> TestClient:
    return TestClient(create_app(settings, sandbox or PassingSandbox(), INTERPRETER))


def lines(text: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [read_line(part.encode()) for part in text.splitlines() if part]


def test_an_answer_is_accepted_then_each_frame_then_the_result(settings: Settings) -> None:
    answer = client(settings).post("/run", json=BODY)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert [kind for kind, _ in lines(answer.text)] == ["accepted", *["frame"] * 4, "result"]
    result = lines(answer.text)[-1][1]
    assert (result["verdict"], result["backend"], result["outcomes"][0]["id"]) == (
        "passed",
        "passing",
        "test_x.py::test_a",
    )


def test_the_sandbox_gets_the_whole_run(settings: Settings) -> None:
    sandbox = PassingSandbox()
    run = Run(
        program="run_tests",
        job={"tests": ["test_x.py"], "texts": ["\ud800", "é"], "numbers": [1, 2.5, None]},
        interpreter=INTERPRETER,
        files={"test_x.py": TESTS.encode(), "deep/down/data.bin": b"\0\xff"},
        limits=Limits(wall_seconds=2, cpu_cores=0.25),
        hash_seed=2**32 - 1,
        expected=("test_x.py::test_a",),
    )
    assert client(settings, sandbox).post("/run", content=as_body(run)).status_code == 200
    assert sandbox.runs == [run]


def test_limits_are_lowered_to_those_of_the_program(settings: Settings) -> None:
    sandbox = PassingSandbox()
    greedy = {"wall_seconds": 10**6, "cpu_cores": 1000, "memory_bytes": 10**15, "processes": 10**6}
    settings = settings.model_copy(update={"search_cpu_cores": 2.0, "max_budget_seconds": 40.0})
    for program in ("run_tests", "ask", "explore", "mutate"):
        answer = client(settings, sandbox).post("/run", json={**BODY, "job": {}, "program": program, "limits": greedy})
        assert lines(answer.text)[0][1]["limits"]["processes"] == 64
    single, asked, *batch = [run.limits for run in sandbox.runs]
    assert single == asked == Limits(cpu_cores=2.0)
    assert batch == [Limits(cpu_cores=2.0, memory_bytes=512 * MIB, wall_seconds=40.0)] * 2


WRONG: dict[str, Any] = {
    "no program": {"program": None},
    "another program": {"program": "os"},
    "no python": {"python": ""},
    "a path": {"python": "/usr/bin/python3"},
    "binds": {"binds": ["/etc"]},
    "interpreter": {"interpreter": "/usr/bin/python3"},
    "job": {"job": []},
    "hash seed": {"hash_seed": -1},
    "large hash seed": {"hash_seed": 2**32},
    "expected": {"expected": "test_x.py"},
    "half a character": {"expected": ["\ud800"]},
    "half a character in a name": {"files": {"\ud800": ""}},
    "half a character in a file": {"files": {"x.py": "\ud800"}},
    "no base64": {"files": {"x.py": "=%="}},
    "not padded": {"files": {"x.py": "YQ"}},
    "zero limit": {"limits": {"wall_seconds": 0}},
    "unknown limit": {"limits": {"disk": 1}},
    "deep job": {"job": {"a": json.loads("[" * 300 + "]" * 300)}},
    **{
        f"name {name!r}": {"files": {name: ""}}
        for name in (
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            "./a",
            "a/",
            "a\0b",
            "a\nb",
            "x" * 256,
            "a/" * 600 + "b",
        )
    },
    "a file in a file": {"files": {"a": "", "a/b": ""}},
    "a file deep in a file": {"files": {"a/b/c": "", "a": ""}},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_run_that_is_not_one_is_422(settings: Settings, what: str) -> None:
    sandbox = PassingSandbox()
    answer = client(settings, sandbox).post("/run", content=json.dumps({**BODY, **WRONG[what]}))
    assert (answer.status_code, answer.json()["error_type"]) == (422, "CodeInvalid")
    assert sandbox.runs == []


@pytest.mark.parametrize(
    "sent", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b'{"job": ' + b"9" * 5000 + b"}"]
)
def test_a_body_that_is_no_run_is_422(settings: Settings, sent: bytes) -> None:
    assert client(settings).post("/run", content=sent).status_code == 422


def test_a_body_over_its_limit_is_422(settings: Settings) -> None:
    answer = client(settings).post("/run", content=b" " * (BODY_BYTES + 1))
    assert (answer.status_code, str(BODY_BYTES) in answer.json()["detail"]) == (422, True)
    assert client(settings).post("/execute", content=b" " * (5 * MIB)).status_code == 422


def test_a_python_that_is_not_here_is_422_and_says_which_are(settings: Settings) -> None:
    answer = client(settings).post("/run", json={**BODY, "python": "3.9"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "python: there is no 3.9 here, only 3.11")


def test_a_run_gets_the_interpreter_of_the_version_that_it_wants(settings: Settings) -> None:
    sandbox = PassingSandbox()
    app = create_app(settings, sandbox, INTERPRETER)
    other = replace(INTERPRETER, version=(3, 13))
    app.state.service.interpreters["3.13"] = other
    TestClient(app).post("/run", json={**BODY, "python": "3.13"})
    assert sandbox.runs[0].interpreter is other
    assert TestClient(app).get("/health").json()["pythons"] == ["3.11", "3.13"]


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic hush"])
def test_without_the_shared_token_nothing_is_run(settings: Settings, authorization: str | None) -> None:
    sandbox = PassingSandbox()
    guarded = client(settings.model_copy(update={"sandbox_token": SecretStr("hush")}), sandbox)
    headers = {"Authorization": authorization} if authorization else {}
    assert guarded.post("/run", json=BODY, headers=headers).status_code == 401
    assert guarded.post("/run", content=b"{", headers=headers).status_code == 401
    assert sandbox.runs == []
    assert guarded.post("/run", json=BODY, headers={"Authorization": "Bearer hush"}).status_code == 200


def test_a_jail_that_fails_is_the_last_line(settings: Settings) -> None:
    answer = client(settings, BrokenSandbox()).post("/run", json=BODY)
    kind, said = lines(answer.text)[-1]
    assert (answer.status_code, kind, said["error_type"], said["retryable"]) == (200, "error", "SandboxError", True)
    assert "no jail can be had" in said["detail"]


def test_frames_that_no_one_was_told_come_before_the_result(settings: Settings) -> None:
    result = a_result(frames=({"ev": "collected"}, {"ev": "session", "status": 0}))
    answer = client(settings, FixedSandbox(result)).post("/run", json=BODY)
    assert [said for kind, said in lines(answer.text) if kind == "frame"] == list(result.frames)


class Held:
    """A sandbox whose runs last until they are cancelled."""

    def __init__(self) -> None:
        self.started, self.cancelled = asyncio.Event(), asyncio.Event()

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002 # the seam's shape
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        raise AssertionError("never reached")


async def post_run(
    app: FastAPI, hangs_up: asyncio.Event, reads: asyncio.Event | None = None, body: bytes | None = None
) -> list[Any]:
    """What the service sends to a caller who hangs up, or reads more than the head, when the events are set."""
    content, sent = iter([json.dumps(BODY).encode() if body is None else body]), list[Any]()

    async def receive() -> Mapping[str, Any]:
        for data in content:
            return {"type": "http.request", "body": data}
        await hangs_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if reads and "body" in message:
            await reads.wait()

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/run",
        "headers": [],
        "query_string": b"",
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    return sent


def test_a_caller_who_hangs_up_takes_the_jail_along(settings: Settings) -> None:
    async def scene() -> tuple[Held, FastAPI]:
        sandbox, hangs_up = Held(), asyncio.Event()
        app = create_app(settings, sandbox, INTERPRETER)
        calling = asyncio.create_task(post_run(app, hangs_up))
        await sandbox.started.wait()
        assert app.state.service.slots.free == 1
        hangs_up.set()
        await calling
        return sandbox, app

    sandbox, app = asyncio.run(scene())
    assert sandbox.cancelled.is_set()
    assert app.state.service.slots.free == 2


def test_over_a_full_queue_it_is_429_and_the_figures_tell_it(settings: Settings) -> None:
    async def scene() -> tuple[list[Any], bytes]:
        sandbox, hangs_up = Held(), asyncio.Event()
        app = create_app(settings.model_copy(update={"slots": 1, "queue_length": 1}), sandbox, INTERPRETER)
        calls = [asyncio.create_task(post_run(app, hangs_up))]
        await sandbox.started.wait()
        calls.append(asyncio.create_task(post_run(app, hangs_up)))
        while not app.state.service.slots.line.waiting:  # noqa: ASYNC110 # the line has no event of its own
            await asyncio.sleep(0)
        refused, figures = await post_run(app, asyncio.Event(), body=b"unread"), app.state.service.metrics.text()
        hangs_up.set()
        await asyncio.gather(*calls)
        return refused, figures

    refused, figures = asyncio.run(scene())
    assert refused[0]["status"] == 429
    assert (b"retry-after", b"5") in refused[0]["headers"]
    assert b"aitestgen_sandbox_slots_free 0.0" in figures
    assert b"aitestgen_sandbox_queue 1.0" in figures


def test_a_caller_who_stops_reading_holds_no_slot(settings: Settings) -> None:
    async def scene() -> int:
        app = create_app(settings, PassingSandbox(), INTERPRETER)
        reads, hangs_up = asyncio.Event(), asyncio.Event()
        calling = asyncio.create_task(post_run(app, hangs_up, reads))
        service = app.state.service
        while b'verdict="passed"} 1.0' not in service.metrics.text():  # noqa: ASYNC110 # a counter has no event
            await asyncio.sleep(0)
        free: int = service.slots.free
        assert not calling.done()
        reads.set()
        assert (await calling)[-1] == {"type": "http.response.body", "body": b""}
        return free

    assert asyncio.run(scene()) == 2


def test_metrics_count_runs_by_verdict_and_say_what_holds_them(settings: Settings) -> None:
    service = client(settings)
    service.get("/health")
    service.post("/run", json=BODY)
    service.post("/execute", json={"code": "", "tests": "def test_a(): pass\n"})
    answer = service.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {
        (sample.name, sample.labels.get("verdict")): sample
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["aitestgen_sandbox_runs_total", "passed"].value == 2
    assert found["aitestgen_sandbox_runs_total", "forged"].value == 0
    assert found["aitestgen_sandbox_run_seconds_count", None].value == 2
    assert found["aitestgen_sandbox_slots", None].value == 2
    assert found["aitestgen_sandbox_info", None].labels["backend"] == "passing"


def test_two_services_in_one_process_count_apart(settings: Settings) -> None:
    first, second = client(settings), client(settings)
    first.post("/run", json=BODY)
    assert 'verdict="passed"} 1.0' in first.get("/metrics").text
    assert 'verdict="passed"} 0.0' in second.get("/metrics").text


class WarmSandbox(PassingSandbox):
    """Says that jails stand ready."""

    depth = Depth(zygotes=1, ready=3)

    async def warm_up(self, run: Run) -> None:
        """Nothing to do."""


def test_health_tells_what_a_caller_chooses_by(settings: Settings) -> None:
    body = client(settings).get("/health").json()
    assert body["pythons"] == ["3.11"]
    assert body["queue"] == {"waiting": 0, "callers": 0, "most": 32, "most_each": 16, "seconds": 30.0}
    assert body["pool"] == {"depth": None, "zygotes": None}
    assert body["limits"]["memory_bytes"] == 256 * MIB
    assert body["batch_limits"]["memory_bytes"] == 512 * MIB
    assert client(settings, WarmSandbox()).get("/health").json()["pool"] == {"depth": 3, "zygotes": 1}


def test_the_service_never_asks_another_service(settings: Settings) -> None:
    circular = settings.model_copy(
        update={"sandbox_service_urls": ("http://127.0.0.1:9",), "sandbox_backend": "remote"}
    )
    app = create_app(circular, interpreter=INTERPRETER)
    assert "available: bubblewrap" in TestClient(app).get("/health").json()["reason"]
    answer = TestClient(app).post("/run", json=BODY)
    assert (answer.status_code, answer.json()["retryable"]) == (500, True)


def test_a_result_survives_the_way_as_json() -> None:
    outcome = TestOutcome(
        id="é[\ud800]", outcome=Outcome.XFAILED, seconds=0.5, message="\ud800", arcs=frozenset({(-1, 2)})
    )
    result = RunResult(
        verdict=Verdict.FAILED,
        outcomes=(outcome,),
        frames=({"ev": "\udfff"},),
        output="\x1b[31m…\0",
        output_cut=True,
        seconds=1.5,
        cpu_seconds=0.25,
        peak_bytes=7,
        backend="bubblewrap",
        tier=Tier.A,
        detail="why",
    )
    _, frame = read_line(line("frame", result.frames[0]))
    assert read_result(read_line(line("result", as_result(result)))[1], [frame]) == result


def test_openapi_describes_a_run(settings: Settings) -> None:
    document = client(settings).get("/openapi.json").json()
    operation = document["paths"]["/run"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert {"program", "python", "job", "files"} <= schema["properties"].keys()
    assert schema["properties"]["limits"]["anyOf"][0]["$ref"] == "#/components/schemas/LimitsBody"
    assert "LimitsBody" in document["components"]["schemas"]
    assert {"200", "401", "422", "429", "500"} <= operation["responses"].keys()
