"""What functions make that others take: who they are, how their results are built, what is searched with these."""

import json
import textwrap
from typing import Any

import pytest
from tests.guest.test_makings import cases_of
from tests.guest.test_search import _forget_the_module  # noqa: F401  # a fixture that every test here uses

from aitestgen_guest.arguments.likeness import like, like_given
from aitestgen_guest.arguments.makers import in_rounds, makers
from aitestgen_guest.shapes import Making, Spec


def made_for(code: str) -> dict[tuple[str, str], list[str]]:
    return makers(textwrap.dedent(code))


def test_what_is_handed_from_one_function_to_another_is_made_by_it() -> None:
    code = """
        def split(text): ...
        def build(parts): ...
        class Reader:
            def __init__(self, built, strict=False): ...

        def run(text):
            parts = split(text)
            return Reader(built=build(parts))
    """
    assert made_for(code) == {("build", "parts"): ["split"], ("Reader", "built"): ["build"]}


def test_a_docstring_that_names_a_function_tells_who_makes_it() -> None:
    code = """
        def diff(old, new): ...
        def cut(old): ...

        def apply(document, changes):
            "Apply the differences of `diff`; it does not cut anything."
    """
    assert made_for(code) == {("apply", "document"): ["diff"], ("apply", "changes"): ["diff"]}


def test_annotations_decide_where_both_have_one() -> None:
    code = """
        def tokenize(text: str) -> list[Token]: ...
        def names(text: str) -> list[str]: ...
        def count(tokens: Iterable[Token], limit: int): ...
        def show(tokens: str): ...
        def tag(name: str) -> str: ...
    """
    assert made_for(code) == {("count", "tokens"): ["tokenize"]}


def test_names_tell_where_nothing_else_does() -> None:
    code = """
        def tokenize(text): ...
        def load_config(path): ...
        def _build_graph(edges): ...
        def count(tokens): ...
        def connect(config, graph): ...
        def load(row): ...
    """
    assert made_for(code) == {("count", "tokens"): ["tokenize"], ("connect", "config"): ["load_config"]}


def test_makers_that_need_others_come_after_these() -> None:
    found = {("parse", "tokens"): ["tokenize"], ("run", "tree"): ["parse"], ("show", "tokens"): ["tokenize"]}
    assert in_rounds(found) == [["tokenize"], ["parse"]]
    assert in_rounds({("a", "x"): ["b"], ("b", "x"): ["a"]}) == [["b", "a"]], "a circle ends"


@pytest.mark.parametrize(
    ("values", "spec"),
    [
        ([], ("any",)),
        ([1, 2], ("int",)),
        ([1, "a", None], ("union", (("int",), ("str",), ("none",)))),
        (["on", "off", "on"], ("choice", ("'on'", "'off'"))),
        ([[1], []], ("list", ("int",))),
        ([("a", 1), ("b", 2.5)], ("tuple", (("str",), ("union", (("int",), ("float",)))))),
        ([(1,), (1, 2)], ("tuple*", ("int",))),
        ([{"a": 1}, {"a": 2, "b": "x"}], ("shaped", (("a", ("int",), False), ("b", ("str",), True)))),
        ([{1: "x"}], ("dict", ("int",), ("str",))),
        ([{1, 2}], ("set", ("int",))),
        ([{}], ("dict", ("any",), ("any",))),
    ],
)
def test_data_is_built_like_what_is_known_of_it(values: list[Any], spec: Spec) -> None:
    assert like(values) == spec


def test_what_is_no_data_is_given_as_it_is_made() -> None:
    calls: list[Making] = [(("call", "parse", [("data", "'a'")], {}), []), (("data", "[1]"), [])]
    built, given = like_given(calls)
    assert built == ("list", ("int",))
    assert [given[0], *map(json.loads, given[1])] == [
        "given",
        ["call", "parse", [["data", "'a'"]], {}],
        ["data", "[1]"],
    ]


def test_a_function_that_returns_a_variable_of_a_parameter_s_name_makes_it() -> None:
    code = """
        def build(subject):
            message = Message(subject)
            return message
        def load(path):
            return data
        def send(message, host): ...
        def check(message: str): ...
        def show(data): ...
    """
    assert made_for(code) == {("send", "message"): ["build"]}


CHANGES = """
    def diff(old, new):
        found = []
        for key in sorted(old.keys() | new.keys()):
            if key not in new:
                found.append((key, "removed", old[key]))
            elif key not in old:
                found.append((key, "added", new[key]))
            elif old[key] != new[key]:
                found.append((key, "changed", new[key]))
        return found


    def apply(document, changes):
        "A copy of the document with what `diff` found."
        result = dict(document)
        for key, kind, value in changes:
            if kind == "removed":
                del result[key]
            elif kind == "added" and key in result:
                raise ValueError(f"{key} is there")
            else:
                result[key] = value
        return result
"""

WORDS = """
    class Word:
        def __init__(self, kind, text):
            self.kind = kind
            self.text = text

    def tokenize(line):
        return [Word("number" if part.isdigit() else "name", part) for part in line.split()]

    class Statement:
        def __init__(self, tokens):
            if len(tokens) != 2 or tokens[0].kind != "name" or tokens[1].kind != "number":
                raise ValueError("a name and a number are needed")
            self.name, self.value = tokens[0].text, int(tokens[1].text)
"""


def test_a_result_is_tried_beside_what_it_was_made_from() -> None:
    results = {case["observation"]["facts"].get("result", "") for case in cases_of("apply", CHANGES)}
    removed = [case for case in cases_of("apply", CHANGES) if "'removed'" in case["arguments"][1]]
    assert removed, results
    assert any(case["observation"]["outcome"] == "returns" for case in removed)


def test_objects_that_a_function_makes_are_given_as_its_call() -> None:
    cases = cases_of("Statement", WORDS)
    made = [case for case in cases if case["observation"]["outcome"] == "returns"]
    assert made
    assert "tokenize(" in "".join(map(str, made[0]["arguments"])) or "Word(" in "".join(map(str, made[0]["arguments"]))


def test_what_a_function_makes_is_taken_by_its_inverse_and_by_what_checks_it() -> None:
    code = """
        def encode_rows(rows, sign=""): ...
        def decode_rows(text, strict=False): ...
        def sign(message): ...
        def verify(token): ...
    """
    assert made_for(code) == {("decode_rows", "text"): ["encode_rows"], ("verify", "token"): ["sign"]}


def test_what_methods_make_is_taken_by_functions_and_by_class_methods() -> None:
    code = """
        class Packet:
            def pack(self) -> bytes: ...
            def to_json(self): ...
            @classmethod
            def from_json(cls, text): ...
            def encode(self, key): ...
            def decode(self, text): ...

        def unpack(data: bytes): ...
    """
    assert made_for(code) == {("unpack", "data"): ["Packet.pack"], ("Packet.from_json", "text"): ["Packet.to_json"]}


REPORTED = """
    import smtplib
    from email.message import EmailMessage

    def build(subject):
        message = EmailMessage()
        message["Subject"] = subject
        message["To"] = "ops@example.org"
        message.set_content("see above")
        return message

    def send(message, host="localhost"):
        with smtplib.SMTP(host, 25) as server:
            refused = server.send_message(message)
        return not refused
"""


def test_a_mail_that_another_function_builds_is_sent_and_told() -> None:
    facts = [case["observation"]["facts"] for case in cases_of("send", REPORTED)]
    told = [fact.get("asked:mail", "") for fact in facts if fact.get("result") == "True"]
    assert any("'ops@example.org', 'see above\\n'" in text for text in told)
