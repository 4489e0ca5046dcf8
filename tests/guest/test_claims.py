"""What is read from docstrings: sentences that claim something of every call, and many that only look like it."""

import pytest

from aitestgen_guest.findings.claim_grammar import Signature
from aitestgen_guest.findings.claims import claims
from aitestgen_guest.findings.conditions import condition
from aitestgen_guest.findings.laws import Law

PARAMETERS = ("items", "n", "lo", "hi")


def read(docstring: str, *parameters: str, **defaults: str) -> list[Law]:
    return claims(docstring, Signature("f", parameters or PARAMETERS, tuple(defaults.items())))


@pytest.mark.parametrize(
    ("docstring", "rule", "test"),
    [
        ("Merge.\n\nReturns the items, sorted in ascending order.", "sorted", "list(result) == sorted(result)"),
        ("Returns\n-------\nlist of int\n    The items, sorted.", "sorted", "list(result) == sorted(result)"),
        ("x\n\nReturns:\n    Sorted in descending order.", "sorted", "list(result) == sorted(result, reverse=True)"),
        ("The distance. Never negative.", "never negative", "result >= 0"),
        (":returns: a non-negative integer", "never negative", "result >= 0"),
        ("The result is always between lo and hi, inclusive.", "between", "lo <= result <= hi"),
        ("Returns a float between 0 and 1 (exclusive).", "between", "0 < result < 1"),
        ("Returns at most n names.", "count", "len(result) <= n"),
        ("The result is lowercase and contains no spaces.", "lowercase", "result == result.lower()"),
        ("The result is lowercase and contains no spaces.", "no spaces", "' ' not in result"),
        ("The result has the same length as items.", "same length", "len(result) == len(items)"),
        ("Remove duplicates.", "unique", "all(result.count(item) == 1 for item in result)"),
        ("Work. Does not modify items.", "not modified", "items == $items"),
        ("Work; the items are not modified.", "not modified", "items == $items"),
        ("Returns a new list.", "new object", "result is not items"),
        ("Sort in place. Returns None.", "returns None", "result is None"),
        ("The price, rounded to 2 decimal places.", "rounded", "round(result, 2) == result"),
        ("An empty list gives an empty list.", "empty", "result == []"),
        ("Returns True if n is even, False otherwise.", "truth", "result is not None"),
        ("Example: f(1, 2) -> [3]", "example", "result == [3]"),
        ("E.g. ``f('a')`` returns ``'b'``, as one would think.", "example", "result == 'b'"),
        ("It holds that f(2) == 4.", "example", "result == 4"),
    ],
)
def test_a_claim_is_read_as_its_rule(docstring: str, rule: str, test: str) -> None:
    assert (rule, test) in {(law.rule, law.test) for law in read(docstring)}


@pytest.mark.parametrize(
    "docstring",
    [
        "Return the position in the sorted list.",
        "Returns the items sorted by key.",
        "Returns a sorted list if asked to.",
        "The items may be sorted.",
        "The number of non-negative integers.",
        "Returns the items between the two marks.",
        "Remove duplicates that are adjacent.",
        "Does not modify items unless told to.",
        "Split into lines of at most n characters.",
        "Compare, case-insensitive if the flag is set.",
        "Usually returns None.",
        "Call f(1) and then wait.",
        "f(x) -> the letters of x",
        "Rounded to the nearest integer.",
    ],
)
def test_a_sentence_that_only_looks_like_a_claim_is_none(docstring: str) -> None:
    assert read(docstring) == []


@pytest.mark.parametrize(
    "docstring",
    [
        "Raises ValueError if n is negative.",
        ":raises ValueError: if n is negative",
        "Work.\n\nRaises:\n    ValueError: If n is negative.\n",
        "Work.\n\nRaises\n------\nValueError\n    If `n` is negative.\n",
    ],
)
def test_an_announced_exception_is_a_law_in_every_style(docstring: str) -> None:
    assert {(law.raises, law.guard) for law in read(docstring)} == {("ValueError", "n < 0")}


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("n is negative", "n < 0"),
        ("items is empty", "len(items) == 0"),
        ("n is less than 1 or hi is not positive", "n < 1 or hi <= 0"),
        ("n is greater than 100 or less than 0", "n > 100 or n < 0"),
        ("n is not between 1 and 9", "not 1 <= n <= 9"),
        ("lo > hi", "lo > hi"),
        ("n is negative and strict is set", None),
        ("n is a prime", None),
        ("the list is empty", None),
        ("the file is missing or n is negative", None),
    ],
)
def test_a_condition_is_understood_or_left_alone(text: str, expression: str | None) -> None:
    assert condition(text, PARAMETERS) == expression


def test_a_general_noun_means_the_only_parameter() -> None:
    assert condition("the list is empty", ("items",)) == "len(items) == 0"


def test_a_told_default_is_compared_with_the_real_one() -> None:
    law = read("Work.\n\n:param n: how many, defaults to 3\n", n="4")[0]
    assert (law.rule, law.test) == ("default", "result == 3")
    assert not read("Work.\n\n:param n: how many, defaults to 3\n", n="None")


def test_the_evidence_is_the_sentence_itself() -> None:
    assert read("Do it. Never negative. More.")[0].quote == "Never negative."
