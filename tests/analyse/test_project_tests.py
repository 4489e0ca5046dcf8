from pathlib import Path

import pytest

from aitestgen.analyse.project_tests import ProjectTests, beside, place_of, project_tests, read_tests, strategies_of
from aitestgen.errors import CodeInvalid
from aitestgen.values import SourceFile

CART = SourceFile(text="", module="shop.sales.cart")


def project(folder: Path, **files: str) -> ProjectTests:
    """A project whose tests are these; `__` in a name is a folder below."""
    for name, text in files.items():
        path = folder / "tests" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return project_tests(folder)


@pytest.mark.parametrize(
    "line",
    [
        "import shop.sales.cart",
        "from shop.sales import cart",
        "from shop.sales.cart import a",
        "import os, shop.sales.cart as c",
    ],
)
def test_a_file_that_imports_the_module_tests_it(line: str, tmp_path: Path) -> None:
    found = project(tmp_path, test_all=f"def test_a():\n    {line}\n", test_other="import shop.sales.till\n")
    assert [path.name for path in found.of(CART)] == ["test_all.py"]


def test_a_file_of_its_name_tests_it_by_way_of_the_package(tmp_path: Path) -> None:
    found = project(tmp_path, sales__test_cart="from shop import price\n", other__test_cart="import bank\n")
    assert found.of(CART) == (tmp_path / "tests/sales/test_cart.py",)
    assert found.own_file(CART) == tmp_path / "tests/sales/test_cart.py"


def test_hidden_files_and_those_that_do_not_parse_are_left_out(tmp_path: Path) -> None:
    found = project(tmp_path, test_a="import shop.sales.cart(", **{".cache__test_b": "import shop.sales.cart"})
    assert found.of(CART) == ()


@pytest.mark.parametrize(
    ("name", "left_out"), [("shop__sales__test_till", 0), ("sales__test_till", 1), ("test_till", None)]
)
def test_folders_that_mirror_the_packages_are_noticed(name: str, left_out: int | None, tmp_path: Path) -> None:
    found = project(tmp_path, **{name: "import shop\n"})
    assert found.depth_left_out(["shop.sales.cart", "shop.sales.till"]) == left_out


def test_the_way_in_which_files_are_called_is_noticed(tmp_path: Path) -> None:
    assert project(tmp_path, till_test="import shop\n").ends_in_test
    assert not project_tests(tmp_path / "empty").ends_in_test


