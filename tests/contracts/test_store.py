"""What the store of jobs does, over each database: one suite for seams.Store."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from aitestgen.errors import Conflict, LeaseLost, NotFound, TooMany, UsageError
from aitestgen.job import (
    Claim,
    EventKind,
    Figures,
    JobEvent,
    JobKind,
    JobState,
    NewJob,
    Result,
    Told,
    Trouble,
    Usage,
    Wanted,
)
from aitestgen.store.database import database_url, opened
from aitestgen.store.sql import SqlStore
from aitestgen.values import Options, Policy, Verdict

pytestmark = pytest.mark.anyio

NASTY = "nul \0, half a character \ud800, and 𝕊 quote ' \" \\ %"


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    found = SqlStore(opened(database_url(url)), window=4, poll_seconds=0.1)
    yield found
    await found.aclose()


def a_job(caller: str = "ann", **fields: Any) -> NewJob:
    defaults: dict[str, Any] = {
        "kind": JobKind.SNIPPET,
        "title": "add",
        "options": Options(seed=7, targets=("add",), policy=Policy.STRICT),
        "files": {"user_code": "def add(): ..."},
        "modules": ("user_code",),
    }
    return NewJob(caller=caller, **{**defaults, **fields})


def a_result(**fields: Any) -> Result:
    figures = {"status": "success", "verdict": "passed", "tests": 3, "passed": 3, "line_coverage": 1.0}
    figures |= {"stages": {"search": 1.0}, **fields}
    return Result(payload={"generated_tests": NASTY}, figures=Figures(**figures))


def said(detail: str) -> Told:
    return Told(kind=EventKind.STAGE, stage="search", detail=detail, more={"seconds": 1.0})


async def claimed(store: SqlStore, lease_seconds: float = 60.0) -> Claim:
    claim = await store.claim("worker", lease_seconds)
    assert claim is not None
    return claim


async def all_events(store: SqlStore, job_id: str, after: int = 0) -> list[JobEvent]:
    async with asyncio.timeout(20):
        return [event async for event in store.events(job_id, after)]


async def test_a_job_comes_back_as_it_was_sent(store: SqlStore) -> None:
    new = a_job(files={"user_code": NASTY}, title=NASTY)
    sent, fresh = await store.add(new)
    job = await store.get(sent.id, "ann")
    assert (fresh, job, job.files) == (True, sent, {"user_code": NASTY})
    assert (job.state, job.position, job.attempt, job.started) == (JobState.QUEUED, 0, 0, None)
    claim = await claimed(store)
    assert (claim.options, claim.job_id, await store.files(claim)) == (new.options, job.id, new.files)


async def test_a_job_of_another_caller_is_not_there(store: SqlStore) -> None:
    job, _ = await store.add(a_job())
    for question in (store.get(job.id, "bob"), store.cancel(job.id, "bob"), store.delete(job.id, "bob")):
        with pytest.raises(NotFound):
            await question
    assert (await store.page(Wanted(caller="bob"))).total == 0
    assert (await store.get(job.id)).state is JobState.QUEUED


async def test_a_key_that_comes_again_is_the_same_job(store: SqlStore) -> None:
    first, fresh = await store.add(a_job(key="k"))
    again, fresh_again = await store.add(a_job(key="k"))
    others, _ = await store.add(a_job("bob", key="k"))
    assert (fresh, fresh_again, again.id, others.id != first.id) == (True, False, first.id, True)
    with pytest.raises(Conflict):
        await store.add(a_job(key="k", files={"user_code": "something else"}))


async def test_a_key_sent_many_times_at_once_makes_one_job(store: SqlStore) -> None:
    made = await asyncio.gather(*(store.add(a_job(key="k")) for _ in range(8)))
    assert (len({job.id for job, _ in made}), sum(fresh for _, fresh in made)) == (1, 1)


async def test_a_finished_job_has_its_result_and_the_end_as_last_event(store: SqlStore) -> None:
    job, _ = await store.add(a_job())
    claim = await claimed(store)
    await store.record(claim, [said(NASTY)])
    await store.finish(claim, a_result())
    done = await store.get(job.id)
    assert (done.state, done.items[0].result) == (JobState.DONE, {"generated_tests": NASTY})
    events = await all_events(store, job.id)
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.kind for event in events] == [EventKind.QUEUED, EventKind.STAGE, EventKind.END]
    assert (events[1].data["detail"], events[2].data["state"]) == (NASTY, "done")
    assert await all_events(store, job.id, after=3) == []


async def test_events_of_many_workers_at_once_have_numbers_without_a_gap(store: SqlStore) -> None:
    modules = tuple(f"m{number}.py" for number in range(4))
    job, _ = await store.add(a_job(kind=JobKind.FILES, files=dict.fromkeys(modules, "x = 1"), modules=modules))

    async def work() -> None:
        claim = await claimed(store)
        for number in range(10):
            await store.record(claim, [said(str(number)), said("more")])
        await store.finish(claim, a_result())

    following = asyncio.create_task(all_events(store, job.id))
    await asyncio.gather(*(work() for _ in modules))
    events = await following
    assert [event.seq for event in events] == list(range(1, 1 + 1 + 4 * 20 + 1))
    assert events[-1].kind is EventKind.END


async def test_what_comes_after_the_lease_was_lost_is_refused(store: SqlStore) -> None:
    job, _ = await store.add(a_job())
    late = await claimed(store, lease_seconds=-1)
    assert await store.reap() == (late.item_id,)
    again = await claimed(store)
    assert (again.item_id, again.attempt) == (late.item_id, late.attempt + 1)
    for question in (
        store.renew(late, 10),
        store.record(late, [said("late")]),
        store.finish(late, a_result()),
        store.finish(late, Trouble(body={"detail": "late"})),
        store.release(late),
    ):
        with pytest.raises(LeaseLost):
            await question
    await store.finish(again, a_result(tests=1))
    with pytest.raises(LeaseLost):
        await store.finish(again, a_result(tests=2))
    done = await store.get(job.id)
    assert (done.state, done.attempt) == (JobState.DONE, 2)
    assert (await store.page(Wanted(caller="ann"))).jobs[0].tests == 1


async def test_an_item_that_costs_three_workers_has_failed(store: SqlStore) -> None:
    job, _ = await store.add(a_job())
    for attempt in (1, 2, 3):
        assert (await claimed(store, lease_seconds=-1)).attempt == attempt
        assert len(await store.reap()) == (1 if attempt < 3 else 0)
    lost = await store.get(job.id)
    assert lost.items[0].error
    assert (lost.state, lost.items[0].error["error_type"]) == (JobState.FAILED, "worker_lost")
    assert (await all_events(store, job.id))[-1].data["state"] == "failed"


async def test_a_released_item_blames_nobody_and_keeps_its_place(store: SqlStore) -> None:
    first, _ = await store.add(a_job())
    await store.add(a_job())
    for _ in range(5):
        claim = await claimed(store)
        assert claim.job_id == first.id
        await store.release(claim)
    assert (await store.get(first.id)).state is JobState.QUEUED


async def test_a_job_that_waits_is_cancelled_at_once(store: SqlStore) -> None:
    job, _ = await store.add(a_job())
    assert (await store.cancel(job.id, "ann")).state is JobState.CANCELLED
    assert await store.claim("worker", 60) is None
    assert [event.kind for event in await all_events(store, job.id)] == [EventKind.QUEUED, EventKind.END]


async def test_a_running_job_hears_that_it_is_cancelled_and_keeps_what_it_has(store: SqlStore) -> None:
    job, _ = await store.add(a_job())
    claim = await claimed(store)
    assert not (await store.renew(claim, 60)).cancelled
    assert (await store.cancel(job.id)).state is JobState.RUNNING
    assert (await store.renew(claim, 60)).cancelled
    assert not (await store.renew(claim, 60)).at_once
    await store.cancel(job.id)
    assert (await store.renew(claim, 60)).at_once
    partial = a_result()
    await store.finish(claim, Result(payload=partial.payload, figures=partial.figures, partial=True))
    done = await store.get(job.id)
    assert (done.state, done.items[0].result) == (JobState.CANCELLED, partial.payload)


async def test_only_what_has_ended_can_be_deleted(store: SqlStore) -> None:
    job, _ = await store.add(a_job())
    assert not await store.delete(job.id, "ann")
    await store.finish(await claimed(store), a_result())
    assert await store.delete(job.id, "ann")
    with pytest.raises(NotFound):
        await store.get(job.id)
    with pytest.raises(NotFound):
        await all_events(store, job.id)
    assert (await store.analytics("ann", 30)).totals.runs == 0


async def test_a_job_of_files_ends_with_its_last_module(store: SqlStore) -> None:
    modules = ("a.py", "b.py", "c.py")
    job, _ = await store.add(a_job(kind=JobKind.FILES, files=dict.fromkeys(modules, "x = 1"), modules=modules))
    await store.finish(await claimed(store), a_result(tests=1, line_coverage=0.5))
    await store.finish(await claimed(store), Trouble(body={"detail": "nothing to test"}))
    assert (await store.get(job.id)).state is JobState.RUNNING
    await store.finish(await claimed(store), a_result(tests=2))
    done = await store.get(job.id)
    assert (done.state, [item.state for item in done.items]) == (JobState.DONE, ["done", "failed", "done"])
    line = (await store.page(Wanted(caller="ann"))).jobs[0]
    assert (line.tests, line.passed, line.line_coverage, line.status) == (3, 6, 0.75, "success")


async def test_code_that_is_not_to_be_kept_is_gone_at_the_end(store: SqlStore) -> None:
    job, _ = await store.add(a_job(keep_code=False))
    claim = await claimed(store)
    assert await store.files(claim)
    await store.finish(claim, a_result())
    assert (await store.get(job.id)).files is None


async def test_the_list_is_paged_newest_first_and_filtered(store: SqlStore) -> None:
    for number in range(5):
        await store.add(a_job(title=f"Job_{number}"))
    ended, _ = await store.add(a_job(title="100%"))
    await store.cancel(ended.id)
    seen, cursor = [], None
    for _ in range(3):
        page = await store.page(Wanted(caller="ann", limit=2, cursor=cursor))
        seen += [job.title for job in page.jobs]
        cursor = page.following
    assert (seen, cursor, page.total) == (["100%", "Job_4", "Job_3", "Job_2", "Job_1", "Job_0"], None, 6)
    for wanted, titles in (
        (Wanted(caller="ann", state=JobState.CANCELLED), ["100%"]),
        (Wanted(caller="ann", text="0%"), ["100%"]),
        (Wanted(caller="ann", text="jOB_1"), ["Job_1"]),
        (Wanted(caller="ann", text="%"), ["100%"]),
    ):
        assert [job.title for job in (await store.page(wanted)).jobs] == titles
    for cursor in ("no cursor", "1.5~\0", "nan~x", ""):
        with pytest.raises(UsageError):
            await store.page(Wanted(caller="ann", cursor=cursor))
    assert (await store.page(Wanted(caller="ann", text="\0job_1"))).total == 1


@pytest.mark.parametrize("job_id", ["", "0" * 32, "\0", "é" * 32, "' OR 1=1 --"])
async def test_an_id_of_no_job_is_not_found_whatever_it_is(store: SqlStore, job_id: str) -> None:
    with pytest.raises(NotFound):
        await store.get(job_id, "ann")
    with pytest.raises(NotFound):
        await store.cancel(job_id, "ann")
    with pytest.raises(NotFound):
        await store.delete(job_id, "ann")
    with pytest.raises(NotFound):
        await store.reports(job_id, "ann")


async def test_positions_count_what_stands_before(store: SqlStore) -> None:
    sent = [(await store.add(a_job()))[0] for _ in range(6)]  # two of them outside of the window
    assert [(await store.get(job.id)).position for job in sent] == [0, 1, 2, 3, 4, 5]
    await claimed(store)
    assert [(await store.get(job.id)).position for job in sent] == [None, 0, 1, 2, 3, 4]


async def test_whoever_has_been_served_often_waits_no_longer_for_that(store: SqlStore) -> None:
    for _ in range(20):
        await store.add(a_job("ann"))
        await store.finish(await claimed(store), a_result())
    for caller in ("ann", "bob", "cy", "dan"):
        await store.add(a_job(caller))
    served = []
    for _ in range(3):
        claim = await claimed(store)
        served.append(claim.caller)
        await store.finish(claim, a_result())
        await store.add(a_job(claim.caller))
    assert "ann" in served


async def test_whoever_comes_late_is_served_soon(store: SqlStore) -> None:
    for _ in range(20):
        await store.add(a_job("ann"))
    await store.finish(await claimed(store), a_result())
    await store.add(a_job("bob"))
    order = []
    for _ in range(6):
        claim = await claimed(store)
        order.append(claim.caller)
        await store.finish(claim, a_result())
    assert "bob" in order[:2]
    assert order.count("ann") == 5


async def test_a_snippet_passes_the_callers_own_batch(store: SqlStore) -> None:
    modules = tuple(f"m{number}.py" for number in range(10))
    await store.add(a_job(kind=JobKind.FILES, files=dict.fromkeys(modules, "x = 1"), modules=modules))
    snippet, _ = await store.add(a_job())
    await store.finish(await claimed(store), a_result())
    assert (await claimed(store)).job_id == snippet.id


async def test_no_caller_has_more_than_a_window_in_the_line(store: SqlStore) -> None:
    for _ in range(10):
        await store.add(a_job())
    claims = [await store.claim("worker", 60) for _ in range(10)]
    held = [claim for claim in claims if claim]
    assert len(held) == 4
    await store.finish(held[0], a_result())
    assert (await store.claim("worker", 60), await store.claim("worker", 60)) != (None, None)


async def test_results_add_up(store: SqlStore) -> None:
    for number in range(10):
        await store.add(a_job())
        verdict = Verdict.FAILED if number == 9 else Verdict.PASSED
        measured = {"verdict": verdict, "mutation_score": None if number else 0.5, "stages": {"search": number + 1.0}}
        await store.finish(await claimed(store), a_result(calls=1, usd=0.5, **measured))
    sums = await store.analytics("ann", 30)
    assert (sums.totals.runs, sums.totals.passed, len(sums.days)) == (10, 9, 1)
    assert (sums.days[0].line_coverage, sums.days[0].mutation_score) == (1.0, 0.5)
    assert (sums.days[0].verdicts, sums.days[0].usd) == ({"failed": 1, "passed": 9}, 5.0)
    nothing = (0,) * 9
    assert {spread.name: spread.counts for spread in sums.spreads} == {
        "line_coverage": (*nothing, 10),
        "branch_coverage": (0,) * 10,
        "mutation_score": (0, 0, 0, 0, 0, 1, 0, 0, 0, 0),
    }
    assert [(time.name, time.p50, time.p90, time.p99) for time in sums.stages] == [("search", 5.0, 9.0, 10.0)]
    assert (sums.verdicts, sums.spend.calls, sums.spend.usd) == ({"passed": 9, "failed": 1}, 10, 5.0)
    nobody = await store.analytics("bob", 30)
    assert (nobody.totals.runs, nobody.days, nobody.spreads[0].counts) == (0, (), (0,) * 10)
    assert (await store.analytics(None, 1)).totals.runs == 10


async def test_old_jobs_are_removed_when_they_have_ended(store: SqlStore) -> None:
    ended, _ = await store.add(a_job())
    await store.finish(await claimed(store), a_result())
    waiting, _ = await store.add(a_job())
    assert await store.clean(days=1, most_bytes=None) == 0
    assert await store.clean(days=-1, most_bytes=None) == 1
    assert [job.id for job in (await store.page(Wanted(caller="ann"))).jobs] == [waiting.id]
    with pytest.raises(NotFound):
        await store.get(ended.id)


async def test_the_oldest_jobs_are_removed_while_all_take_too_much(store: SqlStore) -> None:
    jobs = []
    for _ in range(4):
        jobs.append((await store.add(a_job(files={"user_code": "x" * 10_000})))[0].id)
        await store.finish(await claimed(store), a_result())
    assert await store.clean(days=None, most_bytes=1_000_000) == 0
    assert await store.clean(days=None, most_bytes=25_000) == 2
    assert [job.id for job in (await store.page(Wanted(caller="ann"))).jobs] == [jobs[3], jobs[2]]


async def test_a_caller_with_too_much_waiting_is_told_to_wait(store: SqlStore) -> None:
    store.waiting = (2, 20)
    await store.add(a_job(key="k"))
    job, _ = await store.add(a_job())
    with pytest.raises(TooMany):
        await store.add(a_job())
    assert not (await store.add(a_job(key="k")))[1]
    await store.add(a_job("bob"))
    await store.cancel(job.id)
    assert (await store.add(a_job()))[1]


async def test_callers_of_one_address_have_its_limits_beside_their_own(store: SqlStore) -> None:
    store.waiting = (2, 3)
    there = {"address": "10.0.0.1"}
    await store.add(a_job("ann", **there, key="k"))
    await store.add(a_job("bob", **there, modules=("a", "b")))
    with pytest.raises(TooMany, match="your address"):
        await store.add(a_job("eve", **there))
    assert not (await store.add(a_job("ann", **there, key="k")))[1]
    await store.add(a_job("eve", address="10.0.0.2"))
    await store.add(a_job("eve"))
    await store.finish(await claimed(store), a_result())
    assert (await store.add(a_job("dan", **there)))[1]


async def test_what_a_job_used_is_charged_to_its_caller_and_its_address_once(store: SqlStore) -> None:
    for caller, address in (("ann", "10.0.0.1"), ("bob", "10.0.0.1"), ("10.0.0.2", "10.0.0.2"), ("eve", "")):
        await store.add(a_job(caller, address=address))
        await store.finish(await claimed(store), a_result(), used=Usage(tokens=5))
    used = {name: (await store.used(name))[0].tokens for name in ("ann", "bob", "10.0.0.1", "10.0.0.2", "eve", "")}
    assert used == {"ann": 5, "bob": 5, "10.0.0.1": 10, "10.0.0.2": 5, "eve": 5, "": 0}
