"""What weaker judges would have said of guests that are wrong: `python -m tests.sandbox.forgery [--markdown FILE]`.

Every column is read from one and the same run in the jail: the exit status that a plain pytest would have left, what
was printed, the records without canaries and fingerprint, and the verdict. No guest here is right: PASS means fooled.
"""

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.backends import BACKENDS, Backend
from tests.sandbox.guest import Guest
from tests.sandbox.hostile import GUESTS, listener, outcome_of

from aitestgen.errors import SandboxError
from aitestgen.values import RunResult, Verdict

TESTS = ("test_user_code.py::test_add",)
PASS, FAIL = "**PASS**", "fail"
GREEN = re.compile(r"\b\d+ passed")
RED = re.compile(r"\b\d+ (failed|error)")
ENDED_ITSELF = re.compile(r"ended itself with status 0\b")

ATTACKS = {
    "nothing (honest)": "honestly wrong",
    "`os._exit(0)` at import": "_exit at import",
    "`os._exit(0)` in a test": "_exit in a test",
    "prints `3 passed`, `os._exit(0)`": "prints 5 passed",
    "prints `3 passed` past pytest's capture, `os._exit(0)`": "prints 3 passed, past the capture",
    "`sys.exit(0)` at import": "sys.exit at import",
    "patches `TestReport`: all pass": "TestReport says passed",
    "finds the plugin manager through `gc`": "a hook found through gc",
    "finds the reporter through `gc`": "the reporter found through gc",
    "rewrites what is written to the pipe": "os.write writes what it wants",
    "writes forged records to the pipe, `os._exit(0)`": "a whole session, then exit",
    "another Python writes the forged records": "another Python that reports",
    "kills, traces and opens pid 1": "kills and opens pid 1, and is wrong",
    "hangs": "CPU spin",
    "memory bomb": "heap bomb",
    "fork bomb": "fork bomb",
    "marks every test as expected to fail": "marks every test as expected to fail",
    "skips its test": "a test that is skipped by the code under test",
    "answers that equal everything": "answers that equal everything (cannot be told)",
    "answers that equal everything, to a generated suite": "answers that equal everything, to a generated suite",
    "flips one test that it knows by name": "lies about one test that it knows (cannot be told)",
    "tells our canaries from tests": "tells our canaries from tests (cannot be told)",
}
"""What the code under test does, and the guest that does it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What four judges say of one run."""

    attack: str
    exit_code: str
    stdout: str
    records: str
    verdict: str

    def __str__(self) -> str:
        return f"| {self.attack} | {self.exit_code} | {self.stdout} | {self.records} | {self.verdict} |"


def judged(attack: str, result: RunResult) -> Judgement:
    """The four columns, all of this one result."""
    return Judgement(
        attack=attack,
        exit_code=PASS if exit_code_passes(result) else FAIL,
        stdout=PASS if GREEN.search(result.output) and not RED.search(result.output) else FAIL,
        records=PASS if records_pass(result) else FAIL,
        verdict=f"{PASS}, `passed`" if _fooled(result) else f"`{result.verdict}`{_outcome(result)}",
    )


def exit_code_passes(result: RunResult) -> bool:
    """Whether the process would have left 0: pytest's own status, or what it exited with before pytest could say."""
    if result.verdict in {Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.PROCESS_LIMIT, Verdict.CRASHED}:
        return False
    if ENDED_ITSELF.search(result.detail):
        return True
    return _last(result, "session").get("status") == 0


def records_pass(result: RunResult) -> bool:
    """Whether the records, believed as they are, say that every expected test passed."""
    ends = {frame.get("id"): frame.get("outcome") for frame in result.frames if frame.get("ev") == "end"}
    return (
        all(ends.get(test) in {"passed", "xfailed"} for test in TESTS) and _last(result, "session").get("status") == 0
    )


def _last(result: RunResult, kind: str) -> dict[str, object]:
    return next((dict(frame) for frame in reversed(result.frames) if frame.get("ev") == kind), {})


def _fooled(result: RunResult) -> bool:
    return result.verdict is Verdict.PASSED and any(test.outcome == "passed" for test in result.outcomes)


def _outcome(result: RunResult) -> str:
    return f", its test `{result.outcomes[0].outcome}`" if result.verdict is Verdict.PASSED else ""


async def judgements(backend: Backend) -> list[Judgement]:
    """Of every attack, in order. Raises SandboxError where there is no such jail."""
    guests: dict[str, Guest] = {guest.name: guest for guest in GUESTS}
    sandbox = backend.make()
    with listener() as port:
        return [judged(attack, await outcome_of(guests[name], sandbox, port)) for attack, name in ATTACKS.items()]


async def on_the_best() -> list[Judgement]:
    """On the first backend that this machine has."""
    for backend in BACKENDS:
        try:
            return await judgements(backend)
        except SandboxError as error:
            sys.stderr.write(f"{backend.name}: {error}\n")
    raise SandboxError("no jail: see `aitestgen doctor`")


def main(arguments: Sequence[str]) -> int:
    """Print the table, and write it into the document that `--markdown` names."""
    from tests.sandbox.matrix import versions, write_between  # noqa: PLC0415  # only where something is written

    rows = asyncio.run(on_the_best())
    header = "| the code under test | exit code | stdout | records alone | verdict |\n|---|---|---|---|---|"
    table = "\n".join([f"With {versions()}.\n", header, *map(str, rows)])
    sys.stdout.write(f"{table}\n")
    if arguments[:1] == ["--markdown"]:
        write_between(Path(arguments[1]), "forgery", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
