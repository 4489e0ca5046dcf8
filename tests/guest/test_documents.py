import json
import tomllib
from collections.abc import Callable
from random import Random
from xml.etree import ElementTree

import pytest
from tests.guest.test_search import _forget_the_module, search_of, seen  # noqa: F401  # a fixture, used by itself

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.environment.contents import Contents
from aitestgen_guest.environment.documents import elements_sought, kinds_read, toml_of

ORDERS = """
    import json

    def parse(text: str) -> str:
        order = json.loads(text)
        if not isinstance(order, dict) or "lines" not in order:
            raise ValueError("no order")
        for line in order["lines"]:
            if line["quantity"] < 1:
                raise ValueError("too few")
        return "express" if order.get("express") else "slow"
"""
FEED = """
    import xml.etree.ElementTree as ET

    def titles(text: str) -> list:
        root = ET.fromstring(text)
        return [item.findtext("title") for item in root.iter("item") if item.get("draft") != "yes"]
"""
SETTINGS = """
    import tomllib

    def port(text: str) -> int:
        server = tomllib.loads(text).get("server", {})
        if "port" not in server:
            return 80
        return 443 if server["port"] == "https" else 8080
"""


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("def f(text):\n    return json.loads(text)\n", ("json",)),
        ("from json import loads\n", ("json",)),
        ("from json import JSONDecodeError\n", ("json",)),
        ("def f(text):\n    return yaml.safe_load(text)\n", ("json",)),
        ("def f(text):\n    return tomllib.loads(text)\n", ("toml",)),
        ("def f(text):\n    return ET.fromstring(text)\n", ("xml",)),
        ("parser.feed(text)\nrows = csv.reader(text.splitlines())\n", ("xml", "csv", "lines")),
        ("def f(data):\n    return json.dumps(data)\n", ()),
        ("def reloads(x):\n    feed = x\n", ()),
    ],
)
def test_what_a_source_reads_is_told_by_what_it_calls(source: str, kinds: tuple[str, ...]) -> None:
    assert kinds_read(source) == kinds


def test_elements_are_those_that_are_looked_for_or_compared() -> None:
    source = 'root.find("channel/item[@id]")\nroot.iter("entry")\nif node.tag in ("title", "link"): pass\nfind("x y")\n'
    assert elements_sought(source) == ("channel", "item", "id", "entry", "title", "link")


def test_a_record_is_toml_that_reads_as_the_record_without_nulls() -> None:
    record = {"a": 1, "b c": "x\ny", "none": None, "t": {"u": [1, {"v": True}], "w": {"z": 2.5}}, "last": []}
    assert tomllib.loads(toml_of(record)) == {key: item for key, item in record.items() if key != "none"}


@pytest.mark.parametrize(
    ("source", "reads"),
    [(ORDERS, json.loads), (SETTINGS, tomllib.loads), (FEED, ElementTree.fromstring)],
)
def test_texts_are_documents_of_the_kind_that_the_source_reads(source: str, reads: Callable[[str], object]) -> None:
    maker = inputs.Maker(Random(1), Pool(), Callables({}, Namer({}, {}), []))
    contents = Contents("\n".join(line[4:] for line in source.splitlines()), maker, [])
    made = [contents.document() for _ in range(200)]
    read = 0
    for text in made:
        try:
            reads(text)
        except (ValueError, ElementTree.ParseError):
            continue
        read += 1
    assert read >= 180


@pytest.mark.parametrize(
    ("source", "name", "wanted"),
    [
        (ORDERS, "parse", {"ValueError", "'express'", "'slow'"}),
        (SETTINGS, "port", {"80", "443", "8080"}),
    ],
)
def test_what_is_read_from_a_text_is_reached(source: str, name: str, wanted: set[str]) -> None:
    _, search = search_of(source, name)
    assert wanted <= seen(search)


def test_elements_with_attributes_are_reached() -> None:
    _, search = search_of(FEED, "titles")
    cases = [str(entry.case["arguments"]) for entry in search.kept.results()]
    assert any("<item" in case and 'draft="yes"' in case for case in cases)


STOCK = """
    import csv

    def count(lines: list[str]) -> int:
        total = 0
        for row in csv.DictReader(lines):
            if row["unit"] == "dozen":
                total += 12 * int(row["count"])
            else:
                total += int(row["count"])
        return total
"""


def test_lines_are_those_of_a_document_where_the_module_reads_such() -> None:
    _, search = search_of(STOCK, "count")
    cases = [str(entry.case["arguments"]) for entry in search.kept.results()]
    assert any("dozen" in case for case in cases)
    assert seen(search) - {"0", "ValueError", "KeyError"}, "numbers were counted"
