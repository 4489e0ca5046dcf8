"""Both servers as programs: started, asked, stopped."""

import base64
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from tests.interfaces.programs import (
    ask,
    descendants,
    environment,
    free_port,
    server,
    still,
    stop,
    wait_until,
    with_birth,
)
from tests.sandbox.leftovers import MARK, leftovers

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
        ("AITESTGEN_TRUSTED_PROXIES", "proxy.example"),
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
    with server(command, AITESTGEN_WALL_SECONDS="50", AITESTGEN_DRAIN_SECONDS="0.5") as (program, client):
        asking = threading.Thread(target=ask, args=(client, path, body))
        asking.start()
        wait_until(lambda: len(descendants(program.pid)) > 0)
        jailed = with_birth(descendants(program.pid))
        code, seconds, _ = stop(program)
        asking.join(timeout=20)
    assert code == 0
    assert seconds < 5
    wait_until(lambda: not still(jailed), 1)  # one was once listed for a moment longer than the service


@dataclass(frozen=True, kw_only=True)
class Busy:
    """A service at work: `jailed` are the processes of its jails, also of those that stand ready."""

    program: "subprocess.Popen[str]"
    running: "Future[httpx2.Response | None]"
    waiting: "Future[httpx2.Response | None]"
    jailed: dict[int, str | None]


def spinning_run(wall_seconds: float) -> dict[str, Any]:
    """A run that lasts as long as it may, and is known by its hash seed."""
    limits = {"wall_seconds": wall_seconds}
    return {**SPINNING, "python": "{}.{}".format(*sys.version_info), "limits": limits, "hash_seed": MARK}


@contextmanager
def busy_service(wall_seconds: float, drain_seconds: float) -> Iterator[Busy]:
    """A service with one slot, a run that holds it, and one that waits."""
    limits = {"AITESTGEN_WALL_SECONDS": "50", "AITESTGEN_DRAIN_SECONDS": str(drain_seconds), "AITESTGEN_SLOTS": "1"}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2))
        program, client = stack.enter_context(server("sandbox-service", **limits))
        running = pool.submit(ask, client, "/run", spinning_run(wall_seconds))
        wait_until(lambda: "aitestgen_sandbox_slots_free 0.0" in client.get("/metrics").text)
        waiting = pool.submit(ask, client, "/run", spinning_run(wall_seconds))
        wait_until(lambda: "aitestgen_sandbox_queue 1.0" in client.get("/metrics").text)
        wait_until(lambda: any(name.startswith("process") for name in leftovers(program.pid)))
        yield Busy(program=program, running=running, waiting=waiting, jailed=with_birth(descendants(program.pid)))


def left(busy: Busy) -> list[Any]:
    """What there still is of the service's jails."""
    return [*leftovers(busy.program.pid), *still(busy.jailed)]


@pytest.mark.jail
def test_a_signal_lets_a_running_job_end_and_sends_the_waiting_away() -> None:
    with busy_service(wall_seconds=3.0, drain_seconds=50.0) as busy:
        busy.program.send_signal(signal.SIGTERM)
        refused, answered = busy.waiting.result(), busy.running.result()
        busy.program.communicate(timeout=20)
        assert refused is not None
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert answered is not None
        assert answered.text.count('"verdict":"timed_out"') == 1, answered.text
        assert busy.program.returncode == 0
        assert left(busy) == []


@pytest.mark.jail
def test_a_second_signal_ends_the_running_jobs_too() -> None:
    with busy_service(wall_seconds=50.0, drain_seconds=50.0) as busy:
        busy.program.send_signal(signal.SIGTERM)
        refused = busy.waiting.result()  # the first signal was heard
        code, seconds, _ = stop(busy.program)
        assert refused is not None
        assert refused.status_code == 503
        assert (code, seconds < 5) == (0, True)
        assert left(busy) == []


@pytest.mark.jail
def test_of_a_service_that_is_killed_nothing_is_left_after_the_next_start() -> None:
    with busy_service(wall_seconds=50.0, drain_seconds=50.0) as busy:
        busy.program.kill()
        busy.program.communicate(timeout=20)
        wait_until(lambda: not still(busy.jailed))
        with server("sandbox-service") as (_, client):
            assert client.get("/health").json()["reason"] is None
            assert left(busy) == []
