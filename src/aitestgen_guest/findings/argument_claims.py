"""Claims about the result and the arguments: length, order, identity; what is left alone; what makes no difference."""

import re
from collections.abc import Callable, Iterator

from aitestgen_guest.findings.claim_grammar import SEQUENCE, Signature, is_hedged, stated
from aitestgen_guest.findings.docstrings import RETURNS, Statement
from aitestgen_guest.findings.laws import HIGH, MEDIUM, Law

Rule = Callable[[Statement, Signature], "Iterator[Law]"]


def _sentence(*alternatives: str) -> "re.Pattern[str]":
    return re.compile("|".join(alternatives), re.IGNORECASE)


_LENGTH = _sentence(r"(?:result|returns?|returned)\b.*\b(?:has |of |have )?the same length as (?:the )?`*(?P<of>\w+)")
_UNIQUE = _sentence(
    r"\bwithout (?:any )?duplicates\b",
    r"\b(?:contains?|has|have) no duplicates\b",
    r"\bduplicate-free\b",
    r"\bduplicates (?:are )?removed\b",
)
_REMOVES = _sentence(r"^removes? (?:all )?duplicates?\b")
_PARTLY = _sentence(r"\b(?:by|key|consecutive|adjacent|successive|case|spaces?|from the|in place)\b")
_ORDER = _sentence(
    r"\border (?:of the (?:items|elements|input) )?is (?:preserved|kept)\b",
    r"\bpreserv\w+ (?:the )?(?:original |input )?order\b",
    r"\bin (?:the )?original order\b",
    r"\bin order of (?:first )?appearance\b",
)
_CHANGED = r"(?:modified|mutated|changed|altered)"
_UNTOUCHED = _sentence(
    r"\b(?:does not|doesn't|never|without|not) (?:be |is )?(?:modif\w+|mutat\w+|chang\w+|alter\w*) "
    r"(?:the |its |any )?`*(?P<a>\w+)`*",
    rf"\b(?:the |its )?`*(?P<b>\w+)`*(?: \w+)? (?:is|are) (?:not|never) {_CHANGED}\b",
    r"\b(?:the )?`*(?P<c>\w+)`*(?: \w+)? (?:is|are) left (?:unchanged|untouched|alone|intact)",
)
_ALL = ("argument", "arguments", "input", "inputs", "original", "parameter", "parameters")
_COLLECTIONS = ("list", "dict", "dictionary", "set", "sequence")
_NEW = _sentence(r"^(?:always )?returns? an? (?:new|fresh) (?P<of>list|dict|dictionary|set)\b")
_COMPARED = r"(?:compar|search|match|look|find|found|check|test)\w*"
_CASE = _sentence(
    rf"\b{_COMPARED}\b.*\bcase[- ]insensitive",
    rf"\bcase[- ]insensitive(?:ly)? {_COMPARED}",
    r"\bignor\w+ (?:the )?case\b",
    r"\bregardless of (?:the )?case\b",
    r"\bcase does not matter\b",
)
_SWITCHED = _sentence(r"\b(?:flag|option|set|pass|true|false)\b")
_SYMMETRIC = _sentence(
    r"^(?:it is |this is |the \w+ is )?(?:symmetric|commutative)\b",
    r"\border of the (?:two )?arguments (?:does not|doesn't) matter",
)
_IDEMPOTENT = _sentence(r"^(?:it is |this is |the \w+ is )?idempotent\b")


