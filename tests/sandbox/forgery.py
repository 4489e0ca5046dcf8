"""What weaker judges would have said of guests that are wrong: `python -m tests.sandbox.forgery [--markdown FILE]`.

All columns but the last are read from one and the same run in the jail: the exit status that a plain pytest would have
left, what was printed, the records without canaries and fingerprint, and the verdict. The last is what the value oracle
heard in a jail of its own. No guest here is right: PASS means fooled.
"""

import ast
import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.sandbox.backends import BACKENDS, Backend
from tests.sandbox.guest import Guest
from tests.sandbox.hostile import GUESTS, listener, outcome_of

from aitestgen.errors import SandboxError
from aitestgen.measure.questions import Question, question
from aitestgen.measure.value_oracle import Oracle, differences, run_of
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.seams import Sandbox
from aitestgen.values import RunResult, SourceFile, Verdict

TESTS = ("test_user_code.py::test_add",)
PASS, FAIL, NOT_ASKED = "**PASS**", "fail", "not asked"
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
    "finds the expected value in the test": "finds the expected value in the test (cannot be told)",
}
"""What the code under test does, and the guest that does it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What four judges say of one run, and what the value oracle says of the same code."""

    attack: str
    exit_code: str
    stdout: str
    records: str
    verdict: str
    oracle: str

    def __str__(self) -> str:
        columns = (self.attack, self.exit_code, self.stdout, self.records, self.verdict, self.oracle)
        return f"| {' | '.join(columns)} |"


def judged(attack: str, result: RunResult, oracle: str = NOT_ASKED) -> Judgement:
    """The four columns, all of this one result, and what the value oracle said."""
    return Judgement(
        attack=attack,
        exit_code=PASS if exit_code_passes(result) else FAIL,
        stdout=PASS if GREEN.search(result.output) and not RED.search(result.output) else FAIL,
        records=PASS if records_pass(result) else FAIL,
        verdict=f"{PASS}, `passed`" if _fooled(result) else f"`{result.verdict}`{_outcome(result)}",
        oracle=oracle,
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


async def oracle_says(guest: Guest, sandbox: Sandbox) -> str:
    """Of the guest's one test: whether its call, made in a jail without it, gives what it expects."""
    asked = question_of(guest.tests)
    if asked is None:
        return NOT_ASKED
    source = SourceFile(text=guest.code, module="user_code")
    run = run_of(
        Oracle(sandbox=sandbox, source=source, interpreter=own_interpreter(), limits=guest.limits), [asked], apart=True
    )
    more = {name: guest.run().files[name] for name in guest.files}
    result = await sandbox.run(replace(run, files={**more, **run.files}))
    heard = differences(result, [asked]).get(0)
    if heard is None:
        return NOT_ASKED
    return FAIL if heard else PASS


def question_of(tests: str) -> Question | None:
    """What the test `test_add` asks."""
    body = ast.parse(tests).body
    imports = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == "test_add"]
    return question(ast.unparse(found[0]), imports) if found else None


async def judgements(backend: Backend) -> list[Judgement]:
    """Of every attack, in order. Raises SandboxError where there is no such jail."""
    guests: dict[str, Guest] = {guest.name: guest for guest in GUESTS}
    sandbox = backend.make()
    with listener() as port:
        return [
            judged(attack, await outcome_of(guests[name], sandbox, port), await oracle_says(guests[name], sandbox))
            for attack, name in ATTACKS.items()
        ]


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
    names = ("the code under test", "exit code", "stdout", "records alone", "verdict", "value oracle")
    header = f"| {' | '.join(names)} |\n|{'---|' * len(names)}"
    table = "\n".join([f"With {versions()}.\n", header, *map(str, rows)])
    sys.stdout.write(f"{table}\n")
    if arguments[:1] == ["--markdown"]:
        write_between(Path(arguments[1]), "forgery", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
