"""What /openapi.json promises, tried by Schemathesis against both servers: every check and phase, stateful ones too."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, PlayedFlow, a_result
from tests.interfaces.programs import wait_until
from tests.interfaces.test_accounts import LIMITS, a_key
from tests.interfaces.test_jobs_api import own_database  # noqa: F401  # a fixture, used by its name

from aitestgen.account import Role
from aitestgen.api import app, sandbox_service
from aitestgen.api.answers import JsonAnswer
from aitestgen.api.backend import Tools
from aitestgen.api.description import operations
from aitestgen.settings import Settings
from aitestgen.testing import FixedSandbox, PassingSandbox

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 5
"""Cases that are made up for each operation, beside those at the bounds of its schema and sequences of requests."""


@contextmanager
def running(served: FastAPI) -> Iterator[str]:
    """Its address on loopback, until the end."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(served, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def tried(served: FastAPI, key: str, folder: Path) -> subprocess.CompletedProcess[str]:
    with running(served) as url:
        command = [
            *(Path(sys.executable).with_name("schemathesis"), "--config-file", CONFIG, "run", f"{url}/openapi.json"),
            *("--header", f"Authorization: Bearer {key}", "--checks", "all", "--max-examples", str(EXAMPLES)),
        ]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=150)


def a_backend(settings: Settings, **changed: Any) -> FastAPI:
    tools = Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER)
    return app.create_app(settings.model_copy(update={"accounts": "required", **LIMITS, **changed}), tools)


def a_service(settings: Settings) -> FastAPI:
    guarded = settings.model_copy(update={"sandbox_token": SecretStr("a-token")})
    return sandbox_service.create_app(guarded, FixedSandbox(a_result()), INTERPRETER)


@pytest.mark.timeout(180)
def test_the_backend_keeps_what_its_description_promises(settings: Settings, tmp_path: Path) -> None:
    key = a_key(settings, "boss", role=Role.ADMIN)
    told = tried(a_backend(settings), key, tmp_path)
    assert told.returncode == 0, told.stdout
    assert "Stateful" in told.stdout


@pytest.mark.timeout(180)
def test_the_sandbox_service_keeps_what_its_description_promises(settings: Settings, tmp_path: Path) -> None:
    told = tried(a_service(settings), "a-token", tmp_path)
    assert told.returncode == 0, told.stdout


def test_a_server_that_breaks_its_promise_is_found_out(tmp_path: Path) -> None:
    broken = FastAPI()

    @broken.get("/number", response_model=int)
    async def number(most: int) -> JsonAnswer:
        return JsonAnswer({"most": most})

    told = tried(broken, "", tmp_path)
    assert told.returncode == 1, told.stdout


def test_each_operation_says_who_may_call_it(settings: Settings) -> None:
    described = a_backend(settings).openapi()
    assert set(described["components"]["securitySchemes"]) == {"key", "session"}
    for method, path, operation in operations(described):
        guarded = [{"key": []}, {"session": []}]
        assert operation["security"] in ([], guarded), f"{method} {path}"
    assert described["paths"]["/api/jobs"]["post"]["security"] == guarded
    assert described["paths"]["/api/config"]["get"]["security"] == []


def test_a_server_that_asks_nobody_says_so(settings: Settings) -> None:
    described = a_backend(settings, accounts="open").openapi()
    assert described["paths"]["/api/jobs"]["post"]["security"][0] == {}


@pytest.mark.parametrize("make", [a_backend, a_service])
def test_every_body_has_an_example(make: Any, settings: Settings) -> None:
    described = make(settings).openapi()
    for method, path, operation in operations(described):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                assert content.get("examples") or content.get("example"), f"{method} {path}"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "application/json"), ("application/problem+json, */*", "application/problem+json")],
)
@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        ("GET /api/jobs/none", 404, "not_found"),
        ("GET /api/none", 404, "no_such_address"),
        ("PUT /api/jobs", 405, "method_not_allowed"),
        ("POST /api/jobs", 422, "request_invalid"),
    ],
)
def test_a_problem_has_the_members_of_its_standard(
    request_line: str, status: int, code: str, accept: str, kind: str, settings: Settings
) -> None:
    method, path = request_line.split()
    with TestClient(a_backend(settings, accounts="open")) as client:
        answer = client.request(method, path, headers={"Accept": accept})
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    assert (told["status"], told["code"], told["type"]) == (status, code, "about:blank")
    assert told["title"] == HTTPStatus(status).phrase


def test_a_wrong_method_is_told_the_right_ones_before_anybody_is_asked_who_they_are(settings: Settings) -> None:
    with TestClient(a_backend(settings)) as client:
        answers = [client.request("PATCH", path) for path in ("/api/jobs", "/api/jobs/archive", "/api/jobs/1")]
    assert [(one.status_code, one.headers["allow"]) for one in answers] == [
        *((405, "POST, GET"), (405, "POST"), (405, "GET, DELETE"))
    ]
