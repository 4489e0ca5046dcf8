"""What the flow says, as the events of a job."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from aitestgen.job import EventKind, Told
from aitestgen.render.report_json import mutation_figures
from aitestgen.seams import Desk
from aitestgen.values import Event, Mutant, Mutation

Part = tuple[EventKind, Mapping[str, Any]]


class _Behind:
    """Writes one lot at a time; what is told meanwhile is the next lot."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: list[Told] = []
        self._writing: asyncio.Task[None] | None = None

    def tell(self, told: Sequence[Told]) -> None:
        self._waiting += told
        if self._writing is not None and self._writing.done():
            self._writing.result()  # raises what became of the last lot
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def end(self) -> None:
        if self._writing is not None:
            await self._writing

    def give_up(self) -> None:
        if self._writing is not None:
            self._writing.cancel()

    async def _write(self) -> None:
        while self._waiting:
            told, self._waiting = self._waiting, []
            await self._desk.emit(told)


@asynccontextmanager
async def told_behind(desk: Desk) -> AsyncIterator[Callable[[Sequence[Told]], None]]:
    """Tell events to the desk, in order, while the work goes on; all of them are written at the end of the context.

    Not at its cancellation: that may not wait for a database. LeaseLost is raised by what is told next, or at the end.
    """
    behind = _Behind(desk)
    try:
        yield behind.tell
    except asyncio.CancelledError:
        behind.give_up()
        raise
    finally:
        await behind.end()


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
