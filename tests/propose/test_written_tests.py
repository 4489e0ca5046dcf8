"""From observed calls to candidates: what is written for each kind of observation."""

import ast
import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitestgen.propose.by_search.checks import world_check
from aitestgen.propose.by_search.observed import Observed
from aitestgen.propose.by_search.write import candidate
from aitestgen.values import Candidate, Kind, Parameter, Target


def observed(**given: Any) -> Observed:
    observation = {
        "outcome": "returns",
        "facts": {"result": "3", "output": "''"},
        "shown": ["result"],
        "wraps": [],
        "effects": [],
        **given.pop("observation", {}),
    }
    frame = {
        "ev": "case", "target": "add", "template": "add({args})", "receiver": None, "calls": [],
        "arguments": ["1", "2"], "keywords": {}, "then": None, "observation": observation, "features": [],
        "kills": [], "needed": [], "imports": {}, "cost": 1, "number": 0, **given,
    }  # fmt: skip
    return Observed.model_validate(frame)


def target(name: str = "add", kind: Kind = Kind.FUNCTION, parameters: str = "a b") -> Target:
    named = tuple(Parameter(name=item, kind="normal") for item in parameters.split())
    return Target(id=name, kind=kind, parameters=named, lines=(1, 2), owner=name.rpartition(".")[0] or None)


def written(case: Observed, of: Target, taken: frozenset[str] = frozenset()) -> Candidate:
    found = candidate(case, of, taken)
    assert found is not None
    ast.parse(found.code)
    return found


METHOD = {"receiver": "Account(5)", "template": "{self}.pay({args})", "target": "Account.pay", "arguments": ["2"]}
PAY = target("Account.pay", Kind.METHOD, "amount")


def test_a_plain_value_is_one_line_and_can_be_a_row() -> None:
    found = written(observed(), target())
    assert found.code == "def test_add_returns_3():\n    assert add(1, 2) == 3\n"
    assert found.table is not None
    assert (found.table.arguments, found.table.row) == (("a", "b", "expected"), ("1", "2", "3"))


def test_true_is_asserted_by_identity() -> None:
    found = written(observed(observation={"facts": {"result": "True"}}), target())
    assert "assert add(1, 2) is True" in found.code


def test_an_operator_stands_in_parentheses_before_is() -> None:
    case = observed(
        receiver="Bag()", target="Bag.__contains__", template="{0} in {self}", arguments=["1"],
        observation={"facts": {"result": "False"}},
    )  # fmt: skip
    found = written(case, target("Bag.__contains__", Kind.METHOD, "item"))
    assert "assert (1 in bag) is False" in found.code


def test_a_long_float_is_approximate_and_nan_is_asked_for() -> None:
    assert (
        "pytest.approx(0.30000000000000004)"
        in written(observed(observation={"facts": {"result": "0.30000000000000004"}}), target()).code
    )
    found = written(observed(observation={"facts": {"result": 'float("nan")'}}), target())
    assert "assert math.isnan(add(1, 2))" in found.code


def test_an_exception_is_expected_with_its_whole_message() -> None:
    case = observed(
        observation={"outcome": "raises", "facts": {"error": "ValueError", "message": "'a.b (c)'"}, "shown": []}
    )
    found = written(case, target())
    assert 'with pytest.raises(ValueError, match=r"^a\\.b \\(c\\)$"):' in found.code


def test_calls_of_functions_come_before_a_call_without_a_receiver() -> None:
    case = observed(calls=["open_account('a')"], target="add")
    found = written(case, target())
    assert found.code.splitlines() == [
        "def test_add_returns_3_after_open_account():",
        "    open_account('a')",
        "    assert add(1, 2) == 3",
    ]
    assert found.table is None


def test_a_variable_of_the_module_is_asserted_and_named() -> None:
    facts = {"result": "None", "module:shop.CART": "[1]", "module:len(shop.LOG)": "2"}
    found = written(observed(observation={"facts": facts, "shown": list(facts)}), target())
    assert found.code.splitlines() == [
        "def test_add_changes_cart_and_log():",
        "    add(1, 2)",
        "",
        "    assert shop.CART == [1]",
        "    assert len(shop.LOG) == 2",
    ]


def test_of_a_message_of_several_lines_the_telling_one_is_matched_and_named() -> None:
    text = "1 validation error for Line\nquantity\n  Input should be below 9 [type=less_than, input_value=9]\n"
    case = observed(
        observation={"outcome": "raises", "facts": {"error": "ValidationError", "message": repr(text)}, "shown": []}
    )
    found = written(case, target())
    assert "pytest.raises(ValidationError, match='Input should be below 9')" in found.code
    assert "def test_add_raises_validation_error_input_should_be_below():" in found.code


