"""The job that `benchmarks/sandbox.py` measures, a file of three tests, and the ways to run it once."""

import asyncio
import dataclasses
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.seams import Sandbox
from aitestgen.values import Limits, Run, Verdict

CODE = "def add(a, b):\n    if a < 0:\n        raise ValueError(a)\n    return a + b\n"
TESTS = (
    "import pytest\nfrom user_code import add\n\n\n"
    "def test_adds():\n    assert add(1, 2) == 3\n\n\n"
    "def test_zero():\n    assert add(0, 0) == 0\n\n\n"
    "def test_rejects():\n    with pytest.raises(ValueError):\n        add(-1, 0)\n"
)
TRACED = "/job/user_code.py"
PATIENCE_SECONDS = 60.0
"""A busy machine makes a variant slow, and must not end the measurement."""

Measured = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Nothing to be waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run the job. `settle` is awaited after each time: what it started in the background is done then."""

    once: Measured
    settle: Measured = nothing


def job(trace: str | None = None, cores: float = 1.0) -> Run:
    """The job, with its lines and branches recorded where `trace` is given."""
    return Run(
        program="run_tests",
        job={"path": [], "seed": 0, "tests": ["test_user_code.py"], "trace": trace, "select": None, "shuffle": None},
        interpreter=own_interpreter(),
        files={"user_code.py": CODE.encode(), "test_user_code.py": TESTS.encode()},
        limits=dataclasses.replace(Limits(), cpu_cores=cores, wall_seconds=PATIENCE_SECONDS),
    )


@contextmanager
def folder_of_job() -> Iterator[Path]:
    """Its files in a folder that any user may read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "user_code.py").write_text(CODE)
        (folder / "test_user_code.py").write_text(TESTS)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755)
        yield folder


def command(*words: str, folder: Path | str) -> Measured:
    """A process of this machine that has to succeed."""

    async def once() -> None:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,  # a runtime of root's may change the owner of what it is given
            stderr=asyncio.subprocess.STDOUT,
            env={
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", "/"),
            },
        )
        said, _ = await process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"{words} failed: {said.decode(errors='replace')}")

    return once


def jailed(sandbox: Sandbox, run: Run) -> Measured:
    """A run that has to pass."""

    async def once() -> None:
        result = await sandbox.run(run)
        if result.verdict is not Verdict.PASSED:
            raise SystemExit(f"the run ended as {result.verdict}: {result.detail}")

    return once
