"""The backend's routes: each reads its input, calls one function, renders."""

import asyncio
from contextlib import aclosing
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from aitestgen import values
from aitestgen.api import examples
from aitestgen.api.answers import Health, JsonAnswer, Ready, ValidateAnswer
from aitestgen.api.backend import Backend, TheBackend
from aitestgen.api.bodies import CodeBody, GenerateBody, checked_length, choose_options
from aitestgen.api.callers import Origin, TheOrigin
from aitestgen.api.presence import unless_disconnected
from aitestgen.api.validation import admit, validate
from aitestgen.errors import SandboxError
from aitestgen.render.answer import GenerateAnswer, asked, body, generated
from aitestgen.values import Options, Report, SourceFile
from aitestgen.wiring import offered_model

CLOSED_BY_CALLER = 499
MODULE = "user_code"

log = structlog.stdlib.get_logger("aitestgen.api")
router = APIRouter()


@router.post("/api/generate-tests", response_model=GenerateAnswer, responses=examples.GENERATE_ERRORS)
async def generate_tests(
    sent: Annotated[GenerateBody, Body(openapi_examples=examples.GENERATE)],
    backend: TheBackend,
    origin: TheOrigin,
    request: Request,
) -> Response:
    """Generate pytest tests for a piece of Python, run them in the sandbox, and return what was verified."""
    code = checked_length(sent.code, backend.settings)
    options = choose_options(sent.options, backend.settings)
    model = offered_model(backend.settings, options.llm)
    await asyncio.to_thread(admit, code, options.policy)
    await backend.check_day(origin, asks_model=model is not None)
    report = await unless_disconnected(request, _generate(code, options, backend, origin))
    if report is None:
        log.info("caller hung up", code_length=len(code))
        return Response(status_code=CLOSED_BY_CALLER)
    answer = generated(report)
    told = body(answer)
    log.info("generated", code_length=len(code), status=answer.status, tests=len(answer.tests), **asked(told))
    return JsonAnswer(told)


async def _generate(code: str, options: Options, backend: Backend, origin: Origin) -> Report:
    async with backend.slot(origin):
        tools = await asyncio.to_thread(backend.tools)
        source = SourceFile(text=code, module=MODULE)
        request = values.Request(source=source, interpreter=tools.interpreter, options=options)
        async with aclosing(tools.flow(request, None)) as events:
            async for event in events:
                if event.report:
                    return event.report
    raise SandboxError("the flow ended without a report; try again")


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
