import ast

from aitestgen.analyse import imports_of, understand
from aitestgen.values import SourceFile

CODE = """\
import math
from unittest import TestCase
import pytest
from . import money as m
from .tax import rate

LIMIT = 3


def add(a, b):
    return a + b


@pytest.fixture
def three():
    return 3


@pytest.fixture
def four(three):
    return three + 1


@pytest.fixture
def unused():
    return None


@pytest.fixture(autouse=True)
def clean():
    yield


class TestAdd:
    def test_it(self, four):
        assert add(four, LIMIT) == 7


@pytest.mark.parametrize("n", [1, 2])
def test_math(n):
    assert math.sqrt(n) >= rate(m)


class Old(TestCase):
    def test_old(self):
        self.assertEqual(add(1, 1), 2)


class TestimonialPage:
    def show(self):
        return 1


class Runner:
    def test_connection(self):
        return True
"""
SOURCE = SourceFile(text=CODE, module="shop.sums")


def test_tests_and_the_fixtures_they_use_are_kept_in_order() -> None:
    found = understand(SOURCE).existing_tests
    assert [ast.parse(text).body[0].name for text in found] == [
        "three",
        "four",
        "clean",
        "TestAdd",
        "test_math",
        "Old",
    ]
    assert found[4].startswith("@pytest.mark.parametrize")


def test_lines_of_tests_are_told_and_are_not_those_of_targets() -> None:
    subject = understand(SOURCE)
    lines = CODE.splitlines()
    assert {lines[n - 1] for n in subject.test_lines} >= {"    return 3", "class TestAdd:", "def three():"}
    for target in subject.targets:
        assert subject.test_lines.isdisjoint(range(target.lines[0], target.lines[1] + 1))


def test_tests_are_no_targets_but_what_only_looks_like_one_is() -> None:
    ids = [target.id for target in understand(SOURCE).targets]
    assert ids == ["add", "TestimonialPage", "TestimonialPage.show", "Runner", "Runner.test_connection"]


def test_without_tests_nothing_is_kept() -> None:
    subject = understand(SourceFile(text="import pytest\n@pytest.fixture\ndef a(): ...\ndef b(): ...\n", module="m"))
    assert (subject.existing_tests, subject.test_lines) == ((), frozenset())


def test_imports_of_a_test_name_the_module_and_make_relative_ones_absolute() -> None:
    _, _, _, add, sqrt, old = understand(SOURCE).existing_tests
    assert imports_of(add, SOURCE) == ("from shop.sums import LIMIT", "from shop.sums import add")
    assert imports_of(sqrt, SOURCE) == (
        "from shop import money as m",
        "from shop.tax import rate",
        "import math",
        "import pytest",
    )
    assert imports_of(old, SOURCE) == ("from shop.sums import add", "from unittest import TestCase")


def test_imports_of_a_package_module_start_from_the_package(tmp_path) -> None:
    source = SourceFile(text="from .tax import rate\ndef f(): ...\n", module="shop", path=tmp_path / "__init__.py")
    assert imports_of("rate()", source) == ("from shop.tax import rate",)


def test_names_that_the_piece_binds_itself_need_no_import() -> None:
    source = SourceFile(text="import a\nb = 1\nc = 2\n", module="m")
    assert imports_of("def f(a):\n    b = a\n    return [c for c in b]\n", source) == ()


def test_what_pytest_could_not_call_is_no_test() -> None:
    code = """
def test_connection(host, port=80):
    return host

def test_of_the_users(tmp_path, three, monkeypatch):
    assert three == 3

@pytest.mark.parametrize("n", [1])
def test_each(n):
    assert n

@pytest.fixture
def three():
    return 3
"""
    subject = understand(SourceFile(text=code, module="net"))
    assert [target.id for target in subject.targets] == ["test_connection"]
    assert len(subject.existing_tests) == 3
