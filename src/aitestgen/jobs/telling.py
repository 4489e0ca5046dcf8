"""What the flow says, as the events of a job."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from aitestgen.job import EventKind, Told
from aitestgen.render.report_json import mutation_figures
from aitestgen.values import Event, Mutant, Mutation

Part = tuple[EventKind, Mapping[str, Any]]


class Telling:
    """Tells the events of one module's flow; each with the module's name where the job has several."""

    def __init__(self, module: str | None = None) -> None:
        self._of = {"module": module} if module else {}
        self._survived: set[int] = set()

    def told(self, event: Event) -> tuple[Told, ...]:
        """A stage that has ended, then what it measured and found; of one that is under way what is new."""
        parts = self._news(event.mutation or Mutation()) if event.under_way else _parts(event)
        return tuple(
            Told(kind=kind, stage=event.stage, detail=event.detail, more={**more, **self._of}) for kind, more in parts
        )

    def _news(self, mutation: Mutation) -> Iterator[Part]:
        """Counts are of all that is judged; survivors are told once each, as there may be many of them."""
        alive = [item for item in mutation_figures(mutation).survivors if item.id not in self._survived]
        self._survived.update(item.id for item in alive)
        counts = {"killed": mutation.killed, "judged": mutation.valid, "total": len(mutation.mutants)}
        yield EventKind.JUDGING, {**counts, "survivors": [survivor(item) for item in alive]}


def _parts(event: Event) -> Iterator[Part]:
    yield EventKind.STAGE, {"seconds": round(event.seconds, 4)}
    for finding in event.findings:
        yield EventKind.FINDING, asdict(finding)
    if event.coverage is not None:
        yield (
            EventKind.COVERAGE,
            {
                "coverage": event.coverage,
                "covered_lines": list(event.hit_lines),
                "missing_lines": list(event.missing_lines),
            },
        )
    if event.tests is not None:
        yield EventKind.TESTS, {"tests": [asdict(test) for test in event.tests]}
    if event.mutation is not None:
        yield EventKind.MUTANTS, mutants(event.mutation)


def mutants(mutation: Mutation) -> Mapping[str, Any]:
    """How many of the judged mutants are killed, and those that no test tells apart."""
    survivors = [survivor(item) for item in mutation_figures(mutation).survivors]
    return {"killed": mutation.killed, "total": mutation.valid, "survivors": survivors}


def survivor(item: Mutant) -> Mapping[str, Any]:
    return {"line": item.line, "operator": item.operator, "before": item.before, "after": item.after}
