"""Texts of the kinds of characters that code tests for."""

import re
from random import Random

import pytest
from tests.guest.test_search import _forget_the_module, search_of  # noqa: F401 - a fixture

from aitestgen_guest.arguments.characters import DIGITS, LETTERS, TESTS, alphabets, passing, respelled
from aitestgen_guest.arguments.composed import joined
from aitestgen_guest.arguments.pool import Pool

CARD = """
def luhn(number):
    if not number.isdigit() or len(number) < 12:
        raise ValueError("no card number")
    total = 0
    for place, digit in enumerate(map(int, reversed(number))):
        total += sum(divmod(digit * 2, 10)) if place % 2 else digit
    return total % 10 == 0


def plate(text):
    head, _, rest = text.partition("-")
    if not (head.isalpha() and head.isupper()):
        return "no district"
    letters, _, number = rest.partition(" ")
    if not (letters.isalpha() and number.isdigit()):
        return "no number"
    return (head, letters, int(number))
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("text.isdigit() and int(text)", (DIGITS,)),
        ("text.isupper() or text.isalpha()", (LETTERS.upper(), LETTERS)),
        ("[int(part) for part in text.split()]", (DIGITS,)),
        ("hours, minutes = map(int, text.split(':'))", (DIGITS,)),
        ("text.isspace() or print(text)", ()),
    ],
)
def test_alphabets_are_those_of_what_a_source_asks_for(source: str, expected: tuple[str, ...]) -> None:
    assert alphabets(source) == expected


@pytest.mark.parametrize("test", sorted(TESTS))
def test_what_passes_is_as_long_and_keeps_what_passed(test: str) -> None:
    changed = passing("aB-1 é", test)
    assert getattr(changed, test)()
    assert len(changed) == 6


def test_a_text_is_respelled_between_its_signs() -> None:
    respelled_ones = {respelled("ab-c d", DIGITS, Random(seed)) for seed in range(20)}
    assert len(respelled_ones) > 10
    assert all(text[2] == "-" and text[4] == " " and text[:2].isdigit() for text in respelled_ones)


def test_words_between_signs_are_spelled_as_the_module_tests_for() -> None:
    texts = [joined(Random(seed), Pool(("'/'",)), (DIGITS,)) for seed in range(1000)]
    assert sum(bool(re.fullmatch(r"\d+/\d+", text)) for text in texts) > 3
    assert not any(re.search(r"\d", joined(Random(seed), Pool(("'/'",)), ())) for seed in range(200))


def test_both_verdicts_on_a_checksum_are_met() -> None:
    _, search = search_of(CARD, "luhn", 2500)
    search.run(2500, 8)
    assert {entry.observation["facts"].get("result") for entry in search.kept.results()} >= {"True", "False"}


def test_a_text_of_several_kinds_is_found() -> None:
    _, search = search_of(CARD, "plate", 2500)
    search.run(2500, 8)
    assert any(entry.observation["facts"]["result"].startswith("(") for entry in search.kept.results())
