"""No more requests in a minute than the provider allows, counted over everything on this machine that asks it.

`Turns` is the exchangeable part: here a SQLite file; a database that several machines share can do the same.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Protocol

from aitestgen.errors import LLMError, LLMNotConfigured, LLMRateLimited
from aitestgen.providers.retrying import Sleep
from aitestgen.seams import LanguageModel
from aitestgen.values import Completion, Prompt

MINUTE_SECONDS = 61.0
"""One more than a minute has: requests take unequally long to arrive, and the provider counts arrivals."""
LOCK_SECONDS = 10.0
FAR_SECONDS = 86_400.0
"""A turn further away than this is long over, or was taken under a clock that was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most so many requests in any span of so many seconds."""

    requests: int
    seconds: float = MINUTE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The right to send one request, `wait_seconds` after it was given."""

    number: int
    wait_seconds: float


class Turns(Protocol):
    """Hands out the right to send requests. Its methods may block for moments, and are called from any thread."""

    def take(self, longest_seconds: float) -> Turn:
        """The next turn. Raises LLMRateLimited, and takes none, where it would be later than in `longest_seconds`."""
        ...

    def give_back(self, turn: Turn) -> None:
        """Another may have the turn: nothing was sent."""
        ...

    def rest(self, seconds: float) -> None:
        """No new turn begins before `seconds` are over: the provider has said so."""
        ...


class FileTurns:
    """Turns in a SQLite file, shared by all processes that name the same file and account.

    In any span of `rate.seconds` at most `rate.requests` turns begin. A process that dies keeps its turns until the
    span is over. `clock` tells seconds since the epoch: a file outlives the machine's start.
    """

    def __init__(self, file: Path, account: str, rate: Rate, *, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._account = account
        self._rate = rate
        self._clock = clock

    def take(self, longest_seconds: float) -> Turn:
        with self._locked() as table:
            now = self._clock()
            begins = max(now, self._first_free(table, now), self._rest_ends(table, now))
            if begins - now > longest_seconds:
                raise LLMRateLimited(
                    f"{self._rate.requests} requests in {self._rate.seconds:g} s are taken: "
                    f"the next turn would be in {begins - now:.0f} s",
                    retry_after=ceil(begins - now),
                )
            added = table.execute("INSERT INTO turn (account, begins) VALUES (?, ?)", (self._account, begins))
            return Turn(number=added.lastrowid or 0, wait_seconds=begins - now)

    def give_back(self, turn: Turn) -> None:
        with self._locked() as table:
            table.execute("DELETE FROM turn WHERE number = ?", (turn.number,))

    def rest(self, seconds: float) -> None:
        with self._locked() as table:
            ends = max(self._clock() + seconds, self._rest_ends(table, self._clock()))
            table.execute("INSERT OR REPLACE INTO rest (account, ends) VALUES (?, ?)", (self._account, ends))

    def _first_free(self, table: sqlite3.Connection, now: float) -> float:
        """When the turn is over that is the last but so many as the span may hold."""
        table.execute("DELETE FROM turn WHERE NOT begins BETWEEN ? AND ?", (now - FAR_SECONDS, now + FAR_SECONDS))
        table.execute("DELETE FROM turn WHERE account = ? AND begins <= ?", (self._account, now - self._rate.seconds))
        table.execute("DELETE FROM rest WHERE NOT ends BETWEEN ? AND ?", (now, now + FAR_SECONDS))
        query = "SELECT begins FROM turn WHERE account = ? ORDER BY begins DESC LIMIT 1 OFFSET ?"
        row = table.execute(query, (self._account, self._rate.requests - 1)).fetchone()
        return row[0] + self._rate.seconds if row else now

    def _rest_ends(self, table: sqlite3.Connection, now: float) -> float:
        row = table.execute("SELECT ends FROM rest WHERE account = ?", (self._account,)).fetchone()
        return row[0] if row else now

    @contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        """The file, ours alone until the block ends. Raises LLMNotConfigured where it cannot be had."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=LOCK_SECONDS, isolation_level=None)) as table:
                table.execute("BEGIN IMMEDIATE")
                for statement in _TABLES:
                    table.execute(statement)
                yield table
                table.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise LLMNotConfigured(
                f"the count of requests cannot be kept in {self._file}: {error}. "
                "Set AITESTGEN_STATE_FOLDER to a folder of your own"
            ) from error


_TABLES = (
    "CREATE TABLE IF NOT EXISTS turn (number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT, begins REAL)",
    "CREATE INDEX IF NOT EXISTS turn_begins ON turn (account, begins)",
    "CREATE TABLE IF NOT EXISTS rest (account TEXT PRIMARY KEY, ends REAL)",
)


class Paced:
    """A model that is asked only in turn. What the server says of waiting holds for all who share the turns."""

    def __init__(
        self, model: LanguageModel, turns: Turns, *, longest_seconds: float, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._model = model
        self._turns = turns
        self._longest_seconds = longest_seconds
        self._sleep = sleep

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel). Raises LLMRateLimited where its turn is further than may be waited."""
        turn = await asyncio.to_thread(self._turns.take, self._longest_seconds)
        try:
            await self._sleep(turn.wait_seconds)
        except BaseException:
            with suppress(LLMError):
                await asyncio.shield(asyncio.to_thread(self._turns.give_back, turn))
            raise
        try:
            return await self._model.complete(prompt)
        except LLMRateLimited as error:
            if error.retry_after:
                await asyncio.to_thread(self._turns.rest, error.retry_after)
            raise

    async def aclose(self) -> None:
        await self._model.aclose()
