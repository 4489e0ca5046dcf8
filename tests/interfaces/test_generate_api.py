import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, SUITE, PlayedFlow, a_report, a_result
from tests.interfaces.programs import until
from tests.interfaces.test_jobs_api import own_database  # noqa: F401  # a fixture, used by its name

from aitestgen.api.app import create_app
from aitestgen.api.backend import Tools
from aitestgen.errors import NothingToTest, SandboxError
from aitestgen.job import Wanted
from aitestgen.render.answer import VERDICTS
from aitestgen.settings import Settings
from aitestgen.testing import PassingSandbox
from aitestgen.values import Policy, Verdict

ADD = "def add(a, b):\n    return a + b\n"


@contextmanager
def client(settings: Settings, flow: PlayedFlow) -> Iterator[TestClient]:
    """To a backend that runs: its jobs are worked on."""
    tools = Tools(sandbox=PassingSandbox(), flow=flow, interpreter=INTERPRETER)
    with TestClient(create_app(settings, tools)) as asking:
        yield asking


def post(settings: Settings, body: Mapping[str, Any], flow: PlayedFlow | None = None) -> Any:
    with client(settings, flow or PlayedFlow()) as asking:
        return asking.post("/api/generate-tests", json=body)


def test_code_gives_the_contract_body(settings: Settings) -> None:
    answer = post(settings, {"code": ADD})
    assert answer.status_code == 200
    assert {
        "status": "success",
        "generated_tests": SUITE,
        "execution_output": "====== 1 passed in 0.08s ======",
        "passed": True,
        "execution_time": 2.346,
        "error": None,
        "error_type": None,
        "seed": 7,
        "engine": "search",
    }.items() <= answer.json().items()


def test_figures_come_with_the_suite(settings: Settings) -> None:
    body = post(settings, {"code": ADD}).json()
    assert (body["coverage"]["line"], body["coverage"]["branch"]) == (0.75, 0.5)
    assert (body["mutation"]["killed"], body["mutation"]["survived"], body["mutation"]["unjudged"]) == (1, 1, 1)
    assert [mutant["id"] for mutant in body["mutation"]["survivors"]] == [2]
    assert body["tests"][0]["mutants_killed"] == [1]
    assert body["suspected_bugs"][0]["input"] == "add(1, None)"
    assert [stage["name"] for stage in body["stages"]] == ["analyse", "run"]
    assert body["spend"]["calls"] == 0


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_status_and_an_error_type(settings: Settings, verdict: Verdict) -> None:
    body = post(settings, {"code": ADD}, PlayedFlow(report=a_report(a_result(verdict)))).json()
    assert (body["status"], body["error_type"]) == VERDICTS[verdict]
    assert body["passed"] is (verdict is Verdict.PASSED)
    assert (body["error"] is None) is (verdict is Verdict.PASSED)


def test_a_failure_names_the_test_that_failed(settings: Settings) -> None:
    body = post(settings, {"code": ADD}, PlayedFlow(report=a_report(a_result(Verdict.FAILED)))).json()
    assert body["error"] == "a test failed: test_user_code.py::test_add_sums: assert 4 == 3"


def test_the_module_is_user_code_and_options_reach_the_flow(settings: Settings) -> None:
    flow = PlayedFlow()
    post(settings, {"code": ADD, "options": {"seed": 0, "budget_seconds": 3, "targets": ["add"]}}, flow)
    request = flow.requests[0]
    assert (request.source.module, request.source.text) == ("user_code", ADD)
    assert (request.options.seed, request.options.budget_seconds, request.options.targets) == (0, 3.0, ("add",))
    assert request.options.policy is Policy.STRICT


