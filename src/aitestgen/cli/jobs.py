"""The values of `generate`: what was asked for, what is to be done, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen.cli.inputs import Input
from aitestgen.cli.memory import Question
from aitestgen.errors import AitestgenError
from aitestgen.render.report_json import module_report
from aitestgen.values import Policy, Report, TestModule

INTERRUPTED, GATE_NOT_MET = 130, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the command line said; None where it said nothing."""

    paths: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    output: str | None = None
    report: Path | None = None
    exports: tuple[str, ...] = ()
    budget_seconds: float | None = None
    seed: int | None = None
    llm: str | None = None
    sandbox: str | None = None
    python: Path | None = None
    policy: Policy | None = None
    max_tests: int | None = None
    root: Path | None = None
    jobs: int | None = None
    xfail_bugs: bool = False
    bless_bugs: bool = False
    force: bool = False
    fresh: bool = False
    update: bool = False
    no_existing: bool = False
    json: bool = False
    color: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A module to test and where its tests go; no path is stdout. `question` is what its result is remembered under.

    `tests` are files of the project that test it already; with `into` the new ones go into that file.
    """

    input: Input
    path: Path | None
    tests: tuple[TestModule, ...] = ()
    into: TestModule | None = None
    question: Question | None = None

    @property
    def module(self) -> str:
        return self.input.source.module


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one module ended. `before` are the facts of an earlier run that is not done again."""

    job: Job
    exit_code: int
    report: Report | None = None
    error: AitestgenError | None = None
    written: Path | None = None
    before: Mapping[str, Any] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the report holds of it."""
        if self.before is not None:
            return {**self.before, "done_before": True}
        module = self.job.module
        facts: dict[str, Any] = {"module": module, "error": str(self.error)}
        if self.report:
            facts = module_report(self.report)
        if self.report and self.job.path is None:
            facts["tests_file"] = self.report.tests_file
        facts["path"] = str(self.job.input.source.path) if self.job.input.source.path else None
        facts["output"] = str(self.written) if self.written else None
        return {**facts, "exit_code": self.exit_code, "done_before": False}
