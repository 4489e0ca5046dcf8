"""What the host makes of the frames of the guest program `mutate`, and the runs that it asks for."""

from collections.abc import Mapping
from typing import Any

import pytest

from aitestgen.measure.mutation import mutation_of, mutation_runs, read_mutation
from aitestgen.measure.test_runs import test_run
from aitestgen.measure.trial import Trial, try_out
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import (
    Limits,
    MutantFate,
    Outcome,
    Run,
    RunResult,
    SourceFile,
    Subject,
    TestOutcome,
    Verdict,
)

TEXT = "LIMIT = 5\n\n\ndef f(x):\n    return x + 2 if x < LIMIT else None\n"
TESTS = """from user_code import f


def test_low():
    assert f(1) == 3


def test_high():
    assert f(5) is None
"""
SUBJECT = Subject(source=SourceFile(text=TEXT, module="user_code"), targets=(), constants=())


def mutant(id_: int, **other: Any) -> dict[str, Any]:
    return {"id": id_, "operator": "constant", "line": 1, "end_line": 1, "before": "1", "after": "2", **other}


def fate(id_: Any, name: Any = "killed", killers: Any = ("t::a",)) -> dict[str, Any]:
    listed = list(killers) if isinstance(killers, tuple) else killers
    return {"ev": "fate", "id": id_, "fate": name, "killers": listed, "seconds": 0.1}


def result(*frames: Mapping[str, Any], mutants: Any = None) -> RunResult:
    listed = [mutant(1), mutant(2)] if mutants is None else mutants
    return RunResult(verdict=Verdict.PASSED, frames=({"ev": "mutants", "mutants": listed}, *frames))


def test_several_results_are_merged() -> None:
    reading = read_mutation([result(fate(1)), result(fate(2, "survived", ()))], ["t::a"])
    assert reading.ignored == 0
    assert len(reading.mutation.mutants) == 2
    assert reading.mutation.fates == {1: MutantFate.KILLED, 2: MutantFate.SURVIVED}
    assert reading.mutation.kills == {"t::a": {1}}
    assert reading.mutation.score == 0.5


@pytest.mark.parametrize(
    "frame",
    [
        fate(3),
        fate("1"),
        fate(True),
        fate([]),
        fate(1, "glorious"),
        fate(1, None),
        fate(1, killers="t::a"),
        fate(1, killers=None),
        {"ev": "fate"},
    ],
)
def test_frame_that_does_not_fit_is_ignored_and_counted(frame: dict[str, Any]) -> None:
    reading = read_mutation([result(frame)], ["t::a"])
    assert (reading.mutation.fates, reading.ignored) == ({}, 1)


def test_second_fate_of_a_mutant_is_ignored() -> None:
    reading = read_mutation([result(fate(1, "survived", ()), fate(1))], ["t::a"])
    assert reading.mutation.fates == {1: MutantFate.SURVIVED}
    assert reading.mutation.kills == {}
    assert reading.ignored == 1


def test_unknown_killers_are_ignored() -> None:
    reading = read_mutation([result(fate(1, killers=("t::a", "t::forged", 7)))], ["t::a"])
    assert reading.mutation.kills == {"t::a": {1}}
    assert reading.ignored == 2


@pytest.mark.parametrize(
    "entry",
    [None, {}, mutant(0), mutant("1"), mutant(True), mutant(1, line=0), mutant(1, line=3), mutant(1, before=None),
     mutant(1, after="x" * 10_001)],
)  # fmt: skip
def test_mutant_that_does_not_fit_is_ignored(entry: object) -> None:
    reading = read_mutation([result(mutants=[entry])], [])
    assert (reading.mutation.mutants, reading.ignored) == ((), 1)


def test_mutant_that_two_runs_describe_differently_is_ignored_the_second_time() -> None:
    reading = read_mutation([result(), result(mutants=[mutant(1, after="3")])], [])
    assert reading.mutation.mutants[0].after == "2"
    assert reading.ignored == 1


def traced_run() -> Run:
    return test_run(SUBJECT.source, own_interpreter(), "test_user_code.py", TESTS, Limits())


def test_runs_share_the_mutants_and_know_what_each_stable_test_reaches() -> None:
    arcs = frozenset({(-4, 5), (5, -4)})
    outcome = TestOutcome(id="test_user_code.py::test_low", outcome=Outcome.PASSED, seconds=0.0, arcs=arcs)
    at_import = {"ev": "arcs", "id": "", "arcs": [[-1, 1], [1, 4]]}
    first = RunResult(verdict=Verdict.PASSED, outcomes=(outcome,), frames=(at_import,))
    trial = Trial(first=first, owner={}, stable=(outcome.id,), rejected={})
    runs = mutation_runs(traced_run(), SUBJECT, trial, seconds=3.0, limits=Limits(), workers=2)
    assert [run.job["part"] for run in runs] == [[0, 2], [1, 2]]
    assert {run.program for run in runs} == {"mutate"}
    assert runs[0].job["reach"] == {outcome.id: [5]}
    assert runs[0].job["import_lines"] == [1, 4]
    assert runs[0].limits.wall_seconds > 3.0
    assert set(runs[0].files) == {"user_code.py", "test_user_code.py"}


@pytest.mark.anyio
async def test_mutants_are_judged_in_the_jail() -> None:
    sandbox = BubblewrapSandbox()
    trial = await try_out(sandbox, traced_run(), (), seeds=())
    assert len(trial.stable) == 2
    mutation = await mutation_of(
        sandbox, traced_run(), SUBJECT, trial, seconds=20.0, limits=Limits(wall_seconds=30.0), workers=2
    )
    fates = {(item.before, item.after): mutation.fates[item.id] for item in mutation.mutants}
    assert fates == {
        ("5", "6"): MutantFate.KILLED,
        ("return x + 2 if x < LIMIT else None", "return None"): MutantFate.KILLED,
        ("x < LIMIT", "x <= LIMIT"): MutantFate.KILLED,
        ("x < LIMIT", "x >= LIMIT"): MutantFate.KILLED,
        ("x + 2", "x - 2"): MutantFate.KILLED,
        ("2", "3"): MutantFate.KILLED,
    }
    both = mutation.kills["test_user_code.py::test_low"] | mutation.kills["test_user_code.py::test_high"]
    assert len(both) == mutation.killed == 6
