"""Both servers as programs: started, asked, stopped."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

SERVERS = ["serve", "sandbox-service"]
BOUNDLESS = "def spin():\n    while True:\n        pass\n"

SPINNING: dict[str, Any] = {
    "program": "run_tests",
    "job": {"tests": ["test_spin.py"], "trace": None, "path": []},
    "files": {"test_spin.py": base64.b64encode(b"def test_spin():\n    while True:\n        pass\n").decode()},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AITESTGEN_", "PORT", "LOG_"))}
    return {**kept, **more}


@contextmanager
def server(command: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], httpx2.Client]]:
    """A server that answers, and a client for it; killed at the end if it still runs."""
    port = free_port()
    program = subprocess.Popen(
        [sys.executable, "-m", "aitestgen", command],
        env=environment(PORT=str(port), **more),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            wait_until_it_answers(client, program)
            yield program, client
    finally:
        program.kill()
        program.communicate()


def wait_until_it_answers(client: httpx2.Client, program: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and program.poll() is None:
        try:
            client.get("/health/live")
        except httpx2.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"no answer: {program.stderr.read() if program.poll() is not None and program.stderr else ''}")


def stop(program: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, float, str]:
    started = time.monotonic()
    program.send_signal(number)
    _, words = program.communicate(timeout=20)
    return program.returncode, time.monotonic() - started, words


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


def ask(client: httpx2.Client, path: str, body: dict[str, Any]) -> None:
    try:
        client.post(path, json=body, timeout=60)
    except httpx2.TransportError:
        return  # the server went away, as it was told to


def wait_until(true: Any) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def descendants(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as children:  # noqa: PTH123 # a file of the kernel
        direct = [int(child) for child in children.read().split()]
    return [*direct, *(below for child in direct for below in descendants(child))]
