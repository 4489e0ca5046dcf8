"""Values that docstrings show in their prose: `Split a plate such as B-MW 1234`."""

import ast
import contextlib
import re
import warnings
from collections.abc import Iterator

_MOST, _LONGEST = 8, 40
_QUOTED = re.compile(r"(`{1,2}|(?<!\w)['\"])([^`'\"\n]+)\1")
_INTRODUCED = re.compile(
    r"(?:such as|for example|for instance|e\.g\.|like),?\s+(\S+(?: [^\s(]\S*){0,2})", re.IGNORECASE
)
_DISPLAY = re.compile(r"\[[^\[\]]+\]|\{[^{}]+\}")
_WORD = re.compile(r"\S+")
_CODE = re.compile(r"^[ \t]*(?:>>>|\.\.\. ?).*$|^[ \t]*:\w+.*?:|:\w+:`[^`]*`", re.MULTILINE)
_NAME = re.compile(r"[~_]*[A-Za-z][\w.]*(?:\(.*\)?)?|.*[\]})=<>].*", re.DOTALL)
_TELLING = re.compile(r"\d.*\D|\D.*\d|\d{2}|\w@\w|[A-Z].*[-/:+][A-Z]", re.DOTALL)
_AROUND = ".,;:!?()[]'\"`"


def told(tree: ast.Module) -> Iterator[str]:
    """Texts that docstrings of functions quote, introduce (`such as …`: one word to three) or that look like data, as
    `12:30` does; at most 8 of each, of up to 40 characters. Doctests, fields and names of code are left out.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            prose = _CODE.sub("", ast.get_docstring(node) or "")
            found = (text for text in _shown(prose) if _is_short(text) and not _NAME.fullmatch(text))
            yield from list(dict.fromkeys(found))[:_MOST]


def displayed(tree: ast.Module) -> Iterator[ast.expr]:
    """The lists, mappings and sets that docstrings of functions show: `a hand such as ["2H", "10D"]`.

    They need not be of literals alone.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for found in _DISPLAY.finditer(ast.get_docstring(node) or ""):
                with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
                    yield _parsed(found.group())


def _parsed(text: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of prose, not of the module's code
        return ast.parse(text, mode="eval").body


def _shown(prose: str) -> Iterator[str]:
    yield from (found.group(2) for found in _QUOTED.finditer(prose))
    for introduced in _INTRODUCED.finditer(prose):
        words = introduced.group(1).split(" ")
        phrases = (" ".join(words[:count]).strip(_AROUND) for count in range(len(words), 0, -1))
        yield from filter(_is_telling, phrases)
    yield from filter(_is_telling, (word.strip(_AROUND) for word in _WORD.findall(prose)))


def _is_telling(text: str) -> bool:
    """Whether no plain word looks like it. Of long texts that is not asked: it would take their length squared."""
    return _is_short(text) and bool(_TELLING.search(text))


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST
