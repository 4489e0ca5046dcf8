"""What the flow says, as the events of a job."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from aitestgen.job import EventKind, Told
from aitestgen.render.report_json import mutation_figures
from aitestgen.values import Event, Mutation


def told_by(event: Event, module: str | None = None) -> tuple[Told, ...]:
    """A stage that has ended, then what it measured and found; each with the module where the job has several."""
    of = {"module": module} if module else {}
    return tuple(
        Told(kind=kind, stage=event.stage, detail=event.detail, more={**more, **of}) for kind, more in _parts(event)
    )


def _parts(event: Event) -> Iterator[tuple[EventKind, Mapping[str, Any]]]:
    yield EventKind.STAGE, {"seconds": round(event.seconds, 4)}
    for finding in event.findings:
        yield EventKind.FINDING, asdict(finding)
    if event.coverage is not None:
        yield EventKind.COVERAGE, {"coverage": event.coverage, "missing_lines": list(event.missing_lines)}
    if event.tests is not None:
        yield EventKind.TESTS, {"tests": [asdict(test) for test in event.tests]}
    if event.mutation is not None:
        yield EventKind.MUTANTS, mutants(event.mutation)


def mutants(mutation: Mutation) -> Mapping[str, Any]:
    """How many of the judged mutants are killed, and those that no test tells apart."""
    survivors = [
        {"line": item.line, "operator": item.operator, "before": item.before, "after": item.after}
        for item in mutation_figures(mutation).survivors
    ]
    return {"killed": mutation.killed, "total": mutation.valid, "survivors": survivors}
