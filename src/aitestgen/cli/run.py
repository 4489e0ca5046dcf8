"""`aitestgen run`: a test file against a module, in the sandbox."""

import asyncio
from pathlib import Path
from typing import Any

from aitestgen import wiring
from aitestgen.analyse.project import locate
from aitestgen.analyse.project_tests import read_tests
from aitestgen.cli.console import print_json, put, say
from aitestgen.errors import UsageError
from aitestgen.settings import read_settings
from aitestgen.values import Request, RunResult, Verdict


def run_tests(
    code: Path, tests: Path, *, sandbox: str | None, python: Path | None, root: Path | None, as_json: bool
) -> int:
    """Print pytest's output and the verdict. 0 where every test passed, else 1."""
    for path in (code, tests):
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
    settings = read_settings()
    source = locate(code, root)
    interpreter = wiring.interpreter(python or settings.python, code.resolve().parent)
    jail = wiring.jail(settings, sandbox)
    request = Request(source=source, interpreter=interpreter)
    run = wiring.tests_run(request, read_tests(tests), settings.limits)
    result = asyncio.run(wiring.closing(jail, jail.run(run)))
    show(result, source.module, as_json=as_json)
    return exit_code(result)


def exit_code(result: RunResult) -> int:
    return 0 if result.verdict is Verdict.PASSED else 1


def show(result: RunResult, module: str, *, as_json: bool) -> None:
    if as_json:
        tests = [{"id": test.id, "outcome": str(test.outcome), "seconds": test.seconds} for test in result.outcomes]
        one: dict[str, Any] = {
            "module": module,
            "verdict": str(result.verdict),
            "detail": result.detail,
            "tests": tests,
        }
        one |= {"output": result.output, "seconds": result.seconds, "peak_memory_bytes": result.peak_bytes}
        print_json([one], exit_code=exit_code(result))
    else:
        put(result.output if result.output.endswith("\n") or not result.output else f"{result.output}\n")
    detail = f": {result.detail}" if result.detail else ""
    say(f"{result.verdict}{detail} ({module}, {result.seconds:.2f} s, {result.backend} tier {result.tier})")
