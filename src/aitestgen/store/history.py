"""Jobs as their callers see them: added, found, listed, deleted. Each function works on a caller's connection."""

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.errors import Conflict, NotFound, UsageError
from aitestgen.job import FINAL, Item, Job, JobKind, JobState, JobSummary, KeptReport, NewJob, Page, Wanted
from aitestgen.store import lines
from aitestgen.store.database import now
from aitestgen.store.event_log import as_json
from aitestgen.store.schema import files, items, jobs, results, traces
from aitestgen.values import Options, Policy

ID = re.compile(r"[0-9a-f]{32}")
CURSOR = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)~([0-9a-f]{32})")


async def same_key(connection: AsyncConnection, new: NewJob) -> str | None:
    """The job that this caller has sent under this key before. Raises Conflict where it was another request."""
    if new.key is None:
        return None
    before = select(jobs.c.id, jobs.c.digest).where(jobs.c.caller == new.caller, jobs.c.key == new.key)
    row = (await connection.execute(before)).one_or_none()
    if row is not None and row.digest != digest(new):
        raise Conflict("Idempotency-Key: it was used for another request already; send a new key")
    return row.id if row is not None else None


def digest(new: NewJob) -> str:
    """What tells two requests apart."""
    said = [new.kind, as_json(new.options), sorted(new.files.items())]
    return hashlib.sha256(as_json(said).encode()).hexdigest()


async def insert_job(connection: AsyncConnection, new: NewJob) -> str:
    """A new job with its files and its items, which are outside of the line yet."""
    job_id = uuid.uuid4().hex
    texts = {name: json.dumps(text) for name, text in new.files.items()}
    await connection.execute(
        insert(jobs).values(
            id=job_id,
            caller=new.caller,
            kind=new.kind,
            state=JobState.QUEUED,
            title=new.title.replace("\0", "").encode("utf-8", "replace").decode(),
            options=as_json(new.options),
            keep_code=new.keep_code,
            key=new.key,
            digest=digest(new),
            created=now(),
            cancels=0,
            last_seq=0,
            size_bytes=sum(map(len, texts.values())),
        )
    )
    await connection.execute(insert(files), [{"job_id": job_id, "name": name, "text": t} for name, t in texts.items()])
    if new.trace:
        await connection.execute(insert(traces).values(job_id=job_id, parent=new.trace))
    await lines.put(connection, job_id, new)
    return job_id


async def row_of(connection: AsyncConnection, job_id: str, caller: str | None) -> Row[Any]:
    """The job's own row. Raises NotFound, also for another caller's; None asks for anybody's."""
    wanted = select(jobs).where(jobs.c.id == job_id)
    if caller is not None:
        wanted = wanted.where(jobs.c.caller == caller)
    row = (await connection.execute(wanted)).one_or_none() if ID.fullmatch(job_id) else None
    if row is None:
        raise NotFound(f"there is no job {job_id[:64]!r}")
    return row


async def texts_of(connection: AsyncConnection, job_id: str) -> dict[str, str]:
    """The job's files; empty where they were not kept."""
    rows = await connection.execute(select(files.c.name, files.c.text).where(files.c.job_id == job_id))
    return {row.name: json.loads(row.text) for row in rows}


def options_of(text: str) -> Options:
    """The options as they were kept."""
    kept = json.loads(text)
    return Options(**{**kept, "policy": Policy(kept["policy"]), "targets": tuple(kept["targets"])})


async def job_of(connection: AsyncConnection, row: Row[Any]) -> Job:
    """All of a job."""
    rows = (
        await connection.execute(
            select(items, results.c.payload, results.c.finished)
            .outerjoin(results, results.c.item_id == items.c.id)
            .where(items.c.job_id == row.id)
            .order_by(items.c.id)
        )
    ).all()
    return Job(
        id=row.id,
        caller=row.caller,
        kind=JobKind(row.kind),
        state=JobState(row.state),
        title=row.title,
        created=row.created,
        started=row.started,
        finished=row.finished,
        position=await lines.position(connection, row.id) if row.state == JobState.QUEUED else None,
        attempt=max((item.attempt for item in rows), default=0),
        options=json.loads(row.options),
        files=await texts_of(connection, row.id) or None,
        items=tuple(_item(item) for item in rows),
    )


