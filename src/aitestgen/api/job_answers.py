"""What HTTP answers about jobs look like."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from aitestgen.job import EventKind, Item, Job, JobEvent, JobKind, JobState, JobSummary, Page
from aitestgen.jobs.task import SNIPPET, module_name
from aitestgen.render.answer import ErrorType, GenerateAnswer
from aitestgen.values import PolicyFinding


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why there is no result. `worker_lost`: every worker that took it up was lost. `code` is as a Problem's."""

    detail: str
    error_type: ErrorType | str
    retryable: bool
    code: str | None = None
    findings: tuple[PolicyFinding, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswer:
    """One module of a job of several files."""

    module: str
    state: JobState
    result: GenerateAnswer | None
    error: JobError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer:
    """A job. Times are ISO 8601 in UTC; `position` 0 is the next one; `code` is null where it was not kept.

    `result` is the body of POST /api/generate-tests, of a cancelled job what was verified by then; jobs of files have
    `items` instead.
    """

    id: str
    kind: JobKind
    state: JobState
    title: str
    created: str
    started: str | None
    finished: str | None
    position: int | None
    attempt: int
    seconds: float | None
    code: str | None
    options: dict[str, Any]
    result: GenerateAnswer | None
    error: JobError | None
    items: tuple[ItemAnswer, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """A job in the list. Of several modules, counts are sums and ratios are means."""

    id: str
    kind: JobKind
    state: JobState
    title: str
    created: str
    started: str | None
    finished: str | None
    position: int | None
    attempt: int
    seconds: float | None
    status: str | None
    tests: int
    passed: int
    line_coverage: float | None
    branch_coverage: float | None
    mutation_score: float | None
    suspected_bugs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsAnswer:
    """Some jobs, newest first. `next` is the cursor of the following page."""

    jobs: tuple[JobLine, ...]
    next: str | None
    total: int


def job_body(job: Job) -> dict[str, Any]:
    """A job as the body of an answer (JobAnswer)."""
    body: dict[str, Any] = {
        **_head(job),
        "code": (job.files or {}).get(SNIPPET),
        "options": dict(job.options),
        "result": None,
        "error": None,
    }
    if job.kind is JobKind.FILES:
        return {**body, "items": [_item(item, job) for item in job.items]}
    only = next(iter(job.items), None)
    return {**body, "result": only.result, "error": only.error} if only else body


def _item(item: Item, job: Job) -> dict[str, Any]:
    module = module_name(item.module, job.files or ())
    return {"module": module, "state": item.state, "result": item.result, "error": item.error}


def page_body(page: Page) -> dict[str, Any]:
    """A page of the list (JobsAnswer)."""
    return {"jobs": [_line(job) for job in page.jobs], "next": page.following, "total": page.total}


def _line(job: JobSummary) -> dict[str, Any]:
    own = asdict(job)
    head = _head(job)
    return {**head, **{name: own[name] for name in JobLine.__dataclass_fields__ if name not in head}}


def _head(job: Job | JobSummary) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "title": job.title,
        "created": iso(job.created),
        "started": iso(job.started),
        "finished": iso(job.finished),
        "position": job.position,
        "attempt": job.attempt,
        "seconds": seconds_of(job),
    }


def seconds_of(job: Job | JobSummary) -> float | None:
    """How long it was worked on; None before its end."""
    if job.started is None or job.finished is None:
        return None
    return round(job.finished - job.started, 3)


def iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_body(event: JobEvent) -> dict[str, Any]:
    """An event as its data: with its number, its time and its kind, so that it stands for itself."""
    return {"seq": event.seq, "at": iso(event.at), "event": str(event.kind), **event.data}


def is_last(event: JobEvent) -> bool:
    return event.kind is EventKind.END
