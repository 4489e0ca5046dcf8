"""`--export FORMAT=FILE`: the reports of a command in the formats that other tools read."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aitestgen.cli import outputs
from aitestgen.cli.console import say, shown
from aitestgen.cli.jobs import Ended, Job
from aitestgen.errors import UsageError
from aitestgen.render.exported import Exported
from aitestgen.render.formats import FORMATS
from aitestgen.wording import counted


@dataclass(frozen=True, slots=True)
class Export:
    """One file to write, in one format."""

    format: str
    path: Path


def read_exports(texts: Iterable[str]) -> tuple[Export, ...]:
    """What `FORMAT=FILE` means, each. Raises UsageError for a format that is not known, and for one file twice."""
    exports = tuple(_export(text) for text in texts)
    paths = [export.path.absolute() for export in exports]
    for path in paths:
        if paths.count(path) > 1:
            raise UsageError(f"--export: {shown(path)} would be written twice; name two files")
    return exports


def _export(text: str) -> Export:
    name, sign, path = text.partition("=")
    if name not in FORMATS or not sign or not path:
        raise UsageError(f"--export {text}: write FORMAT=FILE, where FORMAT is one of {', '.join(FORMATS)}")
    return Export(name, Path(path))


def check_exports(exports: Sequence[Export], jobs: Sequence[Job]) -> None:
    """Before any time is spent. Raises UsageError where a file cannot be written, or is a module or test file."""
    taken = {path.resolve() for job in jobs for path in (job.input.source.path, job.path) if path}
    for export in exports:
        outputs.check_writable(export.path, force=True)
        if export.path.resolve() in taken:
            raise UsageError(f"--export would overwrite {shown(export.path)}: name another file")
        if export.format == "pytest" and len(jobs) != 1:
            raise UsageError(f"--export pytest takes one module, and there are {len(jobs)}: use --output")


def write_exports(exports: Sequence[Export], ended: Sequence[Ended]) -> None:
    """Every file, of the modules that were worked on now; says which have no lines to tell of."""
    now = time.time()
    modules = [found for one in ended if (found := exported(one, now))]
    for export in exports:
        outputs.write_bytes(export.path, FORMATS[export.format].render(modules))
    before = sum(1 for one in ended if one.before is not None)
    if exports and before:
        say(f"not in the exported files: {counted(before, 'module')} done before (--fresh does all again)")


def exported(ended: Ended, at: float) -> Exported | None:
    """What there is to export of a module; None where no tests were found, and where an earlier run did it."""
    if ended.report is None:
        return None
    source = ended.job.input.source
    outcomes = ended.report.final.outcomes
    tests = ended.written or (outcomes[0].id.partition("::")[0] if outcomes else f"test_{source.module}.py")
    return Exported(
        report=ended.report,
        source=source.text,
        path=_named(source.path) if source.path else f"{source.module}.py",
        tests_path=_named(tests) if isinstance(tests, Path) else tests,
        at=at,
    )


def _named(path: Path) -> str:
    return Path(shown(path.absolute())).as_posix()
