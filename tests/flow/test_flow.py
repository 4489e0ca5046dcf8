"""The whole flow over the real jail, on small modules of every kind."""

import asyncio
import dataclasses
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from aitestgen.analyse import understand
from aitestgen.analyse.project import locate
from aitestgen.errors import CodeInvalid, NothingToTest, PolicyRefused
from aitestgen.pipeline import Workshop, generate
from aitestgen.propose.by_search.observed import Exploration
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import (
    Candidate,
    Limits,
    Options,
    Outcome,
    Policy,
    Report,
    Request,
    SourceFile,
    TestModule,
    Verdict,
)
from aitestgen.workbench import Workbench
from aitestgen.worth import setting_of

pytestmark = pytest.mark.jail
ROOMY = Limits(cpu_cores=2.0, memory_bytes=512 * 1024 * 1024, wall_seconds=20)

PURE = '''
def grade(points: int) -> str:
    """A grade for 0 to 100 points."""
    if not 0 <= points <= 100:
        raise ValueError(f"no such points: {points}")
    return "pass" if points >= 50 else "fail"
'''
STATEFUL = """
class Counter:
    def __init__(self, start=0):
        self.value = start

    def add(self, amount=1):
        if amount < 1:
            raise ValueError("amount must be positive")
        self.value += amount
        return self.value

    def reset(self):
        self.value = 0
"""
KINDS = """
import asyncio
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: int = 0

    @property
    def norm(self) -> int:
        return abs(self.x) + abs(self.y)

    @staticmethod
    def origin() -> "Point":
        return Point(0)

    @classmethod
    def on_axis(cls, x: int) -> "Point":
        return cls(x)


def evens(limit: int):
    for number in range(min(limit, 10)):
        if number % 2 == 0:
            yield number


async def later(number: int) -> int:
    await asyncio.sleep(0)
    return number + 1


@contextmanager
def doubled(number: int):
    yield number * 2


def shout(text: str) -> None:
    print(text.upper())


def stamp(name: str) -> str:
    return f"{name}@{time.time():.0f}"


def draw(names: list[str]) -> str:
    return random.choice(names) if names else "nobody"


def twice(function):
    def run(number):
        return function(function(number))
    return run
"""
LIKE_TESTS = """
def test_password(text):
    return len(text) > 7


class TestPlan:
    def steps(self, count):
        return list(range(count))
"""
FLUENT = """
class Query:
    def __init__(self, table):
        self._table = table
        self._where = []
        self._limit = None

    def where(self, column, op, value):
        if op not in ("=", "<", "in"):
            raise ValueError(f"unknown operator {op}")
        if op == "in":
            self._where.append(f"{column} IN ({', '.join('?' for _ in value)})")
        elif value is None:
            self._where.append(f"{column} IS NULL")
        else:
            self._where.append(f"{column} {op} ?")
        return self

    def limit(self, count):
        if count < 1:
            raise ValueError("at least 1")
        self._limit = count
        return self

    def build(self):
        sql = f"SELECT * FROM {self._table}"
        if self._where:
            sql += " WHERE " + " AND ".join(self._where)
        if self._limit is not None:
            sql += f" LIMIT {self._limit}"
        return sql
"""
EXCUSING = """
import traceback

import pytest


def price(n: int) -> list[int]:
    if "pytest_pyfunc_call" in {{frame.name for frame in traceback.extract_stack()}}:
        pytest.{excuse}("never mind")
    return [n, n * 3]


def half(n: int) -> int:
    return n // 2
"""
EXCUSED = {"xfail": "xfailed", "skip": "skipped"}
MOVES = """
class Stock:
    def __init__(self, count):
        if count < 1:
            raise ValueError("nothing to begin with")
        self.count = count

    def give(self, other, count):
        if count > self.count:
            raise LookupError(f"there are only {self.count}")
        self.count -= count
        try:
            other.take(count)
        except OSError:
            self.count += count
            raise
"""
STEPS = '''
class Shop:
    """Opened and closed in turn, by one door."""

    def __init__(self) -> None:
        self.is_open = False

    def open(self) -> None:
        self._turn(True)

    def close(self) -> None:
        self._turn(False)

    def _turn(self, wanted: bool) -> None:
        if self.is_open == wanted:
            raise RuntimeError(f"the shop is {'open' if self.is_open else 'closed'} already")
        self.is_open = wanted
'''
WITH_A_PRIVATE_PART = """
def price(cents: int) -> str:
    return _shown(cents) + " EUR"


def _shown(cents: int) -> str:
    if cents < 0:
        raise ValueError("a price is not negative")
    if cents > 10**12:
        return "priceless"
    return f"{cents / 100:.2f}"


def _unused(text: str) -> str:
    return text.strip() or "nothing"
"""
EXPECTED_TO_FAIL = """
import pytest


@pytest.mark.xfail(reason="to be decided")
def test_full_points_are_excellent():
    assert grade(100) == "excellent"
"""


