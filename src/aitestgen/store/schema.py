"""The tables. A change here needs a migration beside it (migrations/versions), which tests compare with this file."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

Number = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts a primary key by itself only where it is an INTEGER."""


def _of_job() -> Column[str]:
    return Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False)


jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("caller", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("keep_code", Boolean, nullable=False),
    Column("key", Text),
    Column("digest", String(64), nullable=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("cancels", Integer, nullable=False, default=0),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("size_bytes", BigInteger, nullable=False, default=0),
    UniqueConstraint("caller", "key"),
    Index(None, "caller", "created"),
    Index(None, "finished"),
)

files = Table(
    "files",
    metadata,
    _of_job(),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "job_id"),
)

items = Table(
    "items",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    _of_job(),
    Column("caller", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tag", Double),
    Column("attempt", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),
    Column("lease_until", Double),
    Column("worker", Text),
    Column("error", Text),
    Column("address", Text, nullable=False, server_default=""),
    Index(None, "job_id"),
    Index(None, "state", "tag", "id"),
    Index(None, "caller", "state"),
    Index(None, "address", "state"),
)
"""`address` is where an item came from: it has limits beside its caller's. "" where that is not known."""

results = Table(
    "results",
    metadata,
    Column("item_id", Number, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    _of_job(),
    Column("caller", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("finished", Double, nullable=False),
    Column("payload", Text, nullable=False),
    Column("report", Text, nullable=False),
    Column("status", String(32), nullable=False),
    Column("verdict", String(32), nullable=False),
    Column("tests", Integer, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("line_coverage", Double),
    Column("branch_coverage", Double),
    Column("mutation_score", Double),
    Column("suspected_bugs", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("usd", Double, nullable=False),
    Index(None, "job_id"),
    Index(None, "caller", "finished"),
)

stages = Table(
    "stages",
    metadata,
    Column("item_id", Number, ForeignKey("results.item_id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("seconds", Double, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("data", Text, nullable=False),
)

callers = Table(
    "callers",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("last_tag", Double, nullable=False, default=0.0),
)
"""Virtual time: where the last item of each caller was put in the line."""

served = Table(
    "served",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("tag", Double, nullable=False),
)
"""One row: the virtual time of the item that was started last."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double),
    Column("revoked", Double),
    Column("used", Double),
    Index(None, "owner"),
)
"""A key's secret is nowhere: only its SHA-256."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("expires", Double, nullable=False),
    Index(None, "expires"),
)

logins = Table(
    "logins",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("verifier", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("expires", Double, nullable=False),
    Index(None, "expires"),
)
"""Logins that have begun; each can be ended once."""

audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", Text, nullable=False),
    Column("address", Text, nullable=False),
    Index(None, "at"),
)

usage = Table(
    "usage",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("seconds", Double, nullable=False),
    Column("cpu_seconds", Double, nullable=False, server_default="0"),
    Column("tokens", BigInteger, nullable=False, server_default="0"),
    Column("usd", Double, nullable=False, server_default="0"),
)
"""What each caller used, by day since the epoch (UTC): seconds of a slot, processor seconds, tokens and dollars."""

traces = Table(
    "traces",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("parent", String(64), nullable=False),
)
"""For a job whose request was traced: the span to which its own belong, as a W3C `traceparent`."""
