"""Jobs over HTTP, with a flow that is played: what is sent, told, kept, exported and refused."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.interfaces.flows import INTERPRETER, SUITE, PlayedFlow, a_report
from tests.jobs.test_archives import zipped

from aitestgen.api.app import create_app
from aitestgen.api.backend import Tools
from aitestgen.errors import NothingToTest, SandboxError
from aitestgen.settings import Settings
from aitestgen.testing import PassingSandbox
from aitestgen.values import Before, Coverage, Evidence, Mutation

ADD = "def add(a, b):\n    return a + b\n"
FILES = {
    "shop/__init__.py": "",
    "shop/price.py": "def net(gross):\n    return gross / 2\n",
    "shop/cart.py": "from shop.price import net\n\n\ndef total(prices):\n    return sum(map(net, prices))\n",
    "tests/test_cart.py": "def test_nothing(): ...\n",
    "README.md": "A shop",
}
Flow = Any


@contextmanager
def served(settings: Settings, flow: Flow = None, **changed: Any) -> Iterator[TestClient]:
    tools = Tools(sandbox=PassingSandbox(), flow=flow or PlayedFlow(), interpreter=INTERPRETER)
    with TestClient(create_app(settings.model_copy(update=changed), tools)) as client:
        yield client


@pytest.fixture(autouse=True)
def own_database(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def sent(client: TestClient, body: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
    answer = client.post("/api/jobs", json=body or {"code": ADD}, headers=headers)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/jobs/{job['id']}"
    return job


def stream(client: TestClient, job: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    """The events up to the job's end, each as its data, checked against the lines around it."""
    answer = client.get(f"/api/jobs/{job['id']}/events", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    found = re.findall(r"^id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n", answer.text, re.MULTILINE)
    events = [json.loads(data) for _, _, data in found]
    assert [(str(event["seq"]), event["event"]) for event in events] == [(seq, kind) for seq, kind, _ in found]
    return events


def ended(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    stream(client, job)
    answer: dict[str, Any] = client.get(f"/api/jobs/{job['id']}").json()
    return answer


def test_a_snippet_is_queued_run_and_kept(settings: Settings) -> None:
    with served(settings) as client:
        job = sent(client, {"code": ADD, "options": {"seed": 7}})
        assert (job["kind"], job["state"], job["title"], job["code"]) == ("snippet", "queued", "add", ADD)
        assert (job["result"], job["error"], job["finished"], job["options"]["seed"]) == (None, None, None, 7)
        done = ended(client, job)
        direct = client.post("/api/generate-tests", json={"code": ADD}).json()
    assert (done["state"], done["attempt"], done["position"], done["result"]) == ("done", 1, None, direct)
    assert done["created"] <= done["started"] <= done["finished"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", done["created"])


def test_events_have_numbers_without_a_gap_and_go_on_after_the_last_that_was_seen(settings: Settings) -> None:
    with served(settings) as client:
        job = sent(client)
        events = stream(client, job)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["event"] for event in events] == ["queued", "stage", "stage", "end"]
        assert (events[1]["stage"], events[1]["seconds"], events[-1]["state"]) == ("analyse", 0.0, "done")
        assert stream(client, job, **{"Last-Event-ID": "2"}) == events[2:]
        assert stream(client, job, **{"Last-Event-ID": "4"}) == []
        with client.websocket_connect(f"/api/jobs/{job['id']}/ws?after=1") as socket:
            assert [socket.receive_json() for _ in events[1:]] == events[1:]
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
    assert closed.value.code == 1000


def test_a_socket_of_a_foreign_page_or_of_no_job_is_closed(settings: Settings) -> None:
    with served(settings) as client:
        job = sent(client)
        with (
            pytest.raises(WebSocketDisconnect) as foreign,
            client.websocket_connect(f"/api/jobs/{job['id']}/ws", headers={"origin": "http://evil.example"}),
        ):
            pass
        with client.websocket_connect("/api/jobs/none/ws") as socket, pytest.raises(WebSocketDisconnect) as unknown:
            socket.receive_json()
    assert (foreign.value.code, unknown.value.code) == (4403, 4404)


def test_several_files_are_items_of_one_job(settings: Settings) -> None:
    flow = PlayedFlow()
    with served(settings, flow) as client:
        job = sent(client, {"files": FILES})
        assert (job["kind"], job["title"], job["code"]) == ("files", "shop/cart.py, shop/price.py", None)
        assert [item["module"] for item in job["items"]] == ["shop.cart", "shop.price"]
        done = ended(client, job)
        assert [(item["state"], item["error"]) for item in done["items"]] == [("done", None)] * 2
        exported = client.get(f"/api/jobs/{job['id']}/export?format=pytest")
        line = client.get("/api/jobs").json()["jobs"][0]
    assert sorted(request.source.module for request in flow.requests) == ["shop.cart", "shop.price"]
    assert (exported.headers["content-type"], line["tests"], line["line_coverage"]) == ("application/zip", 2, 0.75)


def test_an_archive_is_a_job_of_its_files(settings: Settings) -> None:
    with served(settings) as client:
        answer = client.post(
            "/api/jobs/archive?seed=3", content=zipped({f"shop-1/{n}": t.encode() for n, t in FILES.items()})
        )
        bomb = client.post("/api/jobs/archive", content=zipped({"a.py": bytes(5_000_000)}))
        unknown = client.post("/api/jobs/archive?sead=3", content=b"")
        done = ended(client, answer.json())
    assert (answer.status_code, answer.json()["options"]["seed"]) == (202, 3)
    assert [(item["module"], item["state"]) for item in done["items"]] == [
        ("shop.cart", "done"),
        ("shop.price", "done"),
    ]
    assert (bomb.status_code, unknown.status_code) == (422, 422)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "import os\nos.remove('x')"}, 400),
        ({"code": "def f(:"}, 422),
        ({"code": ""}, 422),
        ({"code": "x" * 6000}, 422),
        ({"code": ADD, "files": {"a.py": ADD}}, 422),
        ({}, 422),
        ({"code": ADD, "options": {"unknown": 1}}, 422),
    ],
)
def test_what_the_direct_call_refuses_is_refused_alike(settings: Settings, body: dict[str, Any], status: int) -> None:
    with served(settings) as client:
        answer = client.post("/api/jobs", json=body)
        direct = client.post("/api/generate-tests", json=body)
        assert client.get("/api/jobs").json()["total"] == 0
    assert answer.status_code == status
    if body and "files" not in body:
        assert (direct.status_code, direct.json()) == (status, answer.json())


