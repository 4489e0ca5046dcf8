"""Flows without a search: they play events, for tests of the edges alone."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

from aitestgen.errors import AitestgenError
from aitestgen.values import (
    Coverage,
    Event,
    Evidence,
    Finding,
    Interpreter,
    Mutant,
    MutantFate,
    Mutation,
    Outcome,
    Report,
    Request,
    RunResult,
    Spend,
    Stage,
    TestOutcome,
    Verdict,
)

SUITE = "from user_code import add\n\n\ndef test_add_sums():\n    assert add(1, 2) == 3\n"
NODE = "test_user_code.py::test_add_sums"

INTERPRETER = Interpreter(executable=Path("/nonexistent/python"), version=(3, 11), folders=(), path=())

BUG = Finding(
    target_id="add",
    input="add(1, None)",
    observed="TypeError",
    expected="a number",
    why="the docstring allows None",
    reproducer="add(1, None)",
    line=2,
)


def a_mutant(number: int) -> Mutant:
    return Mutant(id=number, operator="arithmetic", line=2, end_line=2, before="a + b", after="a - b")


def a_result(verdict: Verdict = Verdict.PASSED, **fields: object) -> RunResult:
    outcome = Outcome.PASSED if verdict is Verdict.PASSED else Outcome.FAILED
    defaults: dict[str, object] = {
        "outcomes": (TestOutcome(id=NODE, outcome=outcome, seconds=0.01, message="assert 4 == 3"),),
        "output": "====== 1 passed in 0.08s ======",
        "seconds": 0.4,
        "backend": "bubblewrap",
    }
    return RunResult(verdict=verdict, **{**defaults, **fields})  # type: ignore[arg-type]  # fields by name


def a_report(final: RunResult | None = None, *, interrupted: bool = False, module: str = "user_code") -> Report:
    """One test, three of four lines, one of two mutants killed, one suspected bug."""
    return Report(
        module=module,
        tests_file=SUITE,
        tests=(Evidence(id=NODE, new_lines=(1, 2), new_arcs=((1, 2),), kills=(1,), seconds=0.01),),
        rejected=(),
        coverage=Coverage(lines=4, covered_lines=3, branches=2, covered_branches=1, missing_lines=(4,)),
        mutation=Mutation(
            mutants=(a_mutant(1), a_mutant(2), a_mutant(3)), fates={1: MutantFate.KILLED, 2: MutantFate.SURVIVED}
        ),
        findings=(BUG,),
        final=final or a_result(),
        stages=(Stage(name="analyse", seconds=0.01), Stage(name="run", seconds=0.4)),
        spend=Spend(),
        seconds=2.3456,
        seed=7,
        engine="search",
        interrupted=interrupted,
    )


@dataclass
class PlayedFlow:
    """Yields two events, the last with the report, or raises. Remembers its requests, and whether it was cut off.

    `stops` interrupts itself; `hold` is waited for between the events.
    """

    report: Report | None = None
    error: AitestgenError | Exception | None = None
    hold: asyncio.Event | None = None
    requests: list[Request] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False
    stops: bool = False

    async def __call__(self, request: Request, stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        self.started.set()
        if self.stops and stop:
            stop.set()
        yield Event(seq=1, at=0.0, stage="analyse", detail="1 target")
        if self.error:
            raise self.error
        try:
            if self.hold:
                await self.hold.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        yield Event(seq=2, at=0.1, stage="done", detail="", report=self.report or a_report())
