"""Who may call what: one line for each endpoint. What has no line below GUARDED is for administrators alone."""

import re
from enum import StrEnum

from aitestgen.account import USUAL, Account, Role, Scope


class Need(StrEnum):
    """What an endpoint asks of its caller."""

    NOTHING = "nothing"
    READ = "read"
    WRITE = "write"
    METRICS = "metrics"
    ADMIN = "admin"


WEBSOCKET = "WEBSOCKET"
JOB = r"/api/jobs/(?!archive$)[^/]+"
RULES = (
    ("GET", r"/health(/live|/ready)?", Need.NOTHING),
    ("GET", r"/api/config", Need.NOTHING),
    ("GET", r"/api/me", Need.NOTHING),
    ("POST", r"/api/validate-code", Need.WRITE),
    ("POST", r"/api/generate-tests", Need.WRITE),
    ("POST", r"/api/jobs(/archive)?", Need.WRITE),
    ("GET", r"/api/jobs", Need.READ),
    ("GET", JOB, Need.READ),
    ("DELETE", JOB, Need.WRITE),
    ("GET", JOB + r"/(events|export)", Need.READ),
    (WEBSOCKET, JOB + r"/ws", Need.READ),
    ("GET", r"/api/analytics", Need.READ),
    ("GET", r"/api/audit", Need.ADMIN),
    ("GET", r"/metrics", Need.METRICS),
    ("GET", r"/auth/(login|callback)", Need.NOTHING),
    ("POST", r"/auth/logout", Need.NOTHING),
)
GUARDED = ("/api/", "/auth/", "/metrics")


def verbs_of(path: str) -> tuple[str, ...]:
    """The methods that endpoints at this address have; none where there is no endpoint."""
    return tuple(verb for verb, known, _ in RULES if verb != WEBSOCKET and re.fullmatch(known, path))


def rule_of(method: str, path: str) -> Need | None:
    """What the endpoint's own line says; None where it has none."""
    return next((need for verb, known, need in RULES if verb == method and re.fullmatch(known, path)), None)


def need_of(method: str, path: str) -> Need:
    """What a request has to have. HEAD is as GET."""
    need = rule_of("GET" if method == "HEAD" else method, path)
    if need is None:
        return Need.ADMIN if path.startswith(GUARDED) else Need.NOTHING
    return need


def may(account: Account, need: Need) -> bool:
    """Whether this account has it. An administrator's read-only key writes nothing."""
    if need is Need.NOTHING:
        return True
    is_admin = account.role is Role.ADMIN and account.scopes >= USUAL
    if need is Need.ADMIN or (need is Need.METRICS and is_admin):
        return is_admin
    return Scope(need.value) in account.scopes
