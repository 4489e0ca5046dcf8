"""Texts that match a regular expression, made from its parse tree. Nothing is matched: that could take for ever."""

import contextlib
import importlib
import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

_PARSER: Any = importlib.import_module("re._parser")  # not in typeshed; the parse trees exist nowhere else
_LONGEST = 100
_MOST_REPEATS = 30
_NODES = 400
_FEW = 3
_DIGITS = "0123456789"
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_NOT_DIGIT": "ab-",
    "CATEGORY_WORD": "ab1",
    "CATEGORY_NOT_WORD": "-. ",
    "CATEGORY_SPACE": " \t",
    "CATEGORY_NOT_SPACE": "ab1",
}
_ANYTHING = "ab1-_ .,:!/@#\n"

Items = Iterable[tuple[Any, Any]]


class _TooLong(Exception):
    pass


def samples(pattern: str, flags: int = 0, limit: int = 4) -> tuple[str, ...]:
    """At most `limit` different texts of at most 100 characters that match the pattern, lookarounds apart.

    The first is the shortest, the others repeat more and take other alternatives; where signs may stand in one place,
    as in `[+-]`, one more has the others. The same pattern always gives the same texts; one that does not parse, or
    whose matches are all long, gives none.
    """
    tree = _parsed(pattern, flags)
    if tree is None:
        return ()
    found = dict.fromkeys(itertools.islice(_all(tree), limit))
    return tuple(dict.fromkeys([*found, *_with_other_signs(tree, max(found, key=len, default=""))]))


def with_groups(pattern: str, flags: int, known: Mapping[str | int, Sequence[str]]) -> Iterator[str]:
    """Texts as `samples` gives them with those that are `known` for groups, by name or number, in the groups' places.
    A text need not match if a group's does not.
    """
    tree = _parsed(pattern, flags)
    if tree is None:
        return
    numbers = {**tree.state.groupdict, **{number: number for number in range(1, tree.state.groups)}}
    found = {numbers[name]: texts for name, texts in known.items() if name in numbers}
    for variant in range(max(map(len, found.values()), default=0)):
        fixed = {number: texts[variant % len(texts)] for number, texts in found.items()}
        with contextlib.suppress(_TooLong, RecursionError):
            yield _Sampler(variant + 1, known=fixed).items(tree)


def _parsed(pattern: str, flags: int) -> Any:
    """The parse tree; None where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _PARSER.parse(pattern, flags & ~re.DEBUG)
    except (re.error, RecursionError, OverflowError, ValueError, TypeError):
        return None


def around(pattern: str, flags: int = 0, limit: int = 10) -> tuple[str, ...]:
    """At most `limit` different texts on both sides of a pattern's edge.

    First matches: every alternative of its widest choice, optional parts present and absent; one inside other text,
    one in the other case; then texts one letter away from a match.
    """
    matches = samples(pattern, flags, limit=min(limit, max(3, _widest(pattern))))
    if not matches:
        return ()
    first = matches[0]
    longest = max(matches, key=len)
    swapped = longest.swapcase()
    near = (f"ab{first}", f"{first}ab", swapped, first[:-1], first[1:])
    return tuple(dict.fromkeys([*matches[:2], *near[:3], *matches[2:], *near[3:]]))[:limit]


def _widest(pattern: str) -> int:
    """The number of alternatives of the pattern's widest choice, as far as its text shows."""
    parts = re.findall(r"\(([^()]*)\)", pattern) or [pattern]
    return max(str(part).count("|") + 1 for part in parts)


def _all(tree: Items) -> Iterator[str]:
    for variant in range(12):
        try:
            text = _Sampler(variant).items(tree)
        except (_TooLong, RecursionError):
            continue
        if text or variant == 0:
            yield text


def _with_other_signs(tree: Items, text: str) -> Iterator[str]:
    """The text as it is sampled with the other of two or three signs wherever one of these may stand."""
    for variant in range(12):
        with contextlib.suppress(_TooLong, RecursionError):
            if _Sampler(variant).items(tree) == text and (other := _Sampler(variant, signs=1).items(tree)) != text:
                yield other
                return