def test_a_message_with_an_address_is_not_matched() -> None:
    case = observed(
        observation={"outcome": "raises", "facts": {"error": "ValueError", "message": "'at 0x7f'"}, "shown": []}
    )
    assert "match" not in written(case, target()).code


def test_a_method_is_arranged_acted_and_asserted() -> None:
    facts = {"result": "3", "receiver:{}.balance": "3", "output": "''"}
    case = observed(
        **METHOD, calls=["{self}.open()"], observation={"facts": facts, "shown": ["result", "receiver:{}.balance"]}
    )
    assert written(case, PAY).code == (
        "def test_account_pay_returns_3_after_open():\n"
        "    account = Account(5)\n"
        "    account.open()\n"
        "\n"
        "    result = account.pay(2)\n"
        "\n"
        "    assert result == 3\n"
        "    assert account.balance == 3\n"
    )


def test_braces_in_the_users_own_texts_are_left_alone() -> None:
    case = observed(**{**METHOD, "receiver": "Account({10: 1})"}, calls=["{self}.put({0: '{x}'})"])
    assert "account.put({0: '{x}'})" in written(case, PAY).code


def test_a_changed_argument_gets_a_name_and_an_assertion() -> None:
    facts = {"result": "None", "argument:a0": "[1]", "output": "''"}
    case = observed(arguments=["[]"], observation={"facts": facts, "shown": ["result", "argument:a0"]})
    code = written(case, target(parameters="items")).code
    assert "    items = []\n" in code
    assert "    add(items)\n" in code
    assert "    assert items == [1]\n" in code


def test_a_changed_object_is_read_by_its_views_and_names_the_test() -> None:
    facts = {"result": "None", "argument:a0:{}.total": "3", "argument:k_log:{}.getvalue()": "'x'", "output": "''"}
    case = observed(
        arguments=["Cart()"],
        keywords={"log": "io.StringIO()"},
        observation={"facts": facts, "shown": ["result", *list(facts)[1:3]]},
    )
    assert written(case, target(parameters="cart log")).code == (
        "def test_add_changes_cart_and_log():\n"
        "    cart = Cart()\n"
        "    log = io.StringIO()\n"
        "\n"
        "    add(cart, log=log)\n"
        "\n"
        "    assert cart.total == 3\n"
        "    assert log.getvalue() == 'x'\n"
    )


def test_what_is_only_needed_to_tell_a_mutant_is_kept_not_changed() -> None:
    facts = {"result": "None", "argument:a0:{}[0].total": "3", "output": "''"}
    case = observed(
        arguments=["[Cart()]"], needed=["argument:a0:{}[0].total"], observation={"facts": facts, "shown": ["result"]}
    )
    code = written(case, target(parameters="carts")).code
    assert code.startswith("def test_add_keeps_carts():\n")
    assert "assert carts[0].total == 3" in code


def test_output_is_read_by_capsys() -> None:
    case = observed(observation={"facts": {"result": "None", "output": "'hi there\\n'"}, "shown": ["result", "output"]})
    found = written(case, target())
    assert found.code.startswith("def test_add_prints_hi_there(capsys):")
    assert "assert capsys.readouterr().out == 'hi there\\n'" in found.code


def test_a_clock_held_still_is_part_of_the_test() -> None:
    line = 'monkeypatch.setattr("time.time", lambda: 1.0)'
    found = written(observed(observation={"effects": [line]}), target())
    assert found.code.startswith("def test_add_returns_3(monkeypatch):\n    " + line)
    assert found.table is None


@pytest.mark.parametrize(
    ("wraps", "text"),
    [
        (["run"], "asyncio.run(add(1, 2))"),
        (["list"], "list(add(1, 2))"),
        (["islice"], "list(itertools.islice(add(1, 2), 5))"),
        (["read_twice"], "read_twice(add(1, 2))"),
        (["run", "list"], "list(asyncio.run(add(1, 2)))"),
    ],
)
def test_what_was_driven_is_driven_in_the_test(wraps: list[str], text: str) -> None:
    assert f"assert {text} == 3" in written(observed(observation={"wraps": wraps}), target()).code


def test_a_context_manager_is_entered() -> None:
    found = written(observed(observation={"wraps": ["with"]}), target())
    assert "with add(1, 2) as value:\n        assert value == 3" in found.code


