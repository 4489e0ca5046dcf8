"""An OpenID Connect issuer of our own: it logs everybody in as the person that it is told to, by the rules of RFC 6749,
RFC 7636 and OpenID Connect Core. `lies` changes what its ID tokens say.
"""

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "a-client", "the-secret-of-the-client"


@dataclass
class Issuer:
    """What it knows, and whom it logs in."""

    url: str
    back: str
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "1", "email": "ann@shop.test", "email_verified": True}
    )
    lies: dict[str, Any] = field(default_factory=dict)
    key: Key = field(default_factory=lambda: a_key("first"))
    published: list[Key] = field(default_factory=list)
    sign: "Callable[[Issuer, dict[str, Any]], str]" = lambda told, claims: signed(claims, told.key)  # a field
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    async def configuration(self, _request: Request) -> Response:
        ends = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token", "userinfo")}
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/keys", **ends})

    async def keys(self, _request: Request) -> Response:
        return JSONResponse(KeySet(self.published or [self.key]).as_dict())

    async def authorization(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if (asked.get("client_id"), asked.get("redirect_uri")) != (CLIENT, self.back):
            return Response("unknown client or address", 400)
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return Response("code flow with PKCE only", 400)
        code = secrets.token_hex(8)
        self.codes[code] = asked
        return RedirectResponse(f"{self.back}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(self, request: Request) -> Response:
        form = dict(await request.form())
        asked = self.codes.pop(str(form.get("code")), None)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or asked["code_challenge"] != proof or form.get("redirect_uri") != self.back:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.tokens.append(secrets.token_hex(8))
        claims = {"iss": self.url, "aud": CLIENT, "exp": time.time() + 60, "nonce": asked["nonce"], **self.person}
        return JSONResponse(
            {
                "access_token": self.tokens[-1],
                "token_type": "Bearer",
                "id_token": self.sign(self, {**claims, **self.lies}),
            }
        )

    async def userinfo(self, request: Request) -> Response:
        known = request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens
        return JSONResponse(self.person if known else {}, 200 if known else 401)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.configuration),
                Route("/authorization", self.authorization),
                Route("/keys", self.keys),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.userinfo),
            ]
        )


def a_key(kid: str) -> Key:
    return ECKey.generate_key("P-256", {"kid": kid})


def signed(claims: dict[str, Any], key: Key, algorithm: str = "ES256", **header: Any) -> str:
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, claims, key, algorithms=[algorithm])


def unsigned(claims: dict[str, Any]) -> str:
    """An ID token with the algorithm `none`."""
    parts = [{"alg": "none"}, claims]
    return ".".join([base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts] + [""])


@contextmanager
def issuer(back: str) -> Iterator[Issuer]:
    """One that listens on loopback, until the end."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        told = Issuer(url=f"http://127.0.0.1:{listening.getsockname()[1]}", back=back)
        server = uvicorn.Server(uvicorn.Config(told.app(), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield told
        finally:
            server.should_exit = True
            thread.join()