def request(text: str, module: str = "user_code", **options: object) -> Request:
    chosen = dataclasses.replace(Options(budget_seconds=5.0), **options)  # type: ignore[arg-type]  # fields by name
    return Request(source=SourceFile(text=text, module=module), interpreter=own_interpreter(), options=chosen)


def report_of(asked: Request, stop: asyncio.Event | None = None) -> Report:
    async def last() -> Report:
        workshop = Workshop(sandbox=BubblewrapSandbox(), search_limits=ROOMY, run_limits=ROOMY)
        reports = [event.report async for event in generate(asked, workshop, stop) if event.report]
        return reports[0]

    return asyncio.run(last())


def assert_delivered(report: Report) -> None:
    assert report.final.verdict is Verdict.PASSED
    assert report.tests
    assert all(outcome.outcome is Outcome.PASSED for outcome in report.final.outcomes)


def test_private_functions_are_called_only_for_what_public_ones_do_not_bring() -> None:
    report = report_of(request(WITH_A_PRIVATE_PART))
    assert_delivered(report)
    assert (report.coverage.line_ratio, report.coverage.branch_ratio) == (1.0, 1.0)
    called = re.findall(r"\b(price|_shown|_unused)\(", report.tests_file)
    assert "_shown" not in called
    assert called.index("_unused") > len(called) - 1 - called[::-1].index("price")


def test_what_is_undone_when_another_object_refuses_is_tested() -> None:
    report = report_of(request(MOVES))
    assert_delivered(report)
    assert (report.coverage.line_ratio, report.coverage.branch_ratio) == (1.0, 1.0)


def test_what_works_is_shown_beside_what_is_refused() -> None:
    report = report_of(request(STEPS))
    assert_delivered(report)
    for method in ("open", "close"):
        calls = [name for name in re.findall(r"def (test_\w+)", report.tests_file) if f"_{method}_" in name]
        assert any("raises" in name for name in calls), report.tests_file
        assert any("raises" not in name for name in calls), report.tests_file


def test_a_function_gets_a_complete_suite_that_plain_pytest_passes_too(tmp_path: Path) -> None:
    report = report_of(request(PURE))
    assert_delivered(report)
    assert (report.coverage.line_ratio, report.coverage.branch_ratio) == (1.0, 1.0)
    assert report.mutation.score >= 0.8
    assert 'match="^no such points: ' in report.tests_file
    (tmp_path / "user_code.py").write_text(PURE)
    (tmp_path / "test_user_code.py").write_text(report.tests_file)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_user_code.py"]
    plain = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_seed_gives_the_same_file_again() -> None:
    assert report_of(request(STATEFUL)).tests_file == report_of(request(STATEFUL)).tests_file


def test_every_kind_of_target_gets_a_test() -> None:
    report = report_of(request(KINDS, budget_seconds=8.0))
    assert_delivered(report)
    for part in (
        "Colour(", "Point(", ".norm", "Point.origin()", "Point.on_axis(", "list(evens(", "asyncio.run(later(",
        "with doubled(", "capsys.readouterr()", 'monkeypatch.setattr("user_code.time.time"', "twice(",
    ):  # fmt: skip
        assert part in report.tests_file, part


def test_a_class_is_tested_by_its_state() -> None:
    report = report_of(request(STATEFUL))
    assert_delivered(report)
    assert "counter.value ==" in report.tests_file
    assert report.coverage.line_ratio == 1.0


def test_each_test_is_told_with_what_it_brings() -> None:
    report = report_of(request(PURE))
    assert all(test.new_lines or test.new_arcs or test.kills for test in report.tests)


def test_as_measured_each_test_brings_what_no_other_does() -> None:
    report = report_of(request(FLUENT))
    killers = Counter(mutant for test in report.tests for mutant in test.kills)
    idle = [
        test.id
        for test in report.tests
        if not (test.new_lines or test.new_arcs or any(killers[mutant] == 1 for mutant in test.kills))
    ]
    assert report.mutation.score > 0.9
    assert len(idle) <= 1, "but for one by which a method is called by name, and not by chance through another"


