"""The provider's limits: turns and places, shared by every process of a machine."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.providers.build import PROMPT, ask, client
from tests.providers.scripted_server import Asked, ScriptedServer, Step, answer, error
from tests.providers.virtual_time import VirtualTime

from aitestgen.errors import LLMError, LLMNotConfigured, LLMRateLimited
from aitestgen.providers.pacing import FAR_SECONDS, FileTurns, Paced, Rate, Turn
from aitestgen.providers.retrying import Patience, Retrying
from aitestgen.providers.side_by_side import Places, SideBySide
from aitestgen.testing import ScriptedModel
from aitestgen.values import Completion, Prompt

GROQ_FREE = Rate(requests=30)
JOBS = 60


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of these times that lie in one half-open span of so many seconds."""
    ordered = sorted(times)
    return max((sum(1 for at in ordered if first <= at < first + seconds) for first in ordered), default=0)


class Stamped(ScriptedModel):
    """A scripted model that knows when it was asked, and takes its time."""

    def __init__(self, time: VirtualTime, count: int, seconds: float = 0.0) -> None:
        super().__init__(*["fine"] * count)
        self.times: list[float] = []
        self.busy = self.busiest = 0
        self._time = time
        self._seconds = seconds

    async def complete(self, prompt: Prompt) -> Completion:
        self.times.append(self._time.now)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        if self._seconds:
            await self._time.sleep(self._seconds)
        self.busy -= 1
        return await super().complete(prompt)


def test_sixty_jobs_against_thirty_a_minute_lose_none_and_never_exceed_it(tmp_path: Path) -> None:
    async def scene() -> tuple[list[Completion], Stamped]:
        time = VirtualTime()
        model = Stamped(time, JOBS, seconds=2.0)
        asked = [
            SideBySide(  # a turns file, places and wrappers of its own for each job, as in processes
                Paced(
                    model,
                    FileTurns(tmp_path / "turns", "groq", GROQ_FREE, clock=time.clock),
                    longest_seconds=300,
                    sleep=time.sleep,
                ),
                Places(tmp_path, "groq", 8),
                longest_seconds=300,
                sleep=time.sleep,
                clock=time.clock,
            )
            for _ in range(JOBS)
        ]
        return await time.gather([one.complete(PROMPT) for one in asked]), model

    answers, model = asyncio.run(scene())
    assert len(answers) == len(model.times) == JOBS
    assert most_within(model.times, 60.0) == 30
    assert (model.busiest, max(model.times) - min(model.times) >= 61.0) == (8, True)


def test_a_burst_is_followed_by_a_whole_span_without_a_turn(tmp_path: Path) -> None:
    now = [1000.0]
    turns = FileTurns(tmp_path / "turns", "a", Rate(requests=2, seconds=60), clock=lambda: now[0])
    waits = [turns.take(600).wait_seconds for _ in range(5)]
    assert waits == [0, 0, 60, 60, 120]
    now[0] += 59
    assert turns.take(600).wait_seconds == 61
    now[0] += 600
    assert turns.take(600).wait_seconds == 0


def test_random_takes_rests_and_returns_never_exceed_the_rate(tmp_path: Path) -> None:
    chance, now = random.Random(7), [50_000.0]
    turns = FileTurns(tmp_path / "turns", "a", Rate(requests=3, seconds=10), clock=lambda: now[0])
    begun: dict[int, float] = {}
    for _ in range(150):
        now[0] += chance.choice([0, 0, 0.5, 4])
        waiting = [number for number, at in begun.items() if at > now[0]]
        turn = turns.take(10_000)
        begun[turn.number] = now[0] + turn.wait_seconds
        if waiting and chance.random() < 0.3:
            given = chance.choice(waiting)
            turns.give_back(Turn(number=given, wait_seconds=0))
            del begun[given]
        if chance.random() < 0.05:
            turns.rest(5)
    assert len(begun) > 100
    assert most_within(list(begun.values()), 10 - 1e-6) == 3


def test_a_turn_that_is_too_far_is_refused_with_its_wait_and_not_taken(tmp_path: Path) -> None:
    turns = FileTurns(tmp_path / "turns", "a", Rate(requests=1, seconds=60), clock=lambda: 1000.0)
    turns.take(0)
    for _ in range(3):
        with pytest.raises(LLMRateLimited, match="the next turn would be in 60 s") as raised:
            turns.take(59)
        assert raised.value.retry_after == 60
    assert turns.take(60).wait_seconds == 60


def test_accounts_have_turns_of_their_own(tmp_path: Path) -> None:
    for account in ("a", "b"):
        turns = FileTurns(tmp_path / "turns", account, Rate(requests=1), clock=lambda: 1000.0)
        assert turns.take(0).wait_seconds == 0


def test_a_clock_that_was_wrong_blocks_nobody_for_ever(tmp_path: Path) -> None:
    now = [1000.0 + 2 * FAR_SECONDS]
    turns = FileTurns(tmp_path / "turns", "a", Rate(requests=1, seconds=60), clock=lambda: now[0])
    turns.take(0)
    turns.rest(100)
    now[0] = 1000.0
    assert turns.take(0).wait_seconds == 0


def test_what_the_server_says_of_waiting_holds_for_all(tmp_path: Path) -> None:
    turns = FileTurns(tmp_path / "turns", "a", GROQ_FREE, clock=lambda: 1000.0)
    first = Paced(ScriptedModel(LLMRateLimited("slow down", retry_after=40)), turns, longest_seconds=1)
    with pytest.raises(LLMRateLimited, match="slow down"):
        ask(first)
    assert FileTurns(tmp_path / "turns", "a", GROQ_FREE, clock=lambda: 1010.0).take(60).wait_seconds == 30


