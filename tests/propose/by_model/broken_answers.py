"""Sixteen kinds of broken answers, as small models really give them: what is sent, and which tests can be saved of it.

Each answer is about the module MODULE; `saved` names the functions (of JSON: the cases) of which something passes.
"""

from dataclasses import dataclass

MODULE = '''
import math
from datetime import date

RATES = [(1, "low"), (2, "high")]


class Account:
    """Money of one owner."""

    def __init__(self, owner, balance=0):
        if not owner:
            raise ValueError("owner is required")
        self.owner = owner
        self.balance = balance

    @property
    def is_empty(self):
        return self.balance == 0

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("deposit must be positive")
        self.balance += amount
        return self.balance


def ratio(a, b):
    """How many times b is in a."""
    if b == 0:
        raise ZeroDivisionError("b must not be zero")
    return a / b


def label(rate):
    for value, name in RATES:
        if rate == value:
            return name
    raise KeyError(rate)


def days(start, end):
    return (end - start).days


def root(number):
    return math.sqrt(number)
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One answer; of `cases` the answer is JSON."""

    kind: str
    answer: str
    saved: tuple[str, ...]
    cases: bool = False


ANSWERS = (
    Broken(
        kind="1 a fence that never closes",
        answer=(
            "```python\nimport pytest\nfrom user_code import ratio\n\ndef test_ratio():\n    assert ratio(6, 3) == 2"
        ),
        saved=("test_ratio",),
    ),
    Broken(
        kind="2 prose before and after",
        answer=(
            "Sure! Here is a perfect example of how to write a test:\n\n```python\nfrom user_code import ratio\n\n"
            "def test_ratio():\n    assert ratio(6, 3) == 2\n```\nThis test checks that it's right. Hope it helps!"
        ),
        saved=("test_ratio",),
    ),
    Broken(
        kind="3 the module pasted and changed",
        answer=(
            "```python\nclass Account:\n    def __init__(self, owner, balance=0):\n        self.balance = 99\n\n"
            "def test_new_account():\n    assert Account('Ann').balance == 99\n```"
        ),
        saved=("test_new_account",),
    ),
    Broken(
        kind="4 nothing but the module",
        answer="```python\ndef ratio(a, b):\n    return a / b\n```",
        saved=(),
    ),
    Broken(
        kind="5 names used without any import",
        answer="```python\ndef test_days():\n    assert days(date(2023, 10, 5), date(2023, 10, 8)) == 3\n```",
        saved=("test_days",),
    ),
    Broken(
        kind="6 cut in the middle of a string",
        answer=(
            "```python\nimport pytest\nfrom user_code import ratio, label\n\ndef test_ratio():\n"
            "    assert ratio(6, 3) == 2\n    with pytest.raises(ZeroDivisionError):\n"
        ),
        saved=("test_ratio",),
    ),
    Broken(
        kind="7 one endless test, the first check wrong",
        answer=(
            "```python\ndef test_everything():\n    assert ratio(1, 1) == 7\n"
            + "".join(f"    assert ratio({2 * n}, {n}) == 2\n" for n in range(1, 90))
            + "    assert ratio(2, 4"
        ),
        saved=("test_everything",),
    ),
    Broken(
        kind="8 pytest.raises as a decorator",
        answer=(
            "```python\nimport pytest\n\nclass TestAccount:\n    @pytest.raises(ValueError)\n"
            "    def test_no_owner(self):\n        Account('')\n\n    def test_owner(self):\n"
            "        assert Account('Ann').owner == 'Ann'\n```"
        ),
        saved=("test_no_owner", "test_owner"),
    ),
    Broken(
        kind="9 tables of literals and of the module's own",
        answer=(
            "```python\nimport pytest\n"
            "@pytest.mark.parametrize('a, b, expected', [(6, 3, 2), (1, 4, 0.5), (9, 3, 3)])\n"
            "def test_ratio(a, b, expected):\n    assert ratio(a, b) == expected\n\n"
            "@pytest.mark.parametrize('rate, name', RATES)\ndef test_label(rate, name):\n"
            "    assert label(rate) == name\n```"
        ),
        saved=("test_ratio", "test_label"),
    ),
    Broken(
        kind="10 two tests of one name",
        answer=(
            "```python\ndef test_label():\n    assert label(1) == 'low'\n\n"
            "def test_label():\n    assert label(2) == 'high'\n```"
        ),
        saved=("test_label",),
    ),
    Broken(
        kind="11 an invented API of pytest",
        answer=(
            "```python\nimport pytest\ndef test_ratio():\n"
            "    assert ratio(1, 3) == pytest.approx(0.3333, rel_tol=1e-3)\n```"
        ),
        saved=("test_ratio",),
    ),
    Broken(
        kind="12 wrong digits of a float",
        answer="```python\ndef test_ratio():\n    assert ratio(2, 3) == 0.6666666666666667\n```",
        saved=("test_ratio",),
    ),
    Broken(
        kind="13 is between values, and vacuous assertions",
        answer=(
            "```python\ndef test_label():\n    assert label(1) is 'low'\n\ndef test_nothing():\n"
            "    found = label(1)\n    assert found if found else None\n    assert True\n    assert 2 + 2 == 4\n```"
        ),
        saved=("test_label", "test_nothing"),
    ),
    Broken(
        kind="14 two blocks, and unittest without its import",
        answer=(
            "```python\nclass AccountTestCase(unittest.TestCase):\n    def setUp(self):\n"
            "        self.account = Account('Ann')\n\n    def test_deposit(self):\n"
            "        self.assertEqual(self.account.deposit(5), 5)\n"
            "        self.assertRaises(ValueError, self.account.deposit, 0)\n"
            "```\nand\n```python\ndef test_label():\n    assert label(1) == 'low'\n\n"
            "if __name__ == '__main__':\n    unittest.main()\n```"
        ),
        saved=("test_deposit", "test_label"),
    ),
    Broken(
        kind="15 JSON with raw newlines, extra keys, prose and a cut tail",
        answer=(
            '```json\n{"cases": [{"setup": [], "expr": "ratio(6,\n 3)", "expected": 2.0}, '
            '{"setup": ["a = Account(\'Ann\')"], "expr": "print(a.deposit(5))"}, '
            '{"setup": ["a = Account(\'Ann\')"], "expr": "a.is_empty()"}, '
            '{"setup": [], "expr": "x = label(1)"}, {"setup": ["a = Account(\'\')"], "expr": "a.owner"}, '
            '{"setup": ["invalid inputs"], "expr": "a normal number is valid"}, {"setup": [], "expr": "..."}, '
            '{"setup": [], "expr": "label(2'
        ),
        saved=("case 1", "case 2", "case 3", "case 4", "case 5"),
        cases=True,
    ),
    Broken(
        kind="16 a method outside of its class, with the echoed error",
        answer=(
            "```python\ndef test_zero(self):\n    with pytest.raises(ZeroDivisionError):\n        ratio(1, 0)\n"
            "    with pytest.raises(ZeroDivisionError):\n        ratio(1, 2)\n"
            "# E   Failed: DID NOT RAISE ZeroDivisionError\n```"
        ),
        saved=("test_zero",),
    ),
)
