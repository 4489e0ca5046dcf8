"""Copies of tests that expect something wrong: which tests have one, and that honest code fails it."""

import asyncio
import textwrap

import pytest
from tests.sandbox.test_bubblewrap import a_run_of

from aitestgen.measure.falsified import falsified
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.values import RunResult, Verdict


def copies(text: str, most: int = 9) -> tuple[str, ...]:
    return falsified(textwrap.dedent(text), most)


@pytest.mark.parametrize(
    ("literal", "wrong"),
    [("3", "7"), ("-1", "0"), ("0.5", "2.0"), ("'a'", "'ax'"), ("True", "False"), ("None", "0")],
)
def test_a_compared_literal_is_another_in_the_copy(literal: str, wrong: str) -> None:
    assert copies(f"def test_a():\n    assert f() == {literal}\n") == (f"def canary():\n    assert f() == {wrong}",)


def test_the_rest_of_the_test_stays_as_it_is() -> None:
    (copy,) = copies("""
        def test_a():
            stack = Stack()
            stack.push(1)
            assert stack.items() == [1]
            assert stack.size == 1
    """)
    assert "stack.push(1)" in copy
    assert "assert stack.items() == [1]" in copy
    assert "assert stack.size == 3" in copy


def test_a_table_gives_its_first_row() -> None:
    (copy,) = copies("""
        @pytest.mark.parametrize(("a", "expected"), [(-1, 0), (0, 1)])
        def test_a(a, expected):
            assert f(a) == expected
    """)
    assert copy == "def canary():\n    a = -1\n    expected = 0\n    assert f(a) == 1"


def test_a_table_of_one_argument_gives_its_first_value() -> None:
    (copy,) = copies("""
        @pytest.mark.parametrize("a", [1, 2])
        def test_a(a):
            assert f(a) == "x"
    """)
    assert copy == "def canary():\n    a = 1\n    assert f(a) == 'xx'"


@pytest.mark.parametrize(
    "test",
    [
        "def test_a(tmp_path):\n    assert f() == 1",
        "def test_a():\n    assert f() == [1]",
        "def test_a():\n    assert f() > 1",
        "def test_a():\n    with pytest.raises(ValueError):\n        f()",
        "@pytest.mark.skip\ndef test_a():\n    assert f() == 1",
        "@pytest.mark.parametrize('a', VALUES)\ndef test_a(a):\n    assert f(a) == 1",
        "@pytest.mark.parametrize(('a', 'b'), [(1, 2)])\ndef test_a(a, b, capsys):\n    assert f(a) == 1",
        "def helper():\n    assert f() == 1",
        "async def test_a():\n    assert f() == 1",
    ],
)
def test_a_test_that_cannot_stand_alone_has_no_copy(test: str) -> None:
    assert copies(test) == ()


def test_no_more_copies_are_made_than_asked_for() -> None:
    text = "".join(f"def test_{number}():\n    assert f() == {number}\n" for number in range(5))
    assert len(copies(text, 2)) == 2


@pytest.fixture(scope="module")
def sandbox() -> BubblewrapSandbox:
    return BubblewrapSandbox()


def outcome(sandbox: BubblewrapSandbox, code: str) -> RunResult:
    tests = "from user_code import value\n\n\ndef test_a():\n    assert value() == 3\n"
    run = a_run_of(textwrap.dedent(code), tests, job={"falsified": falsified(tests)})
    return asyncio.run(sandbox.run(run))


@pytest.mark.jail
def test_honest_code_passes_and_no_copy_is_shown(sandbox: BubblewrapSandbox) -> None:
    result = outcome(sandbox, "def value():\n    return 3\n")
    assert result.verdict is Verdict.PASSED, (result.detail, result.output)
    assert [item.id for item in result.outcomes] == ["test_user_code.py::test_a"]
    assert "1 passed" in result.output
    assert result.outcomes[0].arcs == {(-1, 2), (2, -1)}


@pytest.mark.jail
def test_code_to_which_everything_is_equal_is_found_out(sandbox: BubblewrapSandbox) -> None:
    result = outcome(
        sandbox,
        """
        class Equal:
            def __eq__(self, other):
                return True

        def value():
            return Equal()
        """,
    )
    assert result.verdict is Verdict.FORGED
    assert "canary" in result.detail
