"""Methods that override others take what the others take."""

import ast
import logging
import textwrap
from typing import Any

import pytest
from tests.guest.test_search import _forget_the_module, search_of, seen  # noqa: F401  # a fixture that every test uses

from aitestgen_guest.arguments.overridden import annotations_by_bases

CLASSES = """
    import abc
    import ast
    import cmd
    import logging
    from html.parser import HTMLParser

    class Plain(logging.Formatter):
        def format(self, given):
            return given.getMessage()

    class Kept(Plain):
        def emit(self, record): ...

    class Finder(ast.NodeVisitor):
        def visit_Call(self, node): ...
        def visit_Nothing(self, node): ...
        def found(self, node): ...

    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs): ...
        def handle_endtag(self): ...

    class Shell(cmd.Cmd):
        def do_add(self, line): ...
        def add(self, line): ...

    class Shape(abc.ABC):
        @abc.abstractmethod
        def grow(self, by: int, of, times: int): ...

    class Circle(Shape):
        def grow(self, amount, of, times): ...
"""


@pytest.mark.parametrize(
    ("name", "method", "expected"),
    [
        ("Plain", "format", {"given": logging.LogRecord}),
        ("Kept", "emit", {}),
        ("Finder", "visit_Call", {"node": ast.Call}),
        ("Finder", "visit_Nothing", {"node": ast.AST}),
        ("Finder", "found", {}),
        ("Links", "handle_starttag", {"tag": str, "attrs": list[tuple[str, str | None]]}),
        ("Links", "handle_endtag", {}),
        ("Shell", "do_add", {"line": str}),
        ("Shell", "add", {}),
        ("Circle", "grow", {"amount": int}),
        ("Circle", "shrink", {}),
    ],
)
def test_what_an_overriding_method_takes(name: str, method: str, expected: dict[str, Any]) -> None:
    namespace: dict[str, Any] = {}
    exec(textwrap.dedent(CLASSES), namespace)  # noqa: S102 - the tests' own code
    assert annotations_by_bases(namespace[name], method) == expected
    assert annotations_by_bases(None, method) == {}


RECORDS = """
    import json
    import logging

    class Lines(logging.Formatter):
        def format(self, record):
            told = {"level": record.levelname, "message": record.getMessage()}
            if record.exc_info:
                told["error"] = self.formatException(record.exc_info)
            return json.dumps(told)

    class Hide(logging.Filter):
        def filter(self, record):
            record.msg = record.getMessage().replace("done", "-")
            record.args = ()
            return True
"""


def test_records_are_formatted_and_what_is_changed_in_them_is_seen() -> None:
    _, search = search_of(RECORDS, "Lines.format")
    assert any('"error": "OSError: boom"' in text for text in seen(search))
    _, search = search_of(RECORDS, "Hide.filter")
    facts = [entry.observation["facts"] for entry in search.kept.results()]
    assert "'-'" in {fact.get("argument:a0:{}.getMessage()") for fact in facts}
