"""Limits: requests a minute, seconds a day, slow clients, long headers; what answers tell browsers; what logs keep."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator

import httpx2
import pytest
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, PlayedFlow
from tests.interfaces.programs import server, stop
from tests.interfaces.test_accounts import TEST, a_key, a_session, bearing, guarded
from tests.interfaces.test_jobs_api import own_database, sent, served  # noqa: F401  # a fixture, used by its name
from tests.jobs.databases import postgres, url  # noqa: F401  # likewise

from aitestgen.account import NewKey
from aitestgen.api.backend import Tools
from aitestgen.api.rates import MOST_NAMES, Rates
from aitestgen.job import Usage
from aitestgen.providers.budget import Caps, Ledger
from aitestgen.sandbox.counted import Counted
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.store.accounts import Accounts, Login
from aitestgen.store.database import database_url, opened
from aitestgen.store.sql import SqlStore
from aitestgen.testing import FixedSandbox
from aitestgen.values import Event, Request, Run, RunResult, Spend, Verdict

ADD = {"code": "def add(a, b):\n    return a + b\n"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_s_requests_may_come_at_once_and_then_one_by_one() -> None:
    clock = Clock()
    rates = Rates(limit=3, clock=clock)
    taken = [rates.take("ann") for _ in range(4)]
    assert [(left.remaining, left.reset, left.wait) for left in taken if left] == [
        *((2, 20, 0), (1, 40, 0)),
        *((0, 60, 0), (0, 60, 20)),
    ]
    clock.now += 20
    assert [left.wait for left in (rates.take("ann"), rates.take("ann"), rates.take("bob")) if left] == [0, 20, 0]
    clock.now += 1000
    assert rates.take("ann") == taken[0]


def test_over_any_minute_no_more_than_twice_the_limit_gets_through() -> None:
    clock, through = Clock(), []
    rates = Rates(limit=60, clock=clock)
    for _ in range(6000):
        clock.now += 0.05
        left = rates.take("ann")
        if left and not left.wait:
            through.append(clock.now)
    assert max(sum(at <= other < at + 60 for other in through) for at in through) <= 120
    assert len(through) == pytest.approx(300 + 60, abs=2)


def test_many_names_take_bounded_memory() -> None:
    rates = Rates(limit=3, clock=Clock())
    for number in range(MOST_NAMES + 100):
        rates.take(str(number))
    assert len(rates._full_at) == MOST_NAMES


def test_without_a_limit_nothing_is_counted(settings: Settings) -> None:
    assert Rates(limit=0, clock=Clock()).take("ann") is None
    with served(settings) as client:
        assert "ratelimit-limit" not in client.get("/api/me").headers


def test_a_caller_over_the_limit_is_told_when_to_come_again(settings: Settings) -> None:
    ann, second, bob = (bearing(a_key(settings, owner)) for owner in ("ann", "ann", "bob"))
    with guarded(settings, requests_per_minute=2) as client:
        answers = [client.get("/api/me", headers=headers) for headers in (ann, second, ann, bob)]
        health = client.get("/health", headers=ann)
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    told = [
        {name: answer.headers.get(name) for name in ("ratelimit-limit", "ratelimit-remaining")} for answer in answers
    ]
    assert [tuple(one.values()) for one in told] == [("2", "1"), ("2", "0"), ("2", "0"), ("2", "1")]
    assert 0 < int(answers[2].headers["retry-after"]) <= int(answers[2].headers["ratelimit-reset"]) <= 60
    assert (answers[2].json()["retryable"], health.status_code) == (True, 200)


def test_guessing_keys_is_counted_by_address(settings: Settings) -> None:
    with guarded(settings, requests_per_minute_per_address=3) as client:
        found = [client.get("/api/jobs", headers=bearing(f"atg_{n}")).status_code for n in range(5)]
    assert found == [401, 401, 401, 429, 429]


def test_an_open_server_can_be_limited_too(settings: Settings) -> None:
    with served(settings, requests_per_minute_per_address=1) as client:
        assert [client.post("/api/validate-code", json=ADD).status_code for _ in range(2)] == [200, 429]


class Costly(PlayedFlow):
    """Has one run in the jail, and asks a model that takes 10 tokens and a cent."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.sandbox = sandbox

    async def __call__(self, request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        await self.sandbox.run(Run(program="run_tests", job={}, interpreter=request.interpreter))
        Ledger(Caps()).settle(Spend(), Spend(calls=1, input_tokens=7, output_tokens=3, usd=0.01))
        async for event in super().__call__(request, stop):
            yield event


@pytest.mark.parametrize("path", ["/api/generate-tests", "/api/jobs"])
@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        ({"seconds_per_day": 1e-6}, True),
        ({"cpu_seconds_per_day": 0.1}, True),
        ({"cpu_seconds_per_day": 0.3}, False),
        ({"llm_tokens_per_day": 10}, True),
        ({"llm_tokens_per_day": 21}, False),
        ({"llm_usd_per_day": 0.01}, True),
    ],
)
def test_who_has_used_up_the_day_waits_for_the_next(
    path: str, limit: dict[str, float], refused: bool, settings: Settings
) -> None:
    ann, bob = bearing(a_key(settings, "ann")), bearing(a_key(settings, "bob"))
    sandbox = Counted(FixedSandbox(RunResult(verdict=Verdict.PASSED, cpu_seconds=0.1)))
    tools = Tools(sandbox=sandbox, flow=Costly(sandbox), interpreter=INTERPRETER)
    model = {"llm": "openai:m", "openai_api_key": SecretStr("k"), "llm_prices": (("openai:m", 1.0, 1.0),)}
    with guarded(settings, tools, **limit, **model) as client:
        first = client.post(path, json=ADD, headers=ann)
        if path == "/api/jobs":
            client.get(f"/api/jobs/{first.json()['id']}/events", headers=ann)
        second = client.post(path, json=ADD, headers=ann)
        third = client.post(path, json=ADD, headers=bob)
        without = client.post(path, json={**ADD, "options": {"llm": "none"}}, headers=ann)
    assert [answer.status_code < 400 for answer in (first, second, third)] == [True, not refused, True]
    if refused:
        assert (second.status_code, 0 < int(second.headers["retry-after"]) <= 86_400) == (429, True)
        assert (without.status_code < 400) is any(name.startswith("llm") for name in limit)


