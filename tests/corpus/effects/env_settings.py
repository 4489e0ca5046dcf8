"""Settings from the environment."""

import os
from typing import Mapping


def database_url() -> str:
    """Where the database is, from DATABASE_URL or from its parts."""
    url = os.environ.get("DATABASE_URL")
    if url:
        return url
    host = os.environ["DB_HOST"]
    port = os.getenv("DB_PORT", "5432")
    if not port.isdigit():
        raise ValueError(f"DB_PORT is not a number: {port}")
    user = os.getenv("DB_USER")
    return f"postgresql://{user}@{host}:{port}" if user else f"postgresql://{host}:{port}"


def feature_enabled(name: str) -> bool:
    """Whether FEATURE_<NAME> is switched on."""
    value = os.environ.get(f"FEATURE_{name.upper()}", "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("", "0", "false", "no", "off"):
        return False
    raise ValueError(f"not a switch: {value}")


def worker_count(limit: int = 16) -> int:
    """How many workers to start: WORKERS, at most `limit`; 2 in CI."""
    given = os.getenv("WORKERS")
    if given is None:
        return 2 if "CI" in os.environ else 4
    try:
        count = int(given)
    except ValueError:
        return 1
    if count < 1:
        return 1
    return min(count, limit)


def with_prefix(prefix: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that begin with the prefix, without it, in lower case."""
    source = os.environ if environ is None else environ
    found = {}
    for key, value in source.items():
        if key.startswith(prefix) and key != prefix:
            found[key[len(prefix) :].lower()] = value
    return found
