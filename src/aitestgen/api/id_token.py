"""ID tokens: whether the issuer has signed one, and for this login (OpenID Connect Core 1.0, 3.1.3.7)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import extract_compact

from aitestgen.errors import NotAllowed

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Those with a public key. `none` signs nothing, and of HS256 whoever can check it can also sign."""
PUBLIC = ("RSA", "EC", "OKP")
SKEW_SECONDS = 60
SHORTEST_MODULUS = 2048 // 6
"""Characters of base64: RFC 7518 wants RSA keys of 2048 bits at least."""


class LoginFailed(NotAllowed):
    """The issuer does not answer, or what it says cannot be believed. Nobody is logged in."""


def believed(
    token: str, keys: Iterable[Mapping[str, Any]], *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of a token that one of the issuer's keys has signed, for us, now and for this login.

    Raises LoginFailed, which never holds the token.
    """
    claims = _signed(token, keys)
    wanted = jwt.JWTClaimsRegistry(
        leeway=SKEW_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        wanted.validate(claims)
    except (JoseError, TypeError, OverflowError):
        raise LoginFailed("the issuer's ID token is not for this login") from None
    if claims.get("azp", client_id) != client_id or not isinstance(claims["sub"], str) or not claims["sub"]:
        raise LoginFailed("the issuer's ID token is not for this login")
    return claims


def _signed(token: str, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The claims, by whichever of the keys fits. Raises LoginFailed."""
    try:
        header = extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError):
        raise LoginFailed("the issuer's ID token cannot be read") from None
    for key in _candidates(keys, header.get("kid")):
        try:
            return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError):
            continue
    raise LoginFailed("the issuer's ID token is not signed by a key of the issuer")


def _candidates(keys: Iterable[Mapping[str, Any]], kid: object) -> Iterator[Key]:
    """Public keys for signatures that the token may mean. What is no such key is passed over: issuers have others."""
    for told in keys:
        if told.get("kty") not in PUBLIC or told.get("use", "sig") != "sig":
            continue
        if kid is not None and told.get("kid", kid) != kid:
            continue
        if told["kty"] == "RSA" and len(str(told.get("n"))) < SHORTEST_MODULUS:
            continue
        try:
            yield JWKRegistry.import_key(dict(told))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
