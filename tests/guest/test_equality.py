"""What an assertion on a value's text tells apart, and what it does not."""

import pytest

from aitestgen_guest.calls.equality import tells


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("2.0", "2"),
        ("[1, 2.0]", "[1.0, 2]"),
        ("{1: True}", "{1: 1}"),
        ('Decimal("2.0")', 'Decimal("2")'),
        ("0.3333333333333333", "0.33333333333"),
        ("1e-15", "0"),
        ("Shape(1)", "Shape(1)"),
    ],
)
def test_values_that_are_equal_pass_for_each_other(text: str, other: str) -> None:
    assert not tells(text, other)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("2", "3"),
        ("True", "1"),
        ("False", "0"),
        ("'a'", "'b'"),
        ("'a'", "b'a'"),
        ("2", None),
        ("(1,)", "[1]"),
        ("0.3333333333333333", "0.33334"),
        ("0.25", "0.2500000001"),
        ('float("nan")', "2"),
        ("Shape(1)", "Shape(1.0)"),
    ],
)
def test_others_do_not(text: str, other: str | None) -> None:
    assert tells(text, other)
