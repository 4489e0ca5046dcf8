"""The project's own files, packed into a run for a machine that cannot see them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from aitestgen.errors import SandboxError
from aitestgen.values import Run

JOB = Path("/job")
FOLDER = "project-files"
"""Where they lie under /job: no module can be imported by such a name."""

MOST_BYTES = 16 * 1024 * 1024
PLACES = ("file", "trace", "root")
"""The keys of a job that hold one path; `path` holds several."""


def packed(run: Run) -> Run:
    """The run without binds: the bound files are among its own, under /job, and the job's paths lead there.

    Caches stay, and links that lead out of what is bound. Raises SandboxError where the files take more than 16 MiB, or
    where the job names a path that is not bound, as for a module of the interpreter.
    """
    base = _base(run)
    job = {**run.job, **{key: _moved(run.job[key], base) for key in PLACES if run.job.get(key) is not None}}
    if "path" in job:
        job["path"] = [_moved(entry, base) for entry in run.job["path"]]
    return replace(run, job=job, binds=(), files={**run.files, **_contents(run, base)})


def _base(run: Run) -> Path | None:
    """The deepest folder that holds everything that is bound and every root; None where nothing is bound."""
    roots = [str(entry) for entry in run.job.get("path", ())]
    if not run.binds:
        return None
    return Path(os.path.commonpath([*roots, *(str(bound.parent) for bound in run.binds)]))


def _moved(path: str, base: Path | None) -> str:
    there = Path(path)
    if there.is_relative_to(JOB):
        return path
    if base is None or not there.is_relative_to(base):
        raise SandboxError(
            f"a sandbox service cannot see {path}: it takes single modules, and projects by their own files, but no "
            "module that is installed here. Use the jail of this machine: --sandbox bubblewrap"
        )
    return str(JOB / FOLDER / there.relative_to(base))


def _contents(run: Run, base: Path | None) -> Mapping[str, bytes]:
    files, size = {}, 0
    for bound in run.binds if base else ():
        for file in _files(bound):
            size += file.stat().st_size
            if size > MOST_BYTES:
                raise SandboxError(
                    f"the project's files under {base} are over {MOST_BYTES} bytes, too many for a sandbox service: "
                    "name a smaller part of the project, or use --sandbox bubblewrap"
                )
            files[f"{FOLDER}/{file.relative_to(base or bound)}"] = file.read_bytes()
    return files


def _files(bound: Path) -> Iterator[Path]:
    if bound.is_file():
        yield bound
        return
    home = bound.resolve()
    for folder, below, names in os.walk(bound):
        below[:] = sorted(name for name in below if name != "__pycache__")
        for file in (Path(folder, name) for name in sorted(names)):
            if file.is_file() and file.resolve().is_relative_to(home):
                yield file
