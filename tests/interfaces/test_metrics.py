"""Figures for Prometheus: what is counted, and who may read it."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.interfaces.flows import INTERPRETER, PlayedFlow
from tests.interfaces.programs import environment, free_port, stop, wait_until
from tests.interfaces.test_accounts import a_key, bearing, guarded
from tests.interfaces.test_jobs_api import ADD, ended, own_database, sent, served  # noqa: F401  # a fixture, by its name
from tests.interfaces.test_limits import Costly

from aitestgen.account import Scope
from aitestgen.api.backend import Tools
from aitestgen.errors import NothingToTest
from aitestgen.sandbox.counted import Counted
from aitestgen.settings import Settings
from aitestgen.testing import FixedSandbox
from aitestgen.values import RunResult, Verdict


def figures(text: str) -> dict[str, float]:
    """Name and labels → value, as Prometheus reads them."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_generations_are_counted_with_what_they_cost(settings: Settings) -> None:
    sandbox = Counted(FixedSandbox(RunResult(verdict=Verdict.PASSED, cpu_seconds=0.1)))
    tools = Tools(sandbox=sandbox, flow=Costly(sandbox), interpreter=INTERPRETER)
    key = bearing(a_key(settings, "ann"))
    monitor = bearing(a_key(settings, "monitor", scopes=frozenset({Scope.METRICS})))
    with guarded(settings, tools) as client:
        assert client.post("/api/generate-tests", json={"code": ADD}, headers=key).status_code == 200
        job = sent(client, **key)
        assert client.get(f"/api/jobs/{job['id']}/events", headers=key).status_code == 200
        answer = client.get("/metrics", headers=monitor)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    now = figures(answer.text)
    assert now["aitestgen_generations_total{verdict=passed}"] == 2
    assert (now["aitestgen_generation_seconds_count"], now["aitestgen_redeliveries_total"]) == (2, 0)
    assert now["aitestgen_stage_seconds_count{stage=analyse}"] == 2
    assert now["aitestgen_jail_cpu_seconds_total"] == pytest.approx(0.2)
    assert (now["aitestgen_model_calls_total"], now["aitestgen_model_tokens_total{direction=in}"]) == (2, 14)
    assert now["aitestgen_model_usd_total"] == pytest.approx(0.02)
    assert (now["aitestgen_slots"], now["aitestgen_slots_free"], now["aitestgen_database_up"]) == (2, 2, 1)


def test_a_generation_without_a_report_is_counted_too(settings: Settings) -> None:
    with served(settings, PlayedFlow(error=NothingToTest("nothing"))) as client:
        assert client.post("/api/generate-tests", json={"code": ADD}).status_code == 422
        assert figures(client.get("/metrics").text)["aitestgen_generations_total{verdict=none}"] == 1


def test_the_line_of_jobs_is_told_with_its_age(settings: Settings) -> None:
    with served(settings, jobs_in_server=0, jobs_per_caller=2) as client:
        before = figures(client.get("/metrics").text)
        for _ in range(3):
            sent(client)
        after = figures(client.get("/metrics").text)
    states = [f"{{state={state}}}" for state in ("waiting", "queued", "running")]
    assert [before[f"aitestgen_jobs_modules{state}"] for state in states] == [0, 0, 0]
    assert [after[f"aitestgen_jobs_modules{state}"] for state in states] == [1, 2, 0]
    assert 0 < after["aitestgen_jobs_oldest_seconds{state=queued}"] < 60


def test_a_database_that_is_away_is_a_figure(settings: Settings, tmp_path: Path) -> None:
    with served(settings) as client:
        (tmp_path / "aitestgen" / "jobs.db").write_bytes(b"no database at all")
        for name in ("jobs.db-wal", "jobs.db-shm"):
            (tmp_path / "aitestgen" / name).unlink(missing_ok=True)
        now = figures(client.get("/metrics").text)
    assert now["aitestgen_database_up"] == 0
    assert not [name for name in now if name.startswith("aitestgen_jobs_")]


@pytest.mark.parametrize(
    ("scopes", "status"),
    [({Scope.READ, Scope.WRITE}, 403), ({Scope.READ}, 403), ({Scope.METRICS}, 200), (None, 401)],
)
def test_figures_are_for_a_monitor(scopes: set[Scope] | None, status: int, settings: Settings) -> None:
    key = bearing(a_key(settings, "ann", scopes=frozenset(scopes))) if scopes else {}
    with guarded(settings) as client:
        assert client.get("/metrics", headers=key).status_code == status
        if status == 200:
            assert client.get("/api/jobs", headers=key).status_code == 403
            assert client.get("/api/audit", headers=key).status_code == 403


def test_a_worker_shows_its_own_figures_where_that_is_wanted() -> None:
    port = free_port()
    told = environment(AITESTGEN_METRICS_PORT=str(port))
    program = subprocess.Popen(
        [sys.executable, "-m", "aitestgen", "worker", "--slots", "1"],
        env=told,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: program.poll() is not None or answers(port))
        now = figures(httpx2.get(f"http://127.0.0.1:{port}/metrics").text)
        assert (now["aitestgen_generations_total{verdict=passed}"], now["aitestgen_redeliveries_total"]) == (0, 0)
        assert stop(program)[0] == 0
    finally:
        program.kill()
        program.communicate()


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/metrics").status_code == 200
    except httpx2.TransportError:
        return False
