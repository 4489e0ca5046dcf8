"""From JSON to proposals: inputs with what the model expects of them, as the questions ask for by schema."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from aitestgen.propose.by_model import rules
from aitestgen.propose.by_model.proposals import Answer, Known, Proposal, Step
from aitestgen.propose.by_model.reply_text import cleaned, objects, parse
from aitestgen.propose.by_model.steps import capturing, checking, doing, raising_step
from aitestgen.propose.by_search import names

MOST_SETUP = 12
MOST_WORDS = 300
MOST_CUTS = 6
_CALLS = ("call", "expr", "expression", "input", "code")
_RETURNS = ("returns", "expected", "expect", "result", "output", "value")
_RAISES = ("raises", "error", "exception")
_ERROR = re.compile(r"[A-Za-z_][\w.]*")


def read_cases(text: str, known: Known) -> Answer:
    """The cases of an answer, each once; what has no call that parses is dropped."""
    found: dict[object, Proposal] = {}
    dropped = []
    for number, item in enumerate(objects(text), 1):
        proposal = _proposal(item, known)
        if proposal is None:
            dropped.append(f"no call in {str(item)[:80]}")
        else:
            found.setdefault(proposal.steps, replace(proposal, source=f"case {number}"))
    return Answer(proposals=tuple(found.values()), dropped=tuple(dropped))


def _proposal(item: Mapping[str, Any], known: Known) -> Proposal | None:
    body = _statements(_setup(item), known)
    call = _statements(_text(item, _CALLS), known)
    if not call:
        return None
    body = [*_makers([*body, *call], known), *body]
    *before, last = call
    steps = tuple(doing(one) for one in (*body, *before)) + tuple(_asked(last, item, known))
    if not _calls_module(ast.Module([*body, *call], []), known):
        return None
    used = {node.id for one in (*body, *call) for node in ast.walk(one) if isinstance(node, ast.Name)}
    used |= set(re.findall(r"[A-Za-z_]\w*", _text(item, _RETURNS)))
    imports = tuple(sorted(rules.USUAL[name] for name in used if name in rules.USUAL and name not in known.names))
    return Proposal(
        name=names.joined(names.snake(_text(item, ("name", "title")))),
        steps=steps,
        imports=imports,
        reason=_words(item, ("because", "reason", "why")),
        quote=_words(item, ("quote", "docstring")),
    )


def _makers(statements: list[ast.stmt], known: Known) -> list[ast.stmt]:
    """Assignments for variables that are used and never made, where their names tell what they are."""
    used = [node for one in statements for node in ast.walk(one) if isinstance(node, ast.Name)]
    made = {node.id for node in used if isinstance(node.ctx, ast.Store)} | known.names
    missing = dict.fromkeys(node.id for node in used if node.id not in made and node.id in known.makers)
    return [ast.parse(f"{name} = {known.makers[name]}").body[0] for name in missing]


def _setup(item: Mapping[str, Any]) -> str:
    given = item.get("setup", "")
    lines = given[:MOST_SETUP] if isinstance(given, list) else [given]
    return "\n".join(str(line) for line in lines if isinstance(line, str))


def _text(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """The first of the keys that is there, as source text: numbers and lists of JSON are Python's too."""
    for key in keys:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return cleaned(value).strip().strip("`")
        if isinstance(value, int | float | list):
            return repr(value)
    return ""


def _words(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return " ".join(_text(item, keys).split())[:MOST_WORDS]


def _statements(text: str, known: Known) -> list[ast.stmt]:
    """The statements; none where they do not parse. Imports and prints are taken off, they mean nothing here."""
    tree = _longest(text)
    if tree is None:
        return []
    modules = rules.names_of_module(known.module, known.names)
    found = []
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        spelt = rules.Spelling().visit(rules.Names({}, modules).visit(_bare(statement)))
        found.append(ast.fix_missing_locations(spelt))
    return found


def _longest(text: str) -> ast.Module | None:
    """The tree of the text, or of what is left of it up to one of its last closing parentheses."""
    for _ in range(MOST_CUTS):
        tree = parse(text)
        if tree is not None or ")" not in text:
            return tree
        head, closing, tail = text.rpartition(")")
        text = f"{head}{closing}" if tail else head
    return None


def _bare(statement: ast.stmt) -> ast.stmt:
    match statement:
        case ast.Expr(ast.Call(ast.Name("print"), [argument, *_])):
            return ast.Expr(argument)
    return statement


def _asked(last: ast.stmt, item: Mapping[str, Any], known: Known) -> Iterator[Step]:
    """The step that makes the call and looks at what comes of it."""
    match last:
        case ast.Assert(test):
            last = ast.Expr(test)
        case ast.Assign([ast.Name() as target], value):
            yield doing(last)
            last = ast.Expr(ast.Name(target.id, ast.Load())) if not isinstance(value, ast.Constant) else last
    if not isinstance(last, ast.Expr):
        yield doing(last)
        return
    call = _property(last.value, known)
    expected = _expected(item)
    if isinstance(expected, str):
        error = ast.parse(expected, mode="eval").body
        block = ast.With([ast.withitem(rules.raising(error))], [ast.Expr(call)])
        yield raising_step(ast.fix_missing_locations(block))
    elif isinstance(call, ast.Compare) and len(call.ops) == 1 and isinstance(call.ops[0], ast.Eq):
        yield checking(call.left, call.comparators[0])
    else:
        yield checking(call, expected) if expected is not None else capturing(call)


def _property(call: ast.expr, known: Known) -> ast.expr:
    """The attribute itself, where a property is called as a method."""
    match call:
        case ast.Call(ast.Attribute(_, name) as attribute, [], []) if name in known.properties:
            return attribute
    return call


def _expected(item: Mapping[str, Any]) -> ast.expr | str | None:
    """The value that is expected, or the name of an exception, or None where nothing is said that parses."""
    error = _text(item, _RAISES)
    if error and error.lower() not in ("none", "null", "no", "false", "[]") and _ERROR.fullmatch(error):
        return error
    for key in _RETURNS:
        if key in item:
            return _literal(item[key])
    return None


def _literal(value: Any) -> ast.expr | None:
    """JSON's value as Python; a text that is a Python literal stands for it."""
    if isinstance(value, str):
        tree = parse(value.strip())
        if not value.strip() or (tree is None and not any(letter.isalnum() for letter in value)):
            return None  # what a model puts where a schema leaves no gap
        match tree.body if tree else []:
            case [ast.Expr(ast.Name(name))] if name not in ("inf", "nan"):
                return ast.Constant(value)  # a bare word is the text itself
            case [ast.Expr(found)]:
                return found
        return ast.Constant(value)
    try:
        return ast.parse(repr(value), mode="eval").body
    except (SyntaxError, RecursionError):
        return None


def _calls_module(tree: ast.AST, known: Known) -> bool:
    return any(isinstance(node, ast.Name) and node.id in known.names for node in ast.walk(tree))
