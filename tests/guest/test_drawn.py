"""What the project's strategies of Hypothesis draw: objects and values for the search."""

import sys
import textwrap
from typing import Any

import pytest
from tests.guest.test_search import MODULE, _forget_the_module, job_of  # noqa: F401  # a fixture that every test uses

from aitestgen_guest import explore
from aitestgen_guest.processes.forks import in_child
from aitestgen_guest.search.learning import draw
from aitestgen_guest.search.world import World
from aitestgen_guest.shapes import Frame

ACCOUNTS = """
    from dataclasses import dataclass


    class Number:
        def __init__(self, text):
            if len(text) != 12 or not text.isdigit() or int(text) % 97 != 1:
                raise ValueError("wrong checksum")
            self.text = text

        def short(self):
            return self.text[-4:]


    @dataclass(frozen=True)
    class Account:
        number: Number
        owners: tuple = ()


    def described(account):
        return account.number.text + ", ".join(account.owners)
"""
STRATEGIES = f"""
    import hypothesis.strategies as st
    from {MODULE} import Account, Number

    numbers = st.builds(Number, st.integers(10**8, 10**9).map(lambda n: f"{{n * 97 + 1:012}}"))
    st.register_type_strategy(Number, numbers)
    owners = st.sampled_from(["grace", "ada"])


    @st.composite
    def accounts(draw):
        return Account(draw(st.from_type(Number)), owners=tuple(draw(st.lists(owners, min_size=1, max_size=2))))


    @st.composite
    def of(draw, number):
        return Account(number)


    def helper():
        raise SystemExit
"""


def job_with(strategies: str) -> dict[str, Any]:
    file = {"file": "/nowhere/conftest.py", "text": textwrap.dedent(strategies)}
    return job_of(ACCOUNTS, strategies=[file])


def told(strategies: str) -> list[Frame]:
    job = job_with(strategies)
    world = World(job)
    world.load()

    def work() -> list[Frame]:
        frames: list[Frame] = []
        draw(world, job["strategies"][0], frames.append)
        return frames

    frames = in_child(work, 30)
    assert frames is not None
    return [*frames]


def made(frames: list[Frame]) -> list[Any]:
    return [item for frame in frames if frame["ev"] == "drawn" for item in frame["made"]]


def test_objects_are_written_by_the_calls_that_made_them() -> None:
    found = made(told(STRATEGIES))
    numbers = [one for owner, one in found if owner == "Number"]
    accounts = [one for owner, one in found if owner == "Account"]
    assert numbers
    assert accounts
    assert all(one[:2] == ["call", "Number"] and one[2][0][0] == "data" for one in numbers)
    assert {one[2][0][1] for one in accounts} == {"Number"}
    assert {"('grace',)", "('ada',)"} & {one[3]["owners"][1] for one in accounts}
    assert {one[1] for owner, one in found if not owner} == {"'ada'", "'grace'"}


def test_what_a_strategy_drew_before_it_failed_is_kept() -> None:
    odd = "odd = st.integers(1, 9).map(lambda n: 1 // (5 - n))"
    frames = told(f"import hypothesis.strategies as st\n{odd}\nnext_one = st.just(7)\n")
    assert [frame["ev"] for frame in frames] == ["failed", "drawn", "drawn"]
    assert "ZeroDivisionError" in frames[0]["reason"]
    assert ["", ["data", "7"]] in made(frames)
    assert len(made(frames)) > 1


def test_what_is_drawn_is_the_same_in_every_run() -> None:
    assert told(STRATEGIES) == told(STRATEGIES)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("import hypothesis.strategies as st\nnone = st.nothing()", "Unsatisfiable"),
        ("import hypothesis.strategies as st\nraise RuntimeError('no')", "RuntimeError: no"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_file_that_gives_none_is_told_of(file: str, said: str) -> None:
    frame = told(file)[0]
    assert frame["ev"] == "failed"
    assert frame["reason"].startswith("the strategies of /nowhere/conftest.py: ")
    assert said in frame["reason"]


def test_targets_are_given_what_the_strategies_draw() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_with(STRATEGIES), frames.append)
    found = {
        frame["target"] for frame in frames if frame["ev"] == "case" and frame["observation"]["outcome"] == "returns"
    }
    assert {"Number", "Number.short", "Account", "described"} <= found
    assert not [frame for frame in frames if frame["ev"] == "failed"]


def test_without_hypothesis_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis.strategies", None)
    [frame] = told("x = 1")
    assert "ModuleNotFoundError" in frame["reason"]
