"""What HTTP answers look like (CONTRACT §1): the bodies, and how a report or an error becomes one."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from starlette.responses import Response

from aitestgen.render.report_json import (
    CoverageFigures,
    MutationFigures,
    TestFigures,
    coverage_figures,
    figures_of_test,
    mutation_figures,
)
from aitestgen.values import Finding, Outcome, PolicyFinding, Report, RunResult, Spend, Stage, Verdict

Status = Literal["success", "failed", "timeout", "execution_error"]
ErrorType = Literal["TestFailure", "CodeInvalid", "Timeout", "SecurityViolation", "SandboxError", "LLMError", "Unknown"]

VERDICTS: dict[Verdict, tuple[Status, ErrorType | None]] = {
    Verdict.PASSED: ("success", None),
    Verdict.FAILED: ("failed", "TestFailure"),
    Verdict.ERRORED: ("failed", "TestFailure"),
    Verdict.NOT_COLLECTED: ("execution_error", "CodeInvalid"),
    Verdict.TIMED_OUT: ("timeout", "Timeout"),
    Verdict.OUT_OF_MEMORY: ("execution_error", "Unknown"),
    Verdict.OUTPUT_LIMIT: ("execution_error", "Unknown"),
    Verdict.PROCESS_LIMIT: ("execution_error", "Unknown"),
    Verdict.CRASHED: ("execution_error", "Unknown"),
    Verdict.INCOMPLETE: ("execution_error", "Unknown"),
    Verdict.FORGED: ("execution_error", "SecurityViolation"),
}

MEANING = {
    Verdict.FAILED: "a test failed",
    Verdict.ERRORED: "a test could not be set up or torn down",
    Verdict.NOT_COLLECTED: "the tests could not be collected",
    Verdict.TIMED_OUT: "the time limit was reached",
    Verdict.OUT_OF_MEMORY: "the memory limit was reached",
    Verdict.OUTPUT_LIMIT: "the output limit was reached",
    Verdict.PROCESS_LIMIT: "the limit of processes and threads was reached",
    Verdict.CRASHED: "the interpreter crashed",
    Verdict.INCOMPLETE: "the run ended before every test had reported",
    Verdict.FORGED: "the result cannot be believed",
}


class JsonAnswer(Response):
    """JSON that is always valid UTF-8: a lone surrogate that a guest printed becomes a question mark."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateAnswer:
    """The suite, and what pytest really printed for exactly this file in the sandbox."""

    status: Status
    generated_tests: str
    execution_output: str
    passed: bool
    execution_time: float
    error: str | None
    error_type: ErrorType | None
    verdict: Verdict
    coverage: CoverageFigures
    mutation: MutationFigures
    tests: tuple[TestFigures, ...]
    suspected_bugs: tuple[Finding, ...]
    stages: tuple[Stage, ...]
    spend: Spend
    seed: int
    engine: str
    sandbox: str
    tier: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateAnswer:
    """What the policy gate says. `code_length` counts characters; nothing was executed."""

    is_safe: bool
    error_message: str | None
    dangerous_items: tuple[str, ...]
    functions: tuple[str, ...]
    classes: tuple[str, ...]
    code_length: int
    findings: tuple[PolicyFinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The process answers."""

    status: Literal["healthy"] = "healthy"
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Whether a generation would be taken now; `reasons` say why not."""

    status: Literal["ready", "not ready"]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Every error's body. `findings` come with a 400, `line` and `column` with a syntax error."""

    detail: str
    error_type: ErrorType
    retryable: bool = False
    line: int | None = None
    column: int | None = None
    findings: tuple[PolicyFinding, ...] | None = None
    request_id: str | None = None


def problem(detail: str, error_type: str, **more: Any) -> dict[str, Any]:
    return {"detail": detail, "error_type": error_type, **more}


def generated(report: Report) -> GenerateAnswer:
    """A report as the answer to POST /api/generate-tests."""
    status, error_type = VERDICTS[report.final.verdict]
    return GenerateAnswer(
        status=status,
        generated_tests=report.tests_file,
        execution_output=report.final.output,
        passed=report.final.verdict is Verdict.PASSED,
        execution_time=round(report.seconds, 3),
        error=what_went_wrong(report.final),
        error_type=error_type,
        verdict=report.final.verdict,
        coverage=coverage_figures(report.coverage),
        mutation=mutation_figures(report.mutation),
        tests=tuple(figures_of_test(test) for test in report.tests),
        suspected_bugs=report.findings,
        stages=report.stages,
        spend=report.spend,
        seed=report.seed,
        engine=report.engine,
        sandbox=report.final.backend,
        tier=str(report.final.tier),
        notes=report.notes,
    )


def what_went_wrong(result: RunResult) -> str | None:
    """One line for a verdict that is not `passed`, with the run's own detail, or the first bad test's; else None."""
    if result.verdict is Verdict.PASSED:
        return None
    bad = (Outcome.FAILED, Outcome.ERROR, Outcome.INCOMPLETE, Outcome.XPASSED)
    culprit = next((test for test in result.outcomes if test.outcome in bad), None)
    first = f"{culprit.id}: {culprit.message}".rstrip(": ") if culprit else ""
    detail = result.detail or first
    return f"{MEANING[result.verdict]}: {detail}" if detail else MEANING[result.verdict]


def body(answer: Any) -> dict[str, Any]:
    """A frozen value as the body of an answer."""
    return asdict(answer)
