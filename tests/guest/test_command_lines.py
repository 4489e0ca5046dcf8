"""Command lines, as the parsers that a module makes take them."""

import argparse
import textwrap
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.guest.test_makings import cases_of
from tests.guest.test_search import _forget_the_module  # noqa: F401  # a fixture that every test here uses

from aitestgen_guest.arguments.paths import DATABASE, Paths
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.environment.command_lines import CommandLines, Grammar, Parsers, grammar_of

CLI = """
    import argparse
    import sys


    def main(argv=None):
        parser = argparse.ArgumentParser(prog="shop")
        parser.add_argument("--tax", type=int, default=0)
        commands = parser.add_subparsers(dest="command", required=True)
        for name in ("buy", "sell"):
            command = commands.add_parser(name)
            command.add_argument("price", type=int)
            command.add_argument("--loud", action="store_true")
        options = parser.parse_args(argv)
        if options.price < 0:
            print("error: a price is never negative", file=sys.stderr)
            return 1
        total = options.price + options.tax
        text = f"{options.command} for {total}"
        print(text.upper() if options.loud else text)
        return 0
"""


def a_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("rest", nargs="*", type=int)
    parser.add_argument("-f", "--format", choices=("json", "csv"), required=True)
    parser.add_argument("-v", action="count")
    parser.add_argument("--size", nargs=2, type=float)
    return parser


def lines(grammar: Grammar | None, count: int = 200) -> list[list[str]]:
    maker = CommandLines(Random(1), Pool(("7",)), lambda name: name or "word")
    maker.files = ["data.txt"]
    return [maker.made(grammar) for _ in range(count)]


def test_most_lines_are_such_as_the_parser_takes() -> None:
    parser, taken = a_parser(), []
    for words in lines(grammar_of(parser)):
        try:
            taken.append(parser.parse_args(words))
        except SystemExit:
            continue
    assert len(taken) > 120
    assert {one.format for one in taken} == {"json", "csv"}
    assert sum(str(one.source) == "data.txt" for one in taken) > 110
    assert any(one.size for one in taken)
    assert any(one.v for one in taken)
    assert any(len(one.rest) > 1 for one in taken)


def test_some_lines_are_refused() -> None:
    refused = 0
    for words in lines(grammar_of(a_parser())):
        try:
            a_parser().parse_args(words)
        except SystemExit:
            refused += 1
    assert refused > 5


def test_without_a_parser_words_are_any() -> None:
    assert {word for words in lines(None) for word in words} == {"word", "data.txt"}


def test_the_parser_that_takes_the_line_is_noted_and_not_that_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    parsers = Parsers()
    real = argparse.ArgumentParser.parse_known_args
    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", parsers.noting(real))
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    commands.add_parser("add").add_argument("name")
    parser.parse_args(["add", "x"])
    assert parsers.grammar is not None
    assert parsers.grammar.needs_command
    assert [one.kind for one in parsers.grammar.commands["add"].arguments] == ["text"]


@pytest.mark.parametrize(
    ("code", "annotation", "spec"),
    [
        ("def main(argv=None):\n    parser.parse_args(argv)", "", ("words",)),
        ("def run(words):\n    parser.parse_known_args(words)", "list[str]", ("words",)),
        (
            "def main(argv):\n    parser.parse_args(argv)",
            "list[str] | None",
            ("union", (("words",), ("words",), ("none",))),
        ),
    ],
)
def test_what_is_handed_to_a_parser_is_a_command_line(code: str, annotation: str, spec: tuple[Any, ...]) -> None:
    name = "words" if "words" in code else "argv"
    assert Paths(f"import argparse\nparser = argparse.ArgumentParser()\n{code}\n").specs(name, annotation) == spec


def test_a_program_with_commands_is_called_with_each_and_needs_no_width_for_it() -> None:
    cases = cases_of("main", textwrap.dedent(CLI))
    printed = [case["observation"]["facts"].get("output", "") for case in cases]
    assert any("buy for" in text for text in printed)
    assert any("SELL FOR" in text or "BUY FOR" in text for text in printed)
    returned = [case for case in cases if case["observation"]["outcome"] == "returns"]
    assert {case["observation"]["facts"]["result"] for case in returned} == {"0", "1"}
    assert not any("COLUMNS" in str(case["observation"]) for case in returned)


def test_a_program_that_lets_argparse_read_the_command_line_is_given_some() -> None:
    code = """
        import argparse

        def main() -> int:
            parser = argparse.ArgumentParser(prog="twice")
            parser.add_argument("number", type=int)
            parser.add_argument("-n", "--negative", action="store_true")
            given = parser.parse_args()
            if given.negative:
                return -given.number
            return given.number
    """
    cases = cases_of("main", textwrap.dedent(code))
    lines = {case["observation"]["outcome"]: str(case["observation"]["effects"]) for case in cases}
    assert "sys.argv" in lines["returns"]
    assert any("--negative" in str(case["observation"]["effects"]) for case in cases)


def test_a_database_is_opened_in_memory() -> None:
    code = "import sqlite3\nclass Users:\n    def __init__(self, place):\n        self.db = sqlite3.connect(place)\n"
    assert Paths(code).specs("place", "") == DATABASE
    cases = cases_of("Users", code)
    assert cases
    assert {str(case["arguments"]) for case in cases} == {str(['":memory:"'])}
    as_path = Paths(code).specs("place", "Path")
    assert as_path is not None
    assert all("tmp_path" in text for text in as_path[1]), "an annotated path is one"
