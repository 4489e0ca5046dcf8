"""Results of jobs as files."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aitestgen.api.job_answers import job_body
from aitestgen.errors import NotFound, UsageError
from aitestgen.job import Job, KeptReport
from aitestgen.jobs.kept import report_of
from aitestgen.jobs.task import module_name
from aitestgen.values import Report


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
    """The report of one module. `source` is empty where the code was not kept; `at` is when it ended."""

    report: Report
    source: str
    path: str
    tests_path: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file to be downloaded."""

    name: str
    media_type: str
    content: bytes


def pytest_files(made: Sequence[Made]) -> ExportedFile:
    """The test file; a zip archive of them where there are several."""
    suites = {one.tests_path: one.report.tests_file.encode(one.report.encoding, "replace") for one in made}
    suites = {name: text for name, text in suites.items() if text}
    if not suites:
        raise NotFound("the job has no tests to export")
    if len(suites) == 1:
        ((name, text),) = suites.items()
        return ExportedFile(name=name, media_type="text/x-python", content=text)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in suites.items():
            archive.writestr(name, text)
    return ExportedFile(name="tests.zip", media_type="application/zip", content=packed.getvalue())


RENDERERS: Mapping[Format, Callable[[Sequence[Made]], ExportedFile]] = {
    Format.PYTEST: pytest_files,
}
"""By format, from the reports of all modules of a job, in order. JSON is the job itself."""


def exported(job: Job, reports: Sequence[KeptReport], wanted: Format) -> ExportedFile:
    """The job's results in this format. Raises NotFound where there is none yet, UsageError for an unknown format."""
    if wanted is Format.JSON:
        text = json.dumps(job_body(job), indent=2)
        return ExportedFile(name=f"job-{job.id}.json", media_type="application/json", content=text.encode())
    if wanted not in RENDERERS:
        known = ", ".join(sorted([*RENDERERS, Format.JSON]))
        raise UsageError(f"format: {wanted} cannot be exported by this version; it can {known}")
    if not reports:
        raise NotFound("the job has no result yet")
    return RENDERERS[wanted]([made_of(job, kept) for kept in reports])


def made_of(job: Job, kept: KeptReport) -> Made:
    """A kept report with the paths that other tools find its files by."""
    module = module_name(kept.file, job.files or (kept.file,))
    return Made(
        report=report_of(kept.report),
        source=kept.text or "",
        path=kept.file if kept.file.endswith(".py") else f"{kept.file}.py",
        tests_path=f"test_{module.replace('.', '_')}.py",
        at=kept.ended,
    )
