"""A report, or an error, as the body of an answer: over HTTP, and in the history of jobs (CONTRACT §1)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from aitestgen.errors import AitestgenError, CodeInvalid, PolicyRefused
from aitestgen.render.report_json import (
    CoverageFigures,
    ExistingFigures,
    MutationFigures,
    TestFigures,
    coverage_figures,
    existing_figures,
    figures_of_test,
    mutation_figures,
)
from aitestgen.values import Finding, ModelUse, Outcome, Report, RunResult, Spend, Stage, Verdict

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


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateAnswer:
    """The suite, and what pytest really printed for exactly this file in the sandbox.

    Where a test file was sent along, `existing` says what it brings alone; its tests are the first of `tests`.
    """

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
    llm: ModelUse | None
    seed: int
    engine: str
    sandbox: str
    tier: str
    notes: tuple[str, ...]
    existing: ExistingFigures | None = None


def problem(detail: str, error_type: str, **more: Any) -> dict[str, Any]:
    return {"detail": detail, "error_type": error_type, **more}


def generated(report: Report) -> GenerateAnswer:
    """A report as the answer to POST /api/generate-tests."""
    status, error_type = VERDICTS[report.final.verdict]
    before = report.before
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
        tests=tuple(figures_of_test(test) for test in (*(before.suite if before else ()), *report.tests)),
        suspected_bugs=report.findings,
        stages=report.stages,
        spend=report.spend,
        llm=report.llm,
        seed=report.seed,
        engine=report.engine,
        sandbox=report.final.backend,
        tier=str(report.final.tier),
        notes=report.notes,
        existing=existing_figures(before) if before else None,
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


def asked(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a log says of the language model behind the body of an answer: to whom how much went, and for how much."""
    use = answer.get("llm")
    if not use:
        return {}
    tokens = {one["question"]: one["spend"]["input_tokens"] + one["spend"]["output_tokens"] for one in use["questions"]}
    return {
        "llm": use["model"],
        "llm_host": use["host"],
        "llm_characters": use["characters"],
        "llm_calls": answer["spend"]["calls"],
        "llm_usd": answer["spend"]["usd"],
        "llm_tokens": tokens,
        "llm_tests": use["tests"],
        "llm_tokens_per_test": use["tokens_per_test"],
    }


def body(answer: Any) -> dict[str, Any]:
    """A frozen value as the body of an answer."""
    return asdict(answer)


def extras(error: AitestgenError) -> Mapping[str, Any]:
    """What an error tells besides its message and type."""
    if isinstance(error, PolicyRefused):
        return {"findings": [asdict(finding) for finding in error.findings]}
    if isinstance(error, CodeInvalid) and error.line:
        return {"line": error.line, "column": error.column}
    return {"retryable": True} if error.retryable else {}


def trouble_body(error: AitestgenError) -> dict[str, Any]:
    """An error as the `error` of a job: always with `retryable`."""
    return {"retryable": False, **problem(str(error), error.error_type, code=error.code, **extras(error))}
