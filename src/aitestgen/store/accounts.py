"""Accounts in the database: keys, sessions, logins that have begun, the audit log. Secrets are there as digests."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.account import (
    KEY_PREFIX,
    USUAL,
    Account,
    ApiKey,
    Deed,
    NewKey,
    Person,
    Recorded,
    Role,
    Scope,
    as_caller,
    digest,
    new_secret,
)
from aitestgen.errors import NotFound
from aitestgen.store.database import Database, now
from aitestgen.store.schema import api_keys, audit, logins, sessions

ID_BYTES = 6
USED_SECONDS = 60.0
"""How exact the time of a key's last use is: a write for each request would cost more than the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What has to be remembered between the way to the issuer and the way back."""

    verifier: str
    nonce: str
    target: str


class Accounts:
    """Every method is a transaction of its own; what it changes is in the audit log with it, or not at all."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # -- keys -------------------------------------------------------------------------------------------------------
    async def add_key(self, new: NewKey, by: Deed) -> tuple[ApiKey, str]:
        """The key and its secret, which nobody can be shown again. `by` gets the key's id as its target."""
        key_id, secret = secrets.token_hex(ID_BYTES), new_secret(KEY_PREFIX)
        async with self.database.writing() as connection:
            await connection.execute(
                insert(api_keys).values(
                    id=key_id,
                    digest=digest(secret),
                    owner=new.owner,
                    role=new.role,
                    scopes=" ".join(sorted(new.scopes)),
                    created=now(),
                    expires=None if new.seconds is None else now() + new.seconds,
                )
            )
            await _record(connection, by, target=key_id)
            row = (await connection.execute(select(api_keys).where(api_keys.c.id == key_id))).one()
        return _key(row), secret

    async def keys(self, owner: str | None = None) -> tuple[ApiKey, ...]:
        """The keys of an owner, or all of them; the oldest first."""
        wanted = select(api_keys).order_by(api_keys.c.created, api_keys.c.id)
        if owner is not None:
            wanted = wanted.where(api_keys.c.owner == owner)
        async with self.database.reading() as connection:
            return tuple(map(_key, await connection.execute(wanted)))

    async def revoke(self, key_id: str, by: Deed, owner: str | None = None) -> None:
        """From now on it opens nothing. Raises NotFound, also where it is not this owner's or was revoked before."""
        where = [api_keys.c.id == key_id, api_keys.c.revoked.is_(None)]
        if owner is not None:
            where.append(api_keys.c.owner == owner)
        async with self.database.writing() as connection:
            done = await connection.execute(update(api_keys).where(*where).values(revoked=now()))
            if not done.rowcount:
                raise NotFound(f"there is no key {key_id[:64]!r} that could be revoked")
            await _record(connection, by, target=key_id)

    async def has_keys(self) -> bool:
        """Whether any key opens anything."""
        async with self.database.reading() as connection:
            return await connection.scalar(select(api_keys.c.id).where(_valid_key()).limit(1)) is not None

    async def by_key(self, secret: str) -> Account | None:
        """Whose key it is; None for one that is unknown, revoked or expired."""
        wanted = select(api_keys, now().label("now")).where(api_keys.c.digest == digest(secret), _valid_key())
        async with self.database.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
            if row is None:
                return None
            if row.used is None or row.used < row.now - USED_SECONDS:
                await connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(used=row.now))
        return Account(
            name=as_caller(row.owner),
            label=row.owner,
            role=Role(row.role),
            scopes=_scopes(row.scopes),
            by=f"key:{row.id}",
        )

    # -- logins and sessions ------------------------------------------------------------------------------------------
    async def begin_login(self, state: str, login: Login, seconds: float) -> None:
        """Remember it under a secret `state`, for so long."""
        kept = {"verifier": login.verifier, "nonce": login.nonce, "target": login.target}
        async with self.database.writing() as connection:
            await connection.execute(delete(logins).where(logins.c.expires <= now()))
            await connection.execute(insert(logins).values(digest=digest(state), expires=now() + seconds, **kept))

    async def take_login(self, state: str) -> Login | None:
        """What was remembered under it: once, and in time."""
        where = (logins.c.digest == digest(state), logins.c.expires > now())
        async with self.database.writing() as connection:
            row = (await connection.execute(delete(logins).where(*where).returning(logins))).one_or_none()
        return Login(verifier=row.verifier, nonce=row.nonce, target=row.target) if row else None

    async def open_session(self, person: Person, seconds: float, address: str) -> str:
        """The secret of a new session, for the cookie."""
        secret = new_secret()
        row = {"digest": digest(secret), "owner": person.owner, "label": person.label, "role": person.role}
        async with self.database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires <= now()))
            await connection.execute(insert(sessions).values(expires=now() + seconds, **row))
            await _record(connection, Deed(actor=as_caller(person.owner), action="login", address=address))
        return secret

    async def by_session(self, secret: str) -> Account | None:
        """Whose session it is; None for one that is unknown or over."""
        wanted = select(sessions).where(sessions.c.digest == digest(secret), sessions.c.expires > now())
        async with self.database.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        return Account(name=as_caller(row.owner), label=row.label, role=Role(row.role), scopes=USUAL, by="session")

    async def close_session(self, secret: str, address: str) -> None:
        """It opens nothing any more; nothing happens where there is none."""
        async with self.database.writing() as connection:
            gone = delete(sessions).where(sessions.c.digest == digest(secret)).returning(sessions.c.owner)
            if owner := (await connection.execute(gone)).scalar_one_or_none():
                await _record(connection, Deed(actor=as_caller(owner), action="logout", address=address))

    # -- the audit log ------------------------------------------------------------------------------------------------
    async def record(self, deed: Deed) -> None:
        async with self.database.writing() as connection:
            await _record(connection, deed)

    async def deeds(self, limit: int, before: int | None = None) -> tuple[Recorded, ...]:
        """The newest first; `before` is the id where the last page ended."""
        wanted = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(audit.c.id < before)
        async with self.database.reading() as connection:
            return tuple(map(_recorded, await connection.execute(wanted)))


def _valid_key() -> ColumnElement[bool]:
    return and_(api_keys.c.revoked.is_(None), or_(api_keys.c.expires.is_(None), api_keys.c.expires > now()))


async def _record(connection: AsyncConnection, deed: Deed, target: str | None = None) -> None:
    row = {"actor": deed.actor, "action": deed.action, "address": deed.address}
    await connection.execute(insert(audit).values(at=now(), target=deed.target if target is None else target, **row))


def _scopes(text: str) -> frozenset[Scope]:
    return frozenset(map(Scope, text.split()))


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        owner=row.owner,
        role=Role(row.role),
        scopes=_scopes(row.scopes),
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        used=row.used,
    )


def _recorded(row: Row[Any]) -> Recorded:
    deed = Deed(actor=row.actor, action=row.action, target=row.target, address=row.address)
    return Recorded(id=row.id, at=row.at, deed=deed)
