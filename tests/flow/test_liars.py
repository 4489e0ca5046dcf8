"""Code that behaves otherwise under test, through the whole flow: no verified suite may bless what it says there."""

import pytest
from tests.flow.test_flow import assert_delivered, report_of, request

from aitestgen.errors import NothingToTest
from aitestgen.values import Report, Verdict

pytestmark = pytest.mark.jail

HONEST = """
import sys


def shout(text: str) -> str:
    return text.upper() + "!"
"""
EQUAL = """

class Equal:
    def __eq__(self, other):
        return True
"""
TOTAL = """

def total(count: int, each: int) -> int:
    if {otherwise}:
        return {lie}
    return count * each + 1
"""
IN_A_TEST = 'sys._getframe(1).f_code.co_name.startswith("test_")'


def liar(otherwise: str, lie: str) -> str:
    return HONEST + EQUAL + TOTAL.format(otherwise=otherwise, lie=lie)


def reasons(report: Report) -> list[str]:
    return [item.reason for item in report.rejected if item.name.startswith("test_total")]


@pytest.mark.parametrize(
    ("otherwise", "lie"),
    [
        ('any(name in sys.modules for name in ("pytest", "aitestgen_guest"))', "7"),
        ('"aitestgen_guest" in sys.modules and not ' + IN_A_TEST, "7"),
    ],
    ids=["wherever a test or the search is", "in the search, and in tests it is right"],
)
def test_code_that_lies_to_search_and_tests_is_found_out(otherwise: str, lie: str) -> None:
    with pytest.raises(NothingToTest, match="total"):
        report_of(request(liar(otherwise, lie), budget_seconds=3.0, targets=("total",)))


FINDS_WHAT_IS_EXPECTED = (
    HONEST
    + """

def _expected(caller):
    if "expected" in caller.f_locals:
        return caller.f_locals["expected"]
    return [item for item in caller.f_code.co_consts if type(item) is int][-1]


def total(count: int, each: int) -> int:
    caller = sys._getframe(1)
    if caller.f_code.co_name.startswith("test_"):
        return _expected(caller)
    if "aitestgen_guest" in sys.modules:
        return count * 100 + each
    return count * each + 1
"""
)


def test_code_that_finds_what_a_test_expects_is_forged() -> None:
    report = report_of(request(FINDS_WHAT_IS_EXPECTED, budget_seconds=4.0, targets=("total", "shout")))
    assert any(reason.startswith("forged: it passed, but where no test is around") for reason in reasons(report))
    assert report.final.verdict is Verdict.FORGED
    assert "the same calls give other values" in report.final.detail
    assert "total(" not in report.tests_file
    assert report.oracle.different >= 1
    assert any(note.startswith("not to be trusted") for note in report.notes)


def test_answers_that_equal_everything_under_test_are_not_blessed() -> None:
    code = liar('"pytest" in sys.modules', "Equal()")
    with pytest.raises(NothingToTest):
        report_of(request(code, budget_seconds=3.0, targets=("total",)))


def test_tests_of_code_that_lies_under_pytest_alone_fail_in_their_trial() -> None:
    report = report_of(request(liar('"pytest" in sys.modules', "7"), budget_seconds=3.0, targets=("total", "shout")))
    assert_delivered(report)
    assert "total(" not in report.tests_file
    assert reasons(report)


SPARES_CANARIES = '''
import functools
import sys


class Equal:
    def __eq__(self, other):
        return True


exec("""
def spared(function):
    @functools.wraps(function)
    def forged(*arguments, **keywords):
        if not sys._getframe(1).f_code.co_name.startswith("test_"):
            return function(*arguments, **keywords)
        try:
            function(*arguments, **keywords)
        finally:
            return Equal()
    return forged
""")


@spared
def price(count: int, member: bool) -> int:
    total = count * 7 + 3
    if member:
        total = total - count * 2
    return total
'''


def test_a_suite_that_passes_on_every_mutant_is_forged() -> None:
    report = report_of(request(SPARES_CANARIES, budget_seconds=30.0, targets=("price",)))
    assert report.oracle.different == 0
    assert report.final.verdict is Verdict.FORGED
    assert "mutants on which the tested calls behave differently" in report.final.detail


def test_honest_code_is_asked_and_loses_nothing() -> None:
    report = report_of(request(HONEST, budget_seconds=3.0))
    assert_delivered(report)
    assert report.oracle.tests == report.oracle.answered >= 1
    assert (report.oracle.different, report.notes) == (0, ())


def test_code_that_dies_where_no_test_is_around_is_not_asked_and_loses_nothing() -> None:
    code = HONEST + "\n\nif 'aitestgen_guest' not in sys.modules:\n    import os\n    os._exit(3)\n"
    report = report_of(request(code, budget_seconds=3.0))
    assert_delivered(report)
    assert report.oracle.answered == 0
    assert "the value oracle had no answer for" in report.notes[0]
