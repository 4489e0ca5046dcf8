import ast
import contextlib
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pytest
from tests.analyse.samples import EVERY_KIND

from aitestgen.analyse import understand
from aitestgen.analyse.source import parse
from aitestgen.errors import CodeInvalid, NothingToTest, UsageError
from aitestgen.values import Kind, SourceFile, Subject, Target


def subject(text: str, *only: str) -> Subject:
    return understand(SourceFile(text=text, module="shop"), only)


@pytest.fixture(scope="module")
def targets() -> dict[str, Target]:
    return {target.id: target for target in subject(EVERY_KIND).targets}


def test_every_definition_is_found_once_in_file_order(targets) -> None:
    assert list(targets) == [
        *("price", "fetch", "countdown", "ticks", "opened", "connected", "double", "either"),
        *("Colour", "Colour.is_warm", "Base", "Item", "Point", "Cart", "Cart.Line"),
        *("Cart.__enter__", "Cart.__exit__", "Cart.__len__", "Cart._check", "Cart.parse", "Cart.empty", "Cart.size"),
        *("Cart.heavy", "Cart.pay", "Sub", "Shape", "Shape.describe", "dumps", "__main__"),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("price", Kind.FUNCTION),
        ("double", Kind.FUNCTION),
        ("Colour", Kind.ENUM),
        ("Item", Kind.DATACLASS),
        ("Cart", Kind.CLASS),
        ("Cart.Line", Kind.CLASS),
        ("Cart.pay", Kind.METHOD),
        ("Cart.parse", Kind.STATIC_METHOD),
        ("Cart.empty", Kind.CLASS_METHOD),
        ("Cart.size", Kind.PROPERTY),
        ("Cart.heavy", Kind.PROPERTY),
    ],
)
def test_each_target_has_its_kind(targets, name: str, kind: Kind) -> None:
    assert targets[name].kind is kind


@pytest.mark.parametrize(
    ("name", "is_async", "is_generator", "is_context_manager"),
    [
        ("price", False, False, False),
        ("fetch", True, False, False),
        ("countdown", False, True, False),
        ("ticks", True, True, False),
        ("opened", False, False, True),
        ("connected", True, False, True),
        ("Cart", False, False, True),
        ("Sub", False, False, True),
        ("Cart.pay", True, False, False),
    ],
)
def test_how_a_target_runs_is_told(targets, name, is_async, is_generator, is_context_manager) -> None:
    target = targets[name]
    assert (target.is_async, target.is_generator, target.is_context_manager) == (
        is_async,
        is_generator,
        is_context_manager,
    )


def signature(target: Target) -> list[tuple[str, str, str | None, str | None]]:
    return [(one.name, one.kind, one.annotation, one.default) for one in target.parameters]


def test_a_signature_is_kept_as_written(targets) -> None:
    assert signature(targets["price"]) == [
        ("amount", "positional", "int", None),
        ("rate", "normal", None, "1.5"),
        ("rest", "star", "float", None),
        ("currency", "keyword", "str", "'EUR'"),
        ("more", "double_star", None, None),
    ]
    assert targets["price"].returns == "float"


def test_methods_leave_out_what_python_passes_itself(targets) -> None:
    assert [one.name for one in targets["Cart.empty"].parameters] == ["owner"]
    assert [one.name for one in targets["Cart.parse"].parameters] == ["text"]
    assert targets["Cart.__len__"].parameters == ()


def test_a_property_has_the_value_of_its_setter(targets) -> None:
    assert [one.name for one in targets["Cart.size"].parameters] == ["value"]
    assert targets["Cart.heavy"].parameters == ()


def test_a_dataclass_is_built_from_its_fields_and_those_of_its_bases(targets) -> None:
    assert signature(targets["Item"]) == [
        ("id", "normal", "int", None),
        ("tags", "normal", "list[str]", "list()"),
        ("name", "normal", "str", "'x'"),
        ("scale", "normal", "int", "1"),
        ("note", "keyword", "str", "''"),
    ]


def test_a_class_without_constructor_takes_what_its_base_takes(targets) -> None:
    assert [one.name for one in targets["Sub"].parameters] == ["owner", "limit"]
    assert [one.name for one in targets["Point"].parameters] == ["x", "y"]
    assert targets["Colour"].parameters[0].constants == ("'red'", "'blue'")


def test_lines_run_from_the_first_decorator_to_the_end(targets) -> None:
    lines = EVERY_KIND.splitlines()
    first, last = targets["price"].lines
    assert lines[first - 1] == "@functools.lru_cache(maxsize=None)"
    assert lines[last - 1] == "    return amount * rate"


def test_doctests_come_with_what_they_expect(targets) -> None:
    assert targets["price"].examples == (
        ">>> price(2)\n3.0",
        ">>> for n in (1, 2):\n...     print(price(n))\n1.5\n3.0",
    )


