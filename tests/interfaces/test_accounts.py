"""Accounts: who is let in where, whose jobs are whose, and what is written down."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.interfaces.flows import INTERPRETER, PlayedFlow
from tests.interfaces.programs import environment
from tests.interfaces.test_jobs_api import own_database, sent  # noqa: F401  # a fixture, used by its name

from aitestgen import wiring
from aitestgen.account import Deed, NewKey, Person, Role, Scope
from aitestgen.api.app import create_app
from aitestgen.api.backend import Tools
from aitestgen.api.rules import GUARDED, Need, need_of, rule_of
from aitestgen.settings import Settings
from aitestgen.store.accounts import Accounts
from aitestgen.testing import PassingSandbox

T = TypeVar("T")
TEST = Deed(actor="test", action="test")
PAGE = "http://testserver"
LIMITS = {"requests_per_minute": 0, "requests_per_minute_per_address": 0, "failed_logins_per_minute": 0}


def asked(settings: Settings, work: Callable[[Accounts], Awaitable[T]]) -> T:
    """What the accounts in the settings' database answer."""

    async def run() -> T:
        accounts = await asyncio.to_thread(wiring.open_accounts, settings)
        try:
            return await work(accounts)
        finally:
            await accounts.database.aclose()

    return asyncio.run(run())


def a_key(settings: Settings, owner: str, **more: Any) -> str:
    return asked(settings, lambda accounts: accounts.add_key(NewKey(owner=owner, **more), TEST))[1]


def a_session(settings: Settings, owner: str, seconds: float = 60.0) -> str:
    person = Person(owner=owner, label=f"{owner} of the page", role=Role.USER)
    return asked(settings, lambda accounts: accounts.open_session(person, seconds, "127.0.0.1"))


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@contextmanager
def guarded(settings: Settings, tools: Tools | None = None, **changed: Any) -> Iterator[TestClient]:
    tools = tools or Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER)
    more = {"accounts": "required", "public_url": PAGE, **LIMITS, **changed}
    with TestClient(create_app(settings.model_copy(update=more), tools)) as client:
        yield client


@dataclass(frozen=True)
class Case:
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def described() -> list[Case]:
    """Every endpoint that the description tells of, and the one that it cannot tell of."""
    tools = Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER)
    paths = create_app(Settings(), tools).openapi()["paths"]
    http = [Case(method.upper(), path) for path, methods in paths.items() for method in methods]
    return [*http, Case("WEBSOCKET", "/api/jobs/{job_id}/ws")]


CASES = described()
BODIES = {
    "/api/generate-tests": {"code": "def add(a, b): ..."},
    "/api/validate-code": {"code": ""},
    "/api/jobs": {"code": "def add(a, b): ..."},
}
WHO = (
    "anonymous",
    "reader",
    "user",
    "other",
    "admin",
    "monitor",
    "revoked",
    "expired",
    "foreign page",
    "session",
    "over",
)
ALLOWED = {
    Need.NOTHING: {"anonymous", "reader", "user", "other", "admin", "monitor", "session", "over", "foreign page"},
    Need.READ: {"reader", "user", "other", "admin", "session", "foreign page"},
    Need.WRITE: {"user", "other", "admin", "session"},
    Need.METRICS: {"admin", "monitor"},
    Need.ADMIN: {"admin"},
}
"""A key that is void is refused even where none is needed: whoever sends it should learn of it."""
LET_IN = 200
ITS_OWN = {"/api/jobs/archive": 422, "/auth/login": 404, "/auth/callback": 404}
"""What endpoints themselves answer to these bodies, where nobody can log in."""
UNKNOWN = {"anonymous", "revoked", "expired", "over"}