def test_a_variable_never_hides_a_name_of_the_module_or_of_pytest() -> None:
    found = written(observed(), target(parameters="a request"), frozenset({"a"}))
    assert found.table is not None
    assert found.table.arguments == ("a_given", "request_given", "expected")


def test_a_call_of_which_nothing_can_be_said_is_no_test() -> None:
    case = observed(observation={"facts": {"result:type": "", "output": "''"}, "shown": []})
    assert candidate(case, target(), frozenset()) is None


@given(st.text(max_size=12))
def test_whatever_the_arguments_are_the_endings_of_a_name_fit_into_it(text: str) -> None:
    found = written(observed(arguments=[repr(text), "2"]), target())
    assert all(f"test_{ending}".isidentifier() for ending in found.differences)


QUEUE = {"receiver": "Queue(2)", "template": "{self}.get({args})", "target": "Queue.get", "arguments": [], "loop": True}
GET = target("Queue.get", Kind.METHOD, "")


def test_what_needs_an_event_loop_is_one_coroutine() -> None:
    case = observed(**QUEUE, calls=["await {self}.put(1)"], observation={"wraps": ["await"]})
    assert written(case, GET).code == (
        "def test_queue_get_returns_3_after_put():\n"
        "    async def scenario():\n"
        "        queue = Queue(2)\n"
        "        await queue.put(1)\n"
        "        assert await queue.get() == 3\n"
        "\n"
        "    asyncio.run(scenario())\n"
    )


def test_steps_with_loops_of_their_own_stand_before_the_coroutine() -> None:
    case = observed(**QUEUE, calls=["asyncio.run({self}.put(1))"], alone=1, observation={"wraps": ["await"]})
    code = written(case, GET).code
    assert "    queue = Queue(2)\n    asyncio.run(queue.put(1))\n\n    async def scenario():\n" in code


def test_what_follows_the_opening_of_a_block_stands_in_it() -> None:
    case = observed(**QUEUE, calls=["await {self}.put(1)", "async with {self}:"], observation={"wraps": ["await"]})
    code = written(case, GET).code
    assert "        async with queue:\n            assert await queue.get() == 3\n" in code


def test_a_started_task_is_awaited_at_the_end_and_one_that_waits_on_is_not() -> None:
    facts = {"result": "3", "task:0": "7", "task:1:done": "False", "clock": "1005.0", "output": "''"}
    case = observed(
        **QUEUE, calls=["waiting = asyncio.create_task({self}.get())\nawait asyncio.sleep(0)"],
        tasks=["waiting", "also_waiting"],
        observation={"wraps": ["await"], "facts": facts, "shown": ["result", "clock"], "effects": ["clock"]},
    )  # fmt: skip
    code = written(case, GET).code
    assert code.startswith("def test_queue_get_returns_3_after_get(clock):")
    assert code.index("await queue.get()") < code.index("clock.now == 1005.0") < code.index("await waiting == 7")
    assert "assert not also_waiting.done()" in code


def test_a_call_that_follows_is_a_second_look() -> None:
    facts = {"result": "None", "after:0": "[1]", "output": "''"}
    case = observed(**METHOD, after=["{self}.items()"], observation={"facts": facts, "shown": ["result"]})
    code = written(case, PAY).code
    assert "    account.pay(2)\n\n    assert account.items() == [1]\n" in code


def test_a_call_that_follows_and_raises_is_expected_to() -> None:
    facts = {"result": "None", "after:0:error": "LookupError", "output": "''"}
    case = observed(**METHOD, after=["{self}.pop()"], observation={"facts": facts, "shown": ["result"]})
    assert "    with pytest.raises(LookupError):\n        account.pop()\n" in written(case, PAY).code


def test_a_warning_is_expected_around_the_call() -> None:
    facts = {"result": "3", "warning": "RuntimeWarning", "warned": "'old'", "output": "''"}
    code = written(observed(observation={"facts": facts, "shown": ["result", "warning"]}), target()).code
    assert "    with pytest.warns(RuntimeWarning, match='^old$'):\n        assert add(1, 2) == 3\n" in code


def test_time_that_passes_asks_for_the_clock() -> None:
    effects = ["clock", 'monkeypatch.setattr("time.monotonic", clock)']
    case = observed(**METHOD, calls=["clock.advance(5)"], observation={"effects": effects})
    code = written(case, PAY).code
    assert code.startswith("def test_account_pay_returns_3_after_time_passes(clock, monkeypatch):\n")
    assert code.count("\n    clock\n") == 0
    assert code.index("setattr") < code.index("Account(5)") < code.index("clock.advance(5)") < code.index("assert")


