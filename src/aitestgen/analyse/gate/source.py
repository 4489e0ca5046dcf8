"""From bytes to a tree, within limits: the bytes that are judged are the bytes that will run."""

import ast
import re
import string
import warnings

from aitestgen.errors import CodeInvalid

MAX_BYTES = 256 * 1024
MAX_LINE = 20_000
MAX_TOKENS = 20_000
"""Words and marks outside of blanks. CPython's tree takes up to 1.5 kB and 4 µs for each: under 30 MB and 0.1 s."""

_BOM = b"\xef\xbb\xbf"
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8 = re.compile(rb"utf[-_]?8(-(unix|dos|mac))?", re.IGNORECASE)
_MARKS = string.punctuation.replace("_", "").encode()
_MARKS_TO_BLANKS = bytes.maketrans(_MARKS, b" " * len(_MARKS))


def parse(source: bytes) -> ast.Module:
    """Return the tree of these bytes. Raises CodeInvalid for whatever does not parse or is over a limit.

    The limits are checked before CPython's parser sees anything. Its own limits (200 brackets, 100 indents, its stack)
    do the rest, so no child process is needed: inputs within the limits never took it longer than 0.2 s.
    """
    _check_size(source)
    text = _decode(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes and the like are the author's business
            tree = ast.parse(source)
    except SyntaxError as error:
        raise CodeInvalid(
            f"line {error.lineno or 0}: {error.msg}", line=error.lineno or 0, column=error.offset or 0
        ) from error
    except (RecursionError, MemoryError) as error:
        raise CodeInvalid("the code is nested too deeply; split the expression or block") from error
    except ValueError as error:
        raise CodeInvalid(f"the code does not parse: {error}") from error
    if not text.strip():
        raise CodeInvalid("the code is empty; submit at least one function or class")
    return tree


def column_of(source_line: bytes, offset: int) -> int:
    """Return the column, from 1 and in characters, of a byte offset in a line."""
    return len(source_line[:offset].decode("utf-8", "replace")) + 1


def lines_of(source: bytes) -> list[bytes]:
    """Return the lines as Python's tokenizer counts them: ended by LF, CR LF or CR, and by nothing else."""
    return source.removeprefix(_BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def _check_size(source: bytes) -> None:
    if len(source) > MAX_BYTES:
        raise CodeInvalid(f"the code has {len(source)} bytes, more than {MAX_BYTES}; submit a smaller module")
    if not source.strip():
        raise CodeInvalid("the code is empty; submit at least one function or class")
    lines = lines_of(source)
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise CodeInvalid(f"line {number} has {len(line)} bytes, more than {MAX_LINE}; break it", line=number)
    tokens = _count_tokens(source) + len(lines)
    if tokens > MAX_TOKENS:
        raise CodeInvalid(f"the code has about {tokens} words and marks, more than {MAX_TOKENS}; split the module")


def _count_tokens(source: bytes) -> int:
    marks = len(source) - len(source.translate(None, _MARKS))
    return marks + len(source.translate(_MARKS_TO_BLANKS).split())


def _decode(source: bytes) -> str:
    lines = lines_of(source)
    for number, line in enumerate(lines[:2], 1):
        cookie = _COOKIE.match(line)
        if cookie and not _UTF8.fullmatch(cookie[1]):
            name = cookie[1].decode("ascii", "replace")
            raise CodeInvalid(f"line {number} declares the encoding {name!r}; only UTF-8 is accepted", line=number)
    for number, line in enumerate(lines, 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            column = column_of(line, error.start)
            raise CodeInvalid(
                f"line {number}, column {column}: not UTF-8 ({error.reason}); save the code as UTF-8",
                line=number,
                column=column,
            ) from error
        if b"\0" in line:
            raise CodeInvalid(f"line {number} holds a null byte; remove it", line=number, column=line.index(0) + 1)
    return source.removeprefix(_BOM).decode("utf-8")
