"""Fakes that a call is given: the test names them and says how they were called; blocks that are left by errors."""

from typing import Any

import pytest

from aitestgen.propose.by_search.given_functions import closing

from .test_written_tests import METHOD, PAY, observed, target, written


def with_calls(*labels: str, **facts: str) -> dict[str, Any]:
    return {"facts": {"result": "3", "output": "''", **facts}, "shown": ["result", *labels]}


def test_a_function_that_was_called_gets_its_parameters_name() -> None:
    case = observed(
        arguments=['FakeFunction(ValueError("a (b"), 3)'], observation=with_calls("calls:0", **{"calls:0": "[(), ()]"})
    )
    assert written(case, target(parameters="job")).code == (
        "def test_add_returns_3():\n"
        '    job = FakeFunction(ValueError("a (b"), 3)\n'
        "\n"
        "    result = add(job)\n"
        "\n"
        "    assert result == 3\n"
        "    assert job.calls == [(), ()]\n"
    )


def test_a_function_of_which_nothing_is_told_stays_where_it_is() -> None:
    case = observed(
        arguments=["FakeFunction(1)", "FakeFunction(2)"], observation=with_calls("calls:1", **{"calls:1": "#30"})
    )
    code = written(case, target()).code
    assert "add(FakeFunction(1), b)" in code
    assert "assert len(b.calls) == 30" in code


def test_functions_of_earlier_calls_are_callbacks_and_the_object_is_named() -> None:
    case = observed(
        **METHOD,
        calls=["{self}.on_pay(FakeFunction(None))", "{self}.on_pay(FakeFunction(1))"],
        observation=with_calls("calls:0", "calls:1", **{"calls:0": "[({self}, 2)]", "calls:1": "[(2,)]"}),
    )
    code = written(case, PAY).code
    assert "    callback = FakeFunction(None)\n    other_callback = FakeFunction(1)\n    account = Account(5)\n" in code
    assert "account.on_pay(callback)" in code
    assert "assert callback.calls == [(account, 2)]" in code


def test_a_function_that_is_given_by_a_name_within_gets_that_name() -> None:
    facts = {"result": "3", "output": "''", "calls:0": "[(2,)]"}
    case = observed(
        arguments=["SimpleNamespace(send=FakeFunction(1))"],
        observation={"facts": facts, "shown": ["result", "calls:0"]},
    )
    code = written(case, target(parameters="mail")).code
    assert "    send = FakeFunction(1)\n" in code
    assert "add(SimpleNamespace(send=send))" in code
    assert "assert send.calls == [(2,)]" in code


def test_what_a_function_is_to_answer_with_is_made_before_it() -> None:
    facts = {"result": "3", "output": "''", "calls:0": "[()]", "calls:1": "[(2,)]"}
    case = observed(
        arguments=["SimpleNamespace(get=FakeFunction(SimpleNamespace(json=FakeFunction(1))))"],
        observation={"facts": facts, "shown": ["result", "calls:0", "calls:1"]},
    )
    code = written(case, target(parameters="session")).code
    assert "    json = FakeFunction(1)\n    get = FakeFunction(SimpleNamespace(json=json))\n" in code
    assert "add(SimpleNamespace(get=get))" in code
    assert "assert json.calls == [()]\n    assert get.calls == [(2,)]" in code


def test_what_a_returned_function_holds_is_told_of_a_variable() -> None:
    observation = {**with_calls("function:calls", **{"function:calls": "1"}), "wraps": ["call"]}
    case = observed(arguments=["len"], then=["'ab'"], observation=observation)
    assert written(case, target(parameters="function")).code == (
        "def test_add_returns_3():\n"
        "    decorated = add(len)\n"
        "\n"
        "    result = decorated('ab')\n"
        "\n"
        "    assert result == 3\n"
        "    assert decorated.calls == 1\n"
    )


def test_a_block_is_left_by_an_exception_that_passes_it() -> None:
    raised = {
        "outcome": "raises",
        "facts": {"error": "ValueError", "message": "'boom'"},
        "shown": [],
        "wraps": ["with"],
    }
    case = observed(
        **{**METHOD, "arguments": []}, inside=["{self}.open()", 'raise ValueError("boom")'], observation=raised
    )
    assert written(case, PAY).code == (
        "def test_account_pay_passes_on_value_error():\n"
        "    account = Account(5)\n"
        "\n"
        "    with pytest.raises(ValueError, match='^boom$'):\n"
        "        with account.pay():\n"
        "            account.open()\n"
        '            raise ValueError("boom")\n'
    )


def test_a_block_that_swallows_an_exception_is_said_to() -> None:
    case = observed(inside=['raise KeyError("key")'], observation={**with_calls(), "wraps": ["with"]})
    assert "def test_add_swallows_key_error():" in written(case, target()).code


@pytest.mark.parametrize("inside", ["1, 2", "f(1), [2]", '")", 1', r'"\")", 1', "'(', 2"])
def test_a_call_ends_where_its_parenthesis_is_closed(inside: str) -> None:
    text = f"f({inside}) + 1"
    assert text[: closing(text, 2)] == f"f({inside})"


def test_of_a_writer_the_test_says_what_was_written() -> None:
    case = observed(arguments=["FakeWriter()", "2"], observation=with_calls("calls:0", **{"calls:0": "[b'a']"}))
    code = written(case, target()).code
    assert "a = FakeWriter()" in code
    assert "assert a.asked == [b'a']" in code
