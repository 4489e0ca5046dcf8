"""How a module's targets are called by its project: what is read of its tests, its docstrings, its other modules."""

import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aitestgen.analyse import understand
from aitestgen.analyse.project import locate
from aitestgen.analyse.shown.reading import LONGEST
from aitestgen.values import ShownCall, SourceFile, Target, TestModule

CART = '''
from decimal import Decimal
from enum import Enum


class Size(Enum):
    SMALL = 1


class Item:
    def __init__(self, name, price, size=Size.SMALL):
        self.name = name


class Cart:
    """A cart."""

    @classmethod
    def of(cls, *items):
        return cls()

    def add(self, item, count=1):
        self.note = item

    @property
    def total(self):
        return 0


class Basket(Cart):
    pass


def parse(text, strict=False):
    return text


def cart_of(text) -> Cart:
    return Cart()
'''


SOURCE = SourceFile(text=CART, module="shop.cart", path=Path("/nowhere/shop/cart.py"), roots=(Path("/nowhere"),))


def read(test: str = "", code: str = CART) -> dict[str, Target]:
    """The targets of a module `shop.cart` with one test file."""
    source = replace(SOURCE, text=code)
    tests = [TestModule(path=Path("/nowhere/tests/test_cart.py"), text=textwrap.dedent(test))] if test else []
    return {target.id: target for target in understand(source, (), tests).targets}


def calls(target: str, test: str) -> list[str]:
    """The calls as a reader would write them."""
    return [written(target, call) for call in read(test)[target].shown]


def written(target: str, call: ShownCall) -> str:
    given = ", ".join([*call.arguments, *(f"{name}={text}" for name, text in call.keywords)])
    steps = "".join(f"{step.verb}({', '.join(step.arguments)}); " for step in call.steps)
    return f"{steps}{call.receiver or target}({given})"


@pytest.mark.parametrize(
    "line",
    [
        "from shop.cart import parse",
        "from shop.cart import *",
        "from shop.cart import parse as read\nparse = read",
        "from shop import parse",
    ],
)
def test_calls_are_known_however_the_name_was_imported(line: str) -> None:
    name = "read" if "as read" in line else "parse"
    assert calls("parse", f"{line}\ndef test_it():\n    assert {name}('a=1', strict=True)\n") == [
        "parse('a=1', strict=True)"
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import shop.cart", "shop.cart.parse"),
        ("import shop.cart as c", "c.parse"),
        ("from shop import cart", "cart.parse"),
    ],
)
def test_calls_are_known_by_way_of_the_module(line: str, name: str) -> None:
    assert calls("parse", f"{line}\ndef test_it():\n    {name}('a')\n") == ["parse('a')"]


@pytest.mark.parametrize("module", ["bank.cart", "shop.till"])
def test_what_another_module_calls_so_is_not_taken_for_it(module: str) -> None:
    assert calls("parse", f"from {module} import parse\ndef test_it():\n    parse('a')\n") == []


def test_a_name_that_holds_something_else_is_not_taken_for_it() -> None:
    test = "from shop.cart import parse\ndef test_it(monkeypatch):\n    parse = monkeypatch.fake()\n    parse('a')\n"
    assert calls("parse", test) == []


def test_values_are_followed_through_variables_constants_and_loops() -> None:
    test = """
        from shop.cart import parse

        TEXT = "a"

        def test_it():
            text, strict = TEXT * 2, not True
            parse(text, strict)
            for one in ["b", "c"]:
                parse(one)
            parse(unknown())
            for one in many():
                parse(one)
    """
    assert calls("parse", test) == ["parse('a' * 2, not True)", "parse('b')", "parse('c')"]


def test_fixtures_and_tables_of_pytest_are_put_in_their_places() -> None:
    test = """
        import pytest
        from shop import cart
        from shop.cart import Cart, Item

        @pytest.fixture
        def item():
            return Item("tea", 3)

        @pytest.fixture
        def full(item):
            made = Cart()
            made.add(item)
            yield made

        def test_total(full):
            assert full.total == 3

        @pytest.mark.parametrize("text, strict", [("a", True), pytest.param("b", False, id="second")])
        @pytest.mark.parametrize("other", ["x"])
        def test_parse(text, strict, other):
            cart.parse(text, strict)
            cart.parse(other)
    """
    assert calls("Cart.total", test) == ["add(Item('tea', 3)); Cart()()"]
    assert calls("parse", test) == ["parse('a', True)", "parse('x')", "parse('b', False)"]
    assert calls("Item", test) == ["Item('tea', 3)"]