def test_a_block_under_test_is_left_before_the_state_is_looked_at() -> None:
    facts = {"result": "None", "receiver:{}.open": "False", "output": "''"}
    case = observed(
        **{**METHOD, "target": "Account.__exit__", "template": "with {self}:\n    pass", "arguments": []},
        observation={"facts": facts, "shown": ["receiver:{}.open"]},
    )
    code = written(case, target("Account.__exit__", Kind.METHOD, "")).code
    assert "    with account:\n        pass\n\n    assert account.open is False\n" in code


@pytest.mark.parametrize(
    ("template", "name"), [("{self}.level = {0}", "can_be_set"), ("del {self}.level", "can_be_deleted")]
)
def test_an_attribute_is_set_or_deleted(template: str, name: str) -> None:
    case = observed(
        receiver="Switch()", target="Switch.level", template=template, arguments=["4"],
        observation={"facts": {"result": "None", "receiver:{}.level": "4"}, "shown": ["receiver:{}.level"]},
    )  # fmt: skip
    found = written(case, target("Switch.level", Kind.PROPERTY, "value"))
    assert found.code.startswith(f"def test_switch_level_{name}():")
    assert template.format("4", self="switch") + "\n\n    assert switch.level == 4" in found.code


def printing(text: str, **given: Any) -> Observed:
    facts = {"result": "None", "output": repr(text)}
    return observed(observation={"facts": facts, "shown": ["result", "output"]}, **given)


def test_long_output_is_expected_line_by_line() -> None:
    lines = [f"line number {n}" for n in range(20)]
    few, many = ("\n".join(lines[:count]) + "\n" for count in (4, 20))
    found = written(printing(few), target())
    assert f"    assert capsys.readouterr().out.splitlines() == {lines[:4]!r}\n" in found.code
    found = written(printing(many), target())
    assert "    assert len(printed) == 20\n" in found.code


def test_a_script_is_named_by_what_it_prints() -> None:
    case = printing("total 7\n", template='runpy.run_module("shop", run_name="__main__")', arguments=[])
    code = written(case, target("__main__", Kind.SCRIPT, "")).code
    assert code.startswith("def test_script_prints_total(capsys):\n")
    assert 'runpy.run_module("shop", run_name="__main__")\n' in code


def test_what_a_constructor_was_given_is_looked_at_first() -> None:
    facts = {"result:type": "Box", **{f"result:{{}}.part_{n}": str(n) for n in range(12)}}
    case = observed(
        template="Box({args})",
        arguments=[],
        keywords={"part_11": "11"},
        observation={"facts": facts, "shown": [*facts]},
    )
    code = written(case, target("Box", Kind.CLASS, "")).code
    assert "assert result.part_11 == 11" in code
    assert code.count("assert result.") == 8


def test_a_property_that_is_read_is_checked_once() -> None:
    case = observed(
        template="{self}.size", receiver="Box(2)", arguments=[], target="Box.size",
        observation={"facts": {"result": "2", "receiver:{}.size": "2"}, "shown": ["result", "receiver:{}.size"]},
    )  # fmt: skip
    code = written(case, target("Box.size", Kind.PROPERTY, "")).code
    assert code.count("assert") == 1


def test_an_object_of_a_class_named_as_a_keyword_gets_another_name() -> None:
    case = observed(receiver="Not(5)", template="{self}.pay({args})", target="Not.pay", arguments=["2"])
    found = written(case, target("Not.pay", Kind.METHOD, "amount"))
    assert "not_given = Not(5)" in found.code


@pytest.mark.parametrize("kind", ["file", "folder", "gone", "mode"])
@given(name=st.text(min_size=1))
def test_whatever_a_file_is_called_its_check_is_code_that_names_it(kind: str, name: str) -> None:
    [line] = world_check(f"{kind}:{name}", "0o644" if kind == "mode" else "'x'")
    [path] = [
        node.right for node in ast.walk(ast.parse(line)) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
    ]
    assert ast.literal_eval(path) == name


def test_what_a_silent_call_logs_is_asserted_and_named() -> None:
    facts = {"result": "None", "logged": "['no product 5']"}
    found = written(observed(observation={"facts": facts, "shown": list(facts)}), target())
    assert found.code.splitlines() == [
        "def test_add_logs_no_product(caplog):",
        "    add(1, 2)",
        "    assert caplog.messages == ['no product 5']",
    ]


