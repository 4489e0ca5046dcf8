"""The backend's routes: each reads its input, calls one function, renders."""

import asyncio
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from aitestgen.api import examples
from aitestgen.api.answers import Health, JsonAnswer, Ready, ValidateAnswer
from aitestgen.api.awaited import ended
from aitestgen.api.backend import TheBackend
from aitestgen.api.bodies import CodeBody, GenerateBody, checked_length, choose_options
from aitestgen.api.callers import TheOrigin
from aitestgen.api.errors import refusal_of
from aitestgen.api.presence import unless_disconnected
from aitestgen.api.sending import Sender, new_job
from aitestgen.api.validation import validate
from aitestgen.errors import Conflict
from aitestgen.job import Job, JobKind
from aitestgen.jobs.task import SNIPPET
from aitestgen.render.answer import GenerateAnswer, body

CLOSED_BY_CALLER = 499

log = structlog.stdlib.get_logger("aitestgen.api")
router = APIRouter()


@router.post(
    "/api/generate-tests",
    response_model=GenerateAnswer,
    responses={**examples.GENERATE_ERRORS, **examples.ENDED_MEANWHILE},
)
async def generate_tests(
    sent: Annotated[GenerateBody, Body(openapi_examples=examples.GENERATE)],
    backend: TheBackend,
    origin: TheOrigin,
    request: Request,
) -> Response:
    """Generate pytest tests for a piece of Python, run them in the sandbox, and return what was verified.

    It is a job whose end is waited for: `X-Job-ID` names it. Who hangs up ends it.
    """
    code = checked_length(sent.code, backend.settings)
    options = choose_options(sent.options, backend.settings)
    new = await new_job({SNIPPET: code}, JobKind.SNIPPET, options, Sender(backend, origin))
    with backend.waiting.one(*origin):
        job = await unless_disconnected(request, ended(backend.jobs, new, backend.settings.queue_seconds))
    if job is None:
        log.info("caller hung up", code_length=len(code))
        return Response(status_code=CLOSED_BY_CALLER)
    return _outcome(job, request)


def _outcome(job: Job, request: Request) -> Response:
    """What became of the job's only module. Raises Conflict where it was cancelled before anything was verified."""
    only = job.items[0]
    if only.result is not None:
        answer = JsonAnswer(only.result)
    elif only.error is not None:
        answer = refusal_of(only.error).answer(request.headers)
    else:
        raise Conflict(f"job {job.id} was cancelled before anything was verified")
    answer.headers["X-Job-ID"] = job.id
    return answer


@router.post("/api/validate-code", response_model=ValidateAnswer, responses=examples.INVALID)
async def validate_code(
    sent: Annotated[CodeBody, Body(openapi_examples=examples.VALIDATE)], backend: TheBackend
) -> Response:
    """Say what the policy gate thinks of the code. Never executes anything."""
    code = checked_length(sent.code, backend.settings)
    return JsonAnswer(body(await asyncio.to_thread(validate, code)))


@router.get("/health", response_model=Health)
@router.get("/health/live", response_model=Health)
async def health() -> Response:
    """The process answers."""
    return JsonAnswer(body(Health(version=version("aitestgen"))))


@router.get("/health/ready", response_model=Ready, responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": Ready}})
async def ready(backend: TheBackend) -> Response:
    """Whether a generation would be taken now; 503 with the reasons where not."""
    reasons = (*await asyncio.to_thread(backend.reasons), *await backend.store_reasons())
    answer = Ready(status="not ready" if reasons else "ready", reasons=reasons)
    return JsonAnswer(body(answer), status_code=HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK)
