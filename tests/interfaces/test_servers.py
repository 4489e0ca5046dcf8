"""Both servers as programs: started, asked, stopped."""

import base64
import json
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from tests.interfaces.programs import alive, ask, descendants, environment, free_port, server, stop, wait_until

SERVERS = ["serve", "sandbox-service"]
BOUNDLESS = "def spin():\n    while True:\n        pass\n"

SPINNING: dict[str, Any] = {
    "program": "run_tests",
    "job": {"tests": ["test_spin.py"], "trace": None, "path": []},
    "files": {"test_spin.py": base64.b64encode(b"def test_spin():\n    while True:\n        pass\n").decode()},
}


@pytest.mark.parametrize("command", SERVERS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_server_cleanly(command: str, number: int) -> None:
    with server(command) as (program, client):
        assert client.get("/openapi.json").status_code == 200
        code, seconds, words = stop(program, number)
    assert code == 0
    assert seconds < 5
    assert "Traceback" not in words


def test_each_log_line_is_json_with_the_request_id() -> None:
    with server("serve") as (program, client):
        client.post("/api/validate-code", json={"code": "x = 'PRIVATE'"}, headers={"X-Request-ID": "mine"})
        _, _, words = stop(program)
    lines: list[dict[str, Any]] = [json.loads(line) for line in words.splitlines()]
    mine = [line for line in lines if line.get("request_id") == "mine"]
    assert mine[0]["path"] == "/api/validate-code"
    assert mine[0]["status"] == 200
    assert "PRIVATE" not in words


@pytest.mark.parametrize("command", SERVERS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_CODE_LENGTH", "many"),
        ("AITESTGEN_SLOT", "2"),
        ("AITESTGEN_PYTHON", "/nonexistent"),
        ("AITESTGEN_PYTHONS", "/nonexistent"),
        ("SANDBOX_SERVICE_URL", "localhost"),
    ],
)
def test_a_server_refuses_to_start_on_a_bad_configuration(command: str, name: str, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "aitestgen", command, "--port", str(free_port())],
        env=environment(**{name: value}),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 2
    assert name in ended.stderr or value in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.jail
@pytest.mark.parametrize(
    ("command", "path", "body"),
    [
        ("serve", "/api/generate-tests", {"code": BOUNDLESS, "options": {"budget_seconds": 50}}),
        (
            "sandbox-service",
            "/execute",
            {"code": BOUNDLESS, "tests": "from user_code import spin\n\n\ndef test_spin():\n    spin()\n"},
        ),
        ("sandbox-service", "/run", {**SPINNING, "python": "{}.{}".format(*sys.version_info)}),
    ],
)
def test_a_signal_kills_the_jail_of_a_running_request(command: str, path: str, body: dict[str, Any]) -> None:
    with server(command, AITESTGEN_WALL_SECONDS="50") as (program, client):
        asking = threading.Thread(target=ask, args=(client, path, body))
        asking.start()
        wait_until(lambda: len(descendants(program.pid)) > 0)
        jailed = descendants(program.pid)
        code, seconds, _ = stop(program)
        asking.join(timeout=20)
    assert code == 0
    assert seconds < 5
    assert [pid for pid in jailed if alive(pid)] == []