@pytest.mark.parametrize(
    ("files", "status", "word"),
    [
        ({"../a.py": ADD}, 422, "plain relative path"),
        ({"/etc/a.py": ADD}, 422, "plain relative path"),
        ({"a//b.py": ADD}, 422, "plain relative path"),
        ({"a\\b.py": ADD}, 422, "plain relative path"),
        ({"a\0.py": ADD}, 422, "plain relative path"),
        ({"a": "", "a/b.py": ADD}, 422, "folder of another"),
        ({"a.py": "x = 1"}, 422, "function or class"),
        ({}, 422, "there is none"),
        ({"a.py": "def f(:"}, 422, "a.py"),
        ({f"m{number}.py": ADD for number in range(201)}, 422, "AITESTGEN_MAX_FILES"),
        ({"a.py": ADD + "# x\n" * 600_000}, 422, "AITESTGEN_MAX_UPLOAD_KIB"),
        ({"a.py": ADD, "b.py": "import subprocess"}, 400, "subprocess"),
        ({"a.py": "import os\nos.remove('x')\n" + ADD, "os.py": "def remove(x): ..."}, 400, "os"),
        ({"a.py": "import b\n" + ADD, "b.py": ADD}, 202, ""),
    ],
)
def test_files_are_judged_before_anything_is_queued(
    settings: Settings, files: dict[str, str], status: int, word: str
) -> None:
    with served(settings) as client:
        answer = client.post("/api/jobs", json={"files": files})
    assert (answer.status_code, word in answer.text) == (status, True), answer.text


def test_a_key_sent_again_is_the_same_job(settings: Settings) -> None:
    with served(settings) as client:
        first = sent(client, **{"Idempotency-Key": "k"})
        assert sent(client, **{"Idempotency-Key": "k"})["id"] == first["id"]
        other = client.post("/api/jobs", json={"code": "def g(): ..."}, headers={"Idempotency-Key": "k"})
        bad = client.post("/api/jobs", json={"code": ADD}, headers={"Idempotency-Key": "a b"})
    assert (other.status_code, bad.status_code) == (409, 422)


