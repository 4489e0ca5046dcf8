"""Values on both sides of what a field or parameter declares of itself: `Field(gt=0)`, `Annotated[str, MinLen(3)]`.

Read are the words of annotated-types, pydantic, msgspec and attrs, wherever they stand in the annotation or the value
that is assigned; the words mean the same in all four.
"""

import ast
import math
from collections.abc import Iterator

from aitestgen.analyse.regexes import around, samples
from aitestgen.analyse.source import last_name

_MOST = 12
_LONGEST = 100
_WORDS = {
    "gt": "gt", "ge": "ge", "lt": "lt", "le": "le", "multiple_of": "multiple_of", "min_length": "min_length",
    "max_length": "max_length", "pattern": "pattern", "regex": "pattern", "Gt": "gt", "Ge": "ge", "Lt": "lt",
    "Le": "le", "MultipleOf": "multiple_of", "MinLen": "min_length", "MaxLen": "max_length", "min_len": "min_length",
    "max_len": "max_length", "matches_re": "pattern", "in_": "options",
}  # fmt: skip
"""What a keyword, or a function of one argument, says."""
_TEXTS = frozenset({"str", "constr"})
_WHOLE = frozenset({"int", "conint", "PositiveInt"})
_REAL = frozenset({"float", "confloat"})


def at_limits(annotation: ast.expr | None, value: ast.expr | None) -> tuple[str, ...]:
    """At most 12 literals as source text: first such as the declaration allows, then such as it just does not.

    Of a type other than int, float and str nothing is told but its listed options.
    """
    said = dict(_said(annotation, value))
    nodes = (node for part in (annotation, value) if part is not None for node in ast.walk(part))
    names = {last_name(node) for node in nodes if isinstance(node, ast.expr)}
    allowed: list[object] = [*_options(said.get("options"))]
    refused: list[object] = []
    if names & _TEXTS:
        allowed, refused = [*allowed, *_texts(said)], [*_other_texts(said)]
    elif names & (_WHOLE | _REAL):
        step = 1 if names & _WHOLE else 0.5
        numbers = list(_numbers(said, step))
        inside = [number for number in numbers if _is_inside(number, said)]
        allowed, refused = [*allowed, *inside], [number for number in numbers if number not in inside]
    return tuple(dict.fromkeys(map(repr, [*allowed, *refused])))[:_MOST]


def _said(*parts: ast.expr | None) -> Iterator[tuple[str, object]]:
    """Each constraint with its literal; of options all of them, as a tuple."""
    for call in (node for part in parts if part is not None for node in ast.walk(part)):
        if isinstance(call, ast.Call):
            words = [(keyword.arg or "", keyword.value) for keyword in call.keywords]
            words += [(last_name(call.func), argument) for argument in call.args[:1]]
            for word, argument in words:
                if word in _WORDS and (literal := _literal(argument)) is not None:
                    yield _WORDS[word], literal


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _options(literal: object) -> list[object]:
    return list(literal) if isinstance(literal, (list, tuple, set)) else []


def _texts(said: dict[str, object]) -> list[str]:
    least, most = _length(said, "min_length", 0), _length(said, "max_length", _LONGEST)
    pattern = said.get("pattern")
    if isinstance(pattern, str):
        return [text for text in samples(pattern) if least <= len(text) <= most]
    wanted = [length for word, length in (("min_length", least), ("max_length", most)) if word in said]
    return ["a" * length for length in wanted if length <= _LONGEST]


def _other_texts(said: dict[str, object]) -> list[str]:
    pattern = said.get("pattern")
    if isinstance(pattern, str):
        return [text for text in around(pattern) if text not in samples(pattern)][-2:]
    least, most = _length(said, "min_length", 0), _length(said, "max_length", _LONGEST)
    return ["a" * length for length in (least - 1, most + 1) if 0 <= length <= _LONGEST]


def _length(said: dict[str, object], word: str, otherwise: int) -> int:
    length = said.get(word)
    return length if isinstance(length, int) else otherwise


def _numbers(said: dict[str, object], step: float) -> Iterator[float]:
    for word in ("gt", "ge", "lt", "le", "multiple_of"):
        bound = said.get(word)
        if isinstance(bound, (int, float)) and math.isfinite(bound):
            exact = bound if step == 1 else float(bound)
            yield from (exact, exact + step, exact - step)


def _is_inside(number: float, said: dict[str, object]) -> bool:
    def holds(word: str) -> bool:
        bound = said.get(word)
        if not isinstance(bound, (int, float)):
            return True
        checks = {"gt": number > bound, "ge": number >= bound, "lt": number < bound, "le": number <= bound}
        return checks[word] if word in checks else bool(bound) and number % bound == 0

    return all(map(holds, ("gt", "ge", "lt", "le", "multiple_of")))