def credentials(settings: Settings) -> dict[str, dict[str, str]]:
    """By who they are, the headers that they send."""
    revoked = a_key(settings, "user")
    asked(settings, revoke_last)
    session, cookie = a_session(settings, "user"), "aitestgen={}"
    own = {"Sec-Fetch-Site": "same-origin"}
    return {
        "anonymous": {},
        "reader": bearing(a_key(settings, "user", scopes=frozenset({Scope.READ}))),
        "user": bearing(a_key(settings, "user")),
        "other": bearing(a_key(settings, "other")),
        "admin": bearing(a_key(settings, "boss", role=Role.ADMIN)),
        "monitor": bearing(a_key(settings, "monitor", scopes=frozenset({Scope.METRICS}))),
        "revoked": bearing(revoked),
        "expired": bearing(a_key(settings, "user", seconds=0.0)),
        "session": {"Cookie": cookie.format(session), **own},
        "over": {"Cookie": cookie.format(a_session(settings, "user", 0.0)), **own},
        "foreign page": {
            "Cookie": cookie.format(session),
            "Sec-Fetch-Site": "cross-site",
            "Origin": "http://evil.test",
        },
    }


async def revoke_last(accounts: Accounts) -> None:
    await accounts.revoke((await accounts.keys())[-1].id, TEST)


def status(client: TestClient, case: Case, job_id: str, headers: dict[str, str]) -> int:
    """Of a WebSocket, the status in its close code; 200 where it was open to its end, 403 where it was not opened."""
    path = case.path.format(job_id=job_id)
    if case.method != "WEBSOCKET":
        return client.request(case.method, path, json=BODIES.get(case.path), headers=headers).status_code
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(path, headers=headers) as socket:  # noqa: PT012  # it ends whenever it ends
        while True:
            socket.receive_json()
    return {1000: 200}.get(closed.value.code, closed.value.code - 4000)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_endpoint_has_a_rule(case: Case) -> None:
    assert rule_of(case.method, case.path) is not None, "say in api/rules.py who may call it"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_endpoint_lets_in_whom_its_rule_allows(case: Case, settings: Settings) -> None:
    need = need_of(case.method, case.path)
    known = credentials(settings)
    with guarded(settings) as client:
        found = {}
        for who in WHO:
            job = sent(client, **known["user"])
            ended_as(client, job, known["user"])
            answered = status(client, case, job["id"], known[who])
            found[who] = LET_IN if answered < 400 or answered == ITS_OWN.get(case.path) else answered
    assert found == {who: expected(case, need, who) for who in WHO}


def expected(case: Case, need: Need, who: str) -> int:
    """The answer by the rule; LET_IN is any that comes from the endpoint itself."""
    if who == "foreign page" and case.method not in {"GET"}:
        return 403  # nothing but what it cannot read the answer of: browsers keep that from it
    if who == "other" and "{job_id}" in case.path:
        return 404
    if who in ALLOWED[need] or not case.path.startswith(GUARDED):
        return LET_IN
    return 401 if who in UNKNOWN else 403


def ended_as(client: TestClient, job: dict[str, Any], headers: dict[str, str]) -> None:
    assert client.get(f"/api/jobs/{job['id']}/events", headers=headers).status_code == 200


def test_what_has_no_rule_is_for_administrators_alone() -> None:
    assert [need_of("GET", path) for path in ("/api/new", "/auth/new", "/", "/docs")] == [
        *(Need.ADMIN, Need.ADMIN),
        *(Need.NOTHING, Need.NOTHING),
    ]


