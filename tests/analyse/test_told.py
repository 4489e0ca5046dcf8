import ast

import pytest

from aitestgen.analyse.told import told


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
