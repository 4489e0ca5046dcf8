"""The vocabulary of jobs: what is asked for, what a worker holds, what is told and what comes out. Frozen values.

A *job* is one request of a caller; it has one *item* for each module. A worker takes an item as a *claim*; the claim's
attempt is the fence: what an earlier attempt still says is refused. Times are seconds since the epoch, by the store's
clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aitestgen.values import Options, Spend


class JobKind(StrEnum):
    """One piece of code, or several files that may import each other."""

    SNIPPET = "snippet"
    FILES = "files"


class JobState(StrEnum):
    """Where a job, or one of its items, stands. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in FINAL


FINAL = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class EventKind(StrEnum):
    """What an event of a job tells; `end` is the last one."""

    QUEUED = "queued"
    STAGE = "stage"
    TESTS = "tests"
    COVERAGE = "coverage"
    JUDGING = "judging"
    MUTANTS = "mutants"
    FINDING = "finding"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What a caller asks for. `files` maps plain relative names to text; `modules` are those to be tested.

    A second job of the caller with the same `key` is the first one again. `trace` is the span of its request, `address`
    where it came from, whose limits it meets too.
    """

    caller: str
    kind: JobKind
    title: str
    options: Options
    files: Mapping[str, str]
    modules: tuple[str, ...]
    key: str | None = None
    keep_code: bool = True
    trace: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An item in the hands of a worker, until its lease ends."""

    job_id: str
    item_id: int
    attempt: int
    module: str
    kind: JobKind
    caller: str
    options: Options
    trace: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a worker is told when it renews a lease: whether the job was cancelled, and whether that was said twice."""

    cancelled: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What of a result is searched and summed up. Ratios from 0 to 1; None where nothing was measured."""

    status: str
    verdict: str
    tests: int = 0
    passed: int = 0
    line_coverage: float | None = None
    branch_coverage: float | None = None
    mutation_score: float | None = None
    suspected_bugs: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a worker made of an item: the body of POST /api/generate-tests, and the whole report as plain data, from
    which exports are made. `partial` where it was stopped early.
    """

    payload: Mapping[str, Any]
    figures: Figures
    report: Mapping[str, Any] = field(default_factory=dict)
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Items in one state that are not ended, and for how long the oldest one's job has been there."""

    state: str
    items: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a piece of work, or a caller's day, has used: seconds of a slot, processor seconds of jails, and what
    language models took.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no result. `body` has `detail`, `error_type`, `retryable`, and `findings` of a refusal."""

    body: Mapping[str, Any]
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event before it has a number."""

    kind: EventKind
    stage: str
    detail: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One event of a job. `seq` counts from 1 without a gap."""

    seq: int
    at: float
    kind: EventKind
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One module of a job. `ended` is when its result came."""

    module: str
    state: JobState
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """The report of one module, as plain data, with the file that it is of; `text` is None where it was not kept."""

    file: str
    text: str | None
    report: Mapping[str, Any]
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as its caller sees it. `code` is None where it was not kept; `position` (0: next) only while it waits."""

    id: str
    caller: str
    kind: JobKind
    state: JobState
    title: str
    created: float
    started: float | None
    finished: float | None
    position: int | None
    attempt: int
    options: Mapping[str, Any]
    files: Mapping[str, str] | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """A job as one line of the history: its figures are sums, ratios are means over its results."""

    id: str
    kind: JobKind
    state: JobState
    title: str
    created: float
    started: float | None
    finished: float | None
    position: int | None
    attempt: int
    status: str | None
    tests: int
    passed: int
    line_coverage: float | None
    branch_coverage: float | None
    mutation_score: float | None
    suspected_bugs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which jobs of the history are asked for: of everybody without a caller. `cursor` is where the last page ended."""

    caller: str | None
    state: JobState | None = None
    text: str = ""
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some jobs, newest first, how many there are in all, and where the next page begins."""

    jobs: tuple[JobSummary, ...]
    total: int
    following: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """How many results there are, and of how many all tests passed."""

    runs: int
    passed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Runs):
    """One day in UTC (`2026-01-31`). Ratios are means of what was measured, None where nothing was."""

    day: str
    line_coverage: float | None
    branch_coverage: float | None
    mutation_score: float | None
    verdicts: Mapping[str, int] = field(default_factory=dict)
    usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How results are spread over ten classes: below 0.1, from 0.1 to below 0.2, and so on; the last one has 1.0."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """How long a stage took, in seconds: percentiles by nearest rank."""

    name: str
    p50: float
    p90: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """What results add up to; days without any are left out."""

    days: tuple[Day, ...]
    stages: tuple[StageTimes, ...]
    verdicts: Mapping[str, int]
    spend: Spend
    totals: Runs
    spreads: tuple[Spread, ...] = ()