def test_jobs_are_seen_by_all_keys_of_their_owner_and_by_administrators(settings: Settings) -> None:
    first, second, other = (bearing(a_key(settings, owner)) for owner in ("ann", "ann", "bob"))
    boss = bearing(a_key(settings, "boss", role=Role.ADMIN))
    with guarded(settings) as client:
        job = sent(client, **first)
        ended_as(client, job, first)
        seen = {
            name: client.get("/api/jobs", headers=headers).json()["total"]
            for name, headers in [("second", second), ("other", other), ("boss", boss)]
        }
        runs = [client.get("/api/analytics", headers=who).json()["totals"]["runs"] for who in (other, boss)]
        me = client.get("/api/me", headers=second).json()
        assert client.get("/api/me").json()["role"] == "anonymous"
        assert client.delete(f"/api/jobs/{job['id']}", headers=other).status_code == 404
        assert client.delete(f"/api/jobs/{job['id']}", headers=boss).status_code == 204
        deeds = client.get("/api/audit?limit=1", headers=boss).json()
    assert (seen, runs) == ({"second": 1, "other": 0, "boss": 1}, [0, 1])
    assert (me["caller"], me["role"], me["name"], me["scopes"]) == ("user:ann", "user", "ann", ["read", "write"])
    assert deeds["deeds"][0]["deed"] == {
        "actor": "user:boss",
        "action": "job of another ended",
        "target": job["id"],
        "address": "testclient",
    }


def test_a_key_that_is_revoked_while_the_server_runs_opens_nothing_any_more(settings: Settings) -> None:
    key = bearing(a_key(settings, "ann"))
    with guarded(settings) as client:
        before = client.get("/api/jobs", headers=key)
        asked(settings, revoke_last)
        after = client.get("/api/jobs", headers=key)
    assert (before.status_code, after.status_code, after.headers["www-authenticate"]) == (200, 401, "Bearer")
    assert set(after.json()) >= {"detail", "error_type"}


def test_the_database_holds_no_secret(settings: Settings, tmp_path: Any) -> None:
    secrets = [a_key(settings, "ann"), a_session(settings, "ann")]
    files = [path for path in (tmp_path / "aitestgen").iterdir() if path.is_file()]
    assert files
    assert [(s, f) for s in secrets for f in files if s.encode() in f.read_bytes()] == []


@pytest.mark.parametrize(
    ("changed", "required"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"host": "localhost"}, False),
        ({"host": "0.0.0.0"}, True),  # noqa: S104  # read, not bound
        ({"host": "example.org"}, True),
        ({"host": "0.0.0.0", "accounts": "open"}, False),  # noqa: S104  # likewise
        ({"accounts": "required"}, True),
        ({"oidc_issuer": "google"}, True),
    ],
)
def test_callers_say_who_they_are_wherever_others_could_call(
    changed: dict[str, str], required: bool, settings: Settings
) -> None:
    assert settings.model_copy(update=changed).accounts_required is required


def test_without_accounts_a_key_changes_nothing(settings: Settings) -> None:
    key = bearing(a_key(settings, "ann"))
    with guarded(settings, accounts="open") as client:
        assert client.get("/api/me", headers=key).json()["role"] == "anonymous"
        assert client.get("/api/jobs", headers=bearing("nonsense")).status_code == 200


def test_a_server_that_others_reach_does_not_start_open() -> None:
    ran = [sys.executable, "-m", "aitestgen", "serve", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104  # refused
    refused = subprocess.run(ran, env=environment(), capture_output=True, text=True, timeout=50, check=False)
    assert (refused.returncode, "aitestgen keys create" in refused.stderr) == (2, True)


def test_keys_are_made_listed_and_revoked_at_the_command_line(settings: Settings) -> None:
    def run(*words: str) -> str:
        ran = [sys.executable, "-m", "aitestgen", "keys", *words]
        return subprocess.run(ran, env=environment(), capture_output=True, text=True, timeout=50, check=True).stdout

    key = run("create", "ann", "--read-only", "--days", "1").strip()
    listed = json.loads(run("list", "--json"))["keys"]
    with guarded(settings) as client:
        assert client.get("/api/me", headers=bearing(key)).json()["scopes"] == ["read"]
    run("revoke", listed[0]["id"])
    assert (key in json.dumps(listed), "revoked" in run("list"), listed[0]["owner"]) == (False, True, "ann")
    with guarded(settings) as client:
        assert client.get("/api/me", headers=bearing(key)).status_code == 401
