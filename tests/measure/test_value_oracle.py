"""The value oracle: what is asked, what counts as an answer, and what it says of code that lies."""

import ast
import asyncio
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitestgen.measure.questions import Question, canonical, question
from aitestgen.measure.trial import Trial
from aitestgen.measure.value_oracle import Heard, Oracle, ask, differences, doubted, run_of, said
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.seams import Sandbox
from aitestgen.testing import BrokenSandbox
from aitestgen.values import Candidate, Limits, RunResult, SourceFile, Verdict

CODE = """def test_total():
    cart = Cart([1])
    cart.add(2)

    assert cart.total() == 3
    assert cart.items == [1, 2]
"""


def asked(code: str) -> Question:
    found = question(code)
    assert found is not None
    return found


def test_a_question_holds_the_calls_and_not_what_is_expected() -> None:
    found = asked(CODE)
    assert found.steps == (
        ("do", "cart = Cart([1])"), ("do", "cart.add(2)"), ("ask", "cart.total()"), ("ask", "cart.items"),
    )  # fmt: skip
    assert [item.text for item in found.expected] == ["int 3", "list(int 1, int 2)"]


def test_the_job_names_no_test_and_no_expected_value() -> None:
    text = "def test_secret_name():\n    '''It gives 991.'''\n    assert f(2) == 991\n    assert g(3) is g\n"
    source = SourceFile(text="", module="user_code")
    oracle = Oracle(sandbox=BrokenSandbox(), source=source, interpreter=own_interpreter(), limits=Limits())
    run = run_of(oracle, [asked(text)], apart=True)
    sent = json.dumps(run.job)
    assert "f(2)" in sent
    assert "991" not in sent
    assert "secret" not in sent
    assert list(run.files) == ["sources/user_code.py"]


def test_modules_that_only_the_test_needs_are_imported() -> None:
    found = question("def test_a():\n    assert asyncio.run(f()) == 1\n", ["from decimal import Decimal"])
    assert found is not None
    assert found.imports == ("import asyncio",)


@pytest.mark.parametrize(
    "code",
    [
        "def test_a(capsys):\n    assert f() == 1",
        "def test_a():\n    with pytest.raises(ValueError):\n        f()",
        "def test_a():\n    assert f() == Decimal('1')",
        "def test_a():\n    assert f() > 1",
        "def test_a():\n    for x in range(3):\n        assert f(x) == 1",
        "def test_a():\n    assert isinstance(f(), Thing)",
        "async def test_a():\n    assert f() == 1",
        "@pytest.mark.parametrize('a', [1])\ndef test_a(a):\n    assert f(a) == 1",
        "def test_a():\n    assert f() == [1, [[[[[[[2]]]]]]]]",
        f"def test_a():\n    assert f() == {10**41}",
    ],
)
def test_a_test_without_a_plain_meaning_is_not_asked(code: str) -> None:
    assert question(code) is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.tuples(inner) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=5,
)


def written(value: Any) -> str:
    if type(value) is float and not math.isfinite(value):
        return f'float("{value}")'
    if type(value) is list:
        return f"[{', '.join(map(written, value))}]"
    if type(value) is tuple:
        return f"({', '.join(map(written, value))},)"
    if type(value) is dict:
        return "{" + ", ".join(f"{key!r}: {written(item)}" for key, item in value.items()) + "}"
    return repr(value)


@given(PLAIN, PLAIN)
def test_texts_agree_only_for_the_same_types_and_values(one: Any, other: Any) -> None:
    assert canonical(written(one)) is not None
    if canonical(written(one)) == canonical(written(other)):
        assert type(one) is type(other)
        assert one == other or "nan" in written(one)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{1, 2}", "{2, 1}", True),
        ("{'a': 1, 'b': 2}", '{"b": 2, "a": 1}', True),
        ("frozenset({1, 2})", "frozenset({2, 1})", True),
        ("frozenset({1})", "{1}", False),
        ("True", "1", False),
        ("1.0", "1", False),
        ("(1,)", "[1]", False),
        ("b'a'", "'a'", False),
        ("-0.0", "0.0", False),
        ('float("nan")', "float('nan')", True),
        ("set()", "frozenset()", False),
    ],
)
def test_the_order_of_sets_is_nothing_and_types_are_everything(one: str, other: str, same: bool) -> None:
    assert (canonical(one) == canonical(other)) is same


