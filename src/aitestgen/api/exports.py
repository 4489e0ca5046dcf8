"""Results of jobs as files."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aitestgen.api.job_answers import job_body
from aitestgen.errors import NotFound, UsageError
from aitestgen.job import Job
from aitestgen.jobs.task import module_name


class Format(StrEnum):
    """What a result can be exported as."""

    PYTEST = "pytest"
    JSON = "json"
    JUNIT = "junit"
    LCOV = "lcov"
    COBERTURA = "cobertura"
    HTML = "html"
    SARIF = "sarif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One module's result: `payload` is the body of POST /api/generate-tests, `text` the code, where it was kept."""

    module: str
    path: str
    payload: Mapping[str, Any]
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file to be downloaded."""

    name: str
    media_type: str
    content: bytes


def pytest_files(made: Sequence[Made]) -> ExportedFile:
    """The test file; a zip archive of them where there are several."""
    suites = {f"test_{one.module.replace('.', '_')}.py": str(one.payload["generated_tests"]) for one in made}
    suites = {name: text for name, text in suites.items() if text}
    if not suites:
        raise NotFound("the job has no tests to export")
    if len(suites) == 1:
        ((name, text),) = suites.items()
        return ExportedFile(name=name, media_type="text/x-python", content=text.encode("utf-8", "replace"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in suites.items():
            archive.writestr(name, text.encode("utf-8", "replace"))
    return ExportedFile(name="tests.zip", media_type="application/zip", content=packed.getvalue())


RENDERERS: Mapping[Format, Callable[[Sequence[Made]], ExportedFile]] = {
    Format.PYTEST: pytest_files,
}
"""By format, from the results of all modules of a job. JSON is the job itself."""


def exported(job: Job, wanted: Format) -> ExportedFile:
    """The job's results in this format. Raises NotFound where there is none yet, UsageError for an unknown format."""
    if wanted is Format.JSON:
        text = json.dumps(job_body(job), indent=2)
        return ExportedFile(name=f"job-{job.id}.json", media_type="application/json", content=text.encode())
    if wanted not in RENDERERS:
        known = ", ".join(sorted([*RENDERERS, Format.JSON]))
        raise UsageError(f"format: {wanted} cannot be exported by this version; it can {known}")
    made = results_of(job)
    if not made:
        raise NotFound("the job has no result yet")
    return RENDERERS[wanted](made)


def results_of(job: Job) -> list[Made]:
    """What is there, in the order of the modules."""
    files = job.files or {}
    return [
        Made(
            module=module_name(item.module, files),
            path=item.module if item.module.endswith(".py") else f"{item.module}.py",
            payload=item.result,
            text=files.get(item.module),
        )
        for item in job.items
        if item.result is not None
    ]