class Stopping(PlayedFlow):
    """Waits until it is told to stop, and then says what it has."""

    async def __call__(self, request: Any, stop: asyncio.Event | None) -> Any:
        assert stop
        first, last = [event async for event in super().__call__(request, None)]
        yield first
        await stop.wait()
        yield last


class Stuck(PlayedFlow):
    """Does not stop."""

    async def __call__(self, request: Any, stop: asyncio.Event | None) -> Any:
        first, _ = [event async for event in super().__call__(request, stop)]
        yield first
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled = True


def test_a_cancelled_job_keeps_what_it_has_and_a_second_delete_removes_it(settings: Settings) -> None:
    with served(settings, Stopping(report=a_report(interrupted=True))) as client:
        job = sent(client)
        wait_for(client, job, "running")
        answer = client.delete(f"/api/jobs/{job['id']}")
        assert (answer.status_code, answer.json()["id"]) == (202, job["id"])
        done = ended(client, job)
        assert (done["state"], done["result"]["generated_tests"], done["error"]) == ("cancelled", SUITE, None)
        assert client.delete(f"/api/jobs/{job['id']}").status_code == 204
        assert client.get(f"/api/jobs/{job['id']}").status_code == 404
        assert client.delete(f"/api/jobs/{job['id']}").status_code == 404


def test_a_job_that_does_not_stop_is_cut_off_when_it_is_cancelled_twice(settings: Settings) -> None:
    flow = Stuck()
    with served(settings, flow, slots=1) as client:
        job, waiting = sent(client), sent(client)
        wait_for(client, job, "running")
        assert client.delete(f"/api/jobs/{waiting['id']}").json()["state"] == "cancelled"
        client.delete(f"/api/jobs/{job['id']}")
        client.delete(f"/api/jobs/{job['id']}")
        done = ended(client, job)
    assert (done["state"], done["result"], flow.cancelled) == ("cancelled", None, True)


def wait_for(client: TestClient, job: dict[str, Any], state: str) -> None:
    for _ in range(2000):
        if client.get(f"/api/jobs/{job['id']}").json()["state"] == state:
            return
    raise AssertionError(f"the job did not come to be {state}")


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (NothingToTest("nothing here"), {"detail": "nothing here", "error_type": "CodeInvalid", "retryable": False}),
        (SandboxError("no jail"), {"detail": "no jail", "error_type": "SandboxError", "retryable": True}),
        (ValueError("secret"), {"error_type": "Unknown", "retryable": False}),
    ],
)
def test_a_job_that_fails_says_why(settings: Settings, error: Exception, body: dict[str, Any]) -> None:
    with served(settings, PlayedFlow(error=error)) as client:
        done = ended(client, sent(client))
        assert client.get(f"/api/jobs/{done['id']}/export").status_code == 404
    assert (done["state"], done["result"], "secret" in str(done)) == ("failed", None, False)
    assert body.items() <= done["error"].items()


def test_the_list_has_the_figures_and_finds_titles(settings: Settings) -> None:
    with served(settings) as client:
        for name in ("first", "second"):
            ended(client, sent(client, {"code": f"def {name}(): ..."}))
        whole = client.get("/api/jobs?limit=1").json()
        rest = client.get("/api/jobs", params={"limit": 1, "cursor": whole["next"]}).json()
        found = client.get("/api/jobs?q=FIRST&state=done").json()
        bad = client.get("/api/jobs?cursor=x")
    assert (whole["total"], whole["jobs"][0]["title"], rest["next"]) == (2, "second", None)
    assert found["jobs"] == rest["jobs"]
    figures = {"status": "success", "tests": 1, "passed": 1, "line_coverage": 0.75, "branch_coverage": 0.5}
    assert {**figures, "mutation_score": 0.5, "suspected_bugs": 1}.items() <= found["jobs"][0].items()
    assert (bad.status_code, "result" in found["jobs"][0], "code" in found["jobs"][0]) == (422, False, False)


