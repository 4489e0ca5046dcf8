"""Jobs over HTTP: sent, looked at, listed, ended, exported."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from aitestgen.api import examples
from aitestgen.api.answers import JsonAnswer
from aitestgen.api.backend import TheBackend, TheJobs
from aitestgen.api.bodies import OptionsBody, OptionsQuery, checked_length, choose_options
from aitestgen.api.callers import TheDoer, TheOrigin, TheView
from aitestgen.api.exports import Format, exported
from aitestgen.api.job_answers import JobAnswer, JobsAnswer, job_body, page_body
from aitestgen.api.sending import Sender, new_job, upload_limits
from aitestgen.job import JobKind, JobState, Wanted
from aitestgen.jobs.archives import unpacked
from aitestgen.jobs.task import SNIPPET, SNIPPET_TESTS
from aitestgen.jobs.uploads import checked_names
from aitestgen.settings import Settings
from aitestgen.values import Options

MOST_LISTED = 100
CURSOR = r"^[0-9]{1,12}(\.[0-9]{1,12})?~[0-9a-f]{32}$"
Key = Annotated[str | None, Header(max_length=200, pattern=r"^[!-~]+$", description="Sent again, it is the same job.")]

log = structlog.stdlib.get_logger("aitestgen.api")
router = APIRouter()


class JobBody(BaseModel):
    """A piece of code, with a file of tests where there is one, or several files by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str | None = Field(default=None, description="Python source, at most MAX_CODE_LENGTH characters.")
    tests: str | None = Field(
        default=None, description="A pytest file for the code, which is the module user_code: what it misses is added."
    )
    files: dict[str, str] | None = Field(default=None, description="Plain relative path → text of the file.")
    options: OptionsBody | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "JobBody":
        if (self.code is None) == (self.files is None):
            raise ValueError("send either `code` or `files`")
        if self.tests is not None and self.code is None:
            raise ValueError("`tests` go with `code`; of several files, send them among the `files`")
        return self

    def texts(self, settings: Settings) -> dict[str, str]:
        """What is sent, by name. Raises CodeInvalid, UsageError for what is too long."""
        if self.code is None:
            return self.files or {}
        code = {SNIPPET: checked_length(self.code, settings)}
        if self.tests is None:
            return code
        return {**code, **checked_names({SNIPPET_TESTS: self.tests}, upload_limits(settings))}


@router.post(
    "/api/jobs",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobAnswer,
    responses={**examples.GENERATE_ERRORS, **examples.SAME_KEY},
)
async def send_job(
    sent: Annotated[JobBody, Body(openapi_examples=examples.JOBS)],
    backend: TheBackend,
    origin: TheOrigin,
    idempotency_key: Key = None,
) -> Response:
    """Queue a generation. What the gate refuses, and what does not parse, is refused before anything is queued."""
    options = choose_options(sent.options, backend.settings)
    files = sent.texts(backend.settings)
    kind = JobKind.SNIPPET if sent.code is not None else JobKind.FILES
    return await _queued(files, kind, options, Sender(backend, origin, idempotency_key))


@router.post(
    "/api/jobs/archive",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobAnswer,
    responses={**examples.GENERATE_ERRORS, **examples.SAME_KEY},
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
)
async def send_archive(  # what the framework hands over, one by one
    request: Request,
    backend: TheBackend,
    origin: TheOrigin,
    chosen: Annotated[OptionsQuery, Query()],
    idempotency_key: Key = None,
) -> Response:
    """As POST /api/jobs, for the Python files of a zip, tar or tar.gz archive as the body; options are in the query."""
    options = choose_options(chosen, backend.settings)
    files = await asyncio.to_thread(unpacked, await request.body(), upload_limits(backend.settings))
    return await _queued(files, JobKind.FILES, options, Sender(backend, origin, idempotency_key))


async def _queued(files: Mapping[str, str], kind: JobKind, options: Options, sender: Sender) -> Response:
    new = await new_job(files, kind, options, sender)
    job, fresh = await sender.backend.jobs.queue.submit(new)
    log.info("job queued", job_id=job.id, kind=kind, modules=len(new.modules), fresh=fresh)
    return JsonAnswer(job_body(job), status_code=HTTPStatus.ACCEPTED, headers={"Location": f"/api/jobs/{job.id}"})


@router.get("/api/jobs", response_model=JobsAnswer, responses=examples.NO_STORE)
async def list_jobs(
    jobs: TheJobs,
    view: TheView,
    state: JobState | None = None,
    q: Annotated[str, Query(max_length=200, description="Part of the title.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20,
    cursor: Annotated[str | None, Query(pattern=CURSOR, description="The `next` of the page before.")] = None,
) -> Response:
    """The caller's jobs, newest first; an administrator's are everybody's."""
    wanted = Wanted(caller=view, state=state, text=q, limit=limit, cursor=cursor)
    return JsonAnswer(page_body(await jobs.store.page(wanted)))


@router.get("/api/jobs/{job_id}", response_model=JobAnswer, responses=examples.NO_JOB)
async def get_job(job_id: str, jobs: TheJobs, view: TheView) -> Response:
    """A job, with its result once there is one."""
    return JsonAnswer(job_body(await jobs.store.get(job_id, view)))


@router.delete(
    "/api/jobs/{job_id}",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobAnswer,
    responses={HTTPStatus.NO_CONTENT: {"description": "It had ended, and is gone"}, **examples.NO_JOB},
)
async def end_job(job_id: str, backend: TheBackend, jobs: TheJobs, view: TheView, by: TheDoer) -> Response:
    """Cancel a job, or delete one that has ended. What is verified is kept; cancelled again, it ends at once."""
    if (await jobs.store.get(job_id, view)).caller != by.actor:
        await backend.accounts().record(replace(by, action="job of another ended", target=job_id))
    if await jobs.store.delete(job_id, view):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return JsonAnswer(job_body(await jobs.queue.cancel(job_id, view)), status_code=HTTPStatus.ACCEPTED)


@router.get(
    "/api/jobs/{job_id}/export",
    response_class=Response,
    responses={**examples.EXPORTED, **examples.NO_JOB},
)
async def export_job(
    job_id: str, jobs: TheJobs, view: TheView, wanted: Annotated[Format, Query(alias="format")] = Format.PYTEST
) -> Response:
    """The result of a job as a file."""
    job = await jobs.store.get(job_id, view)
    file = exported(job, await jobs.store.reports(job_id, view), wanted)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "X-Content-Type-Options": "nosniff"}
    return Response(file.content, media_type=file.media_type, headers=headers)