async def reports_of(connection: AsyncConnection, row: Row[Any]) -> tuple[KeptReport, ...]:
    """The job's reports, in the order of its modules."""
    texts = await texts_of(connection, row.id)
    kept = (
        select(items.c.module, results.c.report, results.c.finished)
        .join(results, results.c.item_id == items.c.id)
        .where(items.c.job_id == row.id)
        .order_by(items.c.id)
    )
    return tuple(
        KeptReport(file=made.module, text=texts.get(made.module), report=json.loads(made.report), ended=made.finished)
        for made in await connection.execute(kept)
    )


def _item(row: Row[Any]) -> Item:
    return Item(
        module=row.module,
        state=JobState.QUEUED if row.state == lines.WAITING else JobState(row.state),
        result=json.loads(row.payload) if row.payload else None,
        error=json.loads(row.error) if row.error else None,
        ended=row.finished,
    )


async def page_of(connection: AsyncConnection, wanted: Wanted) -> Page:
    """Some of the caller's jobs, newest first. Raises UsageError for a cursor that is none of ours."""
    where = _conditions(wanted)
    total = await connection.scalar(select(func.count()).select_from(jobs).where(*where)) or 0
    rows = (await connection.execute(_summaries(where, wanted))).all()
    shown = rows[: wanted.limit]
    following = f"{shown[-1].created!r}~{shown[-1].id}" if len(rows) > wanted.limit else None
    return Page(jobs=tuple([await _summary(connection, row) for row in shown]), total=total, following=following)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.caller is not None:
        where.append(jobs.c.caller == wanted.caller)
    if wanted.state is not None:
        where.append(jobs.c.state == wanted.state)
    if wanted.text:
        where.append(func.lower(jobs.c.title).contains(wanted.text.lower().replace("\0", ""), autoescape=True))
    return where


def _summaries(where: Sequence[ColumnElement[bool]], wanted: Wanted) -> Select[Any]:
    shown = select(jobs).where(*where)
    if wanted.cursor is not None:
        created, job_id = read_cursor(wanted.cursor)
        shown = shown.where(or_(jobs.c.created < created, (jobs.c.created == created) & (jobs.c.id < job_id)))
    return shown.order_by(jobs.c.created.desc(), jobs.c.id.desc()).limit(wanted.limit + 1)


def read_cursor(cursor: str) -> tuple[float, str]:
    """Where the last page ended. Raises UsageError."""
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise UsageError("cursor: send the `next` of the page before, as it is")
    return float(found[1]), found[2]


async def _summary(connection: AsyncConnection, row: Row[Any]) -> JobSummary:
    of = results.c
    measured = select(
        func.min(of.status).label("status"),
        func.max(of.status).label("other"),
        func.coalesce(func.sum(of.tests), 0).label("tests"),
        func.coalesce(func.sum(of.passed), 0).label("passed"),
        func.avg(of.line_coverage).label("line_coverage"),
        func.avg(of.branch_coverage).label("branch_coverage"),
        func.avg(of.mutation_score).label("mutation_score"),
        func.coalesce(func.sum(of.suspected_bugs), 0).label("suspected_bugs"),
    ).where(of.job_id == row.id)
    sums = (await connection.execute(measured)).one()
    attempt = await connection.scalar(select(func.max(items.c.attempt)).where(items.c.job_id == row.id))
    return JobSummary(
        id=row.id,
        kind=JobKind(row.kind),
        state=JobState(row.state),
        title=row.title,
        created=row.created,
        started=row.started,
        finished=row.finished,
        position=await lines.position(connection, row.id) if row.state == JobState.QUEUED else None,
        attempt=attempt or 0,
        status=sums.status if sums.status == sums.other else "failed",
        tests=int(sums.tests),
        passed=int(sums.passed),
        line_coverage=sums.line_coverage,
        branch_coverage=sums.branch_coverage,
        mutation_score=sums.mutation_score,
        suspected_bugs=int(sums.suspected_bugs),
    )


async def delete_job(connection: AsyncConnection, job_id: str) -> None:
    """Remove the job with all that belongs to it."""
    await connection.execute(delete(jobs).where(jobs.c.id == job_id))


def is_final(row: Row[Any]) -> bool:
    return row.state in FINAL
