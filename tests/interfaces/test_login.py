"""Logging in at a real issuer that listens on loopback: who gets in, as whom, and what is refused."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import OctKey, RSAKey
from tests.interfaces.issuer import CLIENT, SECRET, Issuer, a_key, issuer, signed, unsigned
from tests.interfaces.test_accounts import PAGE, guarded
from tests.interfaces.test_jobs_api import own_database, sent  # noqa: F401  # a fixture, used by its name

from aitestgen.api.login import own_path
from aitestgen.errors import UsageError
from aitestgen.settings import Settings, read_settings

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def told() -> Iterator[Issuer]:
    with issuer(f"{PAGE}/auth/callback") as running:
        yield running


def with_login(told: Issuer, **changed: Any) -> dict[str, Any]:
    return {
        "accounts": "auto",
        "oidc_issuer": told.url,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": Settings(AITESTGEN_OIDC_CLIENT_SECRET=SECRET).oidc_client_secret,
        "login_allowed": ("@shop.test",),
        "login_admins": ("boss@shop.test",),
        **changed,
    }


def at_issuer(client: TestClient, target: str = "/history") -> str:
    """The path with which the issuer sends the browser back."""
    began = client.get("/auth/login", params={"next": target}, follow_redirects=False)
    assert began.status_code == 303, began.text
    sent_back = httpx2.get(began.headers["location"]).headers["location"]
    assert sent_back.startswith(f"{PAGE}/auth/callback?")
    return sent_back.removeprefix(PAGE)


def logged_in(client: TestClient) -> httpx2.Response:
    answer: Any = client.get(at_issuer(client), follow_redirects=False)
    return answer


def test_a_login_gives_a_session_that_works_until_the_logout(settings: Settings, told: Issuer) -> None:
    with guarded(settings, **with_login(told)) as client:
        assert client.get("/api/me").json() | {"login": True, "required": True} == client.get("/api/me").json()
        answer = logged_in(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/history")
        me = client.get("/api/me").json()
        job = sent(client, **OWN)
        assert client.get("/api/jobs").json()["jobs"][0]["id"] == job["id"]
        stolen = client.cookies["aitestgen"]
        assert client.post("/auth/logout", headers=OWN).status_code == 204
        assert client.get("/api/jobs", headers={"Cookie": f"aitestgen={stolen}"}).status_code == 401
    assert (me["caller"], me["name"], me["role"]) == (f"user:{urlsplit(told.url).netloc}:1", "ann@shop.test", "user")


def test_the_cookie_is_kept_from_scripts_and_from_other_pages(settings: Settings, told: Issuer) -> None:
    with guarded(settings, **with_login(told)) as client:
        cookies = logged_in(client).headers.get_list("set-cookie")
        session = next(cookie for cookie in cookies if cookie.startswith("aitestgen="))
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(session.split("; "))
        assert client.post("/api/jobs", json={"code": "def f(): ..."}).status_code == 403
        foreign = {"Origin": "http://evil.test", "Sec-Fetch-Site": "cross-site"}
        assert client.post("/auth/logout", headers=foreign).status_code == 403
        assert client.post("/api/jobs", json={"code": "def f(): ..."}, headers={"Origin": PAGE}).status_code == 202


def test_over_https_the_cookie_goes_nowhere_else(settings: Settings, told: Issuer) -> None:
    told.back = "https://tests.shop.test/auth/callback"
    with guarded(settings, **with_login(told, public_url="https://tests.shop.test")) as client:
        began = client.get("/auth/login", follow_redirects=False)
    assert began.headers["set-cookie"].startswith("__Host-aitestgen-login=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(began.headers["set-cookie"].split("; "))


@pytest.mark.parametrize(
    ("person", "status", "role"),
    [
        ({"sub": "2", "email": "boss@shop.test", "email_verified": True}, 303, "admin"),
        ({"sub": "3", "email": "BOB@Shop.Test", "email_verified": True}, 303, "user"),
        ({"sub": "4", "email": "boss@shop.test", "email_verified": False}, 403, "anonymous"),
        ({"sub": "5", "email": "eve@evil.test", "email_verified": True}, 403, "anonymous"),
        ({"sub": "6", "email": "eve@evilshop.test", "email_verified": True}, 403, "anonymous"),
        ({"sub": "7"}, 403, "anonymous"),
    ],
)
def test_only_those_get_in_whom_the_settings_name(
    person: dict[str, Any], status: int, role: str, settings: Settings, told: Issuer
) -> None:
    told.person = person
    with guarded(settings, **with_login(told)) as client:
        assert logged_in(client).status_code == status
        assert client.get("/api/me").json()["role"] == role


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "http://evil.test"},
        {"aud": "another"},
        {"exp": 1},
        {"nonce": "x"},
        {"sub": "9"},
        {"azp": "other"},
        {"exp": "x"},
        {"sub": 1},
        {"aud": ["b"]},
    ],
)
def test_an_id_token_that_is_not_for_this_login_is_refused(
    lie: dict[str, Any], settings: Settings, told: Issuer
) -> None:
    told.lies = lie
    with guarded(settings, **with_login(told)) as client:
        assert logged_in(client).status_code == 403
        assert client.get("/api/jobs").status_code == 401


FORGED: dict[str, Callable[[Issuer, dict[str, Any]], str]] = {
    "not at all": lambda _told, claims: unsigned(claims),
    "by another key of the same name": lambda _told, claims: signed(claims, a_key("first")),
    "by a key that is not published": lambda _told, claims: signed(claims, a_key("second")),
    "by the public key as a secret": lambda told, claims: by_secret(claims, told.key.as_pem(private=False)),
    "and changed afterwards": lambda told, claims: changed(signed(claims, told.key), unsigned({**claims, "sub": "9"})),
    "by somebody's own key in the header": lambda _told, claims: with_own_key(claims),
}


def changed(token: str, other: str) -> str:
    """The token with the claims of another one."""
    head, _, signature = token.split(".")
    return f"{head}.{other.split('.')[1]}.{signature}"


def by_secret(claims: dict[str, Any], secret: bytes) -> str:
    """Signed by hand: libraries refuse to take a public key for a secret."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "first"}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(secret, text, "sha256")).rstrip(b"=")
    return b".".join([text, signature]).decode()


