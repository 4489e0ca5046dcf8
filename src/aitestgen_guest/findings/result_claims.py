"""Claims about the result alone: its order, sign, bounds, size, letters, places, truth."""

import re
from collections.abc import Callable, Iterator

from aitestgen_guest.findings.claim_grammar import NUMBER, REAL, SEQUENCE, Signature, is_hedged, stated
from aitestgen_guest.findings.docstrings import RETURNS, Statement
from aitestgen_guest.findings.laws import MEDIUM, Law

Rule = Callable[[Statement, Signature], "Iterator[Law]"]


def _sentence(*alternatives: str) -> "re.Pattern[str]":
    return re.compile("|".join(alternatives), re.IGNORECASE)


_SORTED = _sentence(r"\bsorted\b", r"\bin (?:ascending|descending|increasing|alphabetical) order")
_BY_OTHER = _sentence(
    r"\b(?:by|key|keys|according|input|assum\w+|must|topolog\w+|natural\w*|custom|first|case)\b",
    r"\b(?:from|in|of|into) (?:a|the|two|both) sorted",
)
_BACKWARDS = _sentence(r"\b(?:descending|decreasing|reverse)")
_NOUN = r"(?: (?:int|integer|number|float|value|amount|count|distance))?"
_NONNEGATIVE = _sentence(
    r"^(?:returns?|the result is|result is|the returned \w+ is) (?:always )?(?:an? |the )?"
    rf"non-?negative{_NOUN}\b(?! \w+s\b)"
)
_NEVER = _sentence(r"^(?:(?:the |its )?(?:result|return value|returned value|value) is )?never negative\b")
_BOUND = rf"`*({NUMBER}|\w+)`*"
_BETWEEN = _sentence(
    r"^(?:returns? (?:an? |the )?(?:[\w-]+ ){0,3}?|(?:the |every |each )?(?:results?|return(?:ed)? values?) "
    rf"(?:is|are|lies) (?:always )?)(?:between|in the range(?: from)?|within|from) {_BOUND} (?:and|to) {_BOUND}"
)
_PLACE = _sentence(r"\b(?:index|percentile|position)\b")
_EXCLUSIVE = _sentence(r"\bexclusive\b", r"\bstrictly\b", r"\bboth excluded\b")
_EACH = _sentence(r"\bevery result\b", r"\beach\b", r"\bresults are\b")
_COUNTED = _sentence(
    r"^(?:returns?|the result has|the result contains) (?:a list of )?"
    r"(?P<how>at most|no more than|up to|at least) `*(?P<n>\w+)`* (?P<of>\w+)"
)
_EXTREMES = _sentence(r"\bat least the (?:smallest|minimum|lowest)\b.*\bat most the (?:largest|maximum|highest)\b")
_ROUNDED = _sentence(r"\brounded to `*(?P<n>\w+)`* (?:decimal places|decimals|digits after|places|decimal digits)")
_KINDS = "list|string|dict|dictionary|tuple|set"
_EMPTY = _sentence(
    rf"^(?:an? )?empty (?:{_KINDS}|input|sequence|iterable)s? (?:gives?|yields?|returns?) an empty (?P<a>{_KINDS})\b",
    rf"\breturns? an empty (?P<b>{_KINDS}) (?:for|on|given) (?:an )?empty (?:{_KINDS}|input|sequence|iterable)",
    rf"\breturns? an empty (?P<c>{_KINDS}) if (?:the )?`*(?P<name>\w+)`* is empty",
)
_EMPTIES = {"list": "[]", "string": "''", "dict": "{}", "dictionary": "{}", "tuple": "()", "set": "set()"}
_NOTHING = re.compile(r"(?:always )?returns? (?:nothing|`*None`*)\.?", re.IGNORECASE)
_TRUE = _sentence(r"^returns? `*true`* (?:if|when)\b")
_MAYBE = re.compile(r"\bNone\b|\bsubclass|\bNotImplemented")
_RESULT = r"^(?:the (?:result|returned string|return value)|result) (?:is|contains) (?:always |only )?(?:in )?"
_SPACELESS = _sentence(
    r"^(?:the result|result|returns|the returned string)\b.*"
    r"\b(?:contains? no|has no|without(?: any)?) (?:spaces|white-?space)\b"
)