@pytest.mark.parametrize(
    "data",
    [b"a = 1\r\n\r\n", b"\xef\xbb\xbfa = 1\n", b"# coding: latin-1\r\n# \xe4\n", b"a = 1\r# mixed\n\f\n", b"", b"\n"],
)
def test_a_file_comes_back_byte_for_byte(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "test_a.py"
    path.write_bytes(data)
    read = read_tests(path)
    assert read.text.encode(read.encoding) == data


@pytest.mark.parametrize("data", [b"# coding: klingon\n", b"# \xe4\n", b"# coding: utf-7\n# +AOQA-\n"])
def test_a_file_that_could_not_be_written_again_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "test_a.py"
    path.write_bytes(data)
    with pytest.raises(CodeInvalid, match="test_a.py"):
        read_tests(path)


def test_helpers_beside_a_test_file_are_shown_with_it(tmp_path: Path) -> None:
    found = project(tmp_path, test_cart="import shop.sales.cart, helpers\n", helpers="x = 1\n", test_b="x = 2\n")
    [read] = beside(found, CART)
    assert read.roots == (tmp_path / "tests",)
    assert sorted(path.name for path in read.binds) == ["helpers.py", "test_cart.py"]
    assert beside(found, CART, left_out=[read.path]) == ()


REGISTERS = "import hypothesis.strategies as st\nst.register_type_strategy(int, st.just(1))\n"


def test_files_with_strategies_are_conftest_helpers_and_tests_that_register_some(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(REGISTERS)
    found = project(
        tmp_path,
        conftest="import pytest\n",
        strategies="from hypothesis import strategies as st\nnumbers = st.integers()\n",
        test_with=REGISTERS,
        test_without="from hypothesis import given\n",
        broken="# hypothesis strategies\n\x00",
        settings="import hypothesis\n",
    )
    (tmp_path / "tests" / "odd.py").write_bytes(b"# hypothesis strategies \xff\n")
    files = strategies_of(found)
    assert [file.path.relative_to(tmp_path).as_posix() for file in files] == [
        "conftest.py", "tests/broken.py", "tests/strategies.py", "tests/test_with.py",
    ]  # fmt: skip
    assert files[0].text == REGISTERS


def test_a_project_without_tests_has_no_strategies(tmp_path: Path) -> None:
    assert strategies_of(project_tests(tmp_path)) == ()


def test_helpers_are_found_by_the_name_of_the_folder_of_tests(tmp_path: Path) -> None:
    project(tmp_path, data__makers="from tests.data.more import ONE\n", data__more="ONE = 1\n", other="")
    path = tmp_path / "tests" / "unit" / "test_cart.py"
    path.parent.mkdir()
    path.write_text("import shop.sales.cart\nfrom tests.data.makers import ONE\n")
    found = read_tests(path)
    assert (found.roots, found.binds) == ((tmp_path,), (tmp_path / "tests",))


def test_a_project_folder_with_the_name_of_its_package_is_not_shown_whole(tmp_path: Path) -> None:
    tests = tmp_path / "shop" / "tests"
    tests.mkdir(parents=True)
    (tests / "helper.py").write_text("ONE = 1\n")
    (tests / "test_cart.py").write_text("from shop.cart import add\nfrom helper import ONE\n")
    found = read_tests(tests / "test_cart.py")
    assert found.roots == (tests,)
    assert tests / "helper.py" in found.binds
    assert tmp_path / "shop" not in found.binds


def test_conftest_files_are_read_up_to_the_project_the_outermost_first(tmp_path: Path) -> None:
    top = tmp_path / "shop"
    (top / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "conftest.py").write_text("OUTSIDE = 1\n")
    (top / "pyproject.toml").write_text("")
    (top / "conftest.py").write_text("TOP = 1\n")
    (top / "tests" / "conftest.py").write_bytes(b"BROKEN = '\xff'\n")
    (top / "tests" / "unit" / "conftest.py").write_text("from helper import NEAR\n")
    (top / "tests" / "unit" / "helper.py").write_text("NEAR = 1\n")
    path = top / "tests" / "unit" / "test_cart.py"
    path.write_text("import shop\n")
    found = read_tests(path)
    assert [one.text for one in found.conftests] == ["TOP = 1\n", "from helper import NEAR\n"]
    assert path.parent / "helper.py" in found.binds
    assert [one.text for one in read_tests(path.parent / "conftest.py").conftests] == ["TOP = 1\n"]


@pytest.mark.parametrize(
    ("path", "beside_them"), [("src/shop.py", True), (".venv/lib/site-packages/shop.py", False), ("../shop.py", False)]
)
def test_a_module_of_another_project_is_not_beside_the_tests(path: str, beside_them: bool, tmp_path: Path) -> None:
    tests = project_tests(tmp_path / "shop")
    source = SourceFile(text="", module="shop", path=(tmp_path / "shop" / path).resolve())
    assert tests.are_beside(source) is beside_them
    assert not tests.are_beside(SourceFile(text="", module="shop"))


@pytest.mark.parametrize("above", ["", "import pytest\n@pytest.fixture\ndef cart(): ...\n"])
def test_a_place_is_worth_a_word_only_where_fixtures_act_on_every_test(above: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "conftest.py").write_text(above)
    path = tmp_path / "tests" / "test_cart.py"
    assert place_of(path) is None
    path.parent.mkdir()
    (path.parent / "conftest.py").write_text("import pytest\n@pytest.fixture(autouse = True)\ndef clean(): ...\n")
    place = place_of(path)
    assert place is not None
    assert (place.text, place.conftests[0].text) == ("", above)


def test_without_a_project_only_the_files_own_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("TOP = 1\n")
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "test_cart.py").write_text("")
    assert read_tests(folder / "test_cart.py").conftests == ()