def test_functions_that_are_called_like_tests_are_tested_and_not_taken_for_tests() -> None:
    report = report_of(request(LIKE_TESTS))
    assert_delivered(report)
    assert report.coverage.line_ratio == 1.0
    assert "user_code.test_password(" in report.tests_file
    assert "user_code.TestPlan()" in report.tests_file


def test_existing_tests_come_first_and_count() -> None:
    code = PURE + "\n\ndef test_a_good_grade():\n    assert grade(80) == 'pass'\n"
    report = report_of(request(code))
    assert_delivered(report)
    assert report.tests_file.index("def test_a_good_grade():") < report.tests_file.index("def test_grade_")
    assert report.tests[0].id == "test_user_code.py::test_a_good_grade"


VOUCHERS = """
import hashlib


class Voucher:
    def __init__(self, code):
        name, _, sign = code.partition("-")
        if hashlib.sha256(name.encode()).hexdigest()[:12] != sign:
            raise ValueError("forged")
        self.name = name

    def redeem(self, by):
        if not by:
            raise LookupError("nobody")
        return f"{self.name} for {by}"
"""
VOUCHER_TESTS = """
import pytest
from user_code import Voucher


@pytest.fixture
def voucher():
    return Voucher("tea-a9f74d1ec36e")


def test_it(voucher):
    assert voucher.redeem("bob") == "tea for bob"
"""


def test_what_the_project_s_tests_call_is_called_and_changed() -> None:
    alone = report_of(request(VOUCHERS))
    tests = (TestModule(path=Path("/nowhere/test_vouchers.py"), text=VOUCHER_TESTS),)
    report = report_of(dataclasses.replace(request(VOUCHERS), tests=tests))
    assert alone.coverage.line_ratio < report.coverage.line_ratio == 1.0
    assert 'Voucher("tea-a9f74d1ec36e")' in report.tests_file


CONFTEST = """
import pytest
from user_code import Voucher


def pytest_collection_modifyitems(config):
    config.getoption("--of-another-run")


@pytest.fixture
def voucher(_named):
    return Voucher(_named)


@pytest.fixture
def _named():
    return "never used"
"""
NEARER_CONFTEST = """
import pytest


@pytest.fixture
def _named():
    return "tea-a9f74d1ec36e"
"""


def test_the_project_s_tests_get_the_fixtures_of_their_conftest_files_and_not_the_hooks() -> None:
    above = tuple(TestModule(path=Path("/nowhere/conftest.py"), text=text) for text in (CONFTEST, NEARER_CONFTEST))
    test = "def test_it(voucher):\n    assert voucher.redeem('bob') == 'tea for bob'\n"
    tests = (TestModule(path=Path("/nowhere/test_vouchers.py"), text=test, conftests=above),)
    report = report_of(dataclasses.replace(request(VOUCHERS), tests=tests))
    assert report.before is not None
    assert report.before.tests == 1
    assert report.before.mutation.killed > 3
    assert report.coverage.line_ratio == 1.0
    assert 'Voucher("tea-a9f74d1ec36e")' in report.tests_file


def test_a_conftest_file_that_fails_costs_only_the_tests_that_need_it() -> None:
    above = (TestModule(path=Path("/nowhere/conftest.py"), text="import nothing_here\n"),)
    test = "from user_code import Voucher\ndef test_one(gone): ...\ndef test_two():\n    assert Voucher.redeem\n"
    tests = (TestModule(path=Path("/nowhere/test_vouchers.py"), text=test, conftests=above),)
    report = report_of(dataclasses.replace(request(VOUCHERS), tests=tests))
    assert report.before is not None
    assert report.before.tests == 1


TARIFF = """
LIMIT = 10

def label(name: str) -> str:
    if len(name) > LIMIT:
        return name[:LIMIT] + "..."
    return name
"""
SMALLER = """
import pytest
import user_code

@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(user_code, "LIMIT", 3)
"""


def in_the_place_of(conftest: str) -> Report:
    """Tests of TARIFF for a folder with this file of fixtures."""
    above = (TestModule(path=Path("/nowhere/conftest.py"), text=conftest),)
    place = TestModule(path=Path("/nowhere/test_tariff.py"), text="", conftests=above)
    return report_of(dataclasses.replace(request(TARIFF), place=place))


def test_new_tests_hold_where_they_are_put(tmp_path: Path) -> None:
    report = in_the_place_of(SMALLER)
    assert report.notes == ()
    (tmp_path / "user_code.py").write_text(TARIFF)
    (tmp_path / "conftest.py").write_text(SMALLER)
    (tmp_path / "test_tariff.py").write_text(report.tests_file)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert any(item.reason.startswith("failed: ") for item in report.rejected)


