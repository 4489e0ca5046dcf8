"""A mutation analysis that is watched while it works."""

import asyncio
from typing import Any

import pytest

from aitestgen.measure.judging import Judging
from aitestgen.values import MutantFate, Mutation

NAMED: dict[str, Any] = {"operator": "constant", "line": 1, "end_line": 1, "before": "1", "after": "2"}
MUTANTS = {"ev": "mutants", "mutants": [{"id": 1, **NAMED}, {"id": 2, **NAMED}]}
KILLED = {"ev": "fate", "id": 1, "fate": "killed", "killers": ["t::a"], "seconds": 0.1}
SURVIVED = {"ev": "fate", "id": 2, "fate": "survived", "killers": [], "seconds": 0.1}
END = Mutation(fates={1: MutantFate.KILLED, 2: MutantFate.SURVIVED})


async def watched(judging: Judging) -> list[dict[int, MutantFate]]:
    """What is told of an analysis that judges a second mutant once somebody has heard of the first."""
    heard = asyncio.Event()

    async def work() -> Mutation:
        judging.hear(MUTANTS)
        judging.hear(KILLED)
        await heard.wait()
        judging.hear(SURVIVED)
        return END

    seen = []
    async for so_far in judging.during(work()):
        seen.append(dict(so_far.fates))
        heard.set()
    return seen


def test_what_is_judged_is_told_before_the_end() -> None:
    judging = Judging(["t::a"])
    seen = asyncio.run(watched(judging))
    assert seen[0] == {1: MutantFate.KILLED}
    assert judging.outcome == END
    assert judging.so_far.kills == {"t::a": frozenset({1})}


def test_where_nothing_new_is_judged_nothing_is_told() -> None:
    judging = Judging(["t::a"])
    seen = asyncio.run(watched(judging))
    assert len(seen) == len({frozenset(fates) for fates in seen})


def test_an_analysis_that_nobody_waits_for_any_more_is_cancelled() -> None:
    async def closed_early() -> bool:
        judging, ended = Judging(["t::a"]), asyncio.Event()

        async def work() -> Mutation:
            judging.hear(MUTANTS)
            judging.hear(KILLED)
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return END

        telling = judging.during(work())
        await anext(telling)
        await telling.aclose()
        return ended.is_set()

    assert asyncio.run(closed_early())


def test_what_the_analysis_raises_is_raised() -> None:
    async def work() -> Mutation:
        raise ValueError("broken")

    async def told() -> list[Mutation]:
        return [item async for item in Judging([]).during(work())]

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(told())
