"""The guest program that takes tests step by step: what each step came to, each expression evaluated once."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aitestgen_guest import recapture

MODULE = """
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return len(self.items)

    def pop(self):
        if not self.items:
            raise LookupError("the stack is empty")
        return self.items.pop()


def half(number):
    assert number > 0, "positive only"
    return number / 2


def end():
    import os
    os._exit(3)
"""


@pytest.fixture
def retold(tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "stack_under_test.py").write_text(MODULE)
    sys.path.insert(0, str(tmp_path))

    def run(*tests: list[dict[str, str]], imports: tuple[str, ...] = (), fixtures: tuple[str, ...] = ()) -> Any:
        frames: list[dict[str, Any]] = []
        job = {
            "module": "stack_under_test",
            "tests": [{"imports": list(imports), "fixtures": list(fixtures), "steps": steps} for steps in tests],
        }
        recapture.main(job, frames.append)
        return {frame["number"]: frame["steps"] for frame in frames}

    yield run
    sys.path.remove(str(tmp_path))
    sys.modules.pop("stack_under_test", None)


def check(left: str, about: str) -> dict[str, str]:
    return {"left": left, "check": f"assert {about}"}


def raises(error: str, call: str) -> dict[str, str]:
    return {"raises": f"with pytest.raises({error}):\n    _given_ = {call}"}


def test_steps_that_hold_are_told_as_such(retold: Any) -> None:
    steps = [{"do": "s = Stack()"}, check("s.push(1)", "_given_ == 1"), raises("LookupError", "Stack().pop()")]
    assert [step["came"] for step in retold(steps)[0]] == ["held", "held", "held"]


def test_a_wrong_value_comes_back_right_and_is_evaluated_once(retold: Any) -> None:
    steps = [
        {"do": "s = Stack()"},
        {"do": "s.push(7)"},
        check("s.pop()", "_given_ == 8"),
        check("s.items", "_given_ == [7]"),
    ]
    told = retold(steps)[0]
    assert told[2] == {"came": "differs", "value": "7"}
    assert told[3] == {"came": "differs", "value": "[]"}


def test_a_wish_without_an_expectation_is_answered(retold: Any) -> None:
    assert retold([{"left": "half(3)", "check": ""}])[0] == [{"came": "differs", "value": "1.5"}]


def test_an_exception_that_did_not_come_leaves_the_value(retold: Any) -> None:
    assert retold([raises("ValueError", "half(4)")])[0] == [{"came": "silent", "value": "2.0"}]


def test_another_exception_is_told_with_its_place(retold: Any) -> None:
    (told,) = retold([raises("ValueError", "Stack().pop()")])[0]
    assert (told["came"], told["error"], told["message"]) == ("raised", "LookupError", "the stack is empty")
    assert (told["inside"], told["within"], told["import"]) == (True, True, "")
    assert "raise LookupError" in MODULE.splitlines()[told["line"] - 1]


def test_another_message_is_told_where_the_type_was_right(retold: Any) -> None:
    step = {"raises": "with pytest.raises(LookupError, match='full'):\n    Stack().pop()"}
    (told,) = retold([step])[0]
    assert (told["came"], told["error"], told["message"]) == ("raised", "LookupError", "the stack is empty")


def test_the_test_s_own_mistake_is_not_the_module_s(retold: Any) -> None:
    (told,) = retold([{"do": "Stack().peek()"}])[0]
    assert (told["error"], told["inside"]) == ("AttributeError", False)


def test_an_assertion_of_the_module_is_no_failed_check(retold: Any) -> None:
    (told,) = retold([check("half(-1)", "_given_ == 0")])[0]
    assert (told["came"], told["error"], told["inside"]) == ("raised", "AssertionError", True)


def test_a_test_that_ends_the_process_takes_no_other_with_it(retold: Any) -> None:
    assert list(retold([{"do": "end()"}], [check("half(2)", "_given_ == 1")])) == [1]


def test_fixtures_and_imports_are_there(retold: Any) -> None:
    steps = [check("(tmp_path / 'a').exists()", "not _given_"), check("date(2024, 1, 2).day", "_given_ == 2")]
    told = retold(steps, imports=("from datetime import date",), fixtures=("tmp_path", "capsys", "monkeypatch"))
    assert [step["came"] for step in told[0]] == ["held", "held"]
