import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, SUITE, PlayedFlow, a_report, a_result

from aitestgen.api.app import create_app
from aitestgen.api.backend import Tools
from aitestgen.errors import NothingToTest, SandboxError
from aitestgen.render.answer import VERDICTS
from aitestgen.settings import Settings
from aitestgen.testing import PassingSandbox
from aitestgen.values import Policy, Verdict

ADD = "def add(a, b):\n    return a + b\n"


def client(settings: Settings, flow: PlayedFlow) -> TestClient:
    return TestClient(create_app(settings, Tools(sandbox=PassingSandbox(), flow=flow, interpreter=INTERPRETER)))


def post(settings: Settings, body: Mapping[str, Any], flow: PlayedFlow | None = None) -> Any:
    return client(settings, flow or PlayedFlow()).post("/api/generate-tests", json=body)


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
    answer = client(settings, flow).post(
        "/api/generate-tests", content=body, headers={"Content-Type": "application/json"}
    )
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

    answer = client(settings, PlayedFlow()).post("/api/generate-tests", content=endless())
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


def test_an_internal_error_is_500_with_the_request_id_and_is_logged(settings: Settings) -> None:
    flow = PlayedFlow(error=ZeroDivisionError("secret detail"))
    with structlog.testing.capture_logs() as logs:
        answer = client(settings, flow).post("/api/generate-tests", json={"code": ADD}, headers={"X-Request-ID": "r-1"})
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"] == "r-1"
    assert "secret" not in answer.text
    assert any(entry["event"] == "unhandled error" for entry in logs)


def test_submitted_code_is_never_logged(settings: Settings) -> None:
    with structlog.testing.capture_logs() as logs:
        for code in (f"{ADD}# PRIVATE", "import os # PRIVATE", "def PRIVATE(:", "PRIVATE" * 1000):
            post(settings, {"code": code})
    assert len(logs) >= 4
    assert "PRIVATE" not in json.dumps(logs, default=str)


@pytest.mark.parametrize("sent", ["", "has space", "x" * 65, 'quo"te', "é".encode("latin-1").decode("latin-1")])
def test_an_odd_request_id_is_replaced(settings: Settings, sent: str) -> None:
    answer = client(settings, PlayedFlow()).get("/health", headers={b"X-Request-ID": sent.encode("latin-1")})
    assert len(answer.headers["X-Request-ID"]) == 32


def test_text_that_utf8_cannot_hold_still_gives_valid_json(settings: Settings) -> None:
    flow = PlayedFlow(report=a_report(a_result(output="lone \ud800 surrogate")))
    answer = post(settings, {"code": ADD}, flow)
    assert answer.json()["execution_output"] == "lone ? surrogate"


def test_only_listed_origins_get_cors(settings: Settings) -> None:
    open_to_one = settings.model_copy(update={"cors_origins": ("https://page.example",)})
    for origin, allowed in (("https://page.example", "https://page.example"), ("https://evil.example", None)):
        answer = client(open_to_one, PlayedFlow()).get("/health", headers={"Origin": origin})
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


def test_a_caller_who_hangs_up_cancels_the_generation(settings: Settings) -> None:
    async def scene() -> PlayedFlow:
        flow = PlayedFlow(hold=asyncio.Event())

        async def hang_up() -> Any:
            await flow.started.wait()
            return {"type": "http.disconnect"}

        app = create_app(settings, Tools(sandbox=PassingSandbox(), flow=flow, interpreter=INTERPRETER))
        call, _ = asgi_call(app, {"code": ADD}, hang_up)
        async with asyncio.timeout(5):
            await call
        return flow

    assert asyncio.run(scene()).cancelled


def test_with_every_slot_taken_and_no_queue_the_next_is_told_to_retry(settings: Settings) -> None:
    async def scene() -> Any:
        flow = PlayedFlow(hold=asyncio.Event())
        narrow = settings.model_copy(update={"slots": 1, "queue_length": 0})
        app = create_app(narrow, Tools(sandbox=PassingSandbox(), flow=flow, interpreter=INTERPRETER))
        stay = asyncio.Event()
        first, _ = asgi_call(app, {"code": ADD}, stay.wait)
        running = asyncio.create_task(first)
        await flow.started.wait()
        second, sent = asgi_call(app, {"code": ADD}, stay.wait)
        await second
        assert flow.hold
        flow.hold.set()
        await running
        return sent

    start = asyncio.run(scene())[0]
    assert start["status"] == 429
    assert (b"retry-after", b"5") in start["headers"]


def test_openapi_describes_every_route_and_error_with_examples(settings: Settings) -> None:
    document = client(settings, PlayedFlow()).get("/openapi.json").json()
    assert {"/api/generate-tests", "/api/validate-code", "/health", "/health/ready"} <= document["paths"].keys()
    operation = document["paths"]["/api/generate-tests"]["post"]
    assert {"200", "400", "422", "429", "500"} <= operation["responses"].keys()
    assert operation["requestBody"]["content"]["application/json"]["examples"]
    for status in ("400", "422", "429", "500"):
        content = operation["responses"][status]["content"]["application/json"]
        assert content.keys() & {"example", "examples"}


def test_a_server_that_is_told_to_end_is_not_ready_and_takes_nothing_new(settings: Settings) -> None:
    app = create_app(settings, Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER))
    app.state.slots.close()
    ready = TestClient(app).get("/health/ready")
    refused = TestClient(app).post("/api/generate-tests", json={"code": ADD})
    assert (ready.status_code, "shutting down" in ready.json()["reasons"][0]) == (503, True)
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["retryable"]) == (503, "5", True)
