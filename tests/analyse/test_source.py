import sys

import pytest

from aitestgen.analyse.source import parse, read, segment
from aitestgen.errors import CodeInvalid


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 0, 0, "empty"),
        ("  \n\t\n", 0, 0, "empty"),
        ("def f(:\n    pass\n", 1, 7, "invalid syntax"),
        ("x = 1\ny = (\n", 2, 5, "'(' was never closed"),
        ("if True:\nx = 1\n", 2, 1, "expected an indented block"),
        ("x = 1\ny = '\0'\n", 2, 6, "null byte"),
        ("x = '\ud800'\n", 1, 6, "surrogate"),
        ("x = " + "(" * 300 + ")" * 300, 0, 0, "too many nested parentheses"),
        ("x = " + "-" * 100_000 + "1", 0, 0, "nested too deeply"),
        ("x = 1" + "0" * 5000, 0, 0, "integer"),
    ],
)
def test_code_that_does_not_parse_is_refused_with_its_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(CodeInvalid, match="(?i)" + message.replace("(", r"\(")) as refused:
        parse(text)
    if line:
        assert (refused.value.line, refused.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("type Pair[T] = tuple[T, T]\n", "3.12"),
        ("def first[T](items: list[T]) -> T: ...\n", "3.12"),
        ("try:\n    pass\nexcept ValueError, TypeError:\n    pass\n", "3.14"),
    ],
)
def test_syntax_of_a_newer_python_names_that_python(text: str, wanted: str) -> None:
    if sys.version_info >= tuple(map(int, wanted.split("."))):
        assert parse(text).body
        return
    with pytest.raises(CodeInvalid, match=f"run aitestgen under {wanted} or newer"):
        parse(text)


def test_invalid_escapes_do_not_warn() -> None:
    assert parse(r"pattern = '\d'").body


def test_reading_honours_the_coding_cookie_and_line_ends(tmp_path) -> None:
    path = tmp_path / "latin.py"
    path.write_bytes("# coding: latin-1\r\nname = 'é'\r\n".encode("latin-1"))
    assert read(path) == "# coding: latin-1\nname = 'é'\n"


def test_reading_bytes_that_are_no_text_names_the_line(tmp_path) -> None:
    path = tmp_path / "broken.py"
    path.write_bytes(b"x = 1\ny = '\xff'\n")
    with pytest.raises(CodeInvalid, match=r"line 2: not utf-8 text") as refused:
        read(path)
    assert refused.value.line == 2


def test_reading_an_unknown_encoding_is_refused(tmp_path) -> None:
    path = tmp_path / "odd.py"
    path.write_bytes(b"# coding: klingon\n")
    with pytest.raises(CodeInvalid, match="unknown encoding"):
        read(path)


def test_segment_keeps_decorators_and_drops_the_outer_indentation() -> None:
    text = "if True:\n    @mark\n    def f():\n        return '''\nraw'''\n"
    node = parse(text).body[0].body[0]
    assert segment(text, node) == "@mark\ndef f():\n    return '''\nraw'''"
