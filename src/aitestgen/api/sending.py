"""What a caller sends becomes a job: checked against the day's limits, the gate and the server's end, in this order."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from aitestgen.api.backend import Backend
from aitestgen.api.callers import Origin
from aitestgen.api.slots import Closing
from aitestgen.api.validation import admit
from aitestgen.job import JobKind, NewJob
from aitestgen.jobs.task import SNIPPET, SNIPPET_TESTS
from aitestgen.jobs.uploads import UploadLimits, admit_files, checked_names, modules_of, title_of
from aitestgen.settings import Settings
from aitestgen.tracing import traceparent
from aitestgen.values import Options
from aitestgen.wiring import offered_model


class Sender(NamedTuple):
    """Who sends something, to which backend, and under which key."""

    backend: Backend
    origin: Origin
    key: str | None = None


async def new_job(files: Mapping[str, str], kind: JobKind, options: Options, sender: Sender) -> NewJob:
    """The job that is asked for. Raises UsedUp, CodeInvalid, PolicyRefused, UsageError, LLMError, Closing."""
    backend, origin, key = sender
    settings = backend.settings
    model = offered_model(settings, options.llm)
    await backend.check_day(origin, asks_model=model is not None)
    modules = await asyncio.to_thread(_admitted, files, kind, options, settings)
    if backend.slots.closing:
        raise Closing
    return NewJob(
        caller=origin.caller,
        address=origin.address,
        kind=kind,
        title=title_of(files, modules),
        options=options,
        files=files,
        modules=modules,
        key=key,
        keep_code=settings.keep_code,
        trace=traceparent(),
    )


def _admitted(files: Mapping[str, str], kind: JobKind, options: Options, settings: Settings) -> tuple[str, ...]:
    """The modules to test. Raises CodeInvalid, PolicyRefused, UsageError."""
    if kind is JobKind.SNIPPET:
        admit(files[SNIPPET], options.policy)
        if SNIPPET_TESTS in files:
            admit_files({f"{SNIPPET}.py": files[SNIPPET], SNIPPET_TESTS: files[SNIPPET_TESTS]}, options.policy)
        return (SNIPPET,)
    modules = modules_of(checked_names(files, upload_limits(settings)))
    admit_files(files, options.policy)
    return modules


def upload_limits(settings: Settings) -> UploadLimits:
    return UploadLimits(files=settings.max_files, total_bytes=settings.max_upload_kib * 1024)
