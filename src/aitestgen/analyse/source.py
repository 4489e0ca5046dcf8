"""Source text to syntax tree, with errors that tell the line, the column and what to do."""

import ast
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Iterator
from pathlib import Path

from aitestgen.errors import CodeInvalid

_NEWER_SYNTAX = (
    ((3, 12), re.compile(r"^\s*type\s+\w+\s*(\[.*\])?\s*=")),
    ((3, 12), re.compile(r"^\s*(async\s+def|def|class)\s+\w+\s*\[")),
    ((3, 12), re.compile(r"\b[rR]?[fF][rR]?(['\"]).*\{")),
    ((3, 14), re.compile(r"\b[rR]?[tT][rR]?['\"]")),
    ((3, 14), re.compile(r"^\s*except\s+[\w.]+\s*,")),
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_ODD_CHARACTER = re.compile("[\0\ud800-\udfff]")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef
Statement = ast.stmt | ast.ExceptHandler | ast.match_case


def parse(text: str) -> ast.Module:
    """The tree of the code. Raises CodeInvalid, with Python's own message, for code that is empty or does not parse."""
    if not text.strip():
        raise CodeInvalid("the code is empty: give it at least one function or class")
    _refuse_odd_characters(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        line, column = error.lineno or 0, error.offset or 0
        raise CodeInvalid(_explain(error, text), line=line, column=column) from None
    except (RecursionError, MemoryError):
        raise CodeInvalid("the code is nested too deeply to be read") from None
    except ValueError as error:
        raise CodeInvalid(f"the code cannot be read: {error}") from None


def read(path: Path) -> str:
    """The text of a Python file in its declared encoding, UTF-8 by default; line ends become newlines.

    Raises CodeInvalid where the bytes do not fit the encoding, or the encoding is unknown.
    """
    data = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise CodeInvalid(f"{path}: {error.msg}", line=1, column=1) from None
    try:
        return _LINE_END.sub("\n", data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CodeInvalid(f"{path}, line {line}: not {encoding} text ({error.reason})", line=line) from None


def lines_of(node: ast.stmt) -> tuple[int, int]:
    """The first and the last line of a statement, its decorators included, counted from 1."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return first, node.end_lineno or node.lineno


def segment(text: str, node: ast.stmt) -> str:
    """The source text of a statement, its decorators included, without the indentation of its first line."""
    first, last = lines_of(node)
    lines = _LINE_END.split(text)[first - 1 : last]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] if not line[:indent].strip() else line for line in lines)


def dotted(node: ast.expr | None) -> str:
    """`a.b.c` for a chain of names; for a call or a subscript that of what is called or subscripted; else empty."""
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return node.id if isinstance(node, ast.Name) else ""


def last_name(node: ast.expr | None) -> str:
    """The last part of `dotted`: `cached_property` for `@functools.cached_property`."""
    return dotted(node).rpartition(".")[2]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Every node of a function or class body that is not inside a function or class nested in it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Definition | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _refuse_odd_characters(text: str) -> None:
    odd = _ODD_CHARACTER.search(text)
    if odd is None:
        return
    before = _LINE_END.split(text[: odd.start()])
    line, column = len(before), len(before[-1]) + 1
    what = "a null byte" if odd[0] == "\0" else "half of a surrogate pair"
    raise CodeInvalid(f"line {line}, column {column}: the code holds {what}", line=line, column=column)


def _explain(error: SyntaxError, text: str) -> str:
    where = f"line {error.lineno}, column {error.offset}: " if error.lineno else ""
    return f"{where}{error.msg}{_newer_python(error, text)}"


def _newer_python(error: SyntaxError, text: str) -> str:
    lines = _LINE_END.split(text)
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    for version, pattern in _NEWER_SYNTAX:
        if sys.version_info < version and pattern.search(line):
            mine = f"{sys.version_info[0]}.{sys.version_info[1]}"
            wanted = f"{version[0]}.{version[1]}"
            return f" (if this is syntax of Python {wanted}, run aitestgen under {wanted} or newer; this is {mine})"
    return ""