@pytest.mark.parametrize(
    "text", ["", "f()", "x", "1 + 1", "Liar(1)", "[" * 900, "-" * 990 + "1", "1" * 2000, "\0", "float('1')", "*a, b"]
)
def test_what_is_no_plain_literal_is_never_evaluated_and_is_nothing(text: str) -> None:
    assert canonical(text) is None


def heard(*frames: dict[str, Any], code: str = CODE) -> dict[int, str]:
    return differences(RunResult(verdict=Verdict.PASSED, frames=frames), [asked(code)])


def answer(*values: Any, number: Any = 0) -> dict[str, Any]:
    return {"ev": "answer", "number": number, "values": list(values)}


def test_values_are_compared_by_type_and_value() -> None:
    assert heard(answer("3", "[1, 2]")) == {0: ""}
    assert heard(answer("3.0", "[1, 2]")) == {0: "gives 3.0"}
    assert heard(answer("3", "[1, True]")) == {0: "gives [1, True]"}
    assert heard(answer("3", None)) == {0: "gives something of no plain type"}
    assert heard({"ev": "answer", "number": 0, "raised": "KeyError"}) == {0: "raises KeyError"}


def test_a_long_float_may_be_off_as_much_as_the_test_allows() -> None:
    code = "def test_a():\n    assert f() == pytest.approx(0.33333333333)\n"
    assert heard(answer("0.3333333333333"), code=code) == {0: ""}
    assert heard(answer("0.34"), code=code) == {0: "gives 0.34"}
    assert heard(answer("1"), code=code) == {0: "gives 1"}


@pytest.mark.parametrize(
    ("expected", "given_value", "difference"),
    [
        ("== 3", "3.0", ""),
        ("== 3.0", "3", ""),
        ("== 1", "True", ""),
        ("== [1, {'a': (2, 0)}]", "[1.0, {'a': (2, -0.0)}]", ""),
        ("== 3", "3.5", "gives 3.5"),
        ("== 3", "'3'", "gives '3'"),
        ("== (1, 2)", "[1, 2]", "gives [1, 2]"),
        ("== 'float 3.0'", "'int 3'", "gives 'int 3'"),
        ("is True", "1", "gives 1"),
        ("is False", "False", ""),
    ],
)
def test_of_a_model_equal_numbers_are_enough_for_equality_and_not_for_identity(
    expected: str, given_value: str, difference: str
) -> None:
    code = f"def test_a():\n    assert f() {expected}\n"
    loosely = question(code, loose=True)
    assert loosely is not None
    frames = (answer(given_value),)
    assert differences(RunResult(verdict=Verdict.PASSED, frames=frames), [loosely]) == {0: difference}


@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"ev": "answer"},
        answer("3"),
        answer("3", 4),
        answer("3", "[1, 2]", "4"),
        answer("3", "[1, 2]", number=1),
        answer("3", "[1, 2]", number=True),
        answer("3", "[1, 2]", number="0"),
        {"ev": "answer", "number": 0, "values": "3"},
        {"ev": "answer", "number": 0, "raised": "RecursionError"},
    ],
)
def test_a_frame_that_is_no_answer_counts_for_nothing(frame: dict[str, Any]) -> None:
    assert heard(frame) == {}


def test_of_two_answers_the_first_counts_and_what_is_shown_is_bounded() -> None:
    assert heard(answer("4", "[]"), answer("3", "[1, 2]")) == {0: "gives 4"}
    assert len(heard(answer("\x1b" * 5000, "[]"))[0]) < 100
    assert heard(answer("\x1b", "[]"))[0].isprintable()


TRIAL = Trial(
    first=RunResult(verdict=Verdict.PASSED), owner={"t::a": "a", "t::b": "b"}, stable=("t::a", "t::b"), rejected={}
)


def test_only_a_test_that_passed_all_the_same_is_a_lie() -> None:
    found = Heard(asked=frozenset("abc"), answered=frozenset("abc"), lies={"a": "gives 1", "c": "gives 2"})
    assert doubted(TRIAL, found).stable == ("t::b",)
    assert doubted(TRIAL, found).rejected == {
        "t::a": "forged: it passed, but where no test is around the same call gives 1"
    }
    told = said(TRIAL, found)
    assert (told.lies, told.asked.different) == (1, 1)
    assert told.judged(TRIAL.first).verdict is Verdict.FORGED


