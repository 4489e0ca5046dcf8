"""What several tests begin with becomes a fixture, and the tests stay what they were."""

import ast

import pytest

from aitestgen.render.pytest_file import Setting, prints_in, prints_of, render
from aitestgen.render.shared_setup import shared_setup
from aitestgen.values import Candidate

QUIET = ('monkeypatch.setenv("NO_COLOR", "1")', 'monkeypatch.delenv("TERM", raising=False)')


def written(name: str, *lines: str, given: str = "monkeypatch", kind: str = "def") -> str:
    body = "".join(f"    {line}\n" if line else "\n" for line in (*lines, "", f"assert price({name!r}) == 1"))
    return f"{kind} test_{name}({given}):\n{body}".strip("\n")


def test_three_tests_that_begin_alike_ask_for_a_fixture() -> None:
    shared = shared_setup([written(name, *QUIET) for name in "abc"] + [written("d", QUIET[1])], ())
    assert shared.fixtures == (
        '@pytest.fixture\ndef no_color_environment(monkeypatch):\n    monkeypatch.setenv("NO_COLOR", "1")\n'
        '    monkeypatch.delenv("TERM", raising=False)',
    )
    assert shared.tests == (
        *(f"def test_{name}(no_color_environment):\n    assert price({name!r}) == 1" for name in "abc"),
        written("d", QUIET[1]),
    )


@pytest.mark.parametrize(
    "tests",
    [
        [written(name, *QUIET) for name in "ab"],
        [written(name, QUIET[0]) for name in "abc"],
        [written(name, 'monkeypatch.chdir(tmp_path)', *QUIET, given="monkeypatch, tmp_path") for name in "abc"],
        [written(name, f'monkeypatch.setenv("A", "{name}")', *QUIET) for name in "abc"],
        [written(name, "cart = Cart()", "cart.fill()", given="") for name in "abc"],
        [written(name, *QUIET, given="monkeypatch: MonkeyPatch") for name in "abc"],
        [written(name, *QUIET, given="monkeypatch, *, cart=1") for name in "abc"],
        [written(name, QUIET[0], "# as on a server", QUIET[1]) for name in "abc"],
        ["x = 1", "", "class A: ..."],
    ],
    ids=["two tests", "one line", "another fixture's value", "other beginnings", "objects that nothing uses",
         "annotations", "options", "comments", "no tests"],
)  # fmt: skip
def test_what_is_not_worth_a_fixture_stays(tests: list[str]) -> None:
    assert shared_setup(tests, ()) == ((), tuple(tests))


CART = ("cart = Cart()", 'cart.add("pen", 2)')


def using(name: str, *lines: str, given: str = "", kind: str = "def") -> str:
    body = "".join(f"    {line}\n" for line in (*lines, f"assert cart.price() == {len(name)}"))
    return f"{kind} test_{name}({given}):\n{body}".strip("\n")


def test_objects_that_are_built_alike_are_given_by_a_fixture() -> None:
    shared = shared_setup([using(name, *CART) for name in "abc"] + [using("d", *CART, "cart.clear()")], ())
    assert shared.fixtures == (
        '@pytest.fixture\ndef cart():\n    cart = Cart()\n    cart.add("pen", 2)\n    return cart',
    )
    assert shared.tests == (
        *(f"def test_{name}(cart):\n    assert cart.price() == 1" for name in "abc"),
        "def test_d(cart):\n    cart.clear()\n    assert cart.price() == 1",
    )


def test_surroundings_and_objects_that_others_hold_belong_to_the_object() -> None:
    lines = ('monkeypatch.setenv("TAX", "7")', "prices = Prices.read()", "cart = Cart(prices)")
    shared = shared_setup([using(name, *lines, given="monkeypatch, tmp_path") for name in "abc"], ())
    assert shared.fixtures[0].startswith('@pytest.fixture\ndef cart(monkeypatch):\n    monkeypatch.setenv("TAX", "7")')
    assert shared.fixtures[0].endswith("    cart = Cart(prices)\n    return cart")
    assert shared.tests[0] == "def test_a(cart, tmp_path):\n    assert cart.price() == 1"


