"""Jobs of real servers with real jails: killed, cancelled, drained, and followed from one server to the next."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.interfaces.programs import descendants, environment, has_jail, server, still, stop, wait_until, with_birth
from tests.jobs.databases import Postgres

pytestmark = [pytest.mark.jail, pytest.mark.timeout(150)]

ADD = "def add(a: int, b: int) -> int:\n    if a > 10:\n        return a - b\n    return a + b\n"
ENDLESS = "def wait(n: int) -> int:\n    while n < 1000:\n        n = n - 1\n    return n\n"
SAMPLE_SECONDS = 0.3
FINAL = {"done", "failed", "cancelled"}
Client = httpx2.Client


def sent(client: Client, code: str = ADD, **options: Any) -> str:
    answer = client.post("/api/jobs", json={"code": code, "options": options})
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["id"]
    return job_id


def job_of(client: Client, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = client.get(f"/api/jobs/{job_id}").json()
    return job


def ended(client: Client, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def is_final() -> bool:
        found.update(job_of(client, job_id))
        return found["state"] in FINAL

    deadline = time.monotonic() + 100
    while not is_final():
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def running(client: Client, job_id: str) -> None:
    wait_until(lambda: job_of(client, job_id)["state"] == "running")


def events(client: Client, job_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
    headers = {"Last-Event-ID": str(after)}
    with client.stream("GET", f"/api/jobs/{job_id}/events", headers=headers, timeout=60) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def test_a_job_survives_the_death_of_its_server_and_ends_after_the_restart(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path)}
    with server("serve", **state) as (program, client):
        first, second = sent(client, budget_seconds=3, seed=1), sent(client, "def f(x: bool): return x")
        running(client, first)
        wait_until(lambda: has_jail(program.pid))
        jailed = with_birth(descendants(program.pid))
        program.send_signal(signal.SIGKILL)
        program.wait()
    wait_until(lambda: not still(jailed))
    with server("serve", **state) as (_, client):
        jobs = [ended(client, job_id) for job_id in (first, second)]
        seqs = [event["seq"] for event in events(client, first)]
    assert [job["state"] for job in jobs] == ["done", "done"]
    assert (jobs[0]["attempt"], jobs[0]["result"]["passed"]) == (2, True)
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_cancelled_job_leaves_no_jail_at_work_and_frees_its_slot(tmp_path: Path) -> None:
    with server("serve", XDG_STATE_HOME=str(tmp_path), AITESTGEN_SLOTS="1") as (program, client):
        job_id = sent(client, ENDLESS, budget_seconds=50)
        wait_until(lambda: busy(program.pid))
        started = time.monotonic()
        client.delete(f"/api/jobs/{job_id}")
        client.delete(f"/api/jobs/{job_id}")
        wait_until(lambda: not busy(program.pid))
        gone = time.monotonic() - started - SAMPLE_SECONDS
        assert ended(client, job_id)["state"] == "cancelled"
        assert ended(client, sent(client, budget_seconds=2))["state"] == "done"
    assert gone < 2 * patience(), gone


def busy(pid: int) -> bool:
    """Whether what the program started uses a processor: jails that stand ready do not."""
    before = ticks(pid)
    time.sleep(SAMPLE_SECONDS)
    after = ticks(pid)
    return sum(after[child] - before[child] for child in before.keys() & after.keys()) > 1


def ticks(pid: int) -> dict[int, int]:
    """Processor time by descendant, in clock ticks."""
    found = {}
    for child in descendants(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            found[child] = int(fields[11]) + int(fields[12])
    return found


def patience() -> float:
    """A machine with more to do than it has processors is given more time."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_a_server_that_is_told_to_end_puts_its_job_back_and_ends_streams(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path), "AITESTGEN_DRAIN_SECONDS": "1"}
    with server("serve", **state) as (program, client):
        job_id = sent(client, ENDLESS, budget_seconds=20)
        stream = events(client, job_id)
        next(stream)
        running(client, job_id)
        jailed = with_birth(descendants(program.pid))
        status, seconds, words = stop(program)
        assert list(stream)[-1:] != [{"event": "end"}]
        assert (status, seconds < 8 * patience(), "Traceback" in words) == (0, True, False)
    assert not still(jailed)
    with server("serve", **state) as (_, client):
        assert job_of(client, job_id)["state"] in {"queued", "running"}
        client.delete(f"/api/jobs/{job_id}")
        client.delete(f"/api/jobs/{job_id}")
        ended(client, job_id)


@contextmanager
def worker(**more: str) -> Iterator[subprocess.Popen[str]]:
    program = subprocess.Popen(
        [sys.executable, "-m", "aitestgen", "worker", "--slots", "1"],
        env=environment(**more),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stderr
        assert any("worker: 1 at a time" in line for line in program.stderr)
        yield program
    finally:
        program.kill()
        program.communicate()


def test_events_go_on_at_another_server_when_the_first_is_killed(postgres: Postgres) -> None:
    """Two servers at addresses of their own, and three workers, which share nothing but the database."""
    shared = {"AITESTGEN_DATABASE_URL": postgres.fresh(), "AITESTGEN_JOBS_IN_SERVER": "0"}
    with ExitStack() as stack:
        first, one = stack.enter_context(server("serve", **shared, AITESTGEN_HOST="127.0.0.2"))
        _, other = stack.enter_context(server("serve", **shared, AITESTGEN_HOST="127.0.0.3"))
        hands = [stack.enter_context(worker(**shared)) for _ in range(3)]
        job_id = sent(one, budget_seconds=4)
        stream = events(one, job_id)
        seen = [next(stream), next(stream)]
        first.send_signal(signal.SIGKILL)
        with suppress(httpx2.TransportError):
            seen += stream
        seen += events(other, job_id, after=seen[-1]["seq"])
        done = job_of(other, job_id)
        ends = [stop(hand) for hand in hands]
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))
    assert (seen[-1]["event"], done["state"], done["result"]["passed"]) == ("end", "done", True)
    assert {"stage", "coverage", "tests", "mutants"} <= {event["event"] for event in seen}
    assert [(status, "Traceback" in words) for status, _, words in ends] == [(0, False)] * 3
