"""Answers of every shape and size are read in bounded time, and nothing in them is executed."""

import ast
import time

import pytest
from tests.propose.by_model.facts import facts

from aitestgen.propose.by_model.reply_cases import read_cases
from aitestgen.propose.by_model.reply_code import MOST_PROPOSALS, read_code
from aitestgen.propose.by_model.reply_text import MOST_TEXT, cleaned, objects, parsed, trees

_, _, KNOWN = facts("def f(x):\n    return x\n", ["f"])
ONE = "def test_one():\n    assert f(1) == 1\n"
TWO = "def test_two():\n    assert f(9) == 9\n"


def sources(text: str) -> list[str]:
    return [proposal.source for proposal in read_code(text, KNOWN).proposals]


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "",
        "```javascript\ntest('f', () => { expect(f(1)).toBe(1); });\n```",
        "```\n{]\n```",
        "Test the function f, and all is well = true, see above.",
        "(" * 50_000,
        "```python\n" + "[" * 5_000 + "\n```",
        "\x00\x01\x02",
        "\ud800",
    ],
    ids=["refusal", "empty", "another language", "rubbish", "prose", "deep", "deep code", "control", "surrogate"],
)
def test_an_answer_without_a_test_has_none(text: str) -> None:
    assert read_code(text, KNOWN).proposals == ()
    assert read_cases(text, KNOWN).proposals == ()


def test_ten_thousand_tests_are_read_up_to_a_limit_in_little_time() -> None:
    text = "".join(f"def test_{n}():\n    x = {n}\n    assert f(x) == {n}\n\n" for n in range(10_000))
    began = time.process_time()
    found = read_code(text, KNOWN)
    assert len(found.proposals) == MOST_PROPOSALS
    assert found.dropped[-1] == "more tests than are read"
    assert time.process_time() - began < 10


def test_an_endless_line_costs_only_itself() -> None:
    assert sources(f"```python\n{ONE}    assert f('{'a' * 3_000_000}') == 1\n```") == ["test_one"]
    assert sources(f"```python\n{ONE}\nTEXT = '{'a' * 100_000}'\n\n{TWO}```") == [
        "test_one",
        "test_two",
    ]


def test_more_text_than_is_read_is_cut() -> None:
    assert len(cleaned("a\n" * MOST_TEXT)) <= MOST_TEXT


def test_control_characters_and_typographic_quotes_are_mended() -> None:
    assert sources("def test_one():\n    assert f(\u201ca\u201d) == \u201ca\u201d\n\x07") == ["test_one"]


@pytest.mark.parametrize(
    ("bad", "kept"),
    [
        ("def test_bad(:\n    assert f(1)\n", ["test_one", "test_two"]),
        ("def test_bad():\n    assert f(1) ==\n    assert f(2) == 2\n", ["test_one", "test_bad", "test_two"]),
        ("def test_bad():\n    with pytest.raises(ValueError):\n    assert f(2) == 2\n",
         ["test_one", "test_bad", "test_two"]),
        ("class TestBad:\n    def test_a(self):\n        assert f(\n\n"
         "    def test_b(self):\n        assert f(3) == 3\n", ["test_one", "test_b", "test_two"]),
    ],
    ids=["head", "line", "block", "method"],
)  # fmt: skip
def test_a_broken_test_takes_no_neighbour_with_it(bad: str, kept: list[str]) -> None:
    assert sources(f"{ONE}\n{bad}\n{TWO}") == kept


def test_tests_that_say_the_same_are_one() -> None:
    assert sources(f"{ONE}\n{ONE.replace('one', 'again')}") == ["test_one"]


def test_code_that_parses_is_left_as_it_is() -> None:
    assert ast.unparse(parsed(ONE)) == ONE.strip()


def test_blocks_of_other_languages_are_left_out() -> None:
    text = f"```bash\npip install thing\n```\n```python\n{ONE}```\n```text\ndef test_no(): pass\n```"
    assert [ast.unparse(tree) for tree in trees(text)] == [ONE.strip()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"cases": [{"a": 1}, {"a": 2}]}', [{"a": 1}, {"a": 2}]),
        ('Here it is:\n```json\n{"cases": [{"a": "x\ny"}, {"a": 2', [{"a": "x\ny"}]),
        ('[{"a": 1}, {"a": }, {"a": 3}]', [{"a": 1}, {"a": 3}]),
        ('{"a": 1} and {"a": 2}', [{"a": 1}, {"a": 2}]),
        ('{"cases": []}', [{"cases": []}]),
    ],
)
def test_whole_objects_are_found_whatever_surrounds_them(text: str, found: list[dict[str, object]]) -> None:
    assert list(objects(text)) == found


COUNTER = """
class Counter:
    def __init__(self, start=0):
        self.count = start

    def up(self):
        self.count += 1
        return self.count


class Named:
    def __init__(self, name):
        self.name = name
"""


@pytest.mark.parametrize(
    ("setup", "call", "texts"),
    [
        ("[]", "counter.up()", ["counter = Counter()", "counter.up()"]),
        ('["counter = Counter(5)"]', "counter.up()", ["counter = Counter(5)", "counter.up()"]),
        ('["c = Counter(5)"]', "c.up()", ["c = Counter(5)", "c.up()"]),
    ],
)
def test_an_object_that_is_used_and_never_made_is_made(setup: str, call: str, texts: list[str]) -> None:
    _, _, known = facts(COUNTER, ["Counter", "Named"])
    (found,) = read_cases(f'{{"cases": [{{"setup": {setup}, "call": "{call}", "returns": ""}}]}}', known).proposals
    assert [step.text or step.left for step in found.steps] == texts


def test_an_object_that_nobody_knows_how_to_make_is_not_made_up() -> None:
    _, _, known = facts(COUNTER, ["Counter", "Named"])
    assert read_cases('{"cases": [{"call": "named.name", "returns": "x"}]}', known).proposals == ()


@pytest.mark.parametrize("blank", ["", " ", ",", "-", "\u2026"])
def test_a_sign_without_a_meaning_is_no_expectation(blank: str) -> None:
    _, _, known = facts(COUNTER, ["Counter", "Named"])
    (found,) = read_cases(f'{{"cases": [{{"call": "Counter().up()", "returns": "{blank}"}}]}}', known).proposals
    assert found.steps[-1].expected == ""
