"""Limits of an address beside those of the accounts that call from it, and whose word for an address is taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, PlayedFlow
from tests.interfaces.issuer import Issuer
from tests.interfaces.programs import server
from tests.interfaces.test_accounts import LIMITS, PAGE, a_key, a_session, bearing
from tests.interfaces.test_jobs_api import own_database  # noqa: F401  # a fixture, used by its name
from tests.interfaces.test_limits import ADD, Costly
from tests.interfaces.test_login import logged_in, told, with_login  # noqa: F401  # likewise
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from aitestgen.api.app import create_app
from aitestgen.api.backend import Tools
from aitestgen.sandbox.counted import Counted
from aitestgen.settings import Settings
from aitestgen.testing import FixedSandbox, PassingSandbox
from aitestgen.values import RunResult, Verdict

OFFICE, HOME = "10.0.0.1", "10.0.0.2"
MODEL = {"llm": "openai:m", "openai_api_key": SecretStr("k"), "llm_prices": (("openai:m", 1.0, 1.0),)}


@contextmanager
def behind_a_proxy(settings: Settings, tools: Tools | None = None, **changed: Any) -> Iterator[TestClient]:
    """The backend with accounts; who calls is at the address that `at` puts into the headers, as a proxy does."""
    tools = tools or Tools(sandbox=PassingSandbox(), flow=PlayedFlow(), interpreter=INTERPRETER)
    more = {"accounts": "required", "public_url": PAGE, **LIMITS, **changed}
    app = create_app(settings.model_copy(update=more), tools)
    with TestClient(ProxyHeadersMiddleware(app, trusted_hosts="testclient")) as client:
        yield client


def at(address: str, key: str = "") -> dict[str, str]:
    return {"X-Forwarded-For": address, **(bearing(key) if key else {})}


@pytest.mark.parametrize("path", ["/api/generate-tests", "/api/jobs"])
@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        ({"seconds_per_day_per_address": 1e-6}, True),
        ({"cpu_seconds_per_day_per_address": 0.1}, True),
        ({"cpu_seconds_per_day_per_address": 0.3}, False),
        ({"llm_tokens_per_day_per_address": 10}, True),
        ({"llm_usd_per_day_per_address": 0.01}, True),
    ],
)
def test_who_calls_from_an_address_that_has_used_up_its_day_waits_for_the_next(
    path: str, limit: dict[str, float], refused: bool, settings: Settings
) -> None:
    ann, bob = a_key(settings, "ann"), a_key(settings, "bob")
    sandbox = Counted(FixedSandbox(RunResult(verdict=Verdict.PASSED, cpu_seconds=0.1)))
    tools = Tools(sandbox=sandbox, flow=Costly(sandbox), interpreter=INTERPRETER)
    with behind_a_proxy(settings, tools, **limit, **MODEL) as client:
        first = client.post(path, json=ADD, headers=at(OFFICE, ann))
        if path == "/api/jobs":
            client.get(f"/api/jobs/{first.json()['id']}/events", headers=at(HOME, ann))
        answers = [client.post(path, json=ADD, headers=at(*who)) for who in ((OFFICE, bob), (HOME, ann))]
    assert [answer.status_code < 400 for answer in (first, *answers)] == [True, not refused, True]
    if refused:
        assert (answers[0].status_code, "of your address" in answers[0].json()["detail"]) == (429, True)


def test_on_an_open_server_the_address_that_is_the_caller_pays_once(settings: Settings) -> None:
    sandbox = Counted(FixedSandbox(RunResult(verdict=Verdict.PASSED, cpu_seconds=0.1)))
    tools = Tools(sandbox=sandbox, flow=Costly(sandbox), interpreter=INTERPRETER)
    limits = {"cpu_seconds_per_day": 0.15, "cpu_seconds_per_day_per_address": 0.15}
    with behind_a_proxy(settings, tools, accounts="open", **limits) as client:
        found = [client.post("/api/generate-tests", json=ADD, headers=at(OFFICE)).status_code for _ in range(3)]
    assert found == [200, 200, 429]


def test_jobs_of_one_address_wait_up_to_its_limit_whoever_sends_them(settings: Settings) -> None:
    ann, bob = a_key(settings, "ann"), a_key(settings, "bob")
    with behind_a_proxy(settings, waiting_per_address=1, jobs_in_server=0) as client:
        found = [
            client.post("/api/jobs", json=ADD, headers=at(*who)).status_code
            for who in ((OFFICE, ann), (OFFICE, bob), (HOME, bob))
        ]
    assert found == [202, 429, 202]


def test_an_address_with_too_many_wrong_keys_is_answered_without_a_look_at_more(settings: Settings) -> None:
    ann, session = a_key(settings, "ann"), a_session(settings, "ann")
    with behind_a_proxy(settings, failed_logins_per_minute=2) as client:
        guesses = [client.get("/api/jobs", headers=at(OFFICE, f"atg_{n}")) for n in range(4)]
        page = client.get("/api/jobs", headers={**at(OFFICE), "Cookie": f"aitestgen={session}"})
        others = [client.get("/api/jobs", headers=at(*who)).status_code for who in ((OFFICE, ann), (HOME, ann))]
        asked = client.get("/api/me", headers=at(OFFICE))
    assert [answer.status_code for answer in guesses] == [401, 401, 429, 429]
    assert ("failed logins" in guesses[2].json()["detail"], 0 < int(guesses[2].headers["retry-after"]) <= 60) == (
        True,
        True,
    )
    assert (page.status_code, others, asked.status_code) == (200, [429, 200], 200)


def test_right_keys_are_never_counted_as_failed(settings: Settings) -> None:
    ann = a_key(settings, "ann")
    with behind_a_proxy(settings, failed_logins_per_minute=1) as client:
        assert {client.get("/api/jobs", headers=at(OFFICE, ann)).status_code for _ in range(5)} == {200}


def test_logins_that_fail_are_counted_by_address(settings: Settings, told: Issuer) -> None:  # noqa: F811  # the fixture
    with behind_a_proxy(settings, **with_login(told), failed_logins_per_minute=2) as client:
        client.headers["X-Forwarded-For"] = OFFICE
        assert logged_in(client).status_code == 303
        told.lies = {"nonce": "x"}
        assert [logged_in(client).status_code for _ in range(3)] == [403, 403, 429]
        told.lies = {}
        assert logged_in(client).status_code == 429
        client.headers["X-Forwarded-For"] = HOME
        assert logged_in(client).status_code == 303


@pytest.mark.parametrize(("proxies", "expected"), [("", [401, 401, 429, 429]), ("127.0.0.1", [401, 401, 401, 429])])
def test_only_a_proxy_that_is_named_is_believed_where_callers_are(
    proxies: str, expected: list[int], settings: Settings
) -> None:
    a_key(settings, "ann")  # nobody starts a server that lets nobody in
    limits = {"AITESTGEN_ACCOUNTS": "required", "AITESTGEN_REQUESTS_PER_MINUTE_PER_ADDRESS": "2"}
    with server("serve", **limits, AITESTGEN_TRUSTED_PROXIES=proxies, AITESTGEN_JOBS_IN_SERVER="0") as (_, client):
        forwarded = ["10.0.0.1", "10.0.0.1", "10.0.0.2", "9.9.9.9, 10.0.0.1"]  # the last one made up a step before
        found = [client.get("/api/jobs", headers={"X-Forwarded-For": one}).status_code for one in forwarded]
    assert found == expected


@pytest.mark.parametrize(
    ("changed", "most"),
    [({}, 24), ({"queue_per_address": 5}, 5), ({"queue_per_address": 99}, 32), ({"queue_length": 1}, 1)],
)
def test_one_address_has_three_quarters_of_the_line_where_nothing_else_is_set(
    changed: dict[str, int], most: int, settings: Settings
) -> None:
    assert settings.model_copy(update={"slots": 2, **changed}).queue_most_of_address == most
