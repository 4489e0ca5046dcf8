"""From a model's answer to code that parses and to JSON objects, whatever surrounds them or is missing at their end.

Nothing here is executed. All sizes are bounded: an answer of any length is read in time about proportional to what is
kept of it.
"""

import ast
import json
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Any

MOST_TEXT = 200_000
MOST_LINE = 4_000
MOST_CHUNKS = 2_000
MOST_REPAIRS = 12
MOST_OBJECTS = 300

_FENCE = re.compile(
    r"^[ \t]*(?P<mark>```+|~~~+)[ \t]*(?P<lang>[\w+-]*)[^\n]*\n(?P<code>.*?)(?:^[ \t]*(?P=mark)[ \t]*$|\Z)", re.S | re.M
)
_PYTHON = frozenset({"", "python", "py", "python3", "pytest"})
_CONTINUES = re.compile(r"[\s)\]}#]|(else|elif|except|finally|case)\b|'''|\"\"\"")
_NAMED_LINE = re.compile(r"on line (\d+)")
_QUOTES = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00a0": " ", "\u200b": None, "\ufeff": None}
)


def cleaned(text: str) -> str:
    """The text without control characters and endless lines, at most MOST_TEXT characters of it."""
    text = text[:MOST_TEXT].replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    text = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
    return "\n".join(line for line in text.split("\n") if len(line) <= MOST_LINE)


def trees(text: str) -> Iterator[ast.Module]:
    """The Python in an answer, as trees that hold whatever of it parses; blocks of code in the order of the answer."""
    for block in _blocks(cleaned(text)):
        yield parsed(textwrap.dedent(block))


def _blocks(text: str) -> list[str]:
    found = [(match["lang"].lower(), match["code"]) for match in _FENCE.finditer(text)]
    return [code for lang, code in found if lang in _PYTHON] if found else [text]


def parsed(code: str) -> ast.Module:
    """What of the code parses: all of it, else each top-level piece by itself, less the lines that break it."""
    tree = parse(code)
    if tree is not None:
        return tree
    body = [statement for chunk in _chunks(code) for statement in _mended(chunk)]
    return ast.Module(body=body, type_ignores=[])


def parse(code: str) -> ast.Module | None:
    """The tree, or None where there is none: it does not parse, or is nested deeper than Python reads."""
    tree, _ = _tried(code)
    return tree


def _tried(code: str) -> tuple[ast.Module | None, int]:
    """The tree, or the number of the line that breaks it (0 where none is to blame)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `is 'b'` and the like: the rules mend it
            return ast.parse(code), 0
    except SyntaxError as error:
        named = _NAMED_LINE.search(error.msg or "")
        return None, int(named.group(1)) if named else error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return None, 0


def _chunks(code: str) -> list[str]:
    """The code cut in front of each line that begins a statement at the left edge; decorators stay with theirs."""
    chunks: list[list[str]] = []
    for line in code.split("\n"):
        decorated = bool(chunks) and all(text.startswith("@") for text in chunks[-1] if text.strip())
        if not chunks or (line and not _CONTINUES.match(line) and not decorated):
            chunks.append([])
        chunks[-1].append(line)
    return ["\n".join(lines) for lines in chunks[:MOST_CHUNKS]]


def _mended(chunk: str) -> list[ast.stmt]:
    """The statements of one piece; lines that break it are taken out one by one, of a class method by method."""
    lines = chunk.translate(_QUOTES).rstrip("\n").split("\n")
    if not lines[0].startswith(("def ", "class ", "async def ", "@", "import ", "from ")) and "=" not in lines[0]:
        return []  # prose
    for _ in range(MOST_REPAIRS):
        tree, bad = _tried("\n".join(lines))
        if tree is not None:
            return tree.body
        if not 1 < bad <= len(lines):
            break
        del lines[bad - 1]
    return _by_method(lines) if lines[0].startswith("class ") else []


def _by_method(lines: list[str]) -> list[ast.stmt]:
    """A class less the methods that do not parse."""
    inner = _chunks(textwrap.dedent("\n".join(lines[1:])))
    kept = [statement for chunk in inner for statement in _mended(chunk)]
    head = parse(f"{lines[0]}\n    pass")
    if head is None or not kept or not isinstance(head.body[0], ast.ClassDef):
        return []
    head.body[0].body = kept
    return [head.body[0]]


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The innermost-listed JSON objects of an answer: those in the first list of objects, else all that stand alone.

    A raw newline in a string, an unknown key, prose around and a cut tail cost no object that is whole.
    """
    decoder = json.JSONDecoder(strict=False)
    text = text[:MOST_TEXT]
    place, count = text.find("{"), 0
    while place >= 0 and count < MOST_OBJECTS:
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place = text.find("{", place + 1)
            continue
        for item in _listed(value):
            yield item
            count += 1
        place = text.find("{", end)


def _listed(value: Any) -> list[dict[str, Any]]:
    lists = [part for part in value.values() if isinstance(part, list)]
    inner = [item for part in lists for item in part if isinstance(item, dict)]
    return inner[:MOST_OBJECTS] or [value]
