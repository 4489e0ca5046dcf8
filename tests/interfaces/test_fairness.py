"""Callers take turns: the line by itself, the slots over it, and the service as a program with two callers."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interfaces.programs import server, wait_until

from aitestgen.api.callers import subscriber
from aitestgen.api.fair_queue import FairQueue
from aitestgen.api.slots import Busy, Closing, Slots

CALLERS = ("a", "b", "c")


def line(most: int = 100, most_each: int = 100) -> FairQueue[Any]:
    return FairQueue(most=most, most_each=most_each)


def filled(*callers: str) -> FairQueue[Any]:
    """A line of the items 0, 1, … of these callers."""
    found = line()
    for number, caller in enumerate(callers):
        found.join(caller, number)
    return found


def all_of(queue: FairQueue[Any]) -> list[int]:
    """What comes out where nobody holds anything."""
    return [item for _, item in iter(lambda: queue.take({}), None)]


def test_callers_take_turns_and_each_is_served_in_order() -> None:
    assert all_of(filled("a", "a", "a", "b", "b", "c")) == [0, 3, 5, 1, 4, 2]


def test_who_holds_nothing_comes_before_who_holds_something() -> None:
    assert filled("a", "b").take({"a": 1}) == ("b", 1)


def test_who_was_just_served_lets_the_others_go_first() -> None:
    queue = filled("a", "a", "b")
    queue.rest("a")
    queue.rest("nobody")
    assert all_of(queue) == [2, 0, 1]


def test_a_full_share_is_full_though_the_line_is_not() -> None:
    queue = line(most=4, most_each=2)
    queue.join("a", 1)
    queue.join("a", 2)
    assert (queue.full("a"), queue.full("b")) == (True, False)
    with pytest.raises(ValueError, match="full"):
        queue.join("a", 3)


def test_a_full_line_is_full_for_everybody() -> None:
    queue = line(most=2, most_each=1)
    queue.join("a", 1)
    queue.join("b", 2)
    assert queue.full("c")


def test_who_leaves_is_forgotten() -> None:
    queue = filled("a", "b", "a")
    assert queue.leave("b", 1)
    assert not queue.leave("b", 1)
    assert (queue.waiting, queue.callers, all_of(queue)) == (2, 1, [0, 2])


@given(st.lists(st.tuples(st.sampled_from(CALLERS), st.sampled_from(["join", "leave", "take"]))), st.integers(0, 6))
def test_nothing_is_lost_doubled_or_over_its_bounds(steps: list[tuple[str, str]], most: int) -> None:
    queue, inside = line(most=most, most_each=2), dict[int, str]()
    for number, (caller, step) in enumerate(steps):
        own = [item for item, owner in inside.items() if owner == caller]
        if step == "join" and not queue.full(caller):
            queue.join(caller, number)
            inside[number] = caller
        elif step == "leave" and own:
            assert queue.leave(caller, own[-1])
            del inside[own[-1]]
        elif step == "take":
            taken = queue.take({})
            assert (taken is None) == (not inside)
            if taken:
                owner, item = taken
                assert inside.pop(item) == owner
                assert item < min((other for other, who in inside.items() if who == owner), default=len(steps))
        assert queue.waiting == len(inside) <= most
        assert queue.callers == len(set(inside.values()))
        assert all(amount <= 2 for amount in Counter(inside.values()).values())


@given(st.lists(st.sampled_from(CALLERS)), st.lists(st.sampled_from(CALLERS)))
def test_whoever_holds_nothing_waits_for_one_item_of_each_other_caller(before: list[str], after: list[str]) -> None:
    queue, served = filled(*before, "patient"), Counter[str]()
    later = iter(enumerate(after, 1000))
    while taken := queue.take({}):
        if taken[0] == "patient":
            break
        served[taken[0]] += 1
        for number, caller in later:
            queue.join(caller, number)
            break
    assert max(served.values(), default=0) <= 1


@given(st.lists(st.sampled_from(CALLERS), min_size=1), st.integers(1, 3))
def test_who_is_served_holds_no_more_than_any_other_who_waits(asked: list[str], total: int) -> None:
    queue, held, left = filled(*asked), Counter[str](), Counter(asked)
    running: list[str] = []
    while taken := queue.take(held):
        caller, _ = taken
        assert all(held[caller] <= held[other] for other in left if left[other])
        left[caller] -= 1
        held[caller] += 1
        running.append(caller)
        if len(running) == total:
            held[running.pop(0)] -= 1


def slots(total: int = 1, *, most: int = 100, most_each: int = 100, seconds: float = 60.0) -> Slots:
    return Slots(total, line=line(most, most_each), seconds=seconds)


async def held(slots: Slots, caller: str, address: str, go: asyncio.Event) -> None:
    async with slots.one(caller, address):
        await go.wait()


def test_callers_of_one_address_fill_its_share_of_the_line_and_no_more() -> None:
    async def scene() -> tuple[int, int]:
        here, go = Slots(1, line=line(100, 100), seconds=60.0, most_of_address=2), asyncio.Event()
        tasks = [asyncio.create_task(held(here, caller, "10.0.0.1", go)) for caller in ("a", "b", "c")]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            here.check("d", "10.0.0.1")
        here.check("d", "10.0.0.2")
        here.check("d")
        tasks[2].cancel()  # who leaves the line makes room
        await asyncio.gather(tasks[2], return_exceptions=True)
        here.check("d", "10.0.0.1")
        waiting = here.line.waiting
        go.set()
        await asyncio.gather(*tasks[:2])
        return waiting, here.free

    assert asyncio.run(scene()) == (1, 1)


@dataclass
class Scene:
    """Jobs that hold a slot until they are let go. `done` are their callers in the order in which they got it."""

    slots: Slots
    done: list[str] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def job(self, caller: str) -> None:
        async with self.slots.one(caller):
            self.done.append(caller)
            await self.go.wait()

    async def waiting(self, *callers: str) -> list[asyncio.Task[None]]:
        """Jobs that have all come to the line, or have a slot."""
        tasks = [asyncio.create_task(self.job(caller)) for caller in callers]
        await asyncio.sleep(0)
        return tasks


def test_a_flood_delays_another_callers_first_job_by_one_job() -> None:
    async def scene() -> list[str]:
        here = Scene(slots())
        tasks = await here.waiting(*["flood"] * 50, "other", "other")
        here.go.set()
        await asyncio.gather(*tasks)
        return here.done

    assert asyncio.run(scene())[:4] == ["flood", "other", "flood", "other"]


def test_every_slot_is_used_by_one_caller_where_nobody_else_waits() -> None:
    async def scene() -> tuple[int, int]:
        here = Scene(slots(3))
        tasks = await here.waiting(*["only"] * 5)
        free, waiting = here.slots.free, here.slots.line.waiting
        here.go.set()
        await asyncio.gather(*tasks)
        return free + waiting, here.slots.free

    assert asyncio.run(scene()) == (2, 3)


def test_over_its_share_a_caller_is_refused_and_others_are_not() -> None:
    async def scene() -> None:
        here = Scene(slots(most=4, most_each=2))
        tasks = await here.waiting("a", "a", "a")
        with pytest.raises(Busy) as refused:
            here.slots.check("a")
        assert refused.value.retry_after > 0
        here.slots.check("b")
        here.go.set()
        await asyncio.gather(*tasks)

    asyncio.run(scene())


def test_who_gives_up_leaves_the_line_and_takes_no_slot_along() -> None:
    async def scene() -> tuple[int, int, int]:
        here = Scene(slots())
        first, second, third = await here.waiting("a", "b", "c")
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        waiting = here.slots.line.waiting
        here.go.set()  # the first ends: the third comes to its turn, and is cancelled in that same moment
        await first
        third.cancel()
        await asyncio.gather(third, return_exceptions=True)
        return waiting, here.slots.free, here.slots.line.waiting

    assert asyncio.run(scene()) == (1, 1, 0)


def test_who_waits_too_long_is_refused() -> None:
    async def scene() -> int:
        here = Scene(slots(seconds=0.01))
        first, second = await here.waiting("a", "b")
        with pytest.raises(Busy):
            await second
        here.go.set()
        await first
        return here.slots.free

    assert asyncio.run(scene()) == 1


def test_closing_sends_the_waiting_away_and_lets_the_running_end() -> None:
    async def scene() -> tuple[list[Any], int]:
        here = Scene(slots())
        first, *others = await here.waiting("a", "a", "b")
        here.slots.close()
        ended = await asyncio.gather(*others, return_exceptions=True)
        with pytest.raises(Closing):
            here.slots.check("c")
        here.go.set()
        await first
        return ended, here.slots.free

    ended, free = asyncio.run(scene())
    assert [type(error) for error in ended] == [Closing, Closing]
    assert free == 1


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
    ],
)
def test_a_caller_is_an_address_or_the_network_of_one_who_has_many(host: str, name: str) -> None:
    assert subscriber(host) == name


SPINS = "def f():\n    while True:\n        pass\n"
JOB = {"code": "def f():\n    return 1\n", "tests": "from user_code import f\n\n\ndef test_f():\n    assert f() == 1\n"}


@dataclass
class Crowd:
    """Callers of one service, each from an address of its own; `ended` are they in the order of their answers."""

    pool: ThreadPoolExecutor
    clients: dict[str, httpx2.Client]
    ended: list[tuple[str, int]] = field(default_factory=list)

    def send(self, address: str, job: dict[str, Any], **headers: str) -> "Future[httpx2.Response]":
        def asked() -> httpx2.Response:
            answer = self.clients[address].post("/execute", json=job, headers=headers)
            self.ended.append((address, answer.status_code))
            return answer

        return self.pool.submit(asked)


@contextmanager
def crowd(url: httpx2.URL, *addresses: str) -> Iterator[Crowd]:
    with ExitStack() as stack:
        clients = {
            address: stack.enter_context(
                httpx2.Client(base_url=url, timeout=60, transport=httpx2.HTTPTransport(local_address=address))
            )
            for address in addresses
        }
        yield Crowd(pool=stack.enter_context(ThreadPoolExecutor(40)), clients=clients)


def figure(client: httpx2.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next(float(text.split()[1]) for text in lines if text.startswith(f"aitestgen_sandbox_{name} "))


FLOOD, OTHER = "127.0.0.1", "127.0.0.2"


@pytest.mark.jail
def test_a_caller_who_floods_the_service_delays_another_by_one_job() -> None:
    """The flood waits behind a job that holds the only slot for the whole time limit; then the other caller comes."""
    with server("sandbox-service", AITESTGEN_SLOTS="1", AITESTGEN_QUEUE_LENGTH="20") as (_, client):
        with crowd(client.base_url, FLOOD, OTHER) as here:
            slow = here.send(FLOOD, {**JOB, "code": SPINS})
            wait_until(lambda: figure(client, "slots_free") == 0)
            flood = [here.send(FLOOD, JOB) for _ in range(10)]
            wait_until(lambda: figure(client, "queue") == 10)
            refused = here.send(FLOOD, JOB, **{"X-Forwarded-For": "10.1.2.3"}).result()
            other = here.send(OTHER, JOB)
            wait_until(lambda: figure(client, "queue_callers") == 2)
            verdicts = [job.result().json()["verdict"] for job in (slow, other, *flood)]
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
        assert verdicts == ["timed_out", *["passed"] * 11]
        place = here.ended.index((OTHER, 200))
        assert place <= 3, here.ended  # after the refusal, the slow job, and one of the flood's at most
        assert (figure(client, "queue"), figure(client, "queue_callers"), figure(client, "slots_free")) == (0, 0, 1)


@pytest.mark.jail
def test_a_trusted_proxy_tells_for_whom_it_asks() -> None:
    trusting = {
        "AITESTGEN_SLOTS": "1",
        "AITESTGEN_QUEUE_PER_CALLER": "1",
        "AITESTGEN_TRUSTED_PROXIES": FLOOD,
        "AITESTGEN_WALL_SECONDS": "3",
    }
    with server("sandbox-service", **trusting) as (_, client), crowd(client.base_url, FLOOD, OTHER) as here:
        slow = here.send(FLOOD, {**JOB, "code": SPINS})
        wait_until(lambda: figure(client, "slots_free") == 0)
        jobs = [here.send(FLOOD, JOB, **{"X-Forwarded-For": f"9.9.9.9, 10.0.0.{n}"}) for n in (1, 2)]
        wait_until(lambda: figure(client, "queue_callers") == 2)
        twice = here.send(FLOOD, JOB, **{"X-Forwarded-For": "10.0.0.2"}).result()
        jobs.append(here.send(OTHER, JOB, **{"X-Forwarded-For": "10.0.0.2"}))
        wait_until(lambda: figure(client, "queue_callers") == 3)
        assert twice.status_code == 429
        assert [job.result().status_code for job in (slow, *jobs)] == [200] * 4


@pytest.mark.jail
def test_a_caller_who_hangs_up_leaves_the_line() -> None:
    with (
        server("sandbox-service", AITESTGEN_SLOTS="1", AITESTGEN_WALL_SECONDS="3") as (_, client),
        crowd(client.base_url, FLOOD) as here,
    ):
        slow = here.send(FLOOD, {**JOB, "code": SPINS})
        wait_until(lambda: figure(client, "slots_free") == 0)
        with httpx2.Client(base_url=client.base_url, timeout=0.5) as hasty, pytest.raises(httpx2.ReadTimeout):
            hasty.post("/execute", json=JOB)
        wait_until(lambda: figure(client, "queue") == 0)
        assert figure(client, "slots_free") == 0
        assert slow.result().json()["verdict"] == "timed_out"
