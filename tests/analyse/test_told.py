import ast
import time

import pytest

from aitestgen.analyse.told import displayed, told


@pytest.mark.parametrize(
    ("docstring", "texts"),
    [
        ("Split a plate such as B-MW 1234 into its parts.", ["B-MW 1234 into", "B-MW 1234", "B-MW", "1234"]),
        ("Times look like 12:30 (e.g. 09:15).", ["12:30", "09:15"]),
        ("Join 'one, two and three' by `, `.", ["one, two and three", ", "]),
        ("See `dict.get` and :func:`other_1`, or `call(1)`; it's plain.", []),
        ("Numbers up to 3999, but not 7.", ["3999"]),
        (">>> f('a-1')\n'b-2'\n:param x1: any\n... x-9", ["b-2"]),
        ("A human-readable key-value pair, like any other.", []),
    ],
)
def test_what_a_docstring_shows_is_told(docstring: str, texts: list[str]) -> None:
    tree = ast.parse(f"def f():\n    {docstring!r}")
    assert list(told(tree)) == texts


def test_of_a_docstring_no_more_than_eight_are_told() -> None:
    assert len(list(told(ast.parse(f"def f():\n    '{' '.join(f'a-{n}' for n in range(20))}'")))) == 8


def test_docstrings_of_modules_and_classes_tell_nothing() -> None:
    assert list(told(ast.parse("'see 12:30'\nclass A:\n    'see 12:30'"))) == []


@pytest.mark.parametrize(
    ("docstring", "shown"),
    [
        ('A hand such as ["2H", "10D"].', ["['2H', '10D']"]),
        ("Unhashable {[1]: 2} and {[1]}.", ["{[1]: 2}", "{[1]}"]),
        (r"Patterns like ['\d', 1 (2)].", [r"['\\d', 1(2)]"]),
        ("Not closed [1, (, nor code [a b].", []),
    ],
)
def test_displays_are_parsed_whatever_stands_in_them(docstring: str, shown: list[str]) -> None:
    found = [ast.unparse(display) for display in displayed(ast.parse(f"def f():\n    {docstring!r}"))]
    assert found == shown


@pytest.mark.parametrize("docstring", ["a" * 60_000, "x" + "\n" * 60_000 + "y", ":a:" * 20_000, "like " * 12_000])
def test_prose_takes_no_more_than_its_length(docstring: str) -> None:
    tree = ast.parse(f"def f():\n    {docstring!r}")
    started = time.process_time()
    assert len(list(told(tree))) <= 8
    assert time.process_time() - started < 2
