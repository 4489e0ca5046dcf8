"""Who has logged in, as an issuer tells it: OpenID Connect (code flow with PKCE), and GitHub, which has OAuth 2 alone.

The ID token has to be signed by a key that the issuer publishes, and to be for this login (id_token.py); and its person
is the one of whom the issuer then tells more. Keys are asked for at every login: one that was withdrawn opens nothing.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from aitestgen.account import Person, Role
from aitestgen.api.id_token import LoginFailed, believed
from aitestgen.errors import NotAllowed
from aitestgen.settings import Settings

SECONDS = 10.0
MOST_BYTES = 256 * 1024
GOOGLE = "https://accounts.google.com"
GITHUB = "https://github.com"
GITHUB_API = "https://api.github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where an issuer is asked what. `issuer` is empty where there are no ID tokens."""

    issuer: str
    authorize: str
    token: str
    about: str
    scope: str
    keys: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One issuer, as the settings name it."""

    settings: Settings
    client: httpx2.AsyncClient

    async def endpoints(self) -> Endpoints:
        """Raises LoginFailed."""
        name = self.settings.oidc_issuer
        if name == "github":
            return Endpoints(
                issuer="",
                authorize=f"{GITHUB}/login/oauth/authorize",
                token=f"{GITHUB}/login/oauth/access_token",
                about=f"{GITHUB_API}/user",
                scope="read:user user:email",
            )
        issuer = GOOGLE if name == "google" else name
        told = await self._json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != issuer:
            raise LoginFailed("the issuer's configuration names another issuer; see AITESTGEN_OIDC_ISSUER")
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        authorize, token, about, keys = (_secure(told.get(name), issuer) for name in names)
        return Endpoints(
            issuer=issuer, authorize=authorize, token=token, about=about, keys=keys, scope="openid email profile"
        )

    async def address(self, state: str, verifier: str, nonce: str) -> str:
        """Where the browser is sent to. Raises LoginFailed."""
        endpoints = await self.endpoints()
        query = {
            "response_type": "code",
            "client_id": self.settings.oidc_client_id,
            "redirect_uri": self.back,
            "scope": endpoints.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{endpoints.authorize}{'&' if '?' in endpoints.authorize else '?'}{urlencode(query)}"

    async def person(self, code: str, verifier: str, nonce: str) -> Person:
        """Who it is that came back with this code. Raises LoginFailed, NotAllowed."""
        endpoints = await self.endpoints()
        secret = self.settings.oidc_client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "client_id": self.settings.oidc_client_id,
            "client_secret": secret.get_secret_value() if secret else "",
            "code_verifier": verifier,
        }
        tokens = await self._json("POST", endpoints.token, data=form)
        bearer = {"Authorization": f"Bearer {_text(tokens, 'access_token')}"}
        told = await self._json("GET", endpoints.about, headers=bearer)
        if not endpoints.issuer:
            return self._admitted("github.com", str(told.get("id") or ""), await self._github_names(told, bearer))
        claims = await self._claims(_text(tokens, "id_token"), endpoints, nonce)
        if told.get("sub") != claims["sub"]:
            raise LoginFailed("the issuer tells of somebody else than its ID token")
        return self._admitted(urlsplit(endpoints.issuer).netloc, claims["sub"], _verified(told) or _verified(claims))

    async def _claims(self, token: str, endpoints: Endpoints, nonce: str) -> dict[str, Any]:
        """What the ID token says. Raises LoginFailed where the issuer has not signed it, and for this login."""
        told = (await self._json("GET", endpoints.keys)).get("keys")
        keys = [key for key in told if isinstance(key, dict)] if isinstance(told, list) else []
        return believed(token, keys, issuer=endpoints.issuer, client_id=self.settings.oidc_client_id, nonce=nonce)

    @property
    def back(self) -> str:
        """Where the issuer sends the browser back to; it has to be registered there."""
        return f"{self.settings.public_url}/auth/callback"

    def _admitted(self, place: str, subject: str, names: tuple[str, ...]) -> Person:
        """`names` are proven by the issuer. Raises NotAllowed for those whom the settings do not name."""
        allowed, known = {word.lower() for word in self.settings.login_allowed}, {name.lower() for name in names}
        known |= {f"@{name.rpartition('@')[2]}" for name in known if "@" in name}
        admins = {word.lower() for word in self.settings.login_admins}
        if not subject:
            raise LoginFailed("the issuer does not say who it is")
        if "*" not in allowed and not known & (allowed | admins):
            raise NotAllowed("you are known to the issuer, and may not log in here (AITESTGEN_LOGIN_ALLOWED)")
        role = Role.ADMIN if known & admins else Role.USER
        return Person(owner=f"{place}:{subject}", label=names[0] if names else subject, role=role)

    async def _github_names(self, told: Mapping[str, Any], bearer: Mapping[str, str]) -> tuple[str, ...]:
        emails = await self._json("GET", f"{GITHUB_API}/user/emails", headers=bearer)
        verified = [entry["email"] for entry in emails.get("list", ()) if entry.get("verified") is True]
        return (str(told.get("login")), *map(str, verified))

    async def _json(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """The answer; a list is under `list`. Raises LoginFailed, which never holds what was sent or answered."""
        headers = {"Accept": "application/json", **more.pop("headers", {})}
        try:
            answer = await self.client.request(method, url, headers=headers, timeout=SECONDS, **more)
            told = answer.json() if len(answer.content) <= MOST_BYTES else None
        except (httpx2.HTTPError, ValueError) as error:
            raise LoginFailed(f"the issuer does not answer ({type(error).__name__}); try again") from None
        if answer.status_code != 200 or not isinstance(told, dict | list):
            raise LoginFailed(f"the issuer refuses ({answer.status_code}); try again from the beginning")
        return told if isinstance(told, dict) else {"list": [entry for entry in told if isinstance(entry, dict)]}


def challenge(verifier: str) -> str:
    """The S256 challenge of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _verified(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The address, where the issuer has seen that it is theirs."""
    email = told.get("email")
    return (email,) if isinstance(email, str) and told.get("email_verified") is True else ()


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise LoginFailed(f"the issuer's answer has no {name}")
    return value


def _secure(url: object, issuer: str) -> str:
    """An endpoint over https, or over http where the issuer is on this machine itself. Raises LoginFailed."""
    parts = urlsplit(url if isinstance(url, str) else "")
    if parts.scheme == "https" or (issuer.startswith("http://") and parts.netloc == urlsplit(issuer).netloc):
        return parts.geturl()
    raise LoginFailed("the issuer names an endpoint without https")
