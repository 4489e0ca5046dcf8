"""Databases for tests: SQLite files, and a PostgreSQL server that is started here, as an unprivileged user."""

import contextlib
import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from aitestgen.store.database import database_url
from aitestgen.store.migrate import migrate

KINDS = ("sqlite", "postgresql")
TEMPLATE = "aitestgen_template"
START_SECONDS = 60.0


@functools.cache
def program(name: str) -> str | None:
    """Where a program of PostgreSQL is: Debian does not put it on the path."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or next(map(str, installed), None)


def demand_postgres() -> None:
    """Skip without PostgreSQL; where CI=true, fail."""
    if program("postgres") and program("initdb"):
        return
    if os.environ.get("CI") == "true":
        pytest.fail("PostgreSQL is missing: apt-get install postgresql")
    pytest.skip("PostgreSQL is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unprivileged() -> dict[str, object]:
    """How a child is started as somebody else where we are root: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    somebody = pwd.getpwnam("nobody")
    return {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}


@dataclass
class Postgres:
    """A server with nothing but what tests make; everybody on loopback is let in."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(program("postgres")), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        command += ["-h", "127.0.0.1", "-p", str(self.port), "-F", "-c", "max_connections=200"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **unprivileged())  # type: ignore[call-overload]  # who runs it is chosen by name
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres", plain=True), connect_timeout=5).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT ends it in order; SIGQUIT at once, as a crash would."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def url(self, database: str, *, plain: bool = False) -> str:
        scheme = "postgresql" if plain else "postgresql+psycopg"
        return f"{scheme}://postgres@127.0.0.1:{self.port}/{database}"

    def fresh(self) -> str:
        """The URL of a new database that is up to date."""
        return self._made(TEMPLATE)

    def empty(self) -> str:
        """The URL of a new database without any table."""
        return self._made("template0")

    def ascii(self) -> str:
        """Likewise, in the encoding that a cluster has which was made under LANG=C."""
        return self._made("template0", "ENCODING 'SQL_ASCII' LOCALE 'C'")

    def _made(self, template: str, more: str = "") -> str:
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres", plain=True), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy {more}")
        return self.url(name)


@contextlib.contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A server of one's own, gone at the end."""
    demand_postgres()
    with tempfile.TemporaryDirectory(prefix="aitestgen-postgres-") as name:
        folder = Path(name)
        who = unprivileged()
        if who:
            os.chown(folder, int(str(who["user"])), int(str(who["group"])))
        command = [str(program("initdb")), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run([*command, "-E", "UTF8", "--locale=C"], check=True, capture_output=True, cwd=folder, **who)  # type: ignore[call-overload]  # likewise
        server = Postgres(folder=folder, port=free_port())
        server.start()
        try:
            with psycopg.connect(server.url("postgres", plain=True), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
            migrate(database_url(server.url(TEMPLATE)))
            yield server
        finally:
            server.stop(signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of either kind, up to date."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.fresh()
    found = f"sqlite:///{tmp_path / 'jobs.db'}"
    migrate(database_url(found))
    return found
