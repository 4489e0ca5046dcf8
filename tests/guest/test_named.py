import pytest

from aitestgen_guest.arguments.named import by_name, misnamed, suits
from aitestgen_guest.arguments.specs import ANY
from aitestgen_guest.shapes import Spec


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("title", ("str",)),
        ("user_name", ("str",)),
        ("is_open", ("bool",)),
        ("done", ("bool",)),
        ("page_count", ("int",)),
        ("unit_price", ("union", (("int",), ("float",)))),
        ("tags", ("list", ("str",))),
    ],
)
def test_a_name_says_what_its_value_mostly_is(name: str, kind: Spec) -> None:
    found = by_name(name, ANY)
    assert found == ("union", (kind, kind, kind, ANY))


def test_what_the_code_tells_or_a_name_does_not_say_stays() -> None:
    assert by_name("title", ("int",)) == ("int",)
    assert by_name("other", ANY) == ANY
    assert by_name("title", ("int",), ("int",))[0] == "union"


def test_values_that_are_not_what_their_names_say_are_counted() -> None:
    assert suits("title", "a")
    assert suits("other", 3)
    assert suits(3, 3)
    assert not suits("count", True)
    assert misnamed([{"title": None, "done": True}, {"title": "a", "inner": {"count": "b"}}]) == 2
