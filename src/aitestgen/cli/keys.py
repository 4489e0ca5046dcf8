"""`aitestgen keys`: what callers of the API bear."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from aitestgen import wiring
from aitestgen.account import ApiKey, Deed, NewKey, Role, Scope
from aitestgen.cli.console import put, say, to_text
from aitestgen.settings import read_settings
from aitestgen.store.accounts import Accounts

T = TypeVar("T")
DAY = 86_400.0
OPERATOR = "operator"
"""Who works at the command line, in the audit log: somebody who can read the database anyway."""


def create(owner: str, *, role: Role, scopes: frozenset[Scope], days: float | None, as_json: bool) -> int:
    """The key alone goes to stdout. Raises StoreError, UsageError."""
    new = NewKey(
        owner=owner,
        role=role,
        scopes=scopes,
        seconds=None if days is None else days * DAY,
    )
    key, secret = _with_accounts(lambda accounts: accounts.add_key(new, Deed(actor=OPERATOR, action="key created")))
    if as_json:
        put(to_text({**as_facts(key), "key": secret}))
    else:
        put(f"{secret}\n")
        say(f"key {key.id} of {owner}: keep it now, it cannot be shown again")
    return 0


def show(*, as_json: bool) -> int:
    """Raises StoreError, UsageError."""
    keys = _with_accounts(lambda accounts: accounts.keys())
    if as_json:
        put(to_text({"keys": [as_facts(key) for key in keys]}))
    else:
        put("".join(f"{_line(as_facts(key))}\n" for key in keys))
    return 0


def revoke(key_id: str) -> int:
    """Raises NotFound, StoreError, UsageError."""
    _with_accounts(lambda accounts: accounts.revoke(key_id, Deed(actor=OPERATOR, action="key revoked")))
    say(f"key {key_id} opens nothing any more")
    return 0


def as_facts(key: ApiKey) -> dict[str, Any]:
    """What may be shown of a key: everything but its secret."""
    times = {name: _written(getattr(key, name)) for name in ("created", "expires", "revoked", "used")}
    return {"id": key.id, "owner": key.owner, "role": str(key.role), "scopes": sorted(map(str, key.scopes)), **times}


def _line(facts: dict[str, Any]) -> str:
    words = [facts["id"], facts["role"], ",".join(facts["scopes"]), facts["owner"]]
    return "  ".join(words + [f"{name} {facts[name]}" for name in ("used", "expires", "revoked") if facts[name]])


def _written(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _with_accounts(work: Callable[[Accounts], Awaitable[T]]) -> T:
    async def run() -> T:
        accounts = await asyncio.to_thread(wiring.open_accounts, read_settings())
        try:
            return await work(accounts)
        finally:
            await accounts.database.aclose()

    return asyncio.run(run())
