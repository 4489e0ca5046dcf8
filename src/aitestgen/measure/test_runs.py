"""Runs of a test file, and what they tell: which candidate became which node id."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from aitestgen.values import Arc, Interpreter, Limits, Run, RunResult, SourceFile, Verdict

TRACING_FACTOR = 60.0
"""How many times longer a traced run may take: more than the slowest tracer costs (docs/guest-protocol.md)."""

BUSY_SHARE = 0.8
"""Of one core: who computes for ever uses more of it on a machine that has one to give."""

UNHURRIED_FACTOR = 4.0

IMPORT = ""
"""The id under which arcs at import time are reported."""


def test_run(source: SourceFile, interpreter: Interpreter, name: str, text: str, limits: Limits) -> Run:
    """A traced run of one test file in file order; `name` is the file's name, such as `test_bank.py`."""
    return Run(
        program="run_tests",
        job={
            "path": [str(root) for root in source.roots],
            "seed": 0,
            "tests": [name],
            "trace": str(source.path) if source.path else f"/job/{source.module}.py",
            "select": None,
            "shuffle": None,
        },
        interpreter=interpreter,
        files={name: text.encode(), **({} if source.path else {f"{source.module}.py": source.text.encode()})},
        binds=source.binds,
        limits=limits,
    )


test_run.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test where it is imported


def patient(run: Run) -> Run:
    """The run with so much more time, if it is traced, that tracing never uses up what the guest may use."""
    if not run.job.get("trace"):
        return run
    longer = dataclasses.replace(run.limits, wall_seconds=run.limits.wall_seconds * TRACING_FACTOR)
    return dataclasses.replace(run, limits=longer)


def starved(run: Run, result: RunResult) -> bool:
    """Whether an untraced run is over its time limit without having had a processor for nearly all of that time.

    Code that computes for ever is none where it gets the cores of its limits; code that sleeps for ever seems so.
    """
    if result.verdict is not Verdict.TIMED_OUT or run.job.get("trace"):
        return False
    return result.cpu_seconds < BUSY_SHARE * min(1.0, run.limits.cpu_cores) * run.limits.wall_seconds


def unhurried(run: Run) -> Run:
    """The run with so much more time that a busy machine hardly uses it up."""
    longer = dataclasses.replace(run.limits, wall_seconds=run.limits.wall_seconds * UNHURRIED_FACTOR)
    return dataclasses.replace(run, limits=longer)


def untraced(run: Run) -> Run:
    """The same run for its verdict alone."""
    return dataclasses.replace(run, job={**run.job, "trace": None})


def shuffled(run: Run, seed: int) -> Run:
    """The same file in another order, under another hash seed, untraced.

    Odd seeds run it elsewhere too: on another day, in another time zone, with another home and user.
    """
    return dataclasses.replace(
        run, job={**run.job, "shuffle": seed, "trace": None, "elsewhere": seed % 2 == 1}, hash_seed=seed
    )


def collected(result: RunResult) -> tuple[str, ...]:
    """The node ids in the order in which pytest collected them."""
    for frame in result.frames:
        if frame.get("ev") == "collected":
            return tuple(str(item) for item in frame.get("ids", ()))
    return ()


def import_arcs(result: RunResult) -> frozenset[Arc]:
    """The arcs that ran while the module was imported, before any test."""
    found: set[Arc] = set()
    for frame in result.frames:
        if frame.get("ev") == "arcs" and frame.get("id") == IMPORT:
            found |= {(int(a), int(b)) for a, b in frame.get("arcs", ())}
    return frozenset(found)


def owners(ids: Iterable[str], places: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Node id → candidate id, given the test functions of a file and the candidates behind their rows, in order."""
    rows: Mapping[str, list[str]] = defaultdict(list)
    for item in ids:
        rows[item.partition("::")[2].partition("[")[0]].append(item)
    found = {}
    for name, candidates in places:
        found.update(dict(zip(rows.get(name, ()), candidates, strict=False)))
    return found