def test_a_value_that_comes_and_goes_is_flaky_and_forges_nothing() -> None:
    found = Heard(asked=frozenset("a"), answered=frozenset("a"), doubts={"a": "gives 1"})
    assert doubted(TRIAL, found).rejected["t::a"].startswith("flaky: ")
    assert said(TRIAL, found).judged(TRIAL.first) == TRIAL.first
    assert said(TRIAL, found).notes == ()


def heard_of(code: str, sandbox: Sandbox, *tests: str, origin: str = "search") -> Heard:
    source = SourceFile(text=code, module="user_code")
    oracle = Oracle(sandbox=sandbox, source=source, interpreter=own_interpreter(), limits=Limits(wall_seconds=20.0))
    candidates = [
        Candidate(id=str(n), target_id="f", name="test_a", code=f"def test_a():\n    {t}\n", origin=origin)
        for n, t in enumerate(tests)
    ]
    return asyncio.run(ask(oracle, candidates))


def test_a_sandbox_that_fails_leaves_the_questions_unanswered() -> None:
    found = heard_of("", BrokenSandbox(), "assert f() == 1")
    assert (found.asked, found.answered) == (frozenset("0"), frozenset())
    assert said(TRIAL, found).notes[0].startswith("the value oracle had no answer for 1 of 1 test (no jail")


LIARS = """
import os
import sys


class Liar(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


CALLS = []


def liar():
    return Liar(3)


def place():
    return "sources" in __file__


def pytest_is_there():
    return "pytest" in sys.modules or "aitestgen_guest" in sys.modules


def calls():
    CALLS.append(1)
    return len(CALLS)


def dies():
    os._exit(0)
"""


@pytest.mark.jail
def test_each_call_is_answered_for_itself_by_what_it_really_gives() -> None:
    tests = [
        "liar() == 3",
        "place() is False",
        "pytest_is_there() is True",
        "calls() == 1",
        "calls() == 1",
        "dies() == 1",
    ]
    found = heard_of(LIARS, BubblewrapSandbox(), *(f"assert {test}" for test in tests))
    assert found.answered == frozenset("01234")
    assert found.lies == {"0": "gives something of no plain type", "2": "gives False"}
    assert found.doubts == {"1": "gives True"}


PAIRS = """
from typing import NamedTuple


class Pair(NamedTuple):
    first: int
    second: int


def pair():
    return Pair(1, 2)


def three():
    return 3.0
"""


@pytest.mark.jail
def test_a_model_that_writes_an_equal_value_makes_no_liar_of_the_code() -> None:
    found = heard_of(PAIRS, BubblewrapSandbox(), "assert pair() == (1, 2)", "assert three() == 3", origin="model")
    assert (found.lies, found.doubts) == ({}, {"0": "gives Pair(first=1, second=2)"})
    assert found.answered == frozenset("01")


def test_the_texts_of_questions_are_python() -> None:
    for kind, text in asked(CODE).steps:
        assert ast.unparse(ast.parse(text, mode="eval" if kind == "ask" else "exec")) == text


CHANCE = """
import random


def toss():
    return random.Random().randrange(2)
"""


@pytest.mark.jail
def test_what_is_left_to_chance_is_doubted_and_not_called_a_lie() -> None:
    tosses = [f"assert [toss(), {number}] == [0, {number}]" for number in range(12)]
    found = heard_of(CHANCE, BubblewrapSandbox(), *tosses)
    assert found.doubts
    assert len(found.lies) <= 2  # each by a chance of one in 64


SUBCLASSES = """
class Step:
    pass


def known():
    return sorted(one.__name__ for one in Step.__subclasses__())
"""


@pytest.mark.jail
def test_what_is_owed_to_classes_of_the_same_file_is_no_lie() -> None:
    source = SourceFile(text=SUBCLASSES, module="user_code")
    oracle = Oracle(
        sandbox=BubblewrapSandbox(), source=source, interpreter=own_interpreter(), limits=Limits(wall_seconds=20.0)
    )
    given = {
        "owing": "known() == ['Sample']",
        "lying": "known() == ['Other']",
        "defining": "Sample().size == Decimal(1)",
    }
    candidates = [
        Candidate(
            id=name,
            target_id="known",
            name="test_a",
            code=f"def test_a():\n    assert {text}\n",
            definitions=("class Sample(Step):\n    size = Decimal(1)",) if name == "defining" else (),
        )
        for name, text in given.items()
    ]
    found = asyncio.run(ask(oracle, candidates))
    assert (set(found.lies), set(found.doubts)) == ({"lying"}, {"owing"})