def test_seconds_add_up_on_both_databases(url: str) -> None:  # noqa: F811  # the fixture
    async def run() -> tuple[Usage, Usage]:
        store = SqlStore(opened(database_url(url)))
        await asyncio.gather(
            *(store.charge("ann", Usage(seconds=0.5, cpu_seconds=0.25, tokens=3, usd=0.125)) for _ in range(8))
        )
        found = (await store.used("ann"))[0], (await store.used("bob"))[0]
        await store.aclose()
        return found

    assert asyncio.run(run()) == (Usage(seconds=4.0, cpu_seconds=2.0, tokens=24, usd=1.0), Usage())


def test_accounts_are_the_same_on_both_databases(url: str) -> None:  # noqa: F811  # the fixture
    async def run() -> list[bool]:
        accounts = Accounts(opened(database_url(url)))
        key, secret = await accounts.add_key(NewKey(owner="ann"), TEST)
        known = await accounts.by_key(secret)
        kept = Login(verifier="v", nonce="n", target="/")
        await accounts.begin_login("state", kept, 60)
        taken = await asyncio.gather(*(accounts.take_login("state") for _ in range(4)))
        await accounts.revoke(key.id, TEST)
        deeds = await accounts.deeds(10)
        void = await accounts.by_key(secret)
        await accounts.database.aclose()
        return [bool(known), taken.count(kept) == 1, void is None, [deed.deed.target for deed in deeds] == [key.id] * 2]

    assert asyncio.run(run()) == [True] * 4


@pytest.mark.parametrize("path", ["/health", "/api/me", "/api/jobs", "/api/none", "/nowhere"])
def test_every_answer_is_safe_for_browsers(path: str, settings: Settings) -> None:
    with guarded(settings, public_url="https://tests.shop.test") as client:
        headers = client.get(path).headers
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000"
    if path.startswith("/api/"):
        assert headers["cache-control"] == "no-store"


def test_another_origin_is_told_of_limits_only_where_it_is_listed(settings: Settings) -> None:
    with guarded(settings, cors_origins=("https://page.test",), requests_per_minute=5) as client:
        listed = client.get("/api/me", headers={"Origin": "https://page.test"}).headers
        other = client.get("/api/me", headers={"Origin": "https://evil.test"}).headers
        asked = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
        assert client.options("/api/jobs", headers=asked).status_code == 400
    assert "RateLimit-Remaining" in listed["access-control-expose-headers"]
    assert listed["access-control-allow-origin"] == "https://page.test"
    assert "access-control-allow-origin" not in other


def connected(client: httpx2.Client) -> socket.socket:
    opened_socket = socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=20)
    opened_socket.settimeout(20)
    return opened_socket


def answer_to(client: httpx2.Client, sent_bytes: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    with connected(client) as line:
        line.sendall(sent_bytes)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
        return b"".join(parts)


def test_slow_clients_and_long_headers_are_sent_away() -> None:
    with server("serve", AITESTGEN_SLOW_CLIENT_SECONDS="1", AITESTGEN_JOBS_IN_SERVER="0") as (_, client):
        started = time.monotonic()
        assert answer_to(client, b"") == b""
        assert answer_to(client, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ") == b""
        again = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: "
        assert answer_to(client, again).count(b"200 OK") == 1
        head = b"POST /api/validate-code HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"
        assert answer_to(client, head).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started < 18
        long = {"X-Long": "a" * 20_000}
        assert client.get("/health", headers=long).status_code in {400, 431}
        assert client.get("/health").status_code == 200


def test_the_log_of_a_server_holds_no_secret(settings: Settings) -> None:
    key, session, guess = a_key(settings, "ann"), a_session(settings, "ann"), "atg_guessed-by-somebody"
    told = {"AITESTGEN_ACCOUNTS": "required", "LOG_LEVEL": "DEBUG", "AITESTGEN_JOBS_IN_SERVER": "0"}
    with server("serve", **told) as (program, client):
        assert client.get("/api/jobs", headers=bearing(key)).status_code == 200
        assert client.get("/api/jobs", headers={"Cookie": f"aitestgen={session}"}).status_code == 200
        refused = client.get("/api/jobs", headers=bearing(guess))
        assert client.get("/auth/callback?code=a-code&state=a-state").status_code == 404
        job = client.post("/api/jobs", json={"code": "def marked_code(): ..."}, headers=bearing(key)).json()
        assert client.delete(f"/api/jobs/{job['id']}", headers=bearing(key)).status_code == 202
        events = client.get(f"/api/jobs/{job['id']}/events", headers=bearing(key)).text
        assert client.get(f"/api/jobs/{job['id']}?key={key}", headers=bearing(key)).status_code == 200
        log = stop(program)[2]
    assert "/api/jobs" in log
    everything = log + refused.text + events
    assert [word for word in (key, session, guess, "a-code", "a-state", "marked_code") if word in everything] == []
