"""What outlives a process: the folder for it, the database of jobs, and the queue over that."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aitestgen.errors import StoreError, UsageError
from aitestgen.seams import JobQueue
from aitestgen.settings import Settings
from aitestgen.values import MIB

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from aitestgen.jobs.hands import Hands
    from aitestgen.store.accounts import Accounts
    from aitestgen.store.sql import SqlStore


def state_folder(settings: Settings) -> Path:
    """Where what outlives this process is kept: as set, else by the XDG Base Directory Specification 0.8."""
    if settings.state_folder:
        return settings.state_folder
    home = os.environ.get("XDG_STATE_HOME", "")
    try:
        return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "aitestgen"
    except RuntimeError as error:
        raise UsageError(f"{error} Set AITESTGEN_STATE_FOLDER to a folder of your own") from error


def database_url(settings: Settings) -> "URL":
    """Where jobs are kept: AITESTGEN_DATABASE_URL, else a file in the user's state folder. Raises UsageError."""
    from aitestgen.store.database import database_url as read_url

    if settings.database_url is not None:
        return read_url(settings.database_url.get_secret_value())
    return read_url(f"sqlite:///{state_folder(settings) / 'jobs.db'}")


def open_store(settings: Settings) -> "SqlStore":
    """The store, its database brought up to date. It blocks. Raises StoreError with the reason, UsageError."""
    from aitestgen.store.database import opened
    from aitestgen.store.migrate import migrate, pending
    from aitestgen.store.sql import SqlStore

    url = database_url(settings)
    if settings.migrate == "at-start":
        migrate(url)
    elif missing := pending(url):
        raise StoreError(missing)
    return SqlStore(
        opened(url),
        window=settings.jobs_per_caller,
        waiting=(settings.waiting_per_caller, settings.waiting_per_address),
        losses=settings.lost_workers,
    )


def open_accounts(settings: Settings) -> "Accounts":
    """Accounts without jobs, for the command line; close its database. It blocks. Raises StoreError, UsageError."""
    from aitestgen.store.accounts import Accounts

    return Accounts(open_store(settings).database)


def job_queue(settings: Settings, store: "SqlStore") -> JobQueue:
    """The engine that fits the database: the URL alone decides."""
    from aitestgen.jobs.attempt import Pace
    from aitestgen.jobs.local import LocalEngine

    pace = Pace(lease_seconds=settings.lease_seconds)
    if not store.database.shared:
        return LocalEngine(store, pace)
    from aitestgen.jobs.distributed import ProcrastinateEngine

    return ProcrastinateEngine(store, pace)


def hands(settings: Settings) -> "Hands":
    """The store and its queue, to be worked on or only looked after. It blocks. Raises StoreError, UsageError."""
    from aitestgen.jobs.hands import Hands, Keep

    store = open_store(settings)
    keep = Keep(
        days=settings.retention_days or None,
        most_bytes=settings.retention_mib * MIB if settings.retention_mib else None,
    )
    return Hands(store=store, queue=job_queue(settings, store), keep=keep)