def test_fixtures_of_conftest_files_are_known_the_nearest_first() -> None:
    top = """
        import pytest
        from shop.cart import Item

        @pytest.fixture
        def item():
            return Item("top", 1)

        @pytest.fixture
        def name():
            return "top"
    """
    near = """
        import pytest
        from shop import cart as shop_cart

        @pytest.fixture
        def item(name):
            return shop_cart.Item(name, 2)
    """
    test = "from shop.cart import Cart\ndef test_it(item, other):\n    Cart().add(item)\n    Cart().add(other)\n"
    above = tuple(TestModule(path=Path("conftest.py"), text=textwrap.dedent(text)) for text in (top, near))
    module = TestModule(path=Path("/nowhere/tests/test_cart.py"), text=test, conftests=above)
    targets = {one.id: one for one in understand(SOURCE, (), [module]).targets}
    assert [written("Cart.add", call) for call in targets["Cart.add"].shown] == ["Cart()(Item('top', 2))"]


def test_set_up_of_unittest_is_read_before_each_test() -> None:
    test = """
        import unittest
        from shop.cart import Cart, Size, Item

        class CartTest(unittest.TestCase):
            def setUp(self):
                self.cart = Cart.of(Item("tea", 3, Size.SMALL))
                self.cart.add("first")

            def test_one(self):
                self.cart.add("one")

            def test_two(self):
                self.cart.note = 5
                with self.assertRaises(ValueError):
                    self.cart.add("two", count=2)
    """
    made = "Cart.of(Item('tea', 3, Size.SMALL))"
    assert calls("Cart.add", test) == [
        f"{made}('first')",
        f"add('first'); {made}('one')",
        f"add('first'); set:note(5); {made}('two', count=2)",
    ]


def test_helpers_of_the_tests_are_followed_with_what_they_are_given() -> None:
    test = """
        from shop.cart import Cart, Item, parse

        def make_item(name="tea", price=1, *, size=2):
            return Item(name, price, size)

        def filled(count):
            cart = Cart()
            cart.add(make_item(price=count), count)
            return cart

        def endless(n):
            return [endless(n), endless(n)]

        class TestIt:
            def _text(self, one, two="b"):
                return [one, two]

            def test_it(self):
                parse(make_item("milk"))
                assert filled(3).total == 3
                parse(self._text("a"))
                parse(endless(1))
                parse(unknown("a"))
    """
    assert calls("parse", test) == ["parse(Item('milk', 1, 2))", "parse(['a', 'b'])"]
    assert "add(Item('tea', 3, 2), 3); Cart()()" in calls("Cart.total", test)


def test_what_gives_an_object_by_its_annotation_makes_one() -> None:
    test = "from shop.cart import cart_of, Basket\ndef test_it():\n    cart_of('x').add(1)\n    Basket().add(2)\n"
    assert calls("Cart.add", test) == ["cart_of('x')(1)", "Basket()(2)"]


def test_an_object_is_written_where_nothing_happened_to_it() -> None:
    test = """
        from shop.cart import Cart, parse

        def test_it():
            cart = Cart()
            parse(cart)
            cart.add(1)
            parse(cart)
            parse([cart.note, 1])
            parse(lambda text: text)
            parse(lambda text: cart)
    """
    assert calls("parse", test) == ["parse(Cart())", "parse(lambda text: text)"]


def test_what_both_import_from_elsewhere_is_written_as_the_module_does() -> None:
    test = """
        import decimal
        from decimal import Decimal as D
        from fractions import Fraction as F
        from shop.cart import parse

        def test_it():
            parse(D("1.5"))
            parse(decimal.Decimal(2))
            parse(F(1, 2))
            parse(set([1]))
            parse(open("x"))
    """
    assert calls("parse", test) == ["parse(Decimal('1.5'))", "parse(set([1]))"]


def test_the_module_s_own_docstrings_script_and_tests_show_calls_and_its_functions_none() -> None:
    code = '''
        def clean(text):
            """Tidy up.

            >>> text = "  a "
            >>> clean(text)
            'a'
            """
            return text.strip()


        def main():
            return clean("b ")


        def test_it():
            assert clean("c ") == "c"


        if __name__ == "__main__":
            print(clean("d "))
    '''
    found = read(code=textwrap.dedent(code))["clean"].shown
    assert [call.arguments for call in found] == [("'d '",), ("'c '",), ("'  a '",)]


def test_docstrings_name_things_by_way_of_the_package_too() -> None:
    lines = ['>>> shop.clean("a")', '>>> shop.cart.clean("b")', '>>> shop.Cart.of(shop.Item("tea", 1)).add("milk")']
    shown = "\n    ".join(["", *lines, ""])
    targets = read(code=f"{CART}\n\ndef clean(text):\n    {shown!r}\n    return text\n")
    assert [call.arguments for call in targets["clean"].shown] == [("'a'",), ("'b'",)]
    assert [written("", call) for call in targets["Cart.add"].shown] == ["Cart.of(Item('tea', 1))('milk')"]


