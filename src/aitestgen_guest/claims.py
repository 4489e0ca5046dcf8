"""What a docstring claims of every call, as laws; conservative rules, each of which quotes the sentence that it read."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aitestgen_guest.conditions import condition
from aitestgen_guest.docstrings import PARAMETER, RAISES, RETURNS, Statement, statements
from aitestgen_guest.laws import HIGH, MEDIUM, Law
from aitestgen_guest.shapes import Description

KIND = "docstring"
_NUMBER = r"-?\d+(?:\.\d+)?"
_HEDGED = re.compile(r"\b(?:if|unless|when|where|optional(?:ly)?|except|may|might|can|could|should|usually|typically|"
                     r"approximately|about|roughly|depending|otherwise|by default)\b", re.IGNORECASE)  # fmt: skip
_SIZED = "isinstance(result, (list, tuple))"
_REAL = "isinstance(result, (int, float)) and result == result"


@dataclass(frozen=True)
class Signature:
    """The names that claims may speak of. `name` is the target's last name; `defaults` are source texts. What is `bound`
    speaks of its object where it says `the list`, not of its argument.
    """

    name: str
    parameters: "tuple[str, ...]"
    defaults: "tuple[tuple[str, str], ...]" = ()
    bound: bool = False


def signature_of(description: Description) -> Signature:
    taken = description.get("parameters", ())
    plain = [item for item in taken if item.get("kind", "normal") in ("normal", "positional", "keyword")]
    return Signature(
        name=description["id"].rpartition(".")[2],
        parameters=tuple(item["name"] for item in plain),
        defaults=tuple((item["name"], item["default"]) for item in plain if item.get("default")),
        bound=description["kind"] in ("method", "property", "class", "dataclass"),
    )


def claims(docstring: str, signature: Signature) -> "list[Law]":
    """The laws that the docstring states; of those with one test, the first."""
    found: dict[tuple[str, str, str, str], Law] = {}
    for law in _laws(docstring, signature):
        found.setdefault((law.test, law.guard, law.call, law.raises), law)
    return list(found.values())


def _laws(docstring: str, signature: Signature) -> "Iterator[Law]":
    yield from _shown(docstring, signature)
    for statement in statements(docstring):
        if statement.kind == RAISES:
            yield from _raises(statement.name, statement.text, f"{statement.name}: {statement.text}", signature)
        elif statement.kind == PARAMETER:
            yield from _default(statement, signature)
        else:
            for rule in _RULES:
                yield from rule(statement, signature)


# -- examples outside doctests -----------------------------------------------------------------------------------
def _shown(docstring: str, signature: Signature) -> "Iterator[Law]":
    """`f(1) -> 2`, `f(1) == 2`, `f(1) returns 2` with literals on both sides."""
    pattern = re.compile(rf"(?<![\w.>]){re.escape(signature.name)}\(")
    for line in docstring.splitlines():
        if line.lstrip().startswith((">>>", "...")):
            continue
        for match in pattern.finditer(line):
            shown = _call_and_value(line[match.start() :])
            if shown:
                call, value = shown
                yield Law(KIND, "example", line.strip(), value, test=f"result == {value}", call=call)


_ARROW = re.compile(r"^[`*\s]*(?:->|=>|==|→|#\s*(?:->|=>|returns)?|(?:it )?(?:returns|gives|yields|is|evaluates to))\s*[`*]*")


def _call_and_value(text: str) -> "tuple[str, str] | None":
    for end in (place for place, letter in enumerate(text) if letter == ")"):
        call = text[: end + 1]
        try:
            tree = ast.parse(call, mode="eval").body
        except (SyntaxError, ValueError):
            continue
        arrow = _ARROW.match(text[end + 1 :])
        if not arrow or not arrow[0].strip(" `*") or not _only_literals(tree):
            return None
        value = _literal_prefix(text[end + 1 + arrow.end() :])
        return (call, value) if value is not None else None
    return None


def _only_literals(tree: ast.expr) -> bool:
    if not isinstance(tree, ast.Call):
        return False
    try:
        for node in (*tree.args, *(item.value for item in tree.keywords)):
            ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


def _literal_prefix(text: str) -> "str | None":
    """The literal at the head of the text, followed by nothing or by what ends a phrase; None where there is none."""
    head = re.split(r"`|\s+#|\s{2,}|[.;,](?:\s|$)|\s+(?:and|but|while|because|since|as|not|whereas)\s", text)[0].strip()
    for candidate in (text.strip().rstrip("`.;, "), head.rstrip("`.;,")):
        try:
            value = ast.literal_eval(candidate)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        return None if value is ... or isinstance(value, type(None)) and candidate != "None" else candidate
    return None


# -- exceptions and defaults -------------------------------------------------------------------------------------
_SENTENCE_RAISES = re.compile(r"\braises?\s+(?:an?\s+)?`*:?(?:exc:|class:)?`*(?P<name>[A-Z]\w+)`*,?\s+(?:if|when)\s+(?P<when>[^.]+)",
                              re.IGNORECASE)  # fmt: skip


def _raises(name: str, text: str, quote: str, signature: Signature) -> "Iterator[Law]":
    when = re.sub(r"^(?:raised\s+)?(?:if|when)\s+", "", text.strip(), flags=re.IGNORECASE)
    if when == text.strip() or not signature.parameters:
        return
    guard = condition(when, signature.parameters, nouns=not signature.bound)
    if guard:
        name = name.strip("`:~").rpartition(".")[2]
        yield Law(KIND, f"raises {name}", quote, f"{name} raised", guard=guard, raises=name)


def _sentence_raises(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _SENTENCE_RAISES.search(statement.text)
    if match:
        yield from _raises(match["name"], f"if {match['when']}", statement.text, signature)


_DEFAULT = re.compile(r"(?:\bdefaults? to|\(default:?|\bdefault (?:is|value is)|\bby default,?(?: is)?)\s*[`*]*"
                      r"(?P<value>'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?\b(?!\s*[%/*])|True|False)", re.IGNORECASE)  # fmt: skip


def _default(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _DEFAULT.search(statement.text)
    actual = dict(signature.defaults).get(statement.name)
    if not match or actual is None:
        return
    try:
        told, real = ast.literal_eval(match["value"].capitalize() if match["value"][0] in "tf" else match["value"]), ast.literal_eval(actual)
    except (ValueError, SyntaxError):
        return
    if type(told) is type(real):
        yield Law(KIND, "default", f"{statement.name}: {statement.text}", f"{statement.name}={told!r} by default",
                  test=f"result == {told!r}", call=f"inspect.signature({{target}}).parameters[{statement.name!r}].default")  # fmt: skip


# -- results -----------------------------------------------------------------------------------------------------
def _order(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text.lower()
    if statement.kind != RETURNS or not re.search(r"\bsorted\b|\bin (?:ascending|descending|increasing|alphabetical) order", text):
        return
    if _HEDGED.search(text) or re.search(r"\b(?:by|key|keys|according|input|assum|must|topolog|natural|custom|first|case)\w*\b|\bfrom (?:a|the) sorted|\bin (?:a|the) sorted|\bof (?:a|the|two) sorted", text):
        return
    backwards = bool(re.search(r"\b(?:descending|decreasing|reverse)", text))
    wanted = "sorted(result, reverse=True)" if backwards else "sorted(result)"
    yield Law(KIND, "sorted", statement.text, "a sorted result", f"list(result) == {wanted}", guard=_SIZED)


def _sign(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text.lower()
    said = re.search(r"^(?:returns?|the result is|result is|the returned \w+ is) (?:always )?(?:an? |the )?non-?negative(?: (?:int|integer|number|float|value|amount|count|distance))?\b(?! (?:int|num)\w*s)", text)
    never = re.search(r"^(?:(?:the |its )?(?:result|return value|returned value|value) is )?never negative\b", text)
    if (said and statement.kind == RETURNS or never) and not _HEDGED.search(text):
        yield Law(KIND, "never negative", statement.text, "at least 0", "result >= 0", guard=_REAL)


_BETWEEN = re.compile(rf"^(?:returns? (?:an? |the )?(?:[\w-]+ ){{0,3}}?|(?:the |every |each )?(?:results?|returned values?|return values?) (?:is|are|lies) (?:always )?)(?:between|in the range(?: from)?|within|from) `*(?P<low>{_NUMBER}|\w+)`* (?:and|to) `*(?P<high>{_NUMBER}|\w+)`*")


def _between(statement: Statement, signature: Signature) -> "Iterator[Law]":
    text = _each(statement.text)
    match = _BETWEEN.match(text.lower())
    if not match or _HEDGED.search(text) or re.search(r"\bindex|percentile|position\b", text.lower()):
        return
    low, high = (_bound(match[side], signature) for side in ("low", "high"))
    if low is None or high is None:
        return
    sign = "<" if re.search(r"\bexclusive\b|\bstrictly\b|\bboth excluded\b", text.lower()) else "<="
    many = bool(re.search(r"\bevery result\b|\beach\b|\bresults are\b", statement.text.lower()))
    valid = f"{low} <= {high}"
    if many:
        yield Law(KIND, "between", statement.text, f"items from {low} to {high}", f"all({low} {sign} item {sign} {high} for item in result)", guard=f"{_SIZED} and {valid}")
    else:
        yield Law(KIND, "between", statement.text, f"a result from {low} to {high}", f"{low} {sign} result {sign} {high}", guard=f"{_REAL} and {valid}")


def _each(text: str) -> str:
    """The clause of the sentence that speaks of each result, where it has one in front of it."""
    place = re.search(r"\bso that (every result)\b", text, re.IGNORECASE)
    return text[place.start(1) :] if place else text


def _bound(word: str, signature: Signature) -> "str | None":
    if re.fullmatch(_NUMBER, word):
        return word
    if word in ("zero", "one"):
        return {"zero": "0", "one": "1"}[word]
    return next((name for name in signature.parameters if name.lower() == word), None)


_AT_MOST = re.compile(r"^(?:returns?|the result has|the result contains) (?:a list of )?(?P<how>at most|no more than|up to|at least) `*(?P<n>\w+)`* (?P<of>\w+)")


def _count(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _AT_MOST.match(statement.text.lower())
    if not match or _HEDGED.search(statement.text):
        return
    bound = _bound(match["n"], signature)
    if bound is None:
        return
    sign, letters = (">=" if match["how"] == "at least" else "<="), match["of"].startswith(("char", "letter"))
    guard = "isinstance(result, str)" if letters else "isinstance(result, (list, tuple, set, dict))"
    yield Law(KIND, "count", statement.text, f"{match['how']} {bound} {match['of']}", f"len(result) {sign} {bound}", guard=f"{guard} and {bound} >= 0")


def _extremes(statement: Statement, signature: Signature) -> "Iterator[Law]":
    text = statement.text.lower()
    if statement.kind == RETURNS and len(signature.parameters) == 1 and re.search(r"\bat least the (?:smallest|minimum|lowest)\b.*\bat most the (?:largest|maximum|highest)\b", text):
        name = signature.parameters[0]
        yield Law(KIND, "between extremes", statement.text, "between the smallest and the largest",
                  f"min({name}) - 1e-9 <= result <= max({name}) + 1e-9", guard=f"{_REAL} and len({name}) > 0")  # fmt: skip


def _letters(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text.lower()
    if statement.kind != RETURNS or _HEDGED.search(text):
        return
    subject = r"^(?:the (?:result|returned string|return value)|result) (?:is|contains) (?:always |only )?(?:in )?"
    for word, method in (("lower", "lower"), ("upper", "upper")):
        if re.search(rf"{subject}{word}-?\s?case\b|^returns (?:an? |the )?(?:string|text|name|word) in {word}-?\s?case\b|^returns an? {word}-?\s?cased? (?:string|text|copy)\b", text):
            yield Law(KIND, f"{word}case", statement.text, f"a result in {word} case", f"result == result.{method}()", guard="isinstance(result, str)")
    if re.search(r"^(?:the result|result|returns|the returned string)\b.*\b(?:contains? no|has no|without(?: any)?) (?:spaces|white-?space)\b", text):
        yield Law(KIND, "no spaces", statement.text, "no spaces in the result", "' ' not in result", guard="isinstance(result, str)")


def _length(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = re.search(r"(?:result|returns?|returned)\b.*\b(?:has |of |have )?the same length as (?:the )?`*(?P<of>\w+)", statement.text, re.IGNORECASE)
    if not match or _HEDGED.search(statement.text):
        return
    name = _parameter(match["of"], signature)
    if name:
        yield Law(KIND, "same length", statement.text, f"a result as long as {name}", f"len(result) == len({name})",
                  guard=f"hasattr(result, '__len__') and hasattr({name}, '__len__')")  # fmt: skip


def _parameter(word: str, signature: Signature) -> "str | None":
    if word in signature.parameters:
        return word
    general = not signature.bound and word.lower() in ("input", "argument", "list", "string", "original", "sequence")
    return signature.parameters[0] if general and len(signature.parameters) == 1 else None


def _unique(statement: Statement, signature: Signature) -> "Iterator[Law]":
    text = statement.text.lower()
    said = re.search(r"\bwithout (?:any )?duplicates\b|\b(?:contains?|has|have) no duplicates\b|\bduplicate-free\b|\bduplicates (?:are )?removed\b", text)
    said = said or (statement.first and re.search(r"^removes? (?:all )?duplicates?\b(?! \w*space)", text))
    if not said or not (statement.kind == RETURNS or statement.first):
        return
    if _HEDGED.search(text) or re.search(r"\b(?:by|key|consecutive|adjacent|successive|case|from the|in place)\b", text):
        return
    yield Law(KIND, "unique", statement.text, "no item twice", "all(result.count(item) == 1 for item in result)", guard=_SIZED)
    if re.search(r"\bpreserv\w+ (?:the )?(?:original )?order|\border (?:of first|is (?:kept|preserved))", text):
        yield from _kept_order(statement, signature)


def _keeps_order(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if re.search(r"\border (?:of the (?:items|elements|input) )?is (?:preserved|kept)\b|\bpreserv\w+ (?:the )?(?:original |input )?order\b|\bin (?:the )?original order\b|\bin order of (?:first )?appearance\b", statement.text, re.IGNORECASE):
        yield from _kept_order(statement, signature)


def _kept_order(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if len(signature.parameters) != 1 or _HEDGED.search(statement.text):
        return
    name = signature.parameters[0]
    yield Law(KIND, "order", statement.text, "the items in the order in which they came", f"result == sorted(result, key={name}.index)",
              guard=f"{_SIZED} and isinstance({name}, (list, tuple)) and all(item in {name} for item in result) and all(result.count(item) == 1 for item in result)")  # fmt: skip


_UNTOUCHED = re.compile(r"\b(?:does not|doesn't|never|without|not) (?:be |is )?(?:modif\w+|mutat\w+|chang\w+|alter\w*) (?:the |its |any )?`*(?P<of>\w+)`*"
                        r"|\b(?:the |its )?`*(?P<who>\w+)`*(?: \w+)? (?:is|are) (?:not|never) (?:modified|mutated|changed|altered)\b"
                        r"|\b(?:the )?`*(?P<left>\w+)`*(?: \w+)? (?:is|are) left (?:unchanged|untouched|alone|intact)", re.IGNORECASE)  # fmt: skip
_WHOLE = ("argument", "arguments", "input", "inputs", "original", "parameter", "parameters")


def _untouched(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _UNTOUCHED.search(statement.text)
    if not match or _HEDGED.search(statement.text):
        return
    word = match["of"] or match["who"] or match["left"]
    names = [word] if word in signature.parameters else list(signature.parameters) if word.lower() in _WHOLE else []
    if not names and len(signature.parameters) == 1 and word.lower() in ("list", "dict", "dictionary", "set", "sequence"):
        names = list(signature.parameters)
    for name in names:
        yield Law(KIND, "not modified", statement.text, f"{name} as it was", f"{name} == ${name}",
                  guard=f"isinstance({name}, (list, dict, set, bytearray))", shows=name)  # fmt: skip


def _new_object(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = re.match(r"^(?:always )?returns? an? (?:new|fresh) (?P<of>list|dict|dictionary|set)\b", statement.text, re.IGNORECASE)
    if match and not _HEDGED.search(statement.text):
        kind = {"dictionary": "dict"}.get(match["of"].lower(), match["of"].lower())
        for name in signature.parameters:
            yield Law(KIND, "new object", statement.text, f"another object than {name}", f"result is not {name}",
                      guard=f"isinstance({name}, {kind})", shows="result")  # fmt: skip


def _nothing(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    if re.fullmatch(r"(?:always )?returns? (?:nothing|`*None`*)\.?", statement.text, re.IGNORECASE):
        yield Law(KIND, "returns None", statement.text, "None", "result is None")


def _case(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if not re.search(r"\b(?:compar|search|match|look|find|found|check|test)\w*\b.*\bcase[- ]insensitive|\bcase[- ]insensitive(?:ly)? (?:compar|search|match|look|check)|\bignor\w+ (?:the )?case\b|\bregardless of (?:the )?case\b|\bcase does not matter\b", statement.text, re.IGNORECASE):
        return
    if _HEDGED.search(statement.text) or re.search(r"\b(?:flag|option|set|pass|true|false)\b", statement.text.lower()):
        return
    named = [name for name in signature.parameters if re.search(rf"\b{re.escape(name)}\b", statement.text)]
    for name in named or signature.parameters:
        other = f"{{call:{name}={name}.swapcase()}}"
        same = f"({other} == result if isinstance(result, (bool, int)) else ({other} is None) == (result is None))"
        yield Law(KIND, "case-insensitive", statement.text, f"the same for {name} in another case", same, broken_by="both",
                  guard=f"isinstance({name}, str) and {name}.isascii() and (result is None or isinstance(result, (bool, int)) or isinstance(result, dict))",
                  confidence=HIGH if named or len(signature.parameters) == 1 else MEDIUM)  # fmt: skip


def _symmetric(statement: Statement, signature: Signature) -> "Iterator[Law]":
    text = statement.text.lower()
    said = re.search(r"^(?:it is |this is |the \w+ is )?(?:symmetric|commutative)\b|\border of the (?:two )?arguments (?:does not|doesn't) matter", text)
    if said and len(signature.parameters) == 2 and not _HEDGED.search(text) and "not symmetric" not in text:
        yield Law(KIND, "symmetric", statement.text, "the same with the arguments swapped", f"{{call:{signature.parameters[0]}={signature.parameters[1]}|{signature.parameters[1]}={signature.parameters[0]}}} == result", broken_by="both")


def _rounded(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = re.search(r"\brounded to `*(?P<n>\w+)`* (?:decimal places|decimals|digits after|places|decimal digits)", statement.text, re.IGNORECASE)
    words = {"one": "1", "two": "2", "three": "3", "four": "4"}
    if match and not _HEDGED.search(statement.text) and (statement.kind == RETURNS or statement.first):
        places = words.get(match["n"].lower()) or _bound(match["n"].lower(), signature)
        if places:
            yield Law(KIND, "rounded", statement.text, f"a result rounded to {places} places", f"round(result, {places}) == result", guard="isinstance(result, float)")


_EMPTY = re.compile(r"^(?:an? )?empty (?P<what>list|string|dict|dictionary|tuple|set|input|sequence|iterable)s? (?:gives?|yields?|returns?|results? in|maps? to) an empty (?P<out>list|string|dict|dictionary|tuple|set)"
                    r"|\breturns? an empty (?P<out2>list|string|dict|dictionary|tuple|set) (?:for|on|given) (?:an )?empty (?P<what2>list|string|dict|input|sequence|iterable)"
                    r"|\breturns? an empty (?P<out3>list|string|dict|dictionary|tuple|set) if (?:the )?`*(?P<name>\w+)`* is empty", re.IGNORECASE)  # fmt: skip
_EMPTIES = {"list": "[]", "string": "''", "dict": "{}", "dictionary": "{}", "tuple": "()", "set": "set()"}


def _empty(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _EMPTY.search(statement.text)
    if not match or not signature.parameters:
        return
    name = _parameter(match["name"], signature) if match["name"] else signature.parameters[0]
    out = _EMPTIES[(match["out"] or match["out2"] or match["out3"]).lower()]
    if name:
        guard = f"hasattr({name}, '__len__') and len({name}) == 0"
        yield Law(KIND, "empty", statement.text, out, f"result == {out}", guard=guard)


def _truth(statement: Statement, _signature: Signature) -> "Iterator[Law]":
    text = statement.text
    if re.match(r"^returns? `*true`* (?:if|when)\b", text, re.IGNORECASE) and not re.search(r"\bNone\b|\bsubclass|\bNotImplemented", text):
        yield Law(KIND, "truth", text, "True or False", "result is not None", confidence=MEDIUM)


def _idempotent(statement: Statement, signature: Signature) -> "Iterator[Law]":
    if re.search(r"\bidempotent\b", statement.text, re.IGNORECASE) and "not idempotent" not in statement.text.lower() and signature.parameters:
        yield Law(KIND, "idempotent", statement.text, "the same when done twice", f"{{call:{signature.parameters[0]}=result}} == result", broken_by="both", guard=f"type(result) is type({signature.parameters[0]})")


_RULES: "Sequence[Callable[[Statement, Signature], Iterator[Law]]]" = (
    _sentence_raises, _order, _sign, _between, _count, _extremes, _letters, _length, _unique, _keeps_order, _untouched,
    _new_object, _nothing, _case, _symmetric, _rounded, _empty, _truth, _idempotent,
)  # fmt: skip
