"""What a docstring claims of every call, as laws: by conservative rules that quote the sentence which they read."""

import ast
import re
from collections.abc import Iterator

from aitestgen_guest.findings import argument_claims, result_claims
from aitestgen_guest.findings.claim_grammar import KIND, Signature
from aitestgen_guest.findings.conditions import condition
from aitestgen_guest.findings.docstrings import PARAMETER, RAISES, Statement, statements
from aitestgen_guest.findings.laws import Law

_ARROW = re.compile(
    r"^[`*\s]*(?:->|=>|==|→|#\s*(?:->|=>|returns)?|(?:it )?(?:returns|gives|yields|is|evaluates to))\s*[`*]*"
)
_PHRASE_END = re.compile(r"`|\s+#|\s{2,}|[.;,](?:\s|$)|\s+(?:and|but|while|because|since|as|not|whereas)\s")
_SENTENCE_RAISES = re.compile(
    r"\braises?\s+(?:an?\s+)?`*:?(?:exc:|class:)?`*(?P<name>[A-Z]\w+)`*,?\s+(?:if|when)\s+(?P<when>[^.]+)",
    re.IGNORECASE,
)
_DEFAULT = re.compile(
    r"(?:\bdefaults? to|\(default:?|\bdefault (?:is|value is)|\bby default,?(?: is)?)\s*[`*]*"
    r"(?P<value>'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?\b(?!\s*[%/*])|True|False)",
    re.IGNORECASE,
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
            for rule in (_sentence_raises, *result_claims.RULES, *argument_claims.RULES):
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
                yield Law(KIND, "example", line.strip(), value, test=_equals(value), call=call)


def _equals(value: str) -> str:
    """Equal to the shown literal; of a number with a point only as many places as are shown."""
    if re.fullmatch(r"-?\d+\.\d+", value):
        return f"round(result, {len(value.partition('.')[2])}) == {value}"
    return f"result == {value}"


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
    head = _PHRASE_END.split(text)[0].strip()
    for candidate in (text.strip().rstrip("`.;, "), head.rstrip("`.;,")):
        try:
            value = ast.literal_eval(candidate)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        return None if value is ... else candidate
    return None


# -- exceptions and defaults -------------------------------------------------------------------------------------
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


def _default(statement: Statement, signature: Signature) -> "Iterator[Law]":
    match = _DEFAULT.search(statement.text)
    actual = dict(signature.defaults).get(statement.name)
    if not match or actual is None:
        return
    value = match["value"].capitalize() if match["value"][0] in "tf" else match["value"]
    try:
        told, real = ast.literal_eval(value), ast.literal_eval(actual)
    except (ValueError, SyntaxError):
        return
    if type(told) is type(real):
        call = f"inspect.signature({{target}}).parameters[{statement.name!r}].default"
        quote = f"{statement.name}: {statement.text}"
        yield Law(
            KIND, "default", quote, f"{statement.name}={told!r} by default", test=f"result == {told!r}", call=call
        )
