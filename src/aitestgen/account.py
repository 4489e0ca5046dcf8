"""The vocabulary of accounts: who calls, what they may do, and what is written down about it. Frozen values.

A secret exists in the hands of its owner alone: the store has its SHA-256. That is enough for secrets of 256 random
bits, which nobody can guess; a slow hash is for passwords, and there are none here.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

KEY_PREFIX = "atg_"
SECRET_BYTES = 32


class Role(StrEnum):
    """Whose jobs one may see: one's own, or everybody's."""

    USER = "user"
    ADMIN = "admin"


class Scope(StrEnum):
    """What one may do: look, also send code and end jobs, or read the server's own figures."""

    READ = "read"
    WRITE = "write"
    METRICS = "metrics"


USUAL = frozenset({Scope.READ, Scope.WRITE})
"""What people may. The figures are for a monitor, and for administrators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody whom the server knows. `name` is the caller whose jobs they see, `label` what people call them, and `by`
    is how they were recognized.
    """

    name: str
    label: str
    role: Role
    scopes: frozenset[Scope]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key, without its secret. Times are seconds since the epoch, None for never."""

    id: str
    owner: str
    role: Role
    scopes: frozenset[Scope]
    created: float
    expires: float | None
    revoked: float | None
    used: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key to be made; None lives until it is revoked."""

    owner: str
    role: Role = Role.USER
    scopes: frozenset[Scope] = USUAL
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has logged in. `owner` never changes and is nobody else's; `label` is for people to read."""

    owner: str
    label: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did, for the audit log. It never holds a secret, and no submitted code."""

    actor: str
    action: str
    target: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A deed of the audit log; `id` grows with time."""

    id: int
    at: float
    deed: Deed


def new_secret(prefix: str = "") -> str:
    """A secret of 256 random bits, fit for a header."""
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def as_caller(owner: str) -> str:
    """The caller's name of an account: no network address looks like it."""
    return f"user:{owner}"
