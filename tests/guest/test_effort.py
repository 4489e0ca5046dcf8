"""How the calls of a search are dealt out, and by which clock its processes are judged."""

import os
import signal
import time
from typing import Any

import pytest

from aitestgen_guest.processes.forks import all_in_child, in_child
from aitestgen_guest.processes.processor_time import children_seconds, running_seconds, starved_seconds
from aitestgen_guest.processes.workers import Send, in_order
from aitestgen_guest.search.effort import LEAST, MOST, allowances, own_sizes
from aitestgen_guest.search.import_time import Dependents, _spare_share


def target(name: str, first: int, last: int) -> dict[str, Any]:
    return {"id": name, "lines": [first, last]}


def test_a_class_has_only_the_blocks_that_its_methods_do_not_have() -> None:
    targets = [target("Box", 1, 9), target("Box.open", 4, 6), target("shut", 11, 12)]
    assert own_sizes(targets, {2: 0, 5: 1, 6: 2, 8: 3, 12: 4}) == [2, 2, 1]


def test_a_larger_target_gets_more_calls_of_the_same_total() -> None:
    small, large = allowances([1, 9], 600)
    assert (small, large) == (200, 1000)


def test_no_target_gets_less_than_the_least_or_more_than_the_most() -> None:
    assert allowances([0, 999], 100)[0] == LEAST
    assert allowances([5], 10**6) == [MOST]


def spin(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_processor_time_of_ended_and_running_children_is_told() -> None:
    before, own = children_seconds(), running_seconds(os.getpid())
    in_child(lambda: spin(0.1))
    assert children_seconds() - before > 0.09
    assert running_seconds(os.getpid()) - own > 0.05
    assert starved_seconds(os.getpid()) >= 0.0


def test_what_a_child_told_before_it_hung_is_kept() -> None:
    def work() -> Any:
        yield "first"
        spin(0.1)
        yield "second"
        spin(60)
        yield "never"

    assert all_in_child(work, 1.0) == ["first", "second"]


def test_each_item_of_a_child_has_a_time_limit_of_its_own() -> None:
    def work() -> Any:
        for number in range(4):
            spin(0.3)
            yield number

    assert all_in_child(work, 0.6) == [0, 1, 2, 3]


def test_a_task_is_asked_for_when_there_is_a_worker_for_it() -> None:
    asked = []

    def tasks() -> Any:
        for number in range(4):
            asked.append(number)
            yield lambda send, number=number: send({"ev": "did", "number": number})

    found = in_order(tasks(), 2)
    assert next(found) == [{"ev": "did", "number": 0}]
    assert len(asked) < 4
    assert [frame["number"] for frames in found for frame in frames] == [1, 2, 3]


def test_a_task_that_ends_without_a_word_is_empty() -> None:
    def silent(_send: Send) -> None:
        """Says nothing."""

    assert list(in_order([silent, lambda send: send({"ev": "did"})], 1)) == [[], [{"ev": "did"}]]


def test_a_hungry_task_fails_alone() -> None:
    def hungry(send: Send) -> None:
        send({"ev": "did", "number": len(bytes(300 * 1024 * 1024))})

    found = list(in_order([hungry, lambda send: send({"ev": "did"})], 2))
    assert found == [[{"ev": "failed", "reason": "MemoryError: "}], [{"ev": "did"}]]


def test_what_tasks_print_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    def loud(send: Send) -> None:
        os.write(1, b"out")
        os.write(2, b"err")
        send({"ev": "did", "read": os.read(0, 1).decode()})

    assert list(in_order([loud], 1)) == [[{"ev": "did", "read": ""}]]
    assert capfd.readouterr() == ("", "")


def test_a_task_that_ends_its_process_is_told_after_what_it_said() -> None:
    def exits(send: Send) -> None:
        send({"ev": "did"})
        os._exit(3)

    def killed(_send: Send) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def ended_in_real_time(send: Send) -> None:
        send(7)  # type: ignore[arg-type]  # what is no frame is left out
        os.kill(os.getpid(), signal.SIGRTMIN + 2)

    assert list(in_order([exits, killed, ended_in_real_time], 2)) == [
        [{"ev": "did"}, {"ev": "failed", "reason": "its process ended itself with status 3"}],
        [{"ev": "failed", "reason": "its process was ended by SIGKILL"}],
        [{"ev": "failed", "reason": f"its process was ended by signal {signal.SIGRTMIN + 2}"}],
    ]


def test_spare_cases_are_bounded_however_many_targets_a_mutant_may_show_in() -> None:
    totals = [count * _spare_share(count) for count in (1, 4, 8, 9, 38, 150)]
    assert totals[0] == totals[1] == 480
    assert max(totals[3:]) <= 160


REGISTER = """
RULES = []
NAMES = {}

def add(rule):
    RULES.insert(0, rule)

def use(word):
    return [rule for rule in RULES if rule == word]

def unrelated(word):
    return NAMES.get(word)

add("cow")
print("loaded")
"""


def test_a_call_at_module_level_shows_where_what_it_changes_is_used() -> None:
    dependents = Dependents(REGISTER)
    reached = {name for name in ("add", "use", "unrelated") if dependents.reach(14, name)}
    assert reached == {"add", "use"}


def test_a_statement_that_uses_nothing_of_the_module_may_show_anywhere() -> None:
    dependents = Dependents(REGISTER)
    assert all(dependents.reach(15, name) for name in ("add", "use", "unrelated"))


TABLE = """
PLURALS = {"ox": "oxen"}

def shouted(word):
    return plural(word).upper()

def plural(word):
    return PLURALS.get(word, word + "s")

def other(word):
    return word
"""


def test_those_that_use_a_table_themselves_are_asked_before_those_that_do_through_others() -> None:
    assert Dependents(TABLE).of(2, ["shouted", "plural", "other"]) == ["plural", "shouted"]
