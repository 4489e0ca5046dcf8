import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, a_result

from aitestgen.api.sandbox_service import create_app
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.testing import BrokenSandbox, FixedSandbox, PassingSandbox
from aitestgen.values import Limits, Verdict

TESTS = "from user_code import f\n\n\ndef test_f():\n    assert f() == 1\n"
BODY = {"code": "def f():\n    return 1\n", "tests": TESTS}


def client(settings: Settings, sandbox: Sandbox | None = None) -> TestClient:
    return TestClient(create_app(settings, sandbox or PassingSandbox(), INTERPRETER))


def test_a_run_gives_the_contract_body(settings: Settings) -> None:
    answer = client(settings).post("/execute", json=BODY)
    assert answer.status_code == 200
    body = answer.json()
    assert {"passed": True, "error": None, "sandbox": "passing", "verdict": "passed"}.items() <= body.items()
    assert body["tests"] == [{"id": "test_user_code.py::test_f", "outcome": "passed", "seconds": 0.001}]
    assert {"output", "seconds", "peak_memory_bytes"} <= body.keys()


def test_the_guest_sees_the_code_as_user_code_and_nothing_traced(settings: Settings) -> None:
    sandbox = PassingSandbox()
    client(settings, sandbox).post("/execute", json=BODY)
    run = sandbox.runs[0]
    assert run.files == {"user_code.py": BODY["code"].encode(), "test_user_code.py": BODY["tests"].encode()}
    assert (run.program, run.job["tests"], run.job["trace"]) == ("run_tests", ["test_user_code.py"], None)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.PASSED])
def test_a_guest_that_misbehaves_is_a_result(settings: Settings, verdict: Verdict) -> None:
    answer = client(settings, FixedSandbox(a_result(verdict))).post("/execute", json=BODY)
    assert answer.status_code == 200
    assert (answer.json()["verdict"], answer.json()["passed"]) == (str(verdict), False)
    assert answer.json()["error"]


def test_limits_are_lowered_and_never_raised(settings: Settings) -> None:
    sandbox = PassingSandbox()
    limits = {"wall_seconds": 1, "memory_bytes": 10**12, "processes": 8}
    answer = client(settings, sandbox).post("/execute", json={**BODY, "limits": limits})
    assert sandbox.runs[0].limits == Limits(wall_seconds=1, processes=8)
    assert answer.json()["limits"]["memory_bytes"] == Limits().memory_bytes


@pytest.mark.parametrize(
    "body",
    [
        {"code": "x = 1"},
        {**BODY, "limits": {"wall_seconds": 0}},
        {**BODY, "limits": {"wall_seconds": -1}},
        {**BODY, "limits": {"cores": 1}},
        {**BODY, "limits": {"processes": 1.5}},
        {**BODY, "extra": 1},
    ],
)
def test_a_wrong_schema_is_422(settings: Settings, body: dict[str, Any]) -> None:
    assert client(settings).post("/execute", json=body).status_code == 422


def test_a_lone_surrogate_is_422(settings: Settings) -> None:
    sent = json.dumps({**BODY, "code": "x = '\ud800'"})
    answer = client(settings).post("/execute", content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic hush", "Bearer", "Bearer \xe9"])
def test_without_the_shared_token_it_is_401(settings: Settings, authorization: str | None) -> None:
    guarded = settings.model_copy(update={"sandbox_token": SecretStr("hush")})
    sandbox = PassingSandbox()
    headers = {b"Authorization": authorization.encode("latin-1")} if authorization else {}
    answer = client(guarded, sandbox).post("/execute", json=BODY, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert sandbox.runs == []


def test_with_the_shared_token_it_runs(settings: Settings) -> None:
    guarded = settings.model_copy(update={"sandbox_token": SecretStr("hush")})
    assert client(guarded).post("/execute", json=BODY, headers={"Authorization": "Bearer hush"}).status_code == 200


def test_a_broken_sandbox_is_500_and_retryable(settings: Settings) -> None:
    answer = client(settings, BrokenSandbox()).post("/execute", json=BODY)
    assert (answer.status_code, answer.json()["retryable"]) == (500, True)


def test_health_tells_what_an_honest_run_was_held_by(settings: Settings) -> None:
    body = client(settings).get("/health").json()
    assert {"status": "healthy", "backend": "passing", "slots": {"total": 2, "free": 2}}.items() <= body.items()
    assert "no network" in body["isolation"]
    assert isinstance(body["docker_available"], bool)


@pytest.mark.parametrize("sandbox", [BrokenSandbox(), FixedSandbox(a_result(Verdict.FAILED))])
def test_health_of_a_service_without_a_jail_says_why(settings: Settings, sandbox: Sandbox) -> None:
    body = client(settings, sandbox).get("/health").json()
    assert (body["backend"], body["isolation"]) == ("none", [])
    assert body["reason"]