class _Sampler:
    """Walks one parse tree once; `variant` decides repeats and alternatives, and with `signs` which of few signs; texts
    that are `known` stand in groups of these numbers.
    """

    def __init__(self, variant: int, signs: int = 0, known: Mapping[int, str] = MappingProxyType({})) -> None:
        self.variant = variant
        self.signs = signs
        self.known = known
        self.groups: dict[int, str] = {}
        self.left = _NODES

    def items(self, items: Items) -> str:
        text = "".join(self.item(str(operator), argument) for operator, argument in items)
        if len(text) > _LONGEST:
            raise _TooLong
        return text

    def item(self, operator: str, argument: Any) -> str:
        self.left -= 1
        if self.left < 0:
            raise _TooLong
        handler = self._HANDLERS.get(operator)
        return handler(self, argument) if handler else ""

    def _literal(self, code: int) -> str:
        return chr(code)

    def _not_literal(self, code: int) -> str:
        return self._pick([letter for letter in _ANYTHING if ord(letter) != code])

    def _any(self, _: None) -> str:
        return self._pick("ab1")

    def _branch(self, argument: tuple[None, list[Items]]) -> str:
        alternatives = argument[1]
        return self.items(alternatives[self.variant % len(alternatives)])

    def _repeat(self, argument: tuple[int, int, Items]) -> str:
        least, most, item = int(argument[0]), int(argument[1]), argument[2]
        times = min(least + self.variant % 3, most)
        if times > _MOST_REPEATS and least > 0:
            raise _TooLong
        return "".join(self.items(item) for _ in range(times))

    def _group(self, argument: tuple[int | None, int, int, Items]) -> str:
        number, _, _, item = argument
        if number is None:
            return self.items(item)
        text = self.groups[number] = self.known[number] if number in self.known else self.items(item)
        return text

    def _reference(self, number: int) -> str:
        return self.groups.get(number, "")

    def _conditional(self, argument: tuple[int, Items, Items | None]) -> str:
        number, matched, otherwise = argument
        return self.items(matched if number in self.groups else otherwise or ())

    def _set(self, members: list[tuple[Any, Any]]) -> str:
        if str(members[0][0]) == "NEGATE":
            return self._pick([letter for letter in _ANYTHING if not _holds(members[1:], letter)])
        options = "".join(_options(str(operator), argument) for operator, argument in members)
        return self._pick(options)

    def _pick(self, options: str | list[str]) -> str:
        few = len(options) <= _FEW and not any(one.isalnum() or one.isspace() for one in options)
        return options[(self.variant + self.signs * few) % len(options)] if options else ""

    _HANDLERS: dict[str, Callable[..., str]] = {  # noqa: RUF012  filled once, never changed
        "LITERAL": _literal,
        "NOT_LITERAL": _not_literal,
        "ANY": _any,
        "BRANCH": _branch,
        "MAX_REPEAT": _repeat,
        "MIN_REPEAT": _repeat,
        "POSSESSIVE_REPEAT": _repeat,
        "SUBPATTERN": _group,
        "ATOMIC_GROUP": items,
        "GROUPREF": _reference,
        "GROUPREF_EXISTS": _conditional,
        "IN": _set,
    }


def _options(operator: str, argument: Any) -> str:
    """Some characters that one member of a set stands for."""
    if operator == "LITERAL":
        return chr(argument)
    if operator == "RANGE":
        low, high = argument
        return "".join(map(chr, dict.fromkeys((low, min(low + 1, high), (low + high) // 2, high))))
    return _CATEGORIES.get(str(argument), "")


def _holds(members: Items, letter: str) -> bool:
    return any(_matches(str(operator), argument, letter) for operator, argument in members)


def _matches(operator: str, argument: Any, letter: str) -> bool:
    if operator == "RANGE":
        return bool(argument[0] <= ord(letter) <= argument[1])
    return ord(letter) == argument if operator == "LITERAL" else _in_category(str(argument), letter)


def _in_category(category: str, letter: str) -> bool:
    negated = "_NOT_" in category
    word = letter.isalnum() or letter == "_"
    facts = {"DIGIT": letter.isdigit(), "WORD": word, "SPACE": letter.isspace()}
    return facts.get(category.rpartition("_")[2], False) is not negated