def test_who_is_cancelled_before_his_turn_gives_it_back(tmp_path: Path) -> None:
    turns = FileTurns(tmp_path / "turns", "a", Rate(requests=1, seconds=60), clock=lambda: 1000.0)
    turns.take(0)

    async def scene() -> None:
        slept = asyncio.Event()

        async def sleep(seconds: float) -> None:
            assert seconds == 60
            slept.set()
            await asyncio.Event().wait()

        asking = asyncio.ensure_future(
            Paced(ScriptedModel("fine"), turns, longest_seconds=90, sleep=sleep).complete(PROMPT)
        )
        await slept.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(scene())
    assert turns.take(60).wait_seconds == 60


def test_a_folder_that_cannot_be_written_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    turns = FileTurns(tmp_path / "file" / "turns", "a", GROQ_FREE)
    with pytest.raises(LLMNotConfigured, match="AITESTGEN_STATE_FOLDER"):
        turns.take(0)
    with pytest.raises(LLMNotConfigured, match="AITESTGEN_STATE_FOLDER"):
        Places(tmp_path / "file", "a", 1).take()


def test_a_damaged_file_of_turns_is_an_error_and_not_a_limit_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "turns").write_text("this is no database" * 100)
    with pytest.raises(LLMNotConfigured, match="not a database"):
        FileTurns(tmp_path / "turns", "a", GROQ_FREE).take(0)


WORKER = """
import asyncio, sys, time
from pathlib import Path
from aitestgen.providers.pacing import FileTurns, Paced, Rate
from aitestgen.testing import ScriptedModel
from aitestgen.values import Prompt

class Printing(ScriptedModel):
    async def complete(self, prompt):
        print(repr(time.time()), flush=True)
        return await super().complete(prompt)

async def main(file, jobs):
    turns = FileTurns(Path(file), "shared", Rate(requests=8, seconds=1.0))
    paced = Paced(Printing(*["fine"] * jobs), turns, longest_seconds=60)
    await asyncio.gather(*(paced.complete(Prompt(system="", user="?")) for _ in range(jobs)))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_processes_share_the_turns(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path / "turns"), "6"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = [worker.communicate(timeout=50)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    with sqlite3.connect(tmp_path / "turns") as table:
        begins = [row[0] for row in table.execute("SELECT begins FROM turn")]
    table.close()
    times = [float(line) for text in printed for line in text.split()]
    assert len(times) == 24
    assert max(times) - min(times) >= 1.9  # three spans of eight: two whole spans between the first and the last
    assert most_within(begins, 1.0 - 1e-6) <= 8


def test_jobs_meet_a_server_that_counts_and_none_is_refused(tmp_path: Path) -> None:
    """A real client, a real server that answers 429 over its limit, and a span of a second in place of a minute."""

    def script(_: int, asked: Asked) -> Step:
        recent = [other for other in server.asked if asked.at - 1.0 < other.at <= asked.at]
        return error(429, "too many") if len(recent) > 5 else answer()

    def model() -> Retrying:
        turns = FileTurns(tmp_path / "turns", "a", Rate(requests=5, seconds=1.3))
        return Retrying(Paced(client(server.url), turns, longest_seconds=50), Patience(tries=1, seconds=50))

    async def scene() -> list[Completion]:
        return await asyncio.gather(*(model().complete(PROMPT) for _ in range(15)))

    with ScriptedServer(script) as server:
        assert [got.text for got in asyncio.run(scene())] == ["fine"] * 15
        assert len(server.asked) == 15


def test_places_bound_what_is_under_way(tmp_path: Path) -> None:
    async def scene() -> Stamped:
        time = VirtualTime()
        model = Stamped(time, 10, seconds=5.0)
        one = SideBySide(model, Places(tmp_path, "a", 3), longest_seconds=100, sleep=time.sleep, clock=time.clock)
        await time.gather([one.complete(PROMPT) for _ in range(10)])
        return model

    assert asyncio.run(scene()).busiest == 3


def test_who_finds_no_place_in_time_is_told_so(tmp_path: Path) -> None:
    places = Places(tmp_path, "a", 1)
    held = places.take()
    assert held is not None
    with pytest.raises(LLMRateLimited, match="1 questions to scripted:model were under way"):
        ask(SideBySide(ScriptedModel("fine"), places, longest_seconds=0.2))
    os.close(held)
    assert ask(SideBySide(ScriptedModel("fine"), places, longest_seconds=0.2)).text == "fine"


def test_a_place_is_free_again_after_trouble(tmp_path: Path) -> None:
    model = SideBySide(ScriptedModel(LLMError("no"), "fine"), Places(tmp_path, "a", 1), longest_seconds=0.0)
    with pytest.raises(LLMError, match="no"):
        ask(model)
    assert ask(model).text == "fine"


def test_the_place_of_a_process_that_was_killed_is_free_again(tmp_path: Path) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from aitestgen.providers.side_by_side import Places;"
        "print(Places(Path(sys.argv[1]), 'a', 1).take(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        assert Places(tmp_path, "a", 1).take() is None
        process.send_signal(signal.SIGKILL)
    held = Places(tmp_path, "a", 1).take()
    assert held is not None
    os.close(held)
