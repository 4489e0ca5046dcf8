"""What a docstring shows and announces: doctest examples and exceptions."""

import doctest
import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

_REST_RAISES = re.compile(r":(?:raises?|except|exception)\s+([\w.]+(?:\s*,\s*[\w.]+)*)\s*:")
_SECTION = re.compile(r"^(?P<indent>\s*)raises\s*:?\s*$", re.IGNORECASE)
_ENTRY = re.compile(r"^\s*[`:~]*(?:class:|exc:)?`*([A-Za-z_][\w.]*)`*\s*(?::|$|\s--|\sif\b|\swhen\b)")
_SENTENCE = re.compile(
    r"\b[Rr]ais(?:es?|ing|ed)\s+(?:an?\s+|the\s+)?[:~]*(?:class:|exc:)?"
    r"(?:`+~?(?P<quoted>[\w.]+)`|(?P<plain>[\w.]*(?:Error|Exception|Warning|Iteration)\b))"
)
_UNDERLINE = re.compile(r"^\s*-{3,}\s*$")


def examples(docstring: str) -> tuple[str, ...]:
    """The doctest examples in order, each as `>>> source` and `... source` lines, then the expected output if any.

    A later example may use names that an earlier one bound. A malformed docstring has no examples.
    """
    try:
        found = doctest.DocTestParser().get_examples(docstring)
    except ValueError:
        return ()
    return tuple(_example(one) for one in found)


def announced(docstring: str) -> tuple[str, ...]:
    """The exceptions that a docstring says may be raised, in Google, NumPy and reST style or in a sentence."""
    names = [name.strip() for match in _REST_RAISES.finditer(docstring) for name in match[1].split(",")]
    names += _section_names(docstring.splitlines())
    names += [(match["quoted"] or match["plain"]).rstrip(".") for match in _SENTENCE.finditer(docstring)]
    return tuple(dict.fromkeys(name for name in names if looks_like_class(name)))


def looks_like_class(name: str) -> bool:
    """Whether the last part of a dotted name is written as classes are."""
    last = name.rpartition(".")[2].lstrip("_")
    return last[:1].isupper() and not (last.isupper() and len(last) < 3)


def _example(one: doctest.Example) -> str:
    first, *rest = one.source.rstrip("\n").split("\n")
    lines = [f">>> {first}", *(f"... {line}".rstrip() for line in rest)]
    return "\n".join(lines) + ("\n" + one.want.rstrip("\n") if one.want else "")


def _section_names(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if section := _SECTION.match(line):
            following = lines[number + 1 :]
            underlined = bool(following) and bool(_UNDERLINE.match(following[0]))
            body = _numpy_body(following[1:]) if underlined else _google_body(following, len(section["indent"]))
            yield from _entries(body)


def _numpy_body(lines: list[str]) -> Iterator[str]:
    for line, after in zip_longest(lines, lines[1:], fillvalue=""):
        if _UNDERLINE.match(after):
            return
        yield line


def _google_body(lines: list[str], indent: int) -> Iterator[str]:
    for line in lines:
        if not line.strip() or _depth(line) <= indent:
            return
        yield line


def _entries(lines: Iterable[str]) -> Iterator[str]:
    entry_depth = None
    for line in lines:
        if not line.strip():
            continue
        entry_depth = _depth(line) if entry_depth is None else entry_depth
        if _depth(line) == entry_depth and (entry := _ENTRY.match(line)):
            yield entry[1]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
