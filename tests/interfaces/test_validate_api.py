from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.interfaces.flows import INTERPRETER, PlayedFlow

from aitestgen.api.app import create_app
from aitestgen.api.backend import Tools
from aitestgen.errors import SandboxError
from aitestgen.settings import Settings
from aitestgen.testing import PassingSandbox


def client(settings: Settings) -> TestClient:
    return TestClient(create_app(settings, Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER)))


def validate(settings: Settings, code: str) -> dict[str, Any]:
    answer = client(settings).post("/api/validate-code", json={"code": code})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_safe_code_gives_the_contract_body(settings: Settings) -> None:
    body = validate(settings, "def hello():\n    print('world')")
    assert {
        "is_safe": True,
        "error_message": None,
        "dangerous_items": [],
        "functions": ["hello"],
        "classes": [],
        "code_length": 31,
    }.items() <= body.items()


def test_unsafe_code_names_each_item_once(settings: Settings) -> None:
    body = validate(settings, "import os\nos.remove('a')\neval('1')\nclass A: ...\nasync def f(): ...\n")
    assert body["is_safe"] is False
    assert body["dangerous_items"] == ["os", "eval"]
    assert body["error_message"] == "Code contains unsafe operations: os, eval"
    assert (body["functions"], body["classes"]) == (["f"], ["A"])


@pytest.mark.parametrize(
    ("code", "says"), [("def f(:", "invalid syntax"), ("", "empty"), ("x = '\0'", "null byte"), ("(" * 900, "nested")]
)
def test_code_that_does_not_parse_is_not_safe(settings: Settings, code: str, says: str) -> None:
    body = validate(settings, code)
    assert body["is_safe"] is False
    assert says in body["error_message"]
    assert body["code_length"] == len(code)


def test_a_byte_order_mark_is_no_trouble(settings: Settings) -> None:
    assert validate(settings, "\ufeffdef f(): ...")["functions"] == ["f"]


def test_an_invalid_escape_in_a_string_is_no_trouble(settings: Settings) -> None:
    assert validate(settings, "def f():\n    return '\\d'\n")["functions"] == ["f"]


def test_too_long_code_is_422(settings: Settings) -> None:
    assert client(settings).post("/api/validate-code", json={"code": "#" * 5001}).status_code == 422


def test_health_is_healthy(settings: Settings) -> None:
    for path in ("/health", "/health/live"):
        assert client(settings).get(path).json()["status"] == "healthy"


def test_a_backend_with_a_free_slot_is_ready(settings: Settings) -> None:
    answer = client(settings).get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})


def test_a_backend_without_a_jail_answers_but_is_not_ready(settings: Settings) -> None:
    def no_tools() -> Tools:
        raise SandboxError("no jail: install bubblewrap")

    app = create_app(settings)
    app.state.backend.build = no_tools
    with TestClient(app) as here:
        answer = here.get("/health/ready")
        assert (answer.status_code, answer.json()["reasons"]) == (503, ["no jail: install bubblewrap"])
        assert here.get("/health").status_code == 200
        assert here.post("/api/generate-tests", json={"code": "def f(): ..."}).status_code == 500