def test_fixtures_that_cannot_be_set_up_are_done_without_and_that_is_said() -> None:
    broken = SMALLER.replace("monkeypatch.setattr", "open('/nowhere/at/all'), ")
    report = in_the_place_of(broken)
    assert report.coverage.branch_ratio == 1.0
    assert [note for note in report.notes if "/nowhere/conftest.py" in note and "/nowhere/at/all" in note]


STRATEGIES = """
import hashlib
import hypothesis.strategies as st
from user_code import Voucher


def signed(name):
    return f"{name}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


st.register_type_strategy(Voucher, st.builds(Voucher, st.sampled_from(["tea", "milk"]).map(signed)))
"""


def test_what_the_project_s_strategies_draw_is_given_to_the_code() -> None:
    strategies = (TestModule(path=Path("/nowhere/conftest.py"), text=STRATEGIES),)
    report = report_of(dataclasses.replace(request(VOUCHERS), strategies=strategies))
    assert report.coverage.line_ratio == 1.0
    assert re.search(r'Voucher\("(tea|milk)-\w{12}"\)', report.tests_file)
    assert "hypothesis" not in report.tests_file


def test_a_module_of_a_package_is_imported_by_its_real_name(tmp_path: Path) -> None:
    package = tmp_path / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "rates.py").write_text("RATE = 3\n")
    (package / "cart.py").write_text("from .rates import RATE\n\n\ndef total(n: int) -> int:\n    return n * RATE\n")
    source = locate(package / "cart.py")
    asked = Request(source=source, interpreter=own_interpreter(), options=Options(budget_seconds=3.0))
    report = report_of(asked)
    assert_delivered(report)
    assert "from shop.cart import total" in report.tests_file


def test_at_most_so_many_tests_are_delivered_as_asked() -> None:
    assert len(report_of(request(STATEFUL, max_tests=2)).tests) <= 2


NOTHING = Exploration(
    names=frozenset({"grade"}),
    imports={},
    cases=(),
    suspects=(),
    contradictions=(),
    broken=(),
    mutant_lines={},
    unfit="",
    malformed=0,
)


def bench_of(asked: Request) -> Workbench:
    workshop = Workshop(sandbox=BubblewrapSandbox(), search_limits=ROOMY, run_limits=ROOMY)
    return Workbench(asked, workshop, asyncio.Event())


def test_under_the_strict_policy_a_file_without_a_test_is_written_as_under_any_other() -> None:
    asked = request(PURE, policy=Policy.STRICT)
    rig = bench_of(asked).rig(understand(asked.source, asked.options.targets), NOTHING)
    assert rig.written([]).text.strip() == ""


def test_a_candidate_that_is_no_code_costs_the_others_nothing() -> None:
    asked = request(PURE)
    bench = bench_of(asked)
    subject = understand(asked.source, asked.options.targets)
    fine = Candidate(
        id="1", target_id="grade", name="test_fine", code='def test_fine():\n    assert grade(1) == "fail"\n'
    )
    broken = dataclasses.replace(
        fine, id="2", name="test_broken", code="def test_broken():\n    with grade(1):\n    pass\n"
    )
    setting = setting_of(subject, NOTHING)
    assert [item.name for item in (broken, fine) if bench._can_be_written(item, setting)] == [
        "test_fine"
    ]  # what the flow asks first
    assert ["no code" in item.reason for item in bench.rejected] == [True]


def test_strict_policy_refuses_before_anything_runs() -> None:
    with pytest.raises(PolicyRefused, match="unsafe operations: os"):
        report_of(request("import os\n\n\ndef f():\n    return os.getcwd()\n", policy=Policy.STRICT))


def test_a_module_that_cannot_be_imported_says_why() -> None:
    with pytest.raises(CodeInvalid, match="ZeroDivisionError: division by zero"):
        report_of(request("X = 1 / 0\n\n\ndef f():\n    return X\n"))


def test_a_module_without_functions_has_nothing_to_test() -> None:
    with pytest.raises(NothingToTest):
        report_of(request("X = 1\n"))


def test_what_was_found_before_a_stop_is_verified_and_delivered() -> None:
    async def interrupted() -> Report:
        stop = asyncio.Event()
        workshop = Workshop(sandbox=BubblewrapSandbox(), search_limits=ROOMY, run_limits=ROOMY)
        found: Report | None = None
        async for event in generate(request(STATEFUL, budget_seconds=30.0), workshop, stop):
            if event.stage == "search":
                stop.set()
            found = event.report
        assert found is not None
        return found

    report = asyncio.run(interrupted())
    assert report.interrupted
    assert_delivered(report)
    assert report.mutation.fates == {}