@pytest.mark.parametrize(
    ("name", "raises"),
    [
        ("price", ("ValueError",)),
        ("fetch", ("ValueError",)),
        ("Cart", ("LookupError",)),
        ("Cart.empty", ("LookupError",)),
        ("Sub", ("LookupError",)),
        ("Item", ("AssertionError",)),
        ("countdown", ()),
    ],
)
def test_exceptions_are_announced_by_the_code_and_what_it_calls(targets, name: str, raises: tuple[str, ...]) -> None:
    assert targets[name].raises == raises


@pytest.mark.parametrize(
    "docstring",
    [
        "Do.\n\n    Raises:\n        KeyError: if it is gone.\n        shop.Closed: always\n            on Sundays.\n",
        "Do.\n\n    Raises\n    ------\n    KeyError\n    shop.Closed\n\n    Notes\n    -----\n    None\n",
        "Do.\n\n    :raises KeyError: if it is gone\n    :raises shop.Closed: always\n",
        "Do. Raises a KeyError where it is gone, and raises ``shop.Closed`` on Sundays.",
    ],
    ids=["google", "numpy", "rest", "sentence"],
)
def test_exceptions_are_announced_by_docstrings_of_every_style(docstring: str) -> None:
    code = f'def f(x):\n    """{docstring}"""\n'
    assert subject(code).targets[0].raises == ("KeyError", "shop.Closed")


def test_a_caught_and_raised_again_exception_is_announced() -> None:
    code = "def f(x):\n    try:\n        return 1 / x\n    except (ZeroDivisionError, KeyError):\n        raise\n"
    assert subject(code).targets[0].raises == ("KeyError", "ZeroDivisionError")


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        (("Cart.pay",), ["Cart.pay"]),
        (("parse",), ["Cart.parse"]),
        (("Colour",), ["Colour", "Colour.is_warm"]),
        (("price", "double"), ["price", "double"]),
    ],
)
def test_only_keeps_what_is_named(only: tuple[str, ...], ids: list[str]) -> None:
    assert [target.id for target in subject(EVERY_KIND, *only).targets] == ids


def test_only_with_an_unknown_name_tells_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no 'prize' to test: did you mean price"):
        subject(EVERY_KIND, "prize")


def test_a_module_without_targets_says_what_it_holds() -> None:
    with pytest.raises(NothingToTest, match="no function or class to test in shop: found 3 constants, 2 imports"):
        subject("import os\nimport sys\nA = 1\nB: int = 2\nC = os.name\n")


def test_code_that_does_not_parse_is_code_invalid() -> None:
    with pytest.raises(CodeInvalid, match="line 1"):
        subject("def")


def test_a_deeply_chained_expression_is_refused_and_never_crashes() -> None:
    with pytest.raises(CodeInvalid, match="nested too deeply"):
        subject("def f(x=" + "x." * 3000 + "x): ...\n")


@hypothesis.given(st.text())
def test_any_text_is_understood_or_refused(text: str) -> None:
    with contextlib.suppress(CodeInvalid, NothingToTest):
        assert subject(text).targets


@hypothesis.given(st.text(), st.integers(min_value=0), st.integers(min_value=1, max_value=40))
def test_a_damaged_module_is_understood_or_refused(junk: str, place: int, cut: int) -> None:
    at = place % len(EVERY_KIND)
    with contextlib.suppress(CodeInvalid):
        assert subject(EVERY_KIND[:at] + junk + EVERY_KIND[at + cut :]).targets


def _own_modules() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "src" / "aitestgen" / "analyse").glob("*.py"))


@pytest.mark.parametrize("path", [None, *_own_modules()], ids=lambda path: path.stem if path else "every_kind")
def test_lines_of_targets_are_in_the_file_and_nest_or_are_apart(path: Path | None) -> None:
    text = path.read_text(encoding="utf-8") if path else EVERY_KIND
    try:
        found = subject(text).targets
    except NothingToTest:
        assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in parse(text).body)
        return
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert 1 <= one.lines[0] <= one.lines[1] <= len(text.splitlines())
        for other in found:
            is_inside = one.lines[0] > other.lines[0] and one.lines[1] <= other.lines[1]
            is_apart = one.lines[1] < other.lines[0] or one.lines[0] > other.lines[1]
            assert one is other or is_apart or is_inside == one.id.startswith(f"{other.id}.")


DESCRIBED = '''
class Lazy:
    def __init__(self, function):
        self.function = function

    def __get__(self, obj, owner=None):
        return self.function(obj)


class Numbers:
    def _mean(self):
        """The mean."""
        return 1.0

    def get_first(self):
        return 1

    mean = Lazy(_mean)
    first = property(fget=get_first)
    _hidden = Lazy(_mean)
    plain = len(_mean.__name__)
    other = Unknown(_mean)
'''


def test_descriptors_that_are_made_of_a_method_are_properties() -> None:
    found = {target.id: target for target in subject(DESCRIBED).targets}
    assert [name for name, target in found.items() if target.kind is Kind.PROPERTY] == ["Numbers.mean", "Numbers.first"]
    assert (found["Numbers.mean"].lines, found["Numbers.mean"].docstring) == (
        found["Numbers._mean"].lines,
        "The mean.",
    )
    assert found["Numbers.mean"].parameters == ()
