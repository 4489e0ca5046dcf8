"""What the flow says, as the events of a job."""

from dataclasses import replace

from tests.interfaces.flows import a_mutant

from aitestgen.job import EventKind
from aitestgen.jobs.telling import Telling
from aitestgen.values import Event, MutantFate, Mutation

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