@pytest.mark.parametrize(
    "tests",
    [
        [using(name, *CART, given="capsys") for name in "abc"],
        [using(name, *CART, kind="async def") for name in "abc"],
        [using(name, "items = Items()", "cart = Cart(items)", "assert items") for name in "abc"],
        [using(name, "cart = filled(2)", "cart.clear()") for name in "abc"],
        [*(using(name, *CART) for name in "abc"), "def test_d():\n    assert cart(2) == 1"],
    ],
    ids=["prints", "a coroutine", "another is used, too", "what a function gives", "the name of a function"],
)
def test_objects_that_no_fixture_could_give_stay(tests: list[str]) -> None:
    assert shared_setup(tests, ()) == ((), tuple(tests))
    assert shared_setup([using(name, *CART) for name in "abc"], {"cart"}).fixtures == ()


def test_what_a_test_does_besides_keeps_its_monkeypatch() -> None:
    more = 'monkeypatch.setenv("LANG", "C")'
    tests = [written(name, *QUIET) for name in "ab"] + [written("c", *QUIET, more, given="monkeypatch, capsys")]
    assert shared_setup(tests, ()).tests[2] == (
        "def test_c(no_color_environment, monkeypatch, capsys):\n"
        '    monkeypatch.setenv("LANG", "C")\n\n    assert price(\'c\') == 1'
    )


def test_coroutines_and_statements_of_several_lines_are_kept_whole() -> None:
    longer = 'monkeypatch.setattr(\n        "shop.clock.now",\n        lambda: 1,\n    )'
    shared = shared_setup([written(name, longer, QUIET[0], kind="async def") for name in "abc"], ())
    assert longer in shared.fixtures[0]
    assert shared.tests[0] == "async def test_a(surroundings):\n    assert price('a') == 1"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (['monkeypatch.delenv("A")', "price.cache_clear()"], "clean_environment"),
        (['monkeypatch.setattr("shop.COUNT", COUNT)', 'monkeypatch.setattr("shop.ALL", ALL.copy())'], "fresh_state"),
        (['monkeypatch.setattr("shop.time.time", t)', 'monkeypatch.setattr("shop.time.sleep", s)'], "standing_clock"),
        (['monkeypatch.setattr("shop.COUNT", 1)', QUIET[0]], "surroundings"),
        (["price.cache_clear()", "total.cache_clear()"], "empty_caches"),
    ],
)
def test_a_fixture_is_called_by_what_it_makes(lines: list[str], name: str) -> None:
    (fixture,) = shared_setup([written(test, *lines) for test in "abc"], ()).fixtures
    assert f"def {name}(" in fixture


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ({"no_color_environment"}, "other_no_color_environment"),
        ({"no_color_environment", "other_no_color_environment"}, "further_no_color_environment"),
    ],
)
def test_no_fixture_takes_a_name_that_is_there(taken: set[str], name: str) -> None:
    assert f"def {name}(" in shared_setup([written(test, *QUIET) for test in "abc"], taken).fixtures[0]


def test_there_are_no_more_fixtures_than_names() -> None:
    tests = [written(f"{a}{b}", f'monkeypatch.setenv("A", "{a}")', QUIET[1]) for a in "abcde" for b in "xyz"]
    shared = shared_setup(tests, ())
    assert len(shared.fixtures) == 3
    assert shared.tests[9:] == tuple(tests[9:])


def candidate(name: str, code: str) -> Candidate:
    return Candidate(id=name, target_id="price", name=f"test_{name}", code=code + "\n")


def test_a_test_is_the_same_with_a_fixture_as_without() -> None:
    candidates = [candidate(name, written(name, *QUIET)) for name in "abc"]
    text = render(candidates, Setting(module="shop.cart", names=frozenset({"price"}))).text
    assert "import pytest\n" in text
    assert text.index("def no_color_environment(") < text.index("def test_a(no_color_environment)")
    assert prints_in(text) == frozenset().union(*map(prints_of, candidates))


def test_a_test_is_the_same_with_a_given_object_as_without() -> None:
    candidates = [candidate(name, using(name, *CART)) for name in ("a", "bb", "ccc")]
    text = render(candidates, Setting(module="shop.cart", names=frozenset({"Cart"}))).text
    assert "from shop.cart import Cart\n" in text
    assert "def test_bb(cart):\n    assert cart.price() == 2\n" in text
    assert prints_in(text) == frozenset().union(*map(prints_of, candidates))


def test_a_fixture_that_does_something_else_says_nothing_of_a_test() -> None:
    own = "@pytest.fixture\ndef cart():\n    return Cart()\n\n\ndef test_a(cart):\n    assert cart"
    assert prints_in(own) == prints_in(ast.unparse(ast.parse(own.partition("\n\n\n")[2])))
