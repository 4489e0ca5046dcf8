"""POST /run of the sandbox service: a whole run for a caller elsewhere, answered line by line (sandbox/run_json.py)."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aitestgen import wiring
from aitestgen.api import examples
from aitestgen.api.callers import TheCaller
from aitestgen.api.presence import unless_disconnected
from aitestgen.api.service import LimitsBody, Service, Text, TheService, check_token, lowered, read_away
from aitestgen.errors import AitestgenError, SandboxError
from aitestgen.sandbox.run_json import as_result, line
from aitestgen.seams import Sandbox
from aitestgen.values import Run

HEARTBEAT_SECONDS = 5.0
LINES = "application/x-ndjson"
MOST_FILES = 10_000
MOST_COMPLAINTS = 20
LONGEST_NAME = 1024
LONGEST_PART = 255
HASH_SEEDS = 2**32
DEEPEST = 200
"""How deep a job may be nested: what is read here has to be written again, for the jail."""

END = b""

log = structlog.stdlib.get_logger("aitestgen.sandbox")
router = APIRouter()


def file_name(name: str) -> str:
    """The name itself. Raises ValueError unless it is the plain relative path of a file below /job."""
    parts = name.split("/")
    plain = all(part not in {"", ".", ".."} and len(part.encode()) <= LONGEST_PART for part in parts)
    if not plain or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError("a file's name must be a plain relative path without `..`")
    return name


def no_file_is_a_folder(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files themselves. Raises ValueError where one lies in another."""
    if any(str(folder) in files for name in files for folder in PurePosixPath(name).parents):
        raise ValueError("a file's name is also the folder of another")
    return files


def decoded(text: object) -> bytes:
    """The bytes of strict base64. Raises ValueError."""
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("a file's content must be base64")
    return base64.b64decode(text, validate=True)


def shallow(job: dict[str, Any]) -> dict[str, Any]:
    """The job itself. Raises ValueError where it is nested too deeply."""
    level: list[Any] = [job]
    for _ in range(DEEPEST):
        inner = (item.values() if isinstance(item, dict) else item for item in level)
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
        if not level:
            return job
    raise ValueError(f"nested more than {DEEPEST} levels deep")


FileName = Annotated[str, AfterValidator(file_name)]
Content = Annotated[bytes, BeforeValidator(decoded), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]
Files = Annotated[
    dict[FileName, Content],
    Field(max_length=MOST_FILES),
    AfterValidator(no_file_is_a_folder),
]


class RunBody(BaseModel):
    """A run. `job` is the guest program's own argument; `files` are base64 and appear under /job."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Literal["run_tests", "explore", "mutate", "ask", "reproduce", "recapture"]
    python: Annotated[str, Field(pattern=r"^3\.[0-9]{1,2}$")]
    job: Annotated[dict[str, Any], AfterValidator(shallow)]
    files: Files = {}
    limits: LimitsBody | None = None
    hash_seed: Annotated[int, Field(ge=0, lt=HASH_SEEDS, strict=True)] = 0
    expected: tuple[Text, ...] | None = None


def described_body() -> dict[str, Any]:
    """What /openapi.json says of the body, which the route reads by itself. LimitsBody is there, for /execute."""
    schema = RunBody.model_json_schema(ref_template="#/components/schemas/{model}")
    del schema["$defs"]
    content = {"schema": schema, "examples": examples.RUN}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


async def check_room(service: TheService, caller: TheCaller, request: Request) -> None:
    """Raises Busy or Closing before a large body is kept, where it would be refused anyway."""
    try:
        service.slots.check(caller)
    except SandboxError:
        await read_away(request)
        raise


@router.post(
    "/run",
    response_class=Response,
    responses={200: {"description": "Lines of JSON", "content": {LINES: {}}}, **examples.EXECUTE_ERRORS},
    dependencies=[Depends(check_token), Depends(check_room)],
    openapi_extra=described_body(),
)
async def run(service: TheService, caller: TheCaller, request: Request) -> Response:
    """Run a guest program in a fresh jail; its messages are streamed as they come, and the result is the last line."""
    sent = await asyncio.to_thread(read_body, await request.body())
    return Lines(admitted(sent, service), service, caller)


def read_body(data: bytes) -> RunBody:
    """The run that a body describes. Raises RequestValidationError.

    It is read by the standard library, which takes what a job may hold: a guest's texts may contain half a character.
    """
    try:
        return RunBody.model_validate(json.loads(data))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False, include_url=False)[:MOST_COMPLAINTS]) from None
    except (ValueError, RecursionError):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "The request body is not JSON that can be read") from None


def admitted(sent: RunBody, service: Service) -> Run:
    """The run with this service's interpreter, within its limits. Raises 422 for a Python that is not here."""
    interpreter = service.interpreters.get(sent.python)
    if interpreter is None:
        here = ", ".join(service.interpreters)
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"python: there is no {sent.python} here, only {here}")
    single = sent.program in ("run_tests", "ask")
    most = (wiring.running_limits if single else wiring.search_limits)(service.settings)
    return Run(
        program=sent.program,
        job=sent.job,
        interpreter=interpreter,
        files=sent.files,
        limits=lowered(most, sent.limits),
        hash_seed=sent.hash_seed,
        expected=sent.expected,
    )


class Lines(Response):
    """Runs as it is sent: a failure before a slot is held has a status of its own, a later one is the last line."""

    media_type = LINES

    def __init__(self, run: Run, service: Service, caller: str) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.run = run
        self.service = service
        self.caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await unless_disconnected(Request(scope, receive), self._answer(send))

    async def _answer(self, send: Send) -> None:
        async with AsyncExitStack() as held:
            await held.enter_async_context(self.service.slots.one(self.caller))
            sandbox = await asyncio.to_thread(self.service.jail)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            said: asyncio.Queue[bytes] = asyncio.Queue()
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass_on(said, send))
                await self._work(sandbox, said.put_nowait)
                await held.aclose()  # a caller who reads slowly holds no slot
                said.put_nowait(END)
            await send({"type": "http.response.body", "body": b""})

    async def _work(self, sandbox: Sandbox, say: Callable[[bytes], None]) -> None:
        """Run, and say every line of the answer."""
        streamed = 0

        def heard(frame: Mapping[str, Any]) -> None:
            nonlocal streamed
            streamed += 1
            say(line("frame", frame))

        say(line("accepted", {"limits": asdict(self.run.limits), "free": self.service.slots.free}))
        try:
            result = await sandbox.run(self.run, heard)
        except AitestgenError as error:
            log.warning("refused", error_type=error.error_type, detail=str(error))
            say(line("error", {"detail": str(error), "error_type": error.error_type, "retryable": error.retryable}))
            return
        for frame in result.frames[streamed:]:
            heard(frame)
        self.service.metrics.ran(self.run.program, result)
        log.info("ran", program=self.run.program, verdict=result.verdict, seconds=round(result.seconds, 3))
        say(line("result", as_result(result)))


async def _pass_on(said: asyncio.Queue[bytes], send: Send) -> None:
    """Send what is said until the end; an empty line where there is nothing to say for a while."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                text = await said.get()
        except TimeoutError:
            text = b"\n"
        if text == END:
            return
        await send({"type": "http.response.body", "body": text, "more_body": True})
