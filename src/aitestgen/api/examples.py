"""The examples that /docs and /openapi.json show."""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aitestgen.api.answers import BLANK, JSON, PROBLEM, Problem
from aitestgen.render.formats import FORMATS

PYTHON = "{}.{}".format(*sys.version_info)
CODE = "def add(a: int, b: int) -> int:\n    return a + b\n"
REFUSED = "import os\nimport subprocess\n"

GENERATE = {
    "plain": {"summary": "A function", "value": {"code": CODE}},
    "with_options": {
        "summary": "With options",
        "value": {"code": CODE, "options": {"budget_seconds": 5, "seed": 7, "targets": ["add"]}},
    },
    "with_tests": {
        "summary": "With a test of its own: it is kept and extended",
        "value": {"code": f"{CODE}\n\ndef test_add():\n    assert add(1, 2) == 3\n"},
    },
    "refused": {"summary": "Refused by the policy gate (400)", "value": {"code": REFUSED}},
}

VALIDATE = {
    "safe": {"summary": "Allowed", "value": {"code": "def hello():\n    print('world')"}},
    "unsafe": {"summary": "Refused", "value": {"code": REFUSED}},
}

JOBS = {
    "plain": {"summary": "A function", "value": {"code": CODE, "options": {"seed": 7}}},
    "tests": {
        "summary": "A function with a test: what the file misses is added to it",
        "value": {
            "code": CODE,
            "tests": "from user_code import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
        },
    },
    "files": {
        "summary": "Two modules, of which one imports the other",
        "value": {
            "files": {
                "shop/__init__.py": "",
                "shop/price.py": "def net(gross: float) -> float:\n    return round(gross / 1.19, 2)\n",
                "shop/cart.py": "from shop.price import net\n\n\ndef total(prices: list[float]) -> float:\n"
                "    return sum(net(price) for price in prices)\n",
            }
        },
    },
}

EXECUTE = {
    "passing": {
        "summary": "A test that passes",
        "value": {
            "code": CODE,
            "tests": "from user_code import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
            "limits": {"wall_seconds": 2},
        },
    },
}

RUN = {
    "tests": {
        "summary": "A test file, as the remote sandbox sends it",
        "value": {
            "program": "run_tests",
            "python": PYTHON,
            "job": {"tests": ["test_one.py"]},
            "files": {"test_one.py": "ZGVmIHRlc3Rfb25lKCk6CiAgICBhc3NlcnQgMSA9PSAxCg=="},
            "expected": ["test_one.py::test_one"],
        },
    },
}

UNSAFE = {
    "detail": "Code contains unsafe operations: os, subprocess",
    "error_type": "SecurityViolation",
    "code": "policy_refused",
    "findings": [{"name": "os", "line": 1, "column": 1, "rule": "system", "message": "os reaches the system"}],
}
UNPROCESSABLE: dict[str, dict[str, Any]] = {
    "syntax": {
        "detail": "line 1, column 5: invalid syntax",
        "error_type": "CodeInvalid",
        "code": "code_invalid",
        "line": 1,
        "column": 5,
    },
    "too_long": {
        "detail": "The code is too long: 9001 characters, and the limit (MAX_CODE_LENGTH) is 5000",
        "error_type": "CodeInvalid",
        "code": "code_invalid",
    },
    "schema": {"detail": "code: Field required", "error_type": "CodeInvalid", "code": "request_invalid"},
}
NO_SANDBOX = {
    "detail": "no sandbox can be had here: …",
    "error_type": "SandboxError",
    "code": "sandbox_error",
    "retryable": True,
}
BUSY = {
    "detail": "every sandbox slot is busy; try again in 5 s",
    "error_type": "SandboxError",
    "code": "busy",
    "retryable": True,
}
CLOSING = {
    "detail": "this server is shutting down; try again in 5 s",
    "error_type": "SandboxError",
    "code": "closing",
    "retryable": True,
}
AWAY = {"detail": "the database does not answer", "error_type": "Unknown", "code": "store_error", "retryable": True}

Responses = dict[int | str, dict[str, Any]]


def _error(status: HTTPStatus, description: str, **examples: Mapping[str, Any]) -> Responses:
    """A response with problems of these names as its examples, each made whole."""
    made = {name: {"value": _whole(status, example)} for name, example in examples.items()}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": made}
    return {status: {"model": Problem, "description": description, "content": {JSON: content, PROBLEM: content}}}


def _whole(status: HTTPStatus, example: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": int(status), "title": status.phrase, "type": BLANK, **example}


INVALID: Responses = _error(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "Invalid JSON, wrong schema, or code that is empty, too long, or does not parse",
    **UNPROCESSABLE,
)
FAILURES: Responses = {
    **_error(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The sandbox is unavailable; trying again is safe", no_sandbox=NO_SANDBOX
    ),
    **_error(HTTPStatus.TOO_MANY_REQUESTS, "Busy, or over a limit: see Retry-After", busy=BUSY),
    **_error(HTTPStatus.SERVICE_UNAVAILABLE, "The server is shutting down: see Retry-After", closing=CLOSING),
}
GENERATE_ERRORS: Responses = {
    **_error(HTTPStatus.BAD_REQUEST, "The policy gate refused the code; nothing of it ran", refused=UNSAFE),
    **INVALID,
    **FAILURES,
}
EXECUTE_ERRORS: Responses = {
    **_error(
        HTTPStatus.UNAUTHORIZED,
        "A shared token is configured",
        no_token={"detail": "The shared token is missing or wrong", "error_type": "Unknown", "code": "not_known"},
    ),
    **INVALID,
    **FAILURES,
}
NO_STORE: Responses = _error(
    HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer, or the server is shutting down", away=AWAY
)
NO_JOB: Responses = {
    **_error(
        HTTPStatus.NOT_FOUND,
        "There is no such job, or it is another caller's",
        unknown={"detail": "there is no job '0a1b'", "error_type": "Unknown", "code": "not_found"},
    ),
    **NO_STORE,
}
LOGIN: Responses = {
    HTTPStatus.SEE_OTHER: {"description": "Go on there"},
    **_error(
        HTTPStatus.FORBIDDEN,
        "The issuer or the settings do not let them in",
        late={"detail": "this login took too long; begin anew", "error_type": "Unknown", "code": "login_failed"},
    ),
    **_error(
        HTTPStatus.NOT_FOUND,
        "Nobody can log in here",
        no_login={"detail": "there is no login here", "error_type": "Unknown", "code": "not_found"},
    ),
    **NO_STORE,
}
SAME_KEY: Responses = _error(
    HTTPStatus.CONFLICT,
    "The Idempotency-Key was used for another request",
    used={
        "detail": "Idempotency-Key: it was used for another request already",
        "error_type": "Unknown",
        "code": "conflict",
    },
)
ENDED_MEANWHILE: Responses = {
    **_error(
        HTTPStatus.NOT_FOUND,
        "Somebody deleted the job meanwhile",
        deleted={"detail": "there is no job '0a1b'", "error_type": "Unknown", "code": "not_found"},
    ),
    **_error(
        HTTPStatus.CONFLICT,
        "Somebody cancelled the job before anything was verified",
        cancelled={
            "detail": "job 0a1b was cancelled before anything was verified",
            "error_type": "Unknown",
            "code": "conflict",
        },
    ),
}
EXPORTED: Responses = {
    HTTPStatus.OK: {
        "description": "The file; `Content-Disposition` names it",
        "content": {kind: {} for kind in (*(one.media_type for one in FORMATS.values()), "application/zip")},
    },
}
