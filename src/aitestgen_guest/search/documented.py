"""Cases out of the calls that docstrings show, and that the project's own code makes."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import is_data
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.findings.doctests import statements
from aitestgen_guest.shapes import Case, Description, Expression

MOST_RECEIVERS = 6


def documented(target: Target, examples: "Iterable[str]") -> "Iterator[Case]":
    """Cases from doctest lines that call a function directly with literal arguments."""
    for example in statements(examples):
        try:
            tree = ast.parse(example, mode="eval").body
        except (SyntaxError, ValueError):
            continue
        if isinstance(tree, ast.Call) and ast.unparse(tree.func).endswith(target.id) and not target.bound:
            arguments = [_expression(node) for node in tree.args]
            keywords = {node.arg: _expression(node.value) for node in tree.keywords if node.arg}
            yield {"target": target.id, "receiver": None, "calls": [], "arguments": arguments,
                   "keywords": keywords, "then": None}  # fmt: skip


def shown(target: Target, calls: "Iterable[dict[str, Any]]", callables: Callables, *, loop: bool) -> "Iterator[Case]":
    """Cases from calls as the analysis of the project read them; `loop` where objects of the class live on one."""
    for call in calls:
        if bool(call["receiver"]) == target.bound:
            case: Case = {
                "target": target.id,
                "receiver": read(call["receiver"], callables) if call["receiver"] else None,
                "calls": [[step["verb"], *_given(step, callables)] for step in call["steps"]],
                "then": None,
            }
            case["arguments"], case["keywords"] = _given(call, callables)
            yield {**case, "loop": True} if loop and target.bound else case


def shown_receivers(descriptions: "Iterable[Description]", callables: Callables) -> "Iterator[tuple[str, Expression]]":
    """Each class with calls that the project makes its objects by, a few for it and for each of its methods."""
    for description in descriptions:
        for call in description.get("shown", ())[:MOST_RECEIVERS]:
            if call["receiver"]:
                yield description["owner"], read(call["receiver"], callables)
            elif description["kind"] in ("class", "dataclass"):
                yield description["id"], ("call", description["id"], *_given(call, callables))


def shown_values(descriptions: "Iterable[Description]") -> "list[str]":
    """The arguments of the calls that the project makes which are literals, each once."""
    calls = [call for description in descriptions for call in description.get("shown", ())]
    parts = [part for call in calls for part in (call, *call["steps"])]
    texts = [text for part in parts for text in (*part["arguments"], *(value for _, value in part["keywords"]))]
    return [text for text in dict.fromkeys(texts) if is_data(text)]


def _given(call: "dict[str, Any]", callables: Callables) -> "tuple[list[Expression], dict[str, Expression]]":
    arguments = [read(text, callables) for text in call["arguments"]]
    return arguments, {name: read(text, callables) for name, text in call["keywords"]}


def read(text: str, callables: Callables) -> Expression:
    """The expression that the text is, with the parts of it that the search can change one by one."""
    return _parts(ast.parse(text, mode="eval").body, callables)


def _parts(node: ast.expr, callables: Callables) -> Expression:
    if isinstance(node, ast.Call) and (path := ast.unparse(node.func)) and _is_made(path, callables):
        keywords = {str(item.arg): _parts(item.value, callables) for item in node.keywords}
        return ("call", path, [_parts(item, callables) for item in node.args], keywords)
    whole = _expression(node)
    if whole[0] == "text" and isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        opened, closed = _BRACKETS[type(node)]
        return ("many", opened, [_parts(item, callables) for item in node.elts], closed)
    if whole[0] == "text" and isinstance(node, ast.Dict):
        pairs: Sequence[tuple[Any, ast.expr]] = [*zip(node.keys, node.values, strict=True)]
        return ("pairs", [[_parts(key, callables), _parts(value, callables)] for key, value in pairs])
    return whole


_BRACKETS: "dict[type, tuple[str, str]]" = {ast.List: ("[", "]"), ast.Tuple: ("(", ")"), ast.Set: ("{", "}")}


def _is_made(path: str, callables: Callables) -> bool:
    """Whether it is something of the module that is called."""
    try:
        return callable(callables.resolve(path))
    except (AttributeError, KeyError):
        return False


def _expression(node: ast.expr) -> Expression:
    try:
        return inputs.data(ast.literal_eval(node))
    except (ValueError, TypeError):
        return ("text", ast.unparse(node))
