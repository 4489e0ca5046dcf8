"""Doubles that ship: for the tests of code that is built on the seams. They start nothing and believe everything."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from aitestgen.errors import LLMError, LLMRefused, SandboxError
from aitestgen.seams import OnFrame
from aitestgen.values import Completion, Outcome, Prompt, Run, RunResult, Spend, TestOutcome, Verdict


class _NothingReady:
    """Nothing stands ready, so there is nothing to close."""

    async def aclose(self) -> None:
        """Does nothing."""


class PassingSandbox(_NothingReady):
    """Says that every test in a run's test files passed. Programs other than run_tests end without a frame.

    `runs` are all that it was given, in order.
    """

    def __init__(self) -> None:
        self.runs: list[Run] = []

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Nothing is executed. Raises SyntaxError for a test file that does not parse."""
        self.runs.append(run)
        ids = [test for name in run.job.get("tests", ()) for test in node_ids(name, run.files[name])]
        frames = tuple(_frames(ids)) if run.program == "run_tests" else ()
        if on_frame:
            for frame in frames:
                on_frame(frame)
        return RunResult(
            verdict=Verdict.PASSED,
            outcomes=tuple(TestOutcome(id=test, outcome=Outcome.PASSED, seconds=0.001) for test in ids),
            frames=frames,
            output=f"====== {len(ids)} passed in 0.01s ======\n",
            seconds=0.01,
            backend="passing",
        )


class FixedSandbox(_NothingReady):
    """Answers every run with the same result."""

    def __init__(self, result: RunResult) -> None:
        self.result = result
        self.runs: list[Run] = []

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002 # the seam's shape
        self.runs.append(run)
        return self.result


class BrokenSandbox(_NothingReady):
    """Fails as a sandbox whose host has no jail."""

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:  # noqa: ARG002 # the seam's shape
        """Raises SandboxError, always."""
        raise SandboxError("no jail can be had here: this double has none")


NO_MORE = "I have nothing more to say."


class ScriptedModel:
    """A language model that gives these answers in this order; an error among them is raised.

    With `by_kind` (see `kind_of`) those of a question's kind are given in their order, and where none of it is left
    NO_MORE. `prompts` are all that it was asked, in order. A text costs one call, a token for each of its words, and
    `usd`.
    """

    def __init__(
        self,
        *answers: str | Completion | LLMError,
        by_kind: Mapping[str, Sequence[str]] | None = None,
        name: str = "scripted:model",
        usd: float = 0.0,
    ) -> None:
        self.prompts: list[Prompt] = []
        self._name = name
        self._usd = usd
        self._answers = list(answers)
        self._by_kind = None if by_kind is None else {kind: iter(texts) for kind, texts in by_kind.items()}

    @property
    def name(self) -> str:
        return self._name

    async def complete(self, prompt: Prompt) -> Completion:
        """The next answer. Raises LLMRefused where the script has ended."""
        self.prompts.append(prompt)
        answer = self._answer(prompt)
        if isinstance(answer, LLMError):
            raise answer
        return answer if isinstance(answer, Completion) else self._spoken(answer, prompt)

    def _answer(self, prompt: Prompt) -> str | Completion | LLMError:
        if self._by_kind is not None:
            return next(self._by_kind.get(kind_of(prompt), iter(())), NO_MORE)
        number = len(self.prompts)
        if number > len(self._answers):
            return LLMRefused(f"the script has {len(self._answers)} answers, and this is question {number}")
        return self._answers[number - 1]

    def _spoken(self, text: str, prompt: Prompt) -> Completion:
        asked = len(f"{prompt.system} {prompt.user}".split())
        spend = Spend(calls=1, input_tokens=asked, output_tokens=len(text.split()), usd=self._usd)
        return Completion(text=text, model=self._name.partition(":")[2], spend=spend, seconds=0.0)

    async def aclose(self) -> None:
        """Does nothing."""


def kind_of(prompt: Prompt) -> str:
    """What a question asks for: the first key of its schema, such as `cases`; without a schema `code`."""
    return next(iter(prompt.schema["properties"])) if prompt.schema else "code"


def node_ids(file: str, source: bytes) -> Iterator[str]:
    """pytest's base node ids of the plain tests in a file: functions, and methods of `Test…` classes."""
    for node in ast.parse(source).body:
        if _is_test(node):
            yield f"{file}::{node.name}"
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from (f"{file}::{node.name}::{inner.name}" for inner in node.body if _is_test(inner))


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _frames(ids: list[str]) -> Iterator[Mapping[str, Any]]:
    yield {"ev": "collected", "ids": ids}
    for test in ids:
        yield {"ev": "start", "id": test}
        yield {"ev": "end", "id": test, "outcome": "passed", "seconds": 0.001, "message": ""}
    yield {"ev": "session", "status": 0}
