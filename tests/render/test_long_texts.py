"""Literals in parts: no line is too long, and what the code means stays."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitestgen.render.long_texts import with_short_lines
from aitestgen.render.pytest_file import formatted
from aitestgen.values import Style

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=60, max_size=300)
WORDS = st.lists(st.sampled_from(["word", "\n", "\\n", "'", '"', "{x}", "é", "\t", "\\d+"]), min_size=30).map(" ".join)


def values_in(code: str) -> list[object]:
    """The values of the literals, those of formatted ones with what is filled in as it is written."""
    return [
        ast.literal_eval(node) if isinstance(node, ast.Constant) else ast.unparse(node)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant | ast.JoinedStr)
    ]


def checking(text: str) -> str:
    return f"check({text!r}, {{{text!r}: [{text.encode()!r}]}})\n"


@given(TEXTS | WORDS)
def test_what_a_text_means_stays(text: str) -> None:
    code = checking(text)
    assert ast.dump(ast.parse(with_short_lines(code, 60))) == ast.dump(ast.parse(code))


@settings(max_examples=20)  # each asks ruff four times
@given(TEXTS | WORDS)
def test_what_a_text_means_stays_where_it_is_formatted(text: str) -> None:
    code = checking(text)
    assert ast.dump(ast.parse(formatted(code, Style(line_length=60)))) == ast.dump(ast.parse(code))


def test_a_text_is_cut_behind_its_line_breaks_and_between_words() -> None:
    code = f'def f():\n    return g("{"some words " * 4}\\nname = first\\n", 1)\n'
    assert with_short_lines(code, 50).splitlines()[1] == (
        '    return g(("some words some words some words " "some words \\n" "name = first\\n"), 1)'
    )


def test_what_is_alone_in_its_parentheses_gets_no_others() -> None:
    assert with_short_lines(f'check("{"word " * 20}")\n', 60).startswith('check("word word')
    code = f'check(\n    "{"word " * 20}"\n)\n'
    assert with_short_lines(code, 60).startswith('check(\n    "word word')


@pytest.mark.parametrize(
    ("literal", "parts"),
    [
        (r'r"^one \(two\) three four \d+ five six$"', ['r"^one \\(two\\) three four "', 'r"\\d+ five six$"']),
        ('f"one {first} two three four {second!r} five"', ['f"one {first} two three "', 'f"four {second!r} five"']),
        ('f"one two three four five six {third} seven"', ['"one two three four five "', 'f"six {third} seven"']),
    ],
)
def test_raw_and_formatted_texts_are_cut_too(literal: str, parts: list[str]) -> None:
    assert with_short_lines(f"x = [{literal}, 1]\n", 36) == f"x = [({' '.join(parts)}), 1]\n"


@pytest.mark.parametrize(
    "code",
    ['x = "short"\n', f'x = """{"long " * 30}"""\n', f'x = f"{{a:{{width}}}} {"long " * 30}"\n', f"# {'long ' * 30}\n"],
)
def test_what_is_short_or_of_another_kind_stays(code: str) -> None:
    assert with_short_lines(code, 60) == code
