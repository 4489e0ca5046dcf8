"""What functions answer of which nothing is said."""

from tests.guest.test_makings import cases_of
from tests.guest.test_search import _forget_the_module  # noqa: F401  # a fixture that every test here uses

from aitestgen_guest.arguments.answers import document_for

PAGED = """
    from typing import Any, Protocol

    class Session(Protocol):
        def get(self, url: str) -> Any: ...

    def names(session: Session, url: str) -> list[str]:
        page = session.get(url)
        found = [item["name"] for item in page["items"] if "name" in item]
        return found if page.get("next") is None else [*found, "more"]
"""


def test_a_function_of_which_nothing_is_said_answers_with_what_is_looked_up() -> None:
    facts = [case["observation"]["facts"] for case in cases_of("names", PAGED)]
    results = {fact["result"] for fact in facts if "result" in fact}
    assert any(result.endswith("'more']") for result in results)
    assert any(result not in ("[]", "['more']") and "more" not in result for result in results)


def test_the_keys_that_are_looked_up_are_those_of_a_document() -> None:
    spec = document_for("def f(page):\n    return page['rows'], page.get('title'), page['a b']\n")
    assert spec is not None
    ((rows, many, is_spare), (title, _, may_miss)) = spec[1]
    assert (rows, many[0], is_spare, title, may_miss) == ("rows", "list", False, "title", True)
    assert document_for("def f(x):\n    return x[0]\n") is None