def with_own_key(claims: dict[str, Any]) -> str:
    key = a_key("first")
    return signed(claims, key, jwk=key.as_dict(private=False))


@pytest.mark.parametrize("how", FORGED)
def test_an_id_token_that_the_issuer_has_not_signed_is_refused(how: str, settings: Settings, told: Issuer) -> None:
    told.sign = FORGED[how]
    with guarded(settings, **with_login(told)) as client:
        answer = logged_in(client)
        assert (answer.status_code, client.get("/api/jobs").status_code) == (403, 401)
    assert "not signed by a key of the issuer" in answer.json()["detail"]


def test_keys_of_other_kinds_and_keys_that_change_do_not_stand_in_the_way(settings: Settings, told: Issuer) -> None:
    with guarded(settings, **with_login(told)) as client:
        assert logged_in(client).status_code == 303
        told.key = RSAKey.generate_key(2048, {"kid": "third"})
        told.published = [OctKey.generate_key(256, {"kid": "third"}), a_key("first"), told.key]
        told.sign = lambda issuer, claims: signed(claims, issuer.key, "RS256")
        client.cookies.clear()
        assert logged_in(client).status_code == 303
        told.published = [told.published[1]]
        assert logged_in(client).status_code == 403


@pytest.mark.filterwarnings("ignore:Key size:joserfc.errors.SecurityWarning")  # that is the point
def test_a_key_that_can_be_broken_signs_nothing(settings: Settings, told: Issuer) -> None:
    told.key = RSAKey.generate_key(1024, {"kid": "weak"})
    told.sign = lambda issuer, claims: signed(claims, issuer.key, "RS256")
    with guarded(settings, **with_login(told)) as client:
        assert logged_in(client).status_code == 403


def test_a_login_is_ended_by_the_browser_that_began_it_and_once(settings: Settings, told: Issuer) -> None:
    with guarded(settings, **with_login(told)) as client:
        victim = at_issuer(client)
        begun = dict(client.cookies)
        client.cookies.clear()
        assert client.get(victim, follow_redirects=False).status_code == 403
        client.cookies.update(begun)
        assert client.get(victim, follow_redirects=False).status_code == 303
        client.cookies.update(begun)
        assert client.get(victim, follow_redirects=False).status_code == 403


def test_a_code_without_its_verifier_is_worth_nothing(settings: Settings, told: Issuer) -> None:
    with guarded(settings, **with_login(told)) as client:
        query = parse_qs(urlsplit(at_issuer(client)).query)
        state = parse_qs(urlsplit(at_issuer(client)).query)["state"][0]
        mixed = client.get(f"/auth/callback?code={query['code'][0]}&state={state}", follow_redirects=False)
    assert mixed.status_code == 403


def test_an_issuer_that_is_away_is_said(settings: Settings, told: Issuer) -> None:
    with guarded(settings, **with_login(told, oidc_issuer="http://127.0.0.1:9")) as client:
        answer = client.get("/auth/login", follow_redirects=False)
    assert (answer.status_code, "does not answer" in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize(
    "target", ["//evil.test", "http://evil.test", "/\\evil.test", "/%0d%0aX: y", "javascript:1", ""]
)
def test_after_a_login_nobody_is_sent_elsewhere(target: str) -> None:
    assert own_path(target) == "/"


@pytest.mark.parametrize("missing", ["CLIENT_ID", "CLIENT_SECRET"])
@pytest.mark.usefixtures("settings")
def test_half_a_login_is_an_error_of_the_configuration(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {"OIDC_ISSUER": "google", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y", "PUBLIC_URL": "https://a.test"}
    for name, value in {**whole, "LOGIN_ALLOWED": "*"}.items():
        monkeypatch.setenv(f"AITESTGEN_{name}", value)
    assert read_settings().accounts_required
    monkeypatch.delenv(f"AITESTGEN_OIDC_{missing}")
    with pytest.raises(UsageError, match=missing):
        read_settings()


def test_the_page_leads_to_the_login(settings: Settings, told: Issuer) -> None:
    html = {"Accept": "text/html"}
    with guarded(settings, **with_login(told)) as client:
        led = client.get("/history", headers=html, follow_redirects=False)
        assert (led.status_code, led.headers["location"]) == (303, "/auth/login?next=/history")
        logged_in(client)
        assert client.get("/history", headers=html, follow_redirects=False).status_code != 303