def test_a_documented_example_that_the_code_contradicts_is_a_finding() -> None:
    code = 'def half(n: int) -> int:\n    """Half of it.\n\n    >>> half(3)\n    1.5\n    """\n    return n // 2\n'
    report = report_of(request(code, budget_seconds=3.0))
    assert [(item.input, item.observed, item.expected) for item in report.findings] == [("half(3)", "1", "1.5")]


def test_an_unannounced_exception_on_fitting_arguments_is_a_finding_and_no_test() -> None:
    report = report_of(request("def first(items: list[int]) -> int:\n    return items[0]\n", budget_seconds=3.0))
    assert [item.observed for item in report.findings] == ["IndexError: list index out of range"]
    assert "IndexError" not in report.tests_file


def test_a_test_that_depends_on_the_day_is_not_delivered() -> None:
    code = "import time\n\n\ndef age(year: int) -> int:\n    return time.gmtime().tm_year - year\n"
    with pytest.raises(NothingToTest, match="no test passed in every run"):
        report_of(request(code, budget_seconds=3.0))


@pytest.mark.parametrize("excuse", ["xfail", "skip"])
def test_a_test_that_the_code_under_test_excuses_is_not_delivered(excuse: str) -> None:
    code = EXCUSING.format(excuse=excuse)
    report = report_of(request(code, budget_seconds=3.0))
    assert_delivered(report)
    assert "half(" in report.tests_file
    assert "price(" not in report.tests_file
    assert [item.name for item in report.rejected if item.reason.startswith(EXCUSED[excuse])]


def test_a_test_of_the_users_own_that_is_expected_to_fail_stays() -> None:
    report = report_of(request(PURE + EXPECTED_TO_FAIL, budget_seconds=3.0))
    outcomes = {outcome.id.partition("::")[2]: outcome.outcome for outcome in report.final.outcomes}
    assert report.final.verdict is Verdict.PASSED
    assert outcomes.pop("test_full_points_are_excellent") is Outcome.XFAILED
    assert set(outcomes.values()) == {Outcome.PASSED}
    assert report.rejected == ()


def test_a_function_of_the_modules_own_name_is_the_function_in_its_examples() -> None:
    code = 'def half(n: int) -> int:\n    """Half of it.\n\n    >>> half(4)\n    2\n    """\n    return n // 2\n'
    assert report_of(request(code, module="half", budget_seconds=3.0)).findings == ()


HALVED = '''
def half(n: int) -> int:
    """Half of a number. Never negative.

    >>> half(9)
    5
    """
    return n // 2
'''


def test_a_suspected_bug_is_told_and_in_no_test() -> None:
    report = report_of(request(HALVED))
    assert_delivered(report)
    assert [(item.kind, item.reproducer.splitlines()[-1]) for item in report.findings] == [
        ("doctest", "assert half(9) == 5"),
        ("docstring", "assert half(-1) >= 0"),
    ]
    assert "xfail" not in report.tests_file
    assert "half(9)" not in report.tests_file
    assert not re.search(r"== -\d|, -\d+\)", report.tests_file)


def test_what_a_suspected_bug_does_is_in_tests_where_that_is_asked_for() -> None:
    report = report_of(request(HALVED, bless_bugs=True))
    assert_delivered(report)
    assert [item.kind for item in report.findings] == ["doctest", "docstring"]
    assert re.search(r"half\(|\bhalf\b", report.tests_file)
    (note,) = [note for note in report.notes if "as asked for" in note]
    named = note.partition(": ")[2].split(", ")
    assert named
    assert all(f"def {name}(" in report.tests_file for name in named)


def test_a_suspected_bug_becomes_a_test_that_has_to_fail_when_asked() -> None:
    report = report_of(request(HALVED, xfail_bugs=True))
    assert report.final.verdict is Verdict.PASSED
    outcomes = {item.id.partition("::")[2]: item.outcome for item in report.final.outcomes}
    failing = [name for name, outcome in outcomes.items() if outcome is Outcome.XFAILED]
    assert failing == ["test_half_contradicts_its_doctest", "test_half_contradicts_its_docstring"]
    assert report.tests_file.count("@pytest.mark.xfail(") == report.tests_file.count("strict=True") == 2
    assert any(outcome is Outcome.PASSED for outcome in outcomes.values())