def test_exports_come_as_files(settings: Settings) -> None:
    with served(settings) as client:
        done = ended(client, sent(client))
        suite = client.get(f"/api/jobs/{done['id']}/export")
        whole = client.get(f"/api/jobs/{done['id']}/export?format=json")
        unknown = client.get(f"/api/jobs/{done['id']}/export?format=docx")
    assert suite.text == SUITE
    assert suite.headers["content-disposition"] == 'attachment; filename="test_user_code.py"'
    assert (whole.json()["id"], whole.headers["content-type"]) == (done["id"], "application/json")
    assert unknown.status_code == 422


@pytest.mark.parametrize(
    ("wanted", "media_type", "word"),
    [
        ("junit", "application/xml", "testcase"),
        ("lcov", "text/plain", "SF:user_code.py"),
        ("cobertura", "application/xml", "line-rate"),
        ("html", "text/html", "<html"),
        ("sarif", "application/sarif+json", "2.1.0"),
    ],
)
@pytest.mark.parametrize("keep_code", [True, False])
def test_reports_are_exported_for_other_tools(
    settings: Settings, keep_code: bool, wanted: str, media_type: str, word: str
) -> None:
    with served(settings, keep_code=keep_code) as client:
        done = ended(client, sent(client))
        file = client.get(f"/api/jobs/{done['id']}/export?format={wanted}")
    assert (file.status_code, file.headers["content-type"].partition(";")[0], word in file.text) == (
        200,
        media_type,
        True,
    )


def test_the_server_says_what_it_is_and_what_was_done(settings: Settings) -> None:
    with served(settings) as client:
        ended(client, sent(client))
        config = client.get("/api/config").json()
        sums = client.get("/api/analytics?days=7").json()
        me = client.get("/api/me").json()
    assert (config["max_code_length"], config["isolation"]["backend"], config["keep_code"]) == (5000, "passing", True)
    assert (sums["totals"], sums["verdicts"]) == ({"runs": 1, "passed": 1}, {"passed": 1})
    assert [stage["name"] for stage in sums["stages"]] == ["analyse", "run"]
    assert sums["days"][0]["mutation_score"] == 0.5
    assert (me["role"], me["login"]) == ("anonymous", False)


def test_code_is_not_kept_where_the_operator_says_so(settings: Settings) -> None:
    with served(settings, keep_code=False) as client:
        done = ended(client, sent(client))
    assert (done["code"], done["state"]) == (None, "done")


def test_history_is_there_after_a_restart(settings: Settings) -> None:
    with served(settings) as client:
        done = ended(client, sent(client))
    with served(settings) as client:
        assert client.get(f"/api/jobs/{done['id']}").json() == done


def test_before_the_server_runs_jobs_are_answered_503(settings: Settings) -> None:
    tools = Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER)
    answer = TestClient(create_app(settings, tools)).get("/api/jobs")
    assert (answer.status_code, answer.json()["retryable"]) == (503, True)


def test_a_snippet_may_bring_its_tests_along(settings: Settings) -> None:
    tests = "from user_code import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    flow = PlayedFlow()
    with served(settings, flow) as client:
        done = ended(client, sent(client, {"code": ADD, "tests": tests}))
        bad = client.post("/api/jobs", json={"code": ADD, "tests": "import socket\n"})
        stray = client.post("/api/jobs", json={"files": FILES, "tests": tests})
    assert (done["code"], done["state"]) == (ADD, "done")
    [request] = flow.requests
    assert request.into is not None
    assert (request.into.text, request.source.text) == (tests, ADD)
    assert (bad.status_code, bad.json()["error_type"]) == (400, "SecurityViolation")
    assert (stray.status_code, stray.json()["error_type"]) == (422, "CodeInvalid")


def test_where_the_tests_that_came_along_have_it_all_they_are_the_suite(settings: Settings) -> None:
    tests = "from user_code import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    proof = Evidence(id="test_user_code.py::test_add", new_lines=(2,), new_arcs=(), kills=(1,), seconds=0.01)
    before = Before(tests=1, coverage=Coverage(), mutation=Mutation(), suite=(proof,))
    report = replace(a_report(), tests_file="", tests=(), before=before)
    with served(settings, PlayedFlow(report=report)) as client:
        result = ended(client, sent(client, {"code": ADD, "tests": tests}))["result"]
    assert result["generated_tests"] == tests
    assert [(test["name"], test["mutants_killed"]) for test in result["tests"]] == [(proof.id, [1])]
    assert result["existing"]["tests"] == 1