def test_refused_code_names_each_operation_once_and_never_reaches_the_flow(settings: Settings) -> None:
    flow = PlayedFlow()
    answer = post(settings, {"code": "import os\nimport subprocess\nos.remove('x')\n"}, flow)
    assert answer.status_code == 400
    body = answer.json()
    assert body["detail"] == "Code contains unsafe operations: os, subprocess"
    assert body["error_type"] == "SecurityViolation"
    assert {"name", "line", "column", "rule", "message"} <= body["findings"][0].keys()
    assert flow.requests == []


def test_a_syntax_error_tells_line_column_and_pythons_words(settings: Settings) -> None:
    answer = post(settings, {"code": "x = 1\ndef f(:\n"})
    assert answer.status_code == 422
    assert (answer.json()["line"], answer.json()["column"]) == (2, 7)
    assert "invalid syntax" in answer.json()["detail"]


def test_too_long_code_tells_limit_and_length(settings: Settings) -> None:
    at_the_limit = ADD + "#" * (5000 - len(ADD))
    assert post(settings, {"code": at_the_limit}).status_code == 200
    answer = post(settings, {"code": at_the_limit + "#"})
    assert answer.status_code == 422
    assert "5001" in answer.json()["detail"]
    assert "5000" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"code"', id="half JSON"),
        pytest.param(b"{}", id="no code"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"code": 5}', id="a number"),
        pytest.param(b'{"code": null}', id="null"),
        pytest.param(b'{"code": ""}', id="empty"),
        pytest.param(b'{"code": " \\n"}', id="blank"),
        pytest.param(b'{"code": "x = 1\\u0000"}', id="null byte"),
        pytest.param(b'{"code": "x = \'\\ud800\'"}', id="lone surrogate"),
        pytest.param(b'{"code": "x = 1", "\\ud800": 1}', id="lone surrogate as a key"),
        pytest.param(b"\xff\xfe{", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="deep JSON"),
        pytest.param(b'{"code": ' + b"9" * 5000 + b"}", id="a huge number"),
        pytest.param(b'{"code": "' + b"(" * 4000 + b'"}', id="deep code"),
        pytest.param(b'{"code": "' + b"x" * 1_000_000 + b'"}', id="1 MB"),
        pytest.param(b'{"code": "x = 1", "options": {"sed": 1}}', id="unknown option"),
        pytest.param(b'{"code": "x = 1", "options": {"budget_seconds": NaN}}', id="NaN"),
        pytest.param(b'{"code": "x = 1", "options": {"budget_seconds": 1e9}}', id="over the server's budget"),
        pytest.param(b'{"code": "x = 1", "options": {"policy": "sandbox"}}', id="weaker policy"),
    ],
)
@pytest.mark.timeout(5)
def test_input_that_cannot_be_taken_is_422(settings: Settings, body: bytes) -> None:
    flow = PlayedFlow()
    with client(settings, flow) as asking:
        answer = asking.post("/api/generate-tests", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error_type"] == "CodeInvalid"
    assert answer.json()["detail"]
    assert flow.requests == []


def test_a_body_without_a_length_is_cut_off_at_the_cap(settings: Settings) -> None:
    sent = 0

    def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 10_000

    with client(settings, PlayedFlow()) as asking:
        answer = asking.post("/api/generate-tests", content=endless())
    assert answer.status_code == 422
    assert "larger than" in answer.json()["detail"]


def test_the_operator_may_allow_the_weaker_policy(settings: Settings) -> None:
    flow = PlayedFlow()
    loose = settings.model_copy(update={"policy": Policy.SANDBOX})
    assert post(loose, {"code": "import os\n\n\ndef f():\n    return os.sep\n"}, flow).status_code == 200
    assert flow.requests[0].options.policy is Policy.SANDBOX
    assert post(loose, {"code": "import os\n", "options": {"policy": "strict"}}).status_code == 400


def test_no_sandbox_is_500_and_retryable(settings: Settings) -> None:
    answer = post(settings, {"code": ADD}, PlayedFlow(error=SandboxError("no jail: install bubblewrap")))
    assert answer.status_code == 500
    assert answer.json() == {
        "detail": "no jail: install bubblewrap",
        "error_type": "SandboxError",
        "code": "sandbox_error",
        "status": 500,
        "title": "Internal Server Error",
        "type": "about:blank",
        "retryable": True,
    }


def test_a_demanded_model_is_500_and_auto_is_not(settings: Settings) -> None:
    answer = post(settings, {"code": ADD, "options": {"llm": "groq:llama-3.1-8b-instant"}})
    assert (answer.status_code, answer.json()["error_type"]) == (500, "LLMError")
    assert post(settings, {"code": ADD, "options": {"llm": "auto"}}).status_code == 200


@pytest.mark.parametrize("choice", ["ollama:x", "vllm:x", "custom:x", "groq:x"])
def test_a_caller_cannot_name_what_the_operator_has_not_configured(settings: Settings, choice: str) -> None:
    keyed = settings.model_copy(update={"openai_api_key": SecretStr("sk-x")})
    refused = post(keyed, {"code": ADD, "options": {"llm": choice}})
    assert (refused.status_code, refused.json()["error_type"]) == (500, "LLMError")
    assert post(keyed, {"code": ADD, "options": {"llm": "openai:x"}}).status_code == 200


@pytest.mark.parametrize("choice", ["http://169.254.169.254/latest:x", "grok:x", "0"])
def test_a_provider_that_there_is_not_is_the_caller_s_mistake(settings: Settings, choice: str) -> None:
    refused = post(settings, {"code": ADD, "options": {"llm": choice}})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such_provider")


@pytest.mark.parametrize(
    "option", [{"xfail_bugs": 1}, {"bless_bugs": 0}, {"seed": "7"}, {"max_tests": True}, {"budget_seconds": "5"}]
)
def test_an_option_of_another_type_is_refused(settings: Settings, option: dict[str, Any]) -> None:
    refused = post(settings, {"code": ADD, "options": option})
    assert (refused.status_code, refused.json()["code"]) == (422, "request_invalid")


def test_a_server_that_asks_no_model_lets_no_caller_choose_one(settings: Settings) -> None:
    keyed = settings.model_copy(update={"groq_api_key": SecretStr("gsk_x"), "llm": "none"})
    assert post(keyed, {"code": ADD, "options": {"llm": "groq"}}).status_code == 500
    assert post(keyed, {"code": ADD, "options": {"llm": "auto"}}).status_code == 200


def test_nothing_to_test_is_422(settings: Settings) -> None:
    answer = post(settings, {"code": "X = 1\n"}, PlayedFlow(error=NothingToTest("no function")))
    assert (answer.status_code, answer.json()["detail"]) == (422, "no function")


def test_an_internal_error_is_500_with_the_job_s_id_and_is_logged(settings: Settings) -> None:
    flow = PlayedFlow(error=ZeroDivisionError("secret detail"))
    with structlog.testing.capture_logs() as logs, client(settings, flow) as asking:
        answer = asking.post("/api/generate-tests", json={"code": ADD}, headers={"X-Request-ID": "r-1"})
        job = asking.get(f"/api/jobs/{answer.headers['X-Job-ID']}").json()
    assert (answer.status_code, answer.json()["code"], answer.headers["X-Request-ID"]) == (500, "internal_error", "r-1")
    assert (job["state"], job["error"]["detail"]) == ("failed", answer.json()["detail"])
    assert "secret" not in answer.text
    assert any(entry["event"] == "a job's task failed" for entry in logs)


def test_what_was_generated_is_a_job_in_the_history(settings: Settings) -> None:
    with client(settings, PlayedFlow()) as asking:
        answer = asking.post("/api/generate-tests", json={"code": ADD})
        job = asking.get(f"/api/jobs/{answer.headers['X-Job-ID']}").json()
        listed = asking.get("/api/jobs").json()
        suite = asking.get(f"/api/jobs/{job['id']}/export").text
    assert (job["state"], job["result"], suite) == ("done", answer.json(), SUITE)
    assert [line["id"] for line in listed["jobs"]] == [job["id"]]


def test_submitted_code_is_never_logged(settings: Settings) -> None:
    with structlog.testing.capture_logs() as logs:
        for code in (f"{ADD}# PRIVATE", "import os # PRIVATE", "def PRIVATE(:", "PRIVATE" * 1000):
            post(settings, {"code": code})
    assert len(logs) >= 4
    assert "PRIVATE" not in json.dumps(logs, default=str)


@pytest.mark.parametrize("sent", ["", "has space", "x" * 65, 'quo"te', "é".encode("latin-1").decode("latin-1")])
def test_an_odd_request_id_is_replaced(settings: Settings, sent: str) -> None:
    with client(settings, PlayedFlow()) as asking:
        answer = asking.get("/health", headers={b"X-Request-ID": sent.encode("latin-1")})
    assert len(answer.headers["X-Request-ID"]) == 32


def test_text_that_utf8_cannot_hold_still_gives_valid_json(settings: Settings) -> None:
    flow = PlayedFlow(report=a_report(a_result(output="lone \ud800 surrogate")))
    answer = post(settings, {"code": ADD}, flow)
    assert answer.json()["execution_output"] == "lone ? surrogate"


def test_only_listed_origins_get_cors(settings: Settings) -> None:
    open_to_one = settings.model_copy(update={"cors_origins": ("https://page.example",)})
    for origin, allowed in (("https://page.example", "https://page.example"), ("https://evil.example", None)):
        with client(open_to_one, PlayedFlow()) as asking:
            answer = asking.get("/health", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed


def asgi_call(app: Any, body: Mapping[str, Any], receive_rest: Callable[[], Any]) -> Any:
    """One POST straight to the application; after the body, `receive_rest` says what the caller does."""
    sent: list[Mapping[str, Any]] = []
    parts = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

    async def receive() -> Any:
        return parts.pop() if parts else await receive_rest()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/generate-tests",
        "headers": [(b"content-type", b"application/json")],
        "query_string": b"",
    }
    return app(scope, receive, send), sent


@asynccontextmanager
async def running(settings: Settings, flow: PlayedFlow) -> AsyncIterator[Any]:
    """The application while its jobs are worked on."""
    app = create_app(settings, Tools(sandbox=PassingSandbox(), flow=flow, interpreter=INTERPRETER))
    async with asyncio.timeout(20), app.router.lifespan_context(app):
        yield app


def test_a_caller_who_hangs_up_cancels_the_generation(settings: Settings) -> None:
    async def scene() -> PlayedFlow:
        flow = PlayedFlow(hold=asyncio.Event())

        async def hang_up() -> Any:
            await flow.started.wait()
            return {"type": "http.disconnect"}

        async with running(settings, flow) as app:
            call, sent = asgi_call(app, {"code": ADD}, hang_up)
            await call
            await until(lambda: flow.cancelled)
            assert sent[0]["status"] == 499
            assert app.state.backend.waiting.total == 0
        return flow

    assert asyncio.run(scene()).cancelled


def answers_beside_a_request_that_runs(settings: Settings, then: Callable[[Any], Any]) -> tuple[Any, Any]:
    """A second request's answer, after `then` was called with the application, and the first one's; one slot."""

    async def scene() -> tuple[Any, Any]:
        flow = PlayedFlow(hold=asyncio.Event())
        async with running(settings.model_copy(update={"slots": 1}), flow) as app:
            stay = asyncio.Event()
            first, first_sent = asgi_call(app, {"code": ADD}, stay.wait)
            one = asyncio.create_task(first)
            await flow.started.wait()
            second, second_sent = asgi_call(app, {"code": ADD}, stay.wait)
            other = asyncio.create_task(second)
            await then(app)
            await other
            assert flow.hold
            flow.hold.set()
            await one
            assert len(flow.requests) == 1
        said = b"".join(message.get("body", b"") for message in second_sent)
        return {**second_sent[0], "said": said.decode()}, first_sent[0]

    return asyncio.run(scene())


async def nothing(_app: Any) -> None:
    return


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"queue_length": 0}, "every sandbox slot is busy"),
        ({"queue_per_caller": 0, "queue_length": 1}, "every sandbox slot is busy"),
        ({"queue_seconds": 0.1}, "no worker has begun this"),
    ],
)
def test_who_finds_no_room_or_waits_too_long_is_told_to_retry(
    settings: Settings, changed: dict[str, Any], why: str
) -> None:
    second, first = answers_beside_a_request_that_runs(settings.model_copy(update=changed), nothing)
    assert (second["status"], first["status"]) == (429, 200)
    assert why in second["said"]
    assert (b"retry-after", b"5") in second["headers"]


