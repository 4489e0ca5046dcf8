"""The table of formats, and text made harmless."""

import json
from dataclasses import replace

import pytest
from tests.render.exported_reports import REPORT, evil, exported

from aitestgen.errors import UsageError
from aitestgen.render.formats import FORMATS
from aitestgen.render.visible import one_line, visible


def test_the_formats_are_those_that_are_documented() -> None:
    assert list(FORMATS) == ["pytest", "json", "junit", "lcov", "cobertura", "html", "sarif"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_gives_the_same_bytes_again_and_says_what_they_are(name: str) -> None:
    one = FORMATS[name]
    assert one.render([exported()]) == one.render([exported()]) != b""
    assert "/" in one.media_type
    assert one.extension.startswith(".")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "pytest"])
def test_a_format_takes_no_module_and_several(name: str) -> None:
    FORMATS[name].render([])
    assert len(FORMATS[name].render([exported(), exported(), evil()])) > len(FORMATS[name].render([exported()]))


def test_a_pytest_file_is_the_delivered_one_in_its_encoding() -> None:
    report = replace(REPORT, tests_file="# caf\xe9\n", encoding="latin-1")
    assert FORMATS["pytest"].render([exported(report)]) == b"# caf\xe9\n"


def test_a_pytest_file_of_two_modules_is_refused() -> None:
    with pytest.raises(UsageError, match="there are 2"):
        FORMATS["pytest"].render([exported(), exported()])


def test_json_is_the_report_with_the_path() -> None:
    facts = json.loads(FORMATS["json"].render([exported(), evil()]))
    assert facts["schema_version"] == 1
    assert facts["modules"][0]["path"] == "school/marks.py"
    assert facts["modules"][0]["mutants"]["total"] == 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\\x0dc"),
        ("\x1b[2J\x07\x7f\x9b", "\\x1b[2J\\x07\\x7f\\x9b"),
        ("\u202eabc\u2066\u200f", "\\u202eabc\\u2066\\u200f"),
        ("a\u200bb\ufeff\u2028", "a\\u200bb\\ufeff\\u2028"),
        ("\ud83d\udc4d \U000e0041 \uffff", "\\ud83d\\udc4d \\U000e0041 \\uffff"),
        ("gr\xfc\xdfe \u4f60\u597d \U0001f44d", "gr\xfc\xdfe \u4f60\u597d \U0001f44d"),
    ],
)
def test_what_acts_or_hides_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


def test_several_lines_become_one() -> None:
    assert one_line(" a\n\tb\x00 ") == "a b\\x00"
