"""What the flow says, as the events of a job."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from tests.interfaces.flows import a_mutant

from aitestgen.errors import LeaseLost
from aitestgen.job import EventKind, Told
from aitestgen.jobs.telling import Telling, told_behind
from aitestgen.values import Event, MutantFate, Mutation

pytestmark = pytest.mark.anyio
MUTANTS = tuple(replace(a_mutant(number), line=number, end_line=number) for number in (1, 2, 3))


def judged(*fates: MutantFate, under_way: bool = True) -> Event:
    mutation = Mutation(mutants=MUTANTS, fates=dict(enumerate(fates, 1)))
    return Event(seq=1, at=0.0, stage="mutate", detail="", mutation=mutation, under_way=under_way)


def test_of_a_stage_that_is_under_way_survivors_are_told_once() -> None:
    telling = Telling()
    first = telling.told(judged(MutantFate.SURVIVED))
    second = telling.told(judged(MutantFate.SURVIVED, MutantFate.KILLED, MutantFate.UNREACHED))
    assert [item.kind for item in (*first, *second)] == [EventKind.JUDGING, EventKind.JUDGING]
    assert [one["line"] for one in first[0].more["survivors"]] == [1]
    assert [one["line"] for one in second[0].more["survivors"]] == [3]
    counts = {name: second[0].more[name] for name in ("killed", "judged", "total")}
    assert counts == {"killed": 1, "judged": 3, "total": 3}


def test_a_stage_that_has_ended_tells_all_survivors() -> None:
    telling = Telling("shop.cart")
    telling.told(judged(MutantFate.SURVIVED))
    told = telling.told(judged(MutantFate.SURVIVED, MutantFate.SURVIVED, under_way=False))
    assert [item.kind for item in told] == [EventKind.STAGE, EventKind.MUTANTS]
    assert [one["line"] for one in told[1].more["survivors"]] == [1, 2]
    assert told[1].more["module"] == "shop.cart"


@dataclass
class SlowDesk:
    """Writes nothing down before it may, and nothing at all once it is lost."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    may: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False
    written: list[list[str]] = field(default_factory=list)

    async def files(self) -> Mapping[str, str]:
        return {}

    async def emit(self, told: Sequence[Told]) -> None:
        await self.may.wait()
        if self.lost:
            raise LeaseLost("1")
        self.written.append([item.detail for item in told])


def some(*details: str) -> tuple[Told, ...]:
    return tuple(Told(kind=EventKind.STAGE, stage="run", detail=detail) for detail in details)


async def test_what_is_told_while_a_lot_is_written_down_is_the_next_lot() -> None:
    desk = SlowDesk()
    async with told_behind(desk) as tell:
        tell(some("a"))
        await asyncio.sleep(0)
        tell(some("b", "c"))
        tell(some("d"))
        assert desk.written == []
        desk.may.set()
    assert desk.written == [["a"], ["b", "c", "d"]]


async def test_what_was_told_before_an_error_is_written_down() -> None:
    desk = SlowDesk()
    desk.may.set()

    async def failing() -> None:
        async with told_behind(desk) as tell:
            tell(some("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert desk.written == [["a"]]


async def test_whose_lease_is_lost_hears_of_it_at_the_next_word() -> None:
    desk = SlowDesk(lost=True)
    desk.may.set()
    reached = []

    async def working() -> None:
        async with told_behind(desk) as tell:
            tell(some("a"))
            await asyncio.sleep(0.01)
            tell(some("b"))
            reached.append("b")

    with pytest.raises(LeaseLost):
        await working()
    assert not reached


async def test_a_cancelled_one_does_not_wait_for_the_desk() -> None:
    desk = SlowDesk()

    async def working() -> None:
        async with told_behind(desk) as tell:
            tell(some("a"))
            await asyncio.sleep(60)

    task = asyncio.create_task(working())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert desk.written == []