def test_a_logged_message_with_a_folder_in_it_names_the_test_without_it() -> None:
    facts = {"result": "None", "logged": "[f'no file {tmp_path}/a', 'sorry']"}
    found = written(observed(observation={"facts": facts, "shown": list(facts)}), target())
    assert found.code.startswith("def test_add_logs_no_file_sorry(")
    assert "assert caplog.messages == [f'no file {tmp_path}/a', 'sorry']" in found.code


def test_what_was_returned_is_called_twice_after_the_object_was_made() -> None:
    twice: dict[str, Any] = {**METHOD, "then": ["'x'"], "uses": [["'x'"]], "observation": {"wraps": ["call", "used"]}}
    found = written(observed(**twice), PAY)
    assert [line.strip() for line in found.code.splitlines()[1:] if line.strip()] == [
        "account = Account(5)",
        "called = account.pay(2)",
        "called('x')",
        "assert called('x') == 3",
    ]


def test_coroutines_and_streams_are_made_in_tests_not_in_tables() -> None:
    for argument in ("arriving(1)", 'asyncio.sleep(60, "late")', "FakeAsyncFunction(1)()"):
        assert written(observed(arguments=[argument, "2"]), target()).table is None


def test_none_is_asserted_of_a_call_that_gives_something_else_now_and_then() -> None:
    case = observed(observation={"facts": {"result": "None", "asked:web": "['http://a']"}, "shown": ["asked:web"]})
    silent = written(case, target())
    assert "None" not in silent.code
    found = written(case, dataclasses.replace(target(), answers=True))
    assert "    result = add(1, 2)\n" in found.code
    assert "    assert result is None\n" in found.code


def test_what_a_decorator_made_is_called_as_often_as_it_was() -> None:
    case = observed(
        target="keep", template="keep({args})", arguments=["2"], then=["len"], again=["'a'"], uses=[["'b'"], ["'a'"]],
        observation={"facts": {"result": "1"}, "wraps": ["call", "again", "used"]},
    )  # fmt: skip
    assert written(case, target("keep", parameters="size")).code.splitlines() == [
        "def test_keep_returns_1():",
        "    decorated = keep(2)(len)",
        "    decorated('b')",
        "    decorated('a')",
        "    assert decorated('a') == 1",
    ]


def test_a_generator_is_sent_values() -> None:
    case = observed(
        target="averager", template="averager({args})", arguments=[], sends=["1", "2"],
        observation={"facts": {"result": "[None, 1.0, 1.5]"}, "wraps": ["sent"]},
    )  # fmt: skip
    assert written(case, target("averager")).code.splitlines() == [
        "def test_averager_answers_what_is_sent():",
        "    assert sent_to(averager(), 1, 2) == [None, 1.0, 1.5]",
    ]


CALLED = {"wraps": ["call"], "facts": {"result": "None", "argument:t0": "{'a': 3}"}, "shown": ["argument:t0"]}


def test_what_a_returned_function_changes_is_named_as_its_parameter() -> None:
    case = observed(then=["{'a': 1}"], handed=["document"], observation=CALLED)
    assert written(case, target()).code == (
        "def test_add_changes_document():\n"
        "    document = {'a': 1}\n\n    add(1, 2)(document)\n\n    assert document == {'a': 3}\n"
    )


@pytest.mark.parametrize(
    ("handed", "taken", "name"),
    [([], "", "given_0"), (["not a name"], "", "given_0"), (["a"], "a", "a_given")],
)
def test_what_a_returned_function_is_given_has_a_name_that_hides_no_other(
    handed: list[str], taken: str, name: str
) -> None:
    case = observed(then=["{'a': 1}"], handed=handed, observation=CALLED)
    assert f"    {name} = {{'a': 1}}\n" in written(case, target(), frozenset(filter(None, [taken]))).code


def test_what_is_called_is_in_parentheses_where_it_is_an_operation() -> None:
    called = {"wraps": ["call"], "facts": {"result": "True"}}
    case = observed(**{**METHOD, "template": "{self} == {0}"}, then=["5"], observation=called)
    assert "assert (account == 2)(5) is True" in written(case, PAY).code


def test_an_object_that_is_called_at_once_is_not_said_to_be_created() -> None:
    case = observed(then=["5"], observation={"wraps": ["call"], "facts": {"result": "True"}})
    assert written(case, target(kind=Kind.CLASS)).name == "test_add_called_is_true"
