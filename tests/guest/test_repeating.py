"""Cases that show the same again, and those whose objects hold something else each time."""

import sys
from collections.abc import Iterator

import pytest

from aitestgen_guest import explore

from .test_search import MODULE, job_of

NOTES = """
    import time
    from dataclasses import dataclass, field
    from datetime import datetime


    @dataclass
    class Note:
        text: str
        created: datetime = field(default_factory=datetime.now)
        stamp: float = field(default_factory=time.perf_counter)

        def age(self, now: datetime) -> float:
            return (now - self.created).total_seconds()


    class Book:
        def __init__(self, owner: str) -> None:
            self.owner = owner
            self.notes = []

        def add(self, text: str) -> int:
            self.notes.append(Note(text))
            return len(self.notes)
"""


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


def test_fields_that_tell_the_moment_are_given_one_and_elsewhere_they_are_not_looked_at() -> None:
    frames: list[dict[str, object]] = []
    explore.main(job_of(NOTES), frames.append)
    cases = {
        name: [one for one in frames if one["ev"] == "case" and one["target"] == name]
        for name in ("Note.age", "Book.add")
    }
    assert cases["Note.age"]
    assert all("created" in str(case["receiver"]) for case in cases["Note.age"])
    facts = [case["observation"]["facts"] for case in cases["Book.add"]]  # type: ignore[index] # a frame is JSON
    assert facts
    assert all("receiver:{}.notes" not in one and "receiver:len({}.notes)" in one for one in facts)
