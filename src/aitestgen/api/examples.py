"""The examples that /docs and /openapi.json show."""

from http import HTTPStatus
from typing import Any

from aitestgen.api.answers import Problem

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

UNSAFE = {
    "detail": "Code contains unsafe operations: os, subprocess",
    "error_type": "SecurityViolation",
    "findings": [{"name": "os", "line": 1, "column": 1, "rule": "system", "message": "os reaches the system"}],
}
UNPROCESSABLE = {
    "syntax": {
        "summary": "The code does not parse",
        "value": {"detail": "line 1, column 5: invalid syntax", "error_type": "CodeInvalid", "line": 1, "column": 5},
    },
    "too_long": {
        "summary": "Over MAX_CODE_LENGTH",
        "value": {
            "detail": "The code is too long: 9001 characters, and the limit (MAX_CODE_LENGTH) is 5000",
            "error_type": "CodeInvalid",
        },
    },
    "schema": {"summary": "Wrong schema", "value": {"detail": "code: Field required", "error_type": "CodeInvalid"}},
}
NO_SANDBOX = {"detail": "no sandbox can be had here: …", "error_type": "SandboxError", "retryable": True}
BUSY = {"detail": "every sandbox slot is busy; try again in 5 s", "error_type": "SandboxError", "retryable": True}
CLOSING = {"detail": "this server is shutting down; try again in 5 s", "error_type": "SandboxError", "retryable": True}
NOT_ALLOWED = {"detail": "The shared token is missing or wrong", "error_type": "SecurityViolation"}


def _error(description: str, **content: Any) -> dict[str, Any]:
    return {"model": Problem, "description": description, "content": {"application/json": content}}


Responses = dict[int | str, dict[str, Any]]

INVALID: Responses = {
    HTTPStatus.UNPROCESSABLE_ENTITY: _error(
        "Invalid JSON, wrong schema, or code that is empty, too long, or does not parse", examples=UNPROCESSABLE
    )
}
FAILURES: Responses = {
    HTTPStatus.INTERNAL_SERVER_ERROR: _error("The sandbox is unavailable; trying again is safe", example=NO_SANDBOX),
    HTTPStatus.TOO_MANY_REQUESTS: _error("Busy: see Retry-After", example=BUSY),
    HTTPStatus.SERVICE_UNAVAILABLE: _error("The server is shutting down: see Retry-After", example=CLOSING),
}
GENERATE_ERRORS: Responses = {
    HTTPStatus.BAD_REQUEST: _error("The policy gate refused the code; nothing of it ran", example=UNSAFE),
    **INVALID,
    **FAILURES,
}
EXECUTE_ERRORS: Responses = {
    HTTPStatus.UNAUTHORIZED: _error("A shared token is configured", example=NOT_ALLOWED),
    **INVALID,
    **FAILURES,
}
NO_STORE: Responses = {
    HTTPStatus.SERVICE_UNAVAILABLE: _error(
        "The database does not answer, or the server is shutting down",
        example={"detail": "the database does not answer", "error_type": "Unknown", "retryable": True},
    ),
}
NO_JOB: Responses = {
    HTTPStatus.NOT_FOUND: _error(
        "There is no such job, or it is another caller's",
        example={"detail": "there is no job '0a1b'", "error_type": "Unknown"},
    ),
    **NO_STORE,
}
LOGIN: Responses = {
    HTTPStatus.SEE_OTHER: {"description": "Go on there"},
    HTTPStatus.FORBIDDEN: _error(
        "The issuer or the settings do not let them in",
        example={"detail": "this login took too long; begin anew", "error_type": "Unknown"},
    ),
    HTTPStatus.NOT_FOUND: _error(
        "Nobody can log in here", example={"detail": "there is no login here", "error_type": "Unknown"}
    ),
    **NO_STORE,
}
SAME_KEY: Responses = {
    HTTPStatus.CONFLICT: _error(
        "The Idempotency-Key was used for another request",
        example={"detail": "Idempotency-Key: it was used for another request already", "error_type": "Unknown"},
    ),
}