def test_other_modules_of_the_package_show_calls(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cart.py").write_text(CART)
    (package / "till.py").write_text("from .cart import parse\nSTART = parse('till')\n")
    (package / "broken.py").write_text("from .cart import parse\nparse('broken'\n")
    targets = {target.id: target for target in understand(locate(package / "cart.py")).targets}
    assert [call.arguments for call in targets["parse"].shown] == [("'till'",)]


def test_what_is_given_tells_the_types_of_parameters() -> None:
    test = "from shop.cart import Cart, Item\ndef test_it():\n    Cart().add(Item('tea', 3.5))\n"
    targets = read(test)
    assert targets["Cart.add"].parameters[0].hints[0] == "class:Item"
    assert targets["Item"].parameters[1].hints[0] == "float"


def test_what_errors_say_is_no_example() -> None:
    code = f"{CART}\n\nclass CartError(ValueError):\n    pass\n"
    test = "from shop.cart import CartError, parse\ndef test_it():\n    raise CartError('broken')\n    parse('a')\n"
    targets = read(test, code)
    assert targets["CartError"].shown == ()
    assert targets["parse"].shown


def test_what_tests_expect_to_be_raised_is_announced() -> None:
    test = """
        import pytest
        from shop.cart import Cart, parse

        def test_it():
            with pytest.raises((LookupError, shop.cart.Broken), match="a"):
                parse("a")
            parse("b")
            pytest.raises(TypeError, parse, 1, strict=True)
    """
    target = read(test)["parse"]
    assert [(call.arguments, call.raises) for call in target.shown] == [
        (("'a'",), ("LookupError", "Broken")),
        (("'b'",), ()),
        (("1",), ("TypeError",)),
    ]
    assert target.raises == ("LookupError", "Broken", "TypeError")


def test_what_is_refused_for_its_type_tells_no_type() -> None:
    code = "def double(value):\n    return value\n"
    test = """
        from shop.cart import double

        def test_it(self):
            double(2.5)
            self.assertRaises(TypeError, double, "a")
    """
    assert read(test, code)["double"].parameters[0].hints == ("float",)


def test_no_argument_is_longer_than_anybody_would_read() -> None:
    long = "x" * (LONGEST + 1)
    assert calls("parse", f"from shop.cart import parse\ndef test_it():\n    parse({long!r})\n    parse('a')\n") == [
        "parse('a')"
    ]


def nested(loops: int) -> str:
    lines = [f"{'    ' * depth}for a{depth} in [1, 2, 3, 4, 5, 6, 7, 8]:" for depth in range(1, loops)]
    return "\n".join([*lines, f"{'    ' * loops}parse(a1)"])


HOSTILE = {
    "doubling": "    a0 = [1]\n"
    + "".join(f"    a{n} = [a{n - 1}, a{n - 1}]\n" for n in range(1, 60))
    + "    parse(a59)",
    "loops": nested(15),
    "deep": f"    parse({'[' * 80}{']' * 80})",
    "chain": f"    parse(Cart(){'.add(1)' * 400})",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_code_makes_the_reading_long(body: str) -> None:
    started = time.process_time()
    read(f"from shop.cart import parse, Cart\ndef test_it():\n{body}\n    parse('end')\n")
    assert time.process_time() - started < 5


def test_many_names_and_many_tests_are_not_multiplied() -> None:
    names = "".join(f"x{n} = {n}\n" for n in range(8000))
    tests = "".join(f"def test_{n}():\n    parse({n})\n" for n in range(8000))
    started = time.process_time()
    read(f"from shop.cart import parse\n{names}{tests}")
    assert time.process_time() - started < 5


def test_fixtures_that_need_each_other_end() -> None:
    names = [f"f{n}" for n in range(12)]
    fixtures = "".join(f"@pytest.fixture\ndef {n}({', '.join(names)}):\n    return parse('{n}')\n" for n in names)
    found = calls("parse", f"import pytest\nfrom shop.cart import parse\n{fixtures}def test_it(f1):\n    parse(f1)\n")
    assert "parse('f3')" in found


def test_nothing_is_learnt_from_tests_that_were_generated() -> None:
    test = """
        from shop.cart import Cart, parse

        def test_parse_returns_a():
            parse("a")

        def test_cart_add_updates_note():
            Cart().add("b")

        def test_parse_of_nothing():
            parse("")
    """
    assert calls("parse", test) == ["parse('')"]
    assert calls("Cart.add", test) == []