def _order(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text
    if statement.kind == RETURNS and _SORTED.search(text) and not is_hedged(text) and not _BY_OTHER.search(text):
        wanted = "sorted(result, reverse=True)" if _BACKWARDS.search(text) else "sorted(result)"
        yield from stated("sorted", text, "a sorted result", f"list(result) == {wanted}", guard=SEQUENCE)


def _sign(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text
    said = statement.kind == RETURNS and _NONNEGATIVE.search(text)
    if (said or _NEVER.search(text)) and not is_hedged(text):
        yield from stated("never negative", text, "at least 0", "result >= 0", guard=REAL)


def _between(statement: Statement, signature: Signature) -> "Iterator[Law]":
    text = _of_each(statement.text)
    match = _BETWEEN.match(text)
    if not match or is_hedged(text) or _PLACE.search(text):
        return
    low, high = (signature.bound_of(match[side]) for side in (1, 2))
    if low is None or high is None:
        return
    sign, told = ("<" if _EXCLUSIVE.search(text) else "<="), f"from {low} to {high}"
    if _EACH.search(text):
        test = f"all({low} {sign} item {sign} {high} for item in result)"
        yield from stated("between", statement.text, f"items {told}", test, guard=f"{SEQUENCE} and {low} <= {high}")
        return
    test = f"{low} {sign} result {sign} {high}"
    yield from stated("between", statement.text, f"a result {told}", test, guard=f"{REAL} and {low} <= {high}")


def _of_each(text: str) -> str:
    """The clause of the sentence that speaks of each result, where it has one in front of it."""
    place = re.search(r"\bso that (every result)\b", text, re.IGNORECASE)
    return text[place.start(1) :] if place else text


def _count(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _COUNTED.match(statement.text)
    bound = signature.bound_of(match["n"]) if match and not is_hedged(statement.text) else None
    if match is None or bound is None:
        return
    sign = ">=" if match["how"].lower() == "at least" else "<="
    of_text = match["of"].lower().startswith(("char", "letter"))
    guard = "isinstance(result, str)" if of_text else "isinstance(result, (list, tuple, set, dict))"
    expected = f"{match['how']} {bound} {match['of']}"
    yield from stated(
        "count", statement.text, expected, f"len(result) {sign} {bound}", guard=f"{guard} and {bound} >= 0"
    )


def _extremes(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if statement.kind == RETURNS and len(signature.parameters) == 1 and _EXTREMES.search(statement.text):
        name = signature.parameters[0]
        test = f"min({name}) - 1e-9 <= result <= max({name}) + 1e-9"
        expected = "between the smallest and the largest"
        yield from stated("between extremes", statement.text, expected, test, guard=f"{REAL} and len({name}) > 0")


def _letters(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text
    if statement.kind != RETURNS or is_hedged(text):
        return
    for case in ("lower", "upper"):
        said = _sentence(
            rf"{_RESULT}{case}-?\s?case\b",
            rf"^returns (?:an? |the )?(?:string|text|name|word) in {case}-?\s?case\b",
            rf"^returns an? {case}-?\s?cased? (?:string|text|copy)\b",
        )
        if said.search(text):
            expected, test = f"a result in {case} case", f"result == result.{case}()"
            yield from stated(f"{case}case", text, expected, test, guard="isinstance(result, str)")
    if _SPACELESS.search(text):
        yield from stated("no spaces", text, "no spaces", "' ' not in result", guard="isinstance(result, str)")


def _rounded(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _ROUNDED.search(statement.text)
    if not match or is_hedged(statement.text) or not (statement.kind == RETURNS or statement.first):
        return
    places = signature.bound_of(match["n"])
    if places:
        expected, test = f"a result rounded to {places} places", f"round(result, {places}) == result"
        yield from stated("rounded", statement.text, expected, test, guard="isinstance(result, float)")


def _empty(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _EMPTY.search(statement.text)
    if not match or not signature.parameters:
        return
    name = signature.named(match["name"]) if match["name"] else signature.parameters[0]
    out = _EMPTIES[(match["a"] or match["b"] or match["c"]).lower()]
    if name:
        guard = f"hasattr({name}, '__len__') and len({name}) == 0"
        yield from stated("empty", statement.text, out, f"result == {out}", guard=guard)


def _nothing(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    if _NOTHING.fullmatch(statement.text):
        yield from stated("returns None", statement.text, "None", "result is None")


def _truth(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    if _TRUE.match(statement.text) and not _MAYBE.search(statement.text):
        yield from stated("truth", statement.text, "True or False", "result is not None", confidence=MEDIUM)


RULES: "tuple[Rule, ...]" = (
    _order, _sign, _between, _count, _extremes, _letters, _rounded, _empty, _nothing, _truth,
)  # fmt: skip
