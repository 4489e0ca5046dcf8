"""The presets of the login, GitHub and Google, before answers as those two document them."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from aitestgen.account import Person, Role
from aitestgen.api.issuer import Issuer, challenge
from aitestgen.errors import NotAllowed
from aitestgen.settings import Settings

BACK = "https://tests.shop.test/auth/callback"
VERIFIER = "v" * 43
GITHUB_SAYS: dict[str, Any] = {
    "https://github.com/login/oauth/access_token": {"access_token": "token", "token_type": "bearer"},
    "https://api.github.com/user": {"id": 7, "login": "Ann", "email": "boss@shop.test"},
    "https://api.github.com/user/emails": [
        {"email": "ann@shop.test", "verified": True, "primary": True},
        {"email": "boss@shop.test", "verified": False, "primary": False},
    ],
}
GOOGLE_SAYS: dict[str, Any] = {
    "https://accounts.google.com/.well-known/openid-configuration": {
        "issuer": "https://accounts.google.com",
        "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    }
}


class Answers:
    """An issuer that says this, and what it was asked."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if request.headers["accept"] != "application/json":
            return httpx2.Response(200, text="access_token=token&token_type=bearer")  # as GitHub does unless asked
        return httpx2.Response(200, json=self.said[str(request.url)])


def preset(name: str, **changed: Any) -> Settings:
    told = {
        "oidc_issuer": name,
        "oidc_client_id": "aitestgen",
        "oidc_client_secret": SecretStr("secret"),
        "public_url": "https://tests.shop.test",
        "login_allowed": ("@shop.test",),
        **changed,
    }
    return Settings().model_copy(update=told)


def person(answers: Answers, settings: Settings) -> Person:
    async def run() -> Person:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answers)) as client:
            return await Issuer(settings=settings, client=client).person("code", VERIFIER, "nonce")

    return asyncio.run(run())


def address(answers: Answers, settings: Settings) -> str:
    async def run() -> str:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answers)) as client:
            return await Issuer(settings=settings, client=client).address("state", VERIFIER, "nonce")

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("said", "name", "place", "scope"),
    [
        (GITHUB_SAYS, "github", "https://github.com/login/oauth/authorize", "read:user user:email"),
        (GOOGLE_SAYS, "google", "https://accounts.google.com/o/oauth2/v2/auth", "openid email profile"),
    ],
)
def test_a_preset_leads_to_its_issuer_with_pkce(said: dict[str, Any], name: str, place: str, scope: str) -> None:
    led = urlsplit(address(Answers(said), preset(name)))
    query = {key: values[0] for key, values in parse_qs(led.query).items()}
    assert f"{led.scheme}://{led.netloc}{led.path}" == place
    assert (query["scope"], query["redirect_uri"], query["state"]) == (scope, BACK, "state")
    assert (query["code_challenge"], query["code_challenge_method"]) == (challenge(VERIFIER), "S256")


@pytest.mark.parametrize("allowed", ["@shop.test", "ann@shop.test", "ann", "*"])
def test_somebody_is_known_at_github_by_number_name_and_verified_addresses(allowed: str) -> None:
    answers = Answers(GITHUB_SAYS)
    found = person(answers, preset("github", login_allowed=(allowed,), login_admins=("boss@shop.test",)))
    assert (found.owner, found.label, found.role) == ("github.com:7", "Ann", Role.USER)
    form = {key: values[0] for key, values in parse_qs(answers.asked[0].content.decode()).items()}
    assert (form["code_verifier"], form["client_secret"], form["code"]) == (VERIFIER, "secret", "code")
    assert {request.headers["authorization"] for request in answers.asked[1:]} == {"Bearer token"}


@pytest.mark.parametrize("allowed", ["boss@shop.test", "bob", "@evil.test"])
def test_an_address_that_github_has_not_verified_lets_nobody_in(allowed: str) -> None:
    with pytest.raises(NotAllowed):
        person(Answers(GITHUB_SAYS), preset("github", login_allowed=(allowed,)))
