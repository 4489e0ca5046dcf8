"""The value oracle: calls go into a jail where no test is, values come out, and they are compared here.

Code under test that shares its process with the asserts can make them pass (docs/sandbox.md). Here it has nothing to
cheat: what a test expects is not in the jail. It can only give the right value.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from aitestgen.errors import SandboxError
from aitestgen.measure.questions import Expected, Question, among, canonical, equal_text, question
from aitestgen.measure.trial import Trial
from aitestgen.seams import Sandbox
from aitestgen.values import Asked, Candidate, Interpreter, Limits, Run, RunResult, SourceFile, Verdict
from aitestgen.wording import counted

FOLDER = "sources"
HASH_SEED = 4
"""Asked first in another folder and under another hash seed than any test runs in; what differs, again as tests run."""

AGAIN = 5
RELATIVE, ABSOLUTE = 1e-6, 1e-12
"""The tolerances of pytest.approx."""
UNANSWERABLE = ("MemoryError", "RecursionError")
Result = TypeVar("Result")
MODEL = "model"
OPAQUE = "something of no plain type"
MOST_SHOWN = 80
MOST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """Where questions are asked, and of which code."""

    sandbox: Sandbox
    source: SourceFile
    interpreter: Interpreter
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the oracle says, by candidate. `asked` have a plain meaning, `answered` are those with an answer.

    `lies` gave another value than the test expects, and the same one each time; `doubts` did not do so reliably.
    Both say what was given. `trouble` is why there are questions without an answer.
    """

    asked: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    lies: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""


async def asked_beside(
    oracle: Oracle, candidates: Sequence[Candidate], work: Awaitable[Result]
) -> tuple[Result, Heard]:
    """What `work` gives, and what is heard of the candidates in the same time; where `work` fails, asking ends."""
    asking = asyncio.ensure_future(ask(oracle, candidates))
    try:
        return await work, await asking
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def ask(oracle: Oracle, candidates: Sequence[Candidate]) -> Heard:
    """Ask for what the candidates' calls give; never raises for a sandbox that fails: nothing is answered then.

    What the search expects was given by the code, type and all. A model may well write a plain value for another that
    equals it, 3 for 3.0, or a tuple for one with names: of the latter that cannot be told, so the test is doubted and
    the code is not called a liar.
    """
    questions = {
        item.id: asked
        for item in candidates
        if (asked := question(item.code, item.imports, item.definitions, loose=item.origin == MODEL))
    }
    if not questions:
        return Heard()
    first, trouble = await _answers(oracle, questions, apart=True)
    different = {name: given for name, given in first.items() if given != ""}
    steady = await _steady(oracle, questions, different)
    proposed = {item.id for item in candidates if item.origin == MODEL}
    lies = {
        name: given
        for name, given in different.items()
        if name in steady and (name not in proposed or _is_certain(given))
    }
    explained = await _owed_to_the_file(oracle, {name: questions[name] for name in lies}, candidates)
    lies = {name: given for name, given in lies.items() if name not in explained}
    return Heard(
        asked=frozenset(questions),
        answered=frozenset(first),
        lies=lies,
        doubts={name: given for name, given in different.items() if name not in lies},
        trouble=trouble,
    )


async def _steady(oracle: Oracle, questions: Mapping[str, Question], different: Mapping[str, str]) -> frozenset[str]:
    """Those of the questions with a different answer that get the same one each time they are asked again: what is left
    to chance, and came out the same way in every run of its test, does not.
    """
    steady = dict(different)
    for _ in range(AGAIN):
        if steady:
            again, _ = await _answers(oracle, {name: questions[name] for name in steady}, apart=False)
            steady = {name: given for name, given in steady.items() if again.get(name) == given}
    return frozenset(steady)


async def _owed_to_the_file(
    oracle: Oracle, questions: Mapping[str, Question], candidates: Sequence[Candidate]
) -> frozenset[str]:
    """Those of the questions that get the expected answer among the classes that tests of the same file define: code
    that goes through the subclasses of a class sees these, too.
    """
    definitions = tuple(dict.fromkeys(text for item in candidates for text in item.definitions))
    if not questions or not definitions:
        return frozenset()
    beside = {name: among(one, definitions) for name, one in questions.items()}
    answers, _ = await _answers(oracle, beside, apart=False)
    return frozenset(name for name, given in answers.items() if given == "")


async def _answers(oracle: Oracle, questions: Mapping[str, Question], *, apart: bool) -> tuple[dict[str, str], str]:
    """For each question that was answered, what is different ("" for nothing); and why the others were not."""
    try:
        result = await oracle.sandbox.run(run_of(oracle, list(questions.values()), apart=apart))
    except SandboxError as error:
        return {}, str(error)
    found = differences(result, list(questions.values()))
    names = list(questions)
    trouble = "" if len(found) == len(names) else f"{result.verdict} {result.detail}".strip()
    return {names[number]: text for number, text in found.items()}, trouble


