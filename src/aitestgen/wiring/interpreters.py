"""The Python under which code runs."""

import os
from pathlib import Path

from aitestgen.settings import Settings
from aitestgen.values import Interpreter


def interpreter(python: Path | None = None, project: Path | None = None) -> Interpreter:
    """The Python that runs the code: the one asked for, else $VIRTUAL_ENV, else the nearest .venv, else our own."""
    from aitestgen.sandbox.interpreter import inspect_interpreter, own_interpreter

    chosen = python or active_environment() or (project and nearest_environment(project))
    return inspect_interpreter(chosen) if chosen else own_interpreter()


def interpreters(settings: Settings) -> dict[str, Interpreter]:
    """Version (`3.12`) → the first interpreter of it: the one that runs code by default, then AITESTGEN_PYTHONS.

    Raises UsageError for one that does not start.
    """
    found = [interpreter(settings.python), *(interpreter(path) for path in settings.pythons)]
    by_version: dict[str, Interpreter] = {}
    for one in found:
        by_version.setdefault("{}.{}".format(*one.version), one)
    return by_version


def active_environment() -> Path | None:
    folder = os.environ.get("VIRTUAL_ENV")
    return _python_of(Path(folder)) if folder else None


def nearest_environment(start: Path) -> Path | None:
    """The `.venv` of `start` or of the nearest folder above it; the search ends at the project's own folder."""
    for folder in (start, *start.parents):
        if found := _python_of(folder / ".venv"):
            return found
        if (folder / "pyproject.toml").exists() or (folder / ".git").exists():
            return None
    return None


def _python_of(environment: Path) -> Path | None:
    python = environment / "bin" / "python"
    return python if python.exists() else None
