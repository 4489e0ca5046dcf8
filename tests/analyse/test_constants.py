import ast
import re

import pytest

from aitestgen.analyse.constants import constants, matching
from aitestgen.analyse.regexes import around, samples, with_groups
from aitestgen.analyse.source import parse


def found(code: str) -> tuple[str, ...]:
    return constants(parse(code))


def test_literals_of_every_kind_are_found() -> None:
    code = "A = {'k': [1, -2.5], 'b': (b'x', {3})}\ndef f():\n    return 4j\n"
    assert {"1", "-2.5", "'k'", "b'x'", "{3}", "[1, -2.5]", "(b'x', {3})", "4j"} <= set(found(code))


@pytest.mark.parametrize(
    "code",
    [
        '"""module docstring"""',
        'def f():\n    """docstring"""',
        "def f(x: 'Annotation') -> 'Result': ...",
        "raise ValueError('a message')",
        "f'{1} text {x}'",
        "__all__ = ['name']",
        "__version__ = '1.2'",
        "x = True\ny = None\nz = ...",
        "text = '" + "x" * 101 + "'",
    ],
)
def test_what_is_no_input_is_left_out(code: str) -> None:
    assert found(code) == ()


def test_what_is_compared_or_looked_up_comes_first() -> None:
    code = (
        "X = 'plain'\ndef f(a, b):\n    g('argument')\n    if a == 'compared' or a in ('one', 'two'):\n"
        "        return b['key'] + b.get('other') + a.startswith('begin')\n"
        "    match b:\n        case 'matched':\n            return 'result'\n"
    )
    ranked = found(code)
    best = {"'compared'", "'one'", "'two'", "'key'", "'other'", "'begin'", "'matched'"}
    assert set(ranked[: len(best)]) == best
    assert ranked.index("'argument'") < ranked.index("'plain'")


def test_every_constant_can_be_evaluated_and_there_are_at_most_300() -> None:
    code = "\n".join(f"x{n} = {n} if y == {n}.5 else 'text {n}'" for n in range(400))
    ranked = found(code)
    assert len(ranked) == 300
    assert all(ast.literal_eval(text) is not None for text in ranked)
    assert ranked[0] == "0.5"


def test_a_huge_number_is_left_out() -> None:
    assert found("x = 0x" + "f" * 5000) == ()


def test_texts_that_match_the_modules_regexes_are_offered() -> None:
    code = (
        "import re\nTIME = re.compile(r'(\\d+)h(\\d{2})m')\nDAY = 'mon|tue'\ndef f(s):\n    return re.match(DAY, s)\n"
    )
    ranked = [ast.literal_eval(text) for text in found(code)]
    times = [text for text in ranked if isinstance(text, str) and re.fullmatch(r"(\d+)h(\d{2})m", text)]
    assert len(times) >= 2
    assert {"mon", "tue"} <= set(ranked)


def test_flags_of_a_regex_are_honoured() -> None:
    code = "import re\nP = re.compile('a  # comment\\n b', re.VERBOSE | re.I)\n"
    assert "'ab'" in found(code)


@pytest.mark.parametrize(
    "pattern",
    [
        r"abc",
        r"a|bb|c{3}",
        r"[a-f0-9]+",
        r"[^a-z]\w\s\D\S\W",
        r"(\w+)@(\w+)\.(com|org)",
        r"(?P<year>\d{4})-(?P<month>\d\d)",
        r"^\s*#.*$",
        r"(a)(b)?\1",
        r"(a)?(?(1)b|c)",
        r"x*?y+?",
        r"(?:(?:ab){2,3}c)*",
        r"\$?[\d,]+(\.\d+)?",
        r"[\u0391-\u03a9]+",
        r"(?i:HELLO) world",
        r"\.",
        r"",
    ],
)
def test_samples_match_their_pattern(pattern: str) -> None:
    texts = samples(pattern)
    assert texts
    assert all(re.search(pattern, text) for text in texts)
    assert texts == samples(pattern)


@pytest.mark.parametrize(
    ("pattern", "signs"), [(r"\d\d(Z|[+-]\d\d)?$", "+-"), (r"\d+[./-]\d+", "./"), (r"[<>]=?\w", "<>")]
)
def test_each_of_few_signs_is_sampled(pattern: str, signs: str) -> None:
    assert all(any(sign in text for text in samples(pattern)) for sign in signs)


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{2,1}", "x{500}", "(" * 3000, "*"])
def test_a_pattern_that_cannot_be_sampled_gives_nothing(pattern: str) -> None:
    assert samples(pattern) == ()


def test_sampling_nested_repeats_is_bounded() -> None:
    assert all(len(text) <= 100 for text in samples("((((a{1,9}){1,9}){1,9}){1,9}){1,9}" * 5))


def test_words_lie_on_both_sides_of_each_pattern_of_a_table() -> None:
    code = (
        "import re\nRULES = [('(ox|fox)$', 'x'), ('^a[bc]?$', 'y')]\n"
        "def f(word):\n    return [re.sub(rule, new, word) for rule, new in RULES]\n"
    )
    words = matching(parse(code))
    assert {"ox", "fox", "a", "ab"} <= set(words)
    for pattern in ("(ox|fox)$", "^a[bc]?$"):
        assert {bool(re.search(pattern, word)) for word in words} == {True, False}


def test_texts_of_tables_are_words_and_others_are_none() -> None:
    code = "NAME = '(a|b)$'\nSIZES = {'small': 1, 'big': ('huge', 3)}\n__all__ = ['f']\n"
    code += "def f(x='y'):\n    return x or ['z']\n"
    assert matching(parse(code)) == ("small", "big", "huge")


def test_texts_around_a_pattern_hold_every_alternative_and_the_other_case() -> None:
    found = around("(?i)(red|green|blue)s?")
    assert {"red", "greens", "blues"} <= set(found)
    assert any(text.isupper() for text in found)


def test_names_of_members_are_words_in_both_cases() -> None:
    code = "import enum\nclass Unit(enum.Enum):\n    DAY = 1\n    _x = 2\ndef f(unit):\n    return Unit[unit.upper()]\n"
    assert matching(parse(code)) == ("day", "DAY")


def test_words_of_tables_come_with_a_capital_where_the_module_minds_letter_case() -> None:
    code = "SIZES = {'small': 1}\ndef f(name):\n    return SIZES[name.lower()]\n"
    assert matching(parse(code)) == ("small", "Small")


def test_known_texts_stand_in_the_groups_of_a_pattern() -> None:
    pattern = r"\[(?P<day>[^\]]+)\] (\d+)"
    found = list(with_groups(pattern, 0, {"day": ("29.02.2024", "31.12.2023"), 2: ("7",), "other": ("x",)}))
    assert found == ["[29.02.2024] 7", "[31.12.2023] 7"]
    assert list(with_groups("(", 0, {1: ("a",)})) == []
    assert list(with_groups("a", 0, {1: ("a",)})) == []


def test_lines_of_a_log_have_days_that_can_be_read() -> None:
    source = """
LINE = re.compile(r"(?P<day>\\S+) (?P<what>\\w+)")
def read(line):
    match = LINE.match(line)
    return datetime.strptime(match["day"], "%d.%m.%Y"), match["what"]
"""
    assert any(text.startswith("'29.02.2024 ") for text in constants(parse(source)))
