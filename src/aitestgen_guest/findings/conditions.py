"""What `if amount is negative` means of an argument, as an expression: phrases that can hardly mean anything else."""

import re
from collections.abc import Sequence

_NUMBER = r"-?\d+(?:\.\d+)?"
_STATES = {
    "negative": "{0} < 0",
    "less than zero": "{0} < 0",
    "below zero": "{0} < 0",
    "zero": "{0} == 0",
    "not positive": "{0} <= 0",
    "non-positive": "{0} <= 0",
    "not a positive number": "{0} <= 0",
    "empty": "len({0}) == 0",
    "an empty string": "{0} == ''",
    "none": "{0} is None",
    "blank": "{0}.strip() == ''",
}
_COMPARED = (
    (rf"(?:less|smaller|lower) than (?P<n>{_NUMBER}|\w+)|below (?P<m>{_NUMBER}|\w+)", "<"),
    (rf"(?:greater|more|larger|higher|bigger) than (?P<n>{_NUMBER}|\w+)|above (?P<m>{_NUMBER}|\w+)", ">"),
    (rf"(?:greater|more|larger) than or equal to (?P<n>{_NUMBER}|\w+)", ">="),
    (rf"(?:less|smaller) than or equal to (?P<n>{_NUMBER}|\w+)", "<="),
)
_SYMBOLIC = re.compile(rf"^`*(?P<left>\w+)\s*(?P<sign><=|>=|<|>|==)\s*(?P<right>{_NUMBER}|\w+)`*$")
_OUTSIDE = re.compile(rf"(?:not (?:between|in|within)|outside(?: of)?)(?: the range)?(?: from)? (?P<low>{_NUMBER}) "
                      rf"(?:and|to) (?P<high>{_NUMBER})")  # fmt: skip
_SUBJECT = re.compile(r"^(?:the )?(?:given )?`*(?P<name>\w+)`* (?:is|are|was|were) (?P<state>.+)$")
_NOUNS = frozenset({"argument", "arguments", "input", "value", "values", "number", "list", "string", "text", "sequence",
                    "it", "amount", "items", "iterable", "data"})  # fmt: skip


def condition(text: str, parameters: "Sequence[str]", *, nouns: bool = True) -> "str | None":
    """The expression for `X is negative or Y is empty`; None where a part of it is not understood.

    Each part has to hold alone, so an `or` may have parts that are left out, but an `and` may not be cut. With `nouns`
    `the list` may mean the only parameter.
    """
    text = text.strip().rstrip(".").lower().replace("`", "")
    if re.search(r"\b(?:and|unless|except|but|while|when .* when|both|either)\b", _without_ranges(text)):
        return None
    lowered = {name.lower(): name for name in parameters}
    subject, parts = "", []
    for part in re.split(r",?\s+or\s+(?!equal)", text):
        found = _SUBJECT.match(part)
        if found:
            subject, state = _named(found["name"], lowered, nouns), found["state"]
        else:
            state = part
        parts.append(_clause(part, state, subject, lowered))
    known = [part for part in parts if part]
    return " or ".join(known) if known and parts[0] else None


def _without_ranges(text: str) -> str:
    return _OUTSIDE.sub("", text)


def _named(word: str, lowered: "dict[str, str]", nouns: bool) -> str:
    """The parameter that a word names, or the only one where the word is a general noun."""
    if word in lowered:
        return lowered[word]
    return next(iter(lowered.values())) if nouns and word in _NOUNS and len(lowered) == 1 else ""


def _clause(part: str, state: str, subject: str, lowered: "dict[str, str]") -> "str | None":
    symbolic = _SYMBOLIC.match(part)
    if symbolic:
        left, right = lowered.get(symbolic["left"]), _operand(symbolic["right"], lowered)
        return f"{left} {symbolic['sign']} {right}" if left and right else None
    if not subject:
        return None
    if state in _STATES:
        return _STATES[state].format(subject)
    outside = _OUTSIDE.fullmatch(state)
    if outside:
        return f"not {outside['low']} <= {subject} <= {outside['high']}"
    for pattern, sign in _COMPARED:
        match = re.fullmatch(pattern, state)
        if match:
            operand = _operand(match["n"] or match.groupdict().get("m") or "", lowered)
            return f"{subject} {sign} {operand}" if operand else None
    return None


def _operand(text: str, lowered: "dict[str, str]") -> "str | None":
    if re.fullmatch(_NUMBER, text):
        return text
    if text in ("zero", "one"):
        return {"zero": "0", "one": "1"}[text]
    return lowered.get(text)
