"""Results of jobs as files."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from aitestgen.api.job_answers import job_body
from aitestgen.errors import NotFound
from aitestgen.job import Job, KeptReport
from aitestgen.jobs.kept import report_of
from aitestgen.jobs.task import module_name
from aitestgen.render.exported import Exported
from aitestgen.render.formats import FORMATS


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
class ExportedFile:
    """A file to be downloaded."""

    name: str
    media_type: str
    content: bytes


def pytest_files(made: Sequence[Exported]) -> ExportedFile:
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


def one_file(wanted: Format, made: Sequence[Exported], name: str) -> ExportedFile:
    """All modules in one file, as `aitestgen generate --export` writes it."""
    form = FORMATS[wanted]
    return ExportedFile(name=f"{name}{form.extension}", media_type=form.media_type, content=form.render(made))


def exported(job: Job, reports: Sequence[KeptReport], wanted: Format) -> ExportedFile:
    """The job's results in this format. Raises NotFound where there is none yet."""
    if wanted is Format.JSON:
        text = json.dumps(job_body(job), indent=2)
        return ExportedFile(name=f"job-{job.id}.json", media_type="application/json", content=text.encode())
    if not reports:
        raise NotFound("the job has no result yet")
    made = [made_of(job, kept) for kept in reports]
    return pytest_files(made) if wanted is Format.PYTEST else one_file(wanted, made, f"job-{job.id}")


def made_of(job: Job, kept: KeptReport) -> Exported:
    """A kept report with the paths that other tools find its files by."""
    module = module_name(kept.file, job.files or (kept.file,))
    return Exported(
        report=report_of(kept.report),
        source=kept.text or "",
        path=kept.file if kept.file.endswith(".py") else f"{kept.file}.py",
        tests_path=f"test_{module.replace('.', '_')}.py",
        at=kept.ended,
    )