def test_at_the_server_s_end_who_waits_is_sent_away_and_who_is_served_is_answered(settings: Settings) -> None:
    async def end(app: Any) -> None:
        await until(lambda: app.state.backend.waiting.total == 2)
        drain = asyncio.create_task(app.state.backend.drain_jobs(5, asyncio.Event()))
        app.state.draining = drain  # kept: a task that nobody holds may be collected

    second, first = answers_beside_a_request_that_runs(settings, end)
    assert (second["status"], first["status"]) == (503, 200)


def test_a_request_whose_job_is_put_back_at_the_server_s_end_is_sent_away(settings: Settings) -> None:
    async def scene() -> tuple[int, list[Any]]:
        flow = PlayedFlow(hold=asyncio.Event())
        async with running(settings, flow) as app:
            call, sent = asgi_call(app, {"code": ADD}, asyncio.Event().wait)
            asking = asyncio.create_task(call)
            await flow.started.wait()
            await app.state.backend.drain_jobs(0, asyncio.Event())
            await asking
            left = await app.state.backend.jobs.store.backlog()
        return sent[0]["status"], [standing.items for standing in left]

    assert asyncio.run(scene()) == (503, [0, 0, 0])


def test_a_job_that_somebody_else_ends_is_told(settings: Settings) -> None:
    async def scene() -> int:
        flow = PlayedFlow(hold=asyncio.Event())
        async with running(settings, flow) as app:
            call, sent = asgi_call(app, {"code": ADD}, asyncio.Event().wait)
            asking = asyncio.create_task(call)
            await flow.started.wait()
            queue, store = app.state.backend.jobs.queue, app.state.backend.jobs.store
            (held,) = (await store.page(Wanted(caller=None))).jobs
            await queue.cancel(held.id)
            await queue.cancel(held.id)
            await asking
        status: int = sent[0]["status"]
        return status

    assert asyncio.run(scene()) == 409


def test_openapi_describes_every_route_and_error_with_examples(settings: Settings) -> None:
    with client(settings, PlayedFlow()) as asking:
        document = asking.get("/openapi.json").json()
    assert {"/api/generate-tests", "/api/validate-code", "/health", "/health/ready"} <= document["paths"].keys()
    operation = document["paths"]["/api/generate-tests"]["post"]
    assert {"200", "400", "422", "429", "500"} <= operation["responses"].keys()
    assert operation["requestBody"]["content"]["application/json"]["examples"]
    for status in ("400", "422", "429", "500"):
        content = operation["responses"][status]["content"]["application/json"]
        assert content.keys() & {"example", "examples"}


def test_a_server_that_is_told_to_end_is_not_ready_and_takes_nothing_new(settings: Settings) -> None:
    app = create_app(settings, Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER))
    with TestClient(app) as asking:
        app.state.slots.close()
        ready = asking.get("/health/ready")
        refused = asking.post("/api/generate-tests", json={"code": ADD})
    assert (ready.status_code, "shutting down" in ready.json()["reasons"][0]) == (503, True)
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["retryable"]) == (503, "5", True)
