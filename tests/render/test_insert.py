import ast
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitestgen.errors import UsageError
from aitestgen.render.insert import clashes, inserted, names_bound_in

FRESH = """import math

import pytest
from shop.cart import Cart, price


@pytest.mark.parametrize("n", [1, 2])
def test_price_of_few(n):
    assert price(n) == n


def test_cart_is_empty():
    assert math.isclose(Cart().total, 0)
"""
PIECES = [
    '"""What is tested here.\n# no comment\n"""\n',
    "# -*- coding: utf-8 -*-\n",
    "from __future__ import annotations\n",
    "import math\n",
    "import os; import sys\n",
    "from shop.cart import (\n    price,  # the price\n    Cart,\n)\n",
    "from shop.cart import price as cost\n",
    "import pytest\n",
    "import shop.cart\n",
    "\n",
    "\n\n\n",
    "# a comment\n",
    "ROWS = [\n    1,\n    2,\n]\n",
    'TEXT = """\n# not a comment\n\n"""\n',
    "def test_old():\n\tassert True\n",
    "class TestOld:\n    def test_a(self): pass\n",
    "try:\n    import tomllib\nexcept ImportError:\n    tomllib = None\n",
    "@pytest.mark.skip\ndef test_later(): ...\n",
    "total = 1 + \\\n    2\n",
    "\f\n",
    "x = 1; y = '''\nz'''\n",
]
END = [
    "",
    "# the end",
    "if __name__ == '__main__':\n    pytest.main()\n",
    "\n# run it\nif __name__ == '__main__': pass",
]


def lines_of(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))


def is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(line in rest for line in part)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Test files of every order of pieces that Python accepts, with any line end, and with or without a last one."""
    head = [PIECES[2]] if draw(st.booleans()) else []
    pieces = draw(st.lists(st.sampled_from([piece for piece in PIECES if "__future__" not in piece]), max_size=8))
    text = "".join([*head, *pieces, draw(st.sampled_from(END))])
    text = text.rstrip("\n") if draw(st.booleans()) else text
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))


@settings(max_examples=150, deadline=None)
@given(files())
def test_every_original_line_is_kept_in_order_with_its_bytes(base: str) -> None:
    new = inserted(base, FRESH)
    old = lines_of(base)
    if old and not old[-1].endswith(("\n", "\r")):
        assert new.startswith(base) or base in new or old[-1] in new
        old[-1] = next(line for line in lines_of(new) if line.rstrip("\r\n") == old[-1])
    assert is_subsequence(old, lines_of(new))
    assert {line[len(line.rstrip("\r\n")) :] for line in lines_of(new)} <= {"\n" if not base else _end_of(base), ""}


def _end_of(base: str) -> str:
    first = lines_of(base)[0]
    return first[len(first.rstrip("\r\n")) :] or "\n"


@settings(max_examples=150, deadline=None)
@given(files())
def test_what_was_there_still_means_the_same_and_the_new_is_there_once(base: str) -> None:
    new = inserted(base, FRESH)
    before, after = ast.parse(base), ast.parse(new)
    left = [ast.dump(node) for node in after.body]
    for node in before.body:
        left.remove(ast.dump(node))
    names = names_bound_in(new)
    assert {"test_price_of_few", "test_cart_is_empty", "Cart", "price", "math", "pytest"} <= names
    assert sum("FunctionDef" in text[:12] for text in left) == 2
    assert ast.get_docstring(after) == ast.get_docstring(before)


def test_imports_that_are_there_are_not_added_again() -> None:
    base = "import math\n\nimport pytest\n\nfrom shop.cart import Cart\n\n\ndef test_a(): ...\n"
    new = inserted(base, FRESH)
    assert new.startswith(
        "import math\n\nimport pytest\n\nfrom shop.cart import Cart\nfrom shop.cart import price\n\n\n"
    )
    assert new.count("import math") == new.count("import pytest") == 1


def test_an_import_goes_beside_those_of_its_kind() -> None:
    base = "import os\n\nfrom shop.cart import price\n\n\ndef test_a(): ...\n"
    assert inserted(base, FRESH).startswith(
        "import os\nimport math\n\nfrom shop.cart import price\nfrom shop.cart import Cart\n\nimport pytest\n\n\n"
    )


def test_the_last_test_comes_before_what_runs_the_file() -> None:
    base = "import pytest\n\n\ndef test_a(): ...\n\n\n# by hand\nif __name__ == '__main__':\n    pytest.main()\n"
    new = inserted(base, FRESH)
    assert new.endswith(
        "    assert math.isclose(Cart().total, 0)\n\n\n# by hand\nif __name__ == '__main__':\n    pytest.main()\n"
    )


def test_an_empty_file_becomes_the_new_one() -> None:
    new = inserted("", FRESH)
    assert new.startswith("import math\n")
    assert {"price", "test_price_of_few"} <= names_bound_in(new)


@pytest.mark.parametrize(
    "base",
    [
        "def price(): ...\n",
        "from bank import price\n",
        "price = 3\n",
        "for price in []: pass\n",
        "class test_cart_is_empty: ...\n",
        "import other as math\n",
        "try:\n    from shop.cart import price\nexcept ImportError:\n    price = None\n",
    ],
)
def test_a_name_that_means_something_else_is_refused(base: str) -> None:
    assert clashes(base, FRESH)
    with pytest.raises(UsageError, match="means something else"):
        inserted(base, FRESH)


def test_a_file_that_does_not_parse_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        inserted("def f(:\n", FRESH)


CLOCK = '''class FakeClock:
    """Time."""

    now = 0


@pytest.fixture
def clock():
    return FakeClock()
'''


def test_definitions_that_are_there_word_for_word_are_shared() -> None:
    base = f"import pytest\n\n\n{CLOCK}\n\ndef test_a(clock):\n    assert clock.now == 0\n"
    fresh = f"import pytest\n\n\n{CLOCK}\n\ndef test_b(clock):\n    assert not clock.now\n"
    assert inserted(base, fresh) == f"{base}\n\ndef test_b(clock):\n    assert not clock.now\n"
    assert clashes(base.replace("now = 0", "now = 1"), fresh) == {"FakeClock"}