def run_of(oracle: Oracle, questions: Sequence[Question], *, apart: bool) -> Run:
    """The run that asks; with `apart` under another hash seed, and a snippet in another folder, than tests have."""
    source = oracle.source
    folder = f"{FOLDER}/" if apart else ""
    paths = [str(root) for root in source.roots]
    return Run(
        program="ask",
        job={
            "path": paths if source.path else [*paths, f"/job/{folder}".rstrip("/")],
            "seed": 0,
            "module": source.module,
            "questions": [{"imports": item.imports, "steps": item.steps} for item in questions],
        },
        interpreter=oracle.interpreter,
        files={} if source.path else {f"{folder}{source.module}.py": source.text.encode()},
        binds=source.binds,
        limits=oracle.limits,
        hash_seed=HASH_SEED if apart else 0,
    )


def differences(result: RunResult, questions: Sequence[Question]) -> dict[int, str]:
    """By number, what each answered question's values differ in ("" for nothing). What is no answer is left out.

    The frames come from a process that ran untrusted code: of two answers to a question the first counts.
    """
    found: dict[int, str] = {}
    for frame in result.frames:
        number: Any = frame.get("number")
        if frame.get("ev") != "answer" or type(number) is not int or not 0 <= number < len(questions):
            continue
        difference = _difference(frame, questions[number].expected)
        if difference is not None:
            found.setdefault(number, difference)
    return found


def _difference(frame: Mapping[str, Any], expected: Sequence[Expected]) -> str | None:
    """What is different; None where the frame is no answer to such a question."""
    raised, values = frame.get("raised"), frame.get("values")
    if isinstance(raised, str):
        return None if raised in UNANSWERABLE else f"raises {_shown(raised[:MOST_NAME])}"
    if not isinstance(values, list) or len(values) != len(expected):
        return None
    if not all(value is None or isinstance(value, str) for value in values):
        return None
    return next((text for text in map(_told, values, expected) if text), "")


def _told(value: str | None, expected: Expected) -> str:
    if value is not None and (_agrees(canonical(value), expected) or _equals(value, expected)):
        return ""
    return f"gives {OPAQUE if value is None else _shown(value)}"


def _agrees(given: str | None, expected: Expected) -> bool:
    if expected.about is None or given is None or not given.startswith("float "):
        return given == expected.text
    allowed = max(RELATIVE * abs(expected.about), ABSOLUTE)
    return abs(float(given.removeprefix("float ")) - expected.about) <= allowed


def _is_certain(difference: str) -> bool:
    """Whether what was given is surely no value that equals the expected one: it is plain, or none came."""
    kind, _, text = difference.partition(" ")
    return kind == "raises" or canonical(text) is not None


def _equals(value: str, expected: Expected) -> bool:
    """Whether an assertion by `==` holds: 3.0 is no other value than 3."""
    return bool(expected.equal) and equal_text(value) == expected.equal


def _shown(text: str) -> str:
    """Untrusted text for a reader: on one line, printable, short."""
    plain = "".join(char if char.isprintable() else "?" for char in text[: MOST_SHOWN + 1])
    return plain if len(plain) <= MOST_SHOWN else f"{plain[:MOST_SHOWN]}…"


def doubted(trial: Trial, heard: Heard) -> Trial:
    """The trial without the tests that passed in it, but whose calls give something else where no test is around."""
    reasons = {item: _reason(heard, trial.owner.get(item, "")) for item in trial.stable}
    found = {item: reason for item, reason in reasons.items() if reason}
    stable = tuple(item for item in trial.stable if item not in found)
    return replace(trial, stable=stable, rejected={**trial.rejected, **found})


def _reason(heard: Heard, candidate: str) -> str:
    if candidate in heard.lies:
        return f"forged: it passed, but where no test is around the same call {heard.lies[candidate]}"
    if candidate in heard.doubts:
        return f"flaky: it passed, but made once more elsewhere the same call {heard.doubts[candidate]}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the oracle adds to a report. `lies` are tests that passed in their trial all the same."""

    asked: Asked = field(default_factory=Asked)
    lies: int = 0
    trouble: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        found = []
        if self.lies:
            found.append(f"not to be trusted: {self._lies}")
        silent = self.asked.tests - self.asked.answered
        if silent:
            found.append(
                f"the value oracle had no answer for {silent} of {counted(self.asked.tests, 'test')} ({self.trouble})"
            )
        return tuple(found)

    @property
    def _lies(self) -> str:
        return (
            f"{self.lies} of {counted(self.asked.tests, 'test')} passed although the same calls give other values "
            "where no test is around"
        )

    def judged(self, result: RunResult) -> RunResult:
        """The result, `forged` where the code was seen to behave otherwise under test."""
        if not self.lies or result.verdict is not Verdict.PASSED:
            return result
        return replace(result, verdict=Verdict.FORGED, detail=self._lies)


def together(one: Said, other: Said) -> Said:
    """What is to be told of two trials."""
    asked = Asked(
        tests=one.asked.tests + other.asked.tests,
        answered=one.asked.answered + other.asked.answered,
        different=one.asked.different + other.asked.different,
    )
    return Said(asked=asked, lies=one.lies + other.lies, trouble=one.trouble or other.trouble)


def said(trial: Trial, heard: Heard) -> Said:
    """What is to be told of a trial and of what was heard about its tests."""
    passed = {trial.owner.get(item, "") for item in trial.stable}
    lies, doubts = passed & heard.lies.keys(), passed & heard.doubts.keys()
    counts = Asked(tests=len(heard.asked), answered=len(heard.answered), different=len(lies | doubts))
    return Said(asked=counts, lies=len(lies), trouble=heard.trouble)