def _length(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _LENGTH.search(statement.text)
    name = signature.named(match["of"]) if match and not is_hedged(statement.text) else None
    if name:
        guard = f"hasattr(result, '__len__') and hasattr({name}, '__len__')"
        expected = f"a result as long as {name}"
        yield from stated("same length", statement.text, expected, f"len(result) == len({name})", guard=guard)


def _unique(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text
    said = (statement.kind == RETURNS or statement.first) and _UNIQUE.search(text)
    said = said or (_REMOVES.search(text) if statement.first else None)
    if said and not is_hedged(text) and not _PARTLY.search(text):
        yield from stated(
            "unique", text, "no item twice", "all(result.count(item) == 1 for item in result)", guard=SEQUENCE
        )


def _order(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if len(signature.parameters) != 1 or is_hedged(statement.text) or not _ORDER.search(statement.text):
        return
    name = signature.parameters[0]
    parts = (
        SEQUENCE,
        f"isinstance({name}, (list, tuple))",
        f"all(item in {name} for item in result)",
        "all(result.count(item) == 1 for item in result)",
    )
    expected, test = "the items in the order in which they came", f"result == sorted(result, key={name}.index)"
    yield from stated("order", statement.text, expected, test, guard=" and ".join(parts))


def _untouched(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _UNTOUCHED.search(statement.text)
    if not match or is_hedged(statement.text):
        return
    for name in _meant(match["a"] or match["b"] or match["c"], signature):
        guard = f"isinstance({name}, (list, dict, set, bytearray))"
        yield from stated(
            "not modified", statement.text, f"{name} as it was", f"{name} == ${name}", guard=guard, shows=name
        )


def _meant(word: str, signature: Signature) -> "tuple[str, ...]":
    """The parameters that a word means."""
    if word in signature.parameters:
        return (word,)
    only = len(signature.parameters) == 1 and not signature.bound and word.lower() in _COLLECTIONS
    return signature.parameters if only or word.lower() in _ALL else ()


def _new_object(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _NEW.match(statement.text)
    if match and not is_hedged(statement.text):
        kind = {"dictionary": "dict"}.get(match["of"].lower(), match["of"].lower())
        for name in signature.parameters:
            guard = f"isinstance({name}, {kind})"
            yield from stated(
                "new object", statement.text, f"another object than {name}", f"result is not {name}", guard=guard
            )


def _case(statement: Statement, signature: Signature) -> "Iterator[Law]":
    text = statement.text
    if not _CASE.search(text) or is_hedged(text) or _SWITCHED.search(text):
        return
    named = [name for name in signature.parameters if re.search(rf"\b{re.escape(name)}\b", text)]
    for name in named or signature.parameters:
        yield from _same_in_another_case(name, text, HIGH if named or len(signature.parameters) == 1 else MEDIUM)


def _same_in_another_case(name: str, text: str, confidence: str) -> "Iterator[Law]":
    """Of True, False and numbers the same; of None or a dictionary, whether there is one."""
    again = f"{{call:{name}={name}.swapcase()}}"
    ascii_text = f"isinstance({name}, str) and {name}.isascii()"
    expected = f"the same for {name} in another case"
    guard = f"{ascii_text} and isinstance(result, (bool, int))"
    more = {"broken_by": "both", "confidence": confidence}
    yield from stated("case-insensitive", text, expected, f"{again} == result", guard=guard, **more)
    guard = f"{ascii_text} and (result is None or isinstance(result, dict))"
    yield from stated("case-insensitive", text, expected, f"({again} is None) == (result is None)", guard=guard, **more)


def _symmetric(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if len(signature.parameters) == 2 and _SYMMETRIC.search(statement.text) and not is_hedged(statement.text):
        one, other = signature.parameters
        test = f"{{call:{one}={other}|{other}={one}}} == result"
        yield from stated("symmetric", statement.text, "the same with the arguments swapped", test, broken_by="both")


def _idempotent(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if signature.parameters and _IDEMPOTENT.search(statement.text):
        name = signature.parameters[0]
        test, guard = f"{{call:{name}=result}} == result", f"type(result) is type({name})"
        yield from stated("idempotent", statement.text, "the same when done twice", test, guard=guard, broken_by="both")


RULES: "tuple[Rule, ...]" = (_length, _unique, _order, _untouched, _new_object, _case, _symmetric, _idempotent)
