"""The literals of a module that are worth trying as inputs, as source text that `ast.literal_eval` reads."""

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from types import EllipsisType

from aitestgen.analyse.packed import packed
from aitestgen.analyse.readable import read_in_groups, readable
from aitestgen.analyse.regexes import around, samples, with_groups
from aitestgen.analyse.source import dotted, last_name
from aitestgen.analyse.told import displayed, told

_LONGEST = 100
_MOST = 300
_SHORT = 30
_MOST_TABLED = 100
_REGEX_FUNCTIONS = frozenset(
    {"compile", "match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn", "template"}
)
_WRITTEN_LIKE_REGEX = re.compile(r"\\[AbBdDsSwWZ]|\(\?|^\^.|.\$$|\[[^\]]+\]|\([^)]+\)|\\.|[^*]\*$|.\+$")
_PROSE = re.compile(r"[A-Za-z]{2,} [a-z]+ [a-z]+ ")
_ANY_KEYS = ("'first'",)
_OF_LETTER_CASE = frozenset({"capitalize", "casefold", "lower", "title", "upper", "swapcase", "IGNORECASE", "I"})
_LOOKUPS = frozenset({"get", "pop", "setdefault", "startswith", "endswith", "find", "index", "count", "removeprefix"})

Named = Mapping[str, ast.expr]
"""Expressions by the module-level name that they are bound to."""

Ranked = Iterator[tuple[int, ast.expr | str]]
"""Literals with a rank, 0 the most promising. A text stands for itself, as a string."""


def constants(tree: ast.Module) -> tuple[str, ...]:
    """At most 300 different literals, the most promising first.

    Rank: what is compared, matched or looked up; texts that match the module's regular expressions, those that its
    readers read, bytes that it unpacks, and what docstrings show; arguments of calls in the module's tests and script;
    collections; then any other. Left out are docstrings themselves, annotations, messages of exceptions and texts over
    100 characters.
    """
    best: dict[str, int] = {}
    for rank, found in _ranked(tree):
        text = repr(found) if isinstance(found, str) else _literal(found)
        if text is not None:
            best[text] = min(rank, best.get(text, rank))
    return tuple(sorted(best, key=best.__getitem__))[:_MOST]


def compared(function: ast.AST, names: Iterable[str], named: Named) -> dict[str, tuple[str, ...]]:
    """For each name the literals that the function compares it with or looks up with it, as source text.

    `named` holds what the names at module level are bound to. At most 12 a name.
    """
    found: dict[str, dict[str, None]] = {name: {} for name in names}
    for node in ast.walk(function):
        for name, partner in _partners(node, named):
            text = _literal(partner)
            if name in found and text is not None:
                found[name][text] = None
    return {name: tuple(texts)[:12] for name, texts in found.items() if texts}


def looked_up(function: ast.AST, mapping: str) -> tuple[str, ...]:
    """The text keys that the function asks this mapping for, as source text, at most 12."""
    found: dict[str, None] = {}
    for node in ast.walk(function):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="get" | "pop" | "setdefault"),
                args=[ast.Constant(value=str(wanted)), *_],
            ) if name == mapping:
                found[repr(wanted)] = None
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(wanted))) if name == mapping:
                found[repr(wanted)] = None
            case ast.Compare(
                left=ast.Constant(value=str(wanted)), ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=name)]
            ) if name == mapping:
                found[repr(wanted)] = None
    return tuple(found)[:12]


def any_keys(function: ast.AST, mapping: str) -> tuple[str, ...]:
    """A text key, as source text, where the function goes through all that this mapping holds. Of two, code that puts
    them into a set would tell the order, which is another in each process.
    """
    for node in ast.walk(function):
        match node:
            case (
                ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="items" | "values" | "keys"))
                | ast.Call(func=ast.Name(id="sorted" | "list" | "len" | "set" | "dict"), args=[ast.Name(id=name), *_])
                | ast.For(iter=ast.Name(id=name))
                | ast.comprehension(iter=ast.Name(id=name))
            ) if name == mapping:
                return _ANY_KEYS
    return ()


def patterns(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The module's regular expressions, each once with its flags.

    These are the literals given to functions of `re`, directly or by a name bound once at module level; and, where a
    pattern comes to such a function in another way, as from a table, every literal that is written like one.
    """
    named = named_values(tree)
    found: dict[str, int] = {}
    elsewhere = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _is_regex_call(node):
            given = node.args[0]
            first = named.get(given.id, given) if isinstance(given, ast.Name) else given
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found[first.value] = found.get(first.value, 0) | _flags(node)
            else:
                elsewhere = True
    if elsewhere:
        for text in _texts(tree):
            if _WRITTEN_LIKE_REGEX.search(text) and not _PROSE.search(text):
                found.setdefault(text, 0)
    yield from found.items()


def matching(tree: ast.Module) -> tuple[str, ...]:
    """At most 300 texts: names of enumerations' members, words in tables, what patterns match or just do not, in turn.

    The first of each pattern comes first. Tables are the displays and the calls at module level; where the module
    minds letter case, their words come with a capital too.
    """
    turns = itertools.zip_longest(*(around(pattern, flags) for pattern, flags in patterns(tree)))
    texts = [text for turn in turns for text in turn if text is not None]
    tabled = _table_words(tree)
    capitals = [text.capitalize() for text in tabled] if _minds_letter_case(tree) else []
    return tuple(dict.fromkeys([*_member_words(tree), *tabled, *capitals, *texts]))[:_MOST]


def _minds_letter_case(tree: ast.Module) -> bool:
    methods = (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return not _OF_LETTER_CASE.isdisjoint(methods) or any("(?i)" in text for text in _texts(tree))


def _member_words(tree: ast.Module) -> list[str]:
    """The names of the members of enumerations, as they are and in small letters: `Unit[text.upper()]` takes both."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(last_name(base).endswith(("Enum", "Flag")) for base in node.bases):
            targets = [part.targets[0] for part in node.body if isinstance(part, ast.Assign)]
            names = [target.id for target in targets if isinstance(target, ast.Name) and not target.id.startswith("_")]
            found += [text for name in names for text in (name.lower(), name)]
    return found[:_MOST_TABLED]


def _table_words(tree: ast.Module) -> list[str]:
    """The short texts in displays and calls at module level that are no patterns, at most 100."""
    skipped, found = _skipped(tree), dict[str, None]()
    patterned = dict(patterns(tree))
    for statement in tree.body:
        value = getattr(statement, "value", None)
        if id(value) not in skipped and isinstance(value, ast.Dict | ast.List | ast.Set | ast.Tuple | ast.Call):
            inside = (part.value for part in ast.walk(value) if isinstance(part, ast.Constant))
            found.update({text: None for text in inside if isinstance(text, str) and 0 < len(text) <= _SHORT})
    return [text for text in found if text not in patterned][:_MOST_TABLED]


def _texts(tree: ast.Module) -> Iterator[str]:
    skipped = _skipped(tree)
    for node in ast.walk(tree):
        if id(node) not in skipped and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def named_values(tree: ast.Module) -> dict[str, ast.expr]:
    """The expressions that names at module level are bound to first."""
    values: dict[str, ast.expr] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values.setdefault(name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values.setdefault(name, value)
    return values


def _ranked(tree: ast.Module) -> Ranked:
    skipped, named = _skipped(tree), named_values(tree)
    read = read_in_groups(tree)
    for text, flags in patterns(tree):
        yield from ((1, sample) for sample in itertools.chain(samples(text, flags), with_groups(text, flags, read)))
    yield from ((1, text) for text in readable(tree))
    yield from ((1, ast.Constant(data)) for data in packed(tree))
    yield from ((1, display) for display in displayed(tree))
    for text in told(tree):
        yield 1, text
        if text.isdecimal():
            yield 1, ast.Constant(int(text))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        yield from ((0, partner) for _, partner in _partners(node, named))
        yield from _from_call(node)
        if isinstance(node, ast.Dict | ast.List | ast.Set | ast.Tuple):
            yield 3, node
        elif isinstance(node, ast.Constant | ast.UnaryOp):
            yield 4, node


def _from_call(node: ast.AST) -> Ranked:
    if not isinstance(node, ast.Call):
        return
    rank = 0 if last_name(node.func) in _LOOKUPS and isinstance(node.func, ast.Attribute) else 2
    yield from ((rank, argument) for argument in node.args)
    yield from ((rank, keyword.value) for keyword in node.keywords)


def _partners(node: ast.AST, named: Named) -> Iterator[tuple[str, ast.expr]]:
    """Pairs of a variable's name, or an empty text, and a literal that it meets."""
    match node:
        case ast.Compare(left=left, ops=operators, comparators=rights):
            for one, operator, other in zip([left, *rights], operators, rights, strict=False):
                yield from _met(one, operator, other, named)
        case ast.Match(subject=subject, cases=cases):
            patterns_in = (part for case in cases for part in ast.walk(case.pattern))
            yield from ((_simple(subject), part.value) for part in patterns_in if isinstance(part, ast.MatchValue))
        case ast.Call(func=ast.Attribute(value=owner, attr="startswith" | "endswith"), args=[first, *_]):
            yield from ((_simple(owner), member) for member in _members(first, named))
        case ast.Subscript(value=container, slice=ast.Name() | ast.Tuple() as key):
            yield from _keyed(key, container, named)
        case ast.Call(func=ast.Attribute(value=ast.Name() as container, attr="get"), args=[key, *_]):
            yield from _keyed(key, container, named)
        case ast.Subscript(slice=ast.Constant(value=str()) as key):
            yield "", key


def _met(one: ast.expr, operator: ast.cmpop, other: ast.expr, named: Named) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(operator, ast.In | ast.NotIn):
        yield from _keyed(one, other, named)
        yield "", one
    elif isinstance(other, ast.Constant | ast.UnaryOp):
        yield _simple(one), other
    elif isinstance(one, ast.Constant | ast.UnaryOp):
        yield _simple(other), one


def _keyed(key: ast.expr, container: ast.expr, named: Named) -> Iterator[tuple[str, ast.expr]]:
    """What is looked for, with what the container holds; of the parts of a tuple each with what stands there in it."""
    members = _members(container, named)[:_MOST_TABLED]
    if not isinstance(key, ast.Tuple):
        yield from ((_simple(key), member) for member in members)
        return
    alike = [one.elts for one in members if isinstance(one, ast.Tuple) and len(one.elts) == len(key.elts)]
    yield from ((_simple(part), found[place]) for place, part in enumerate(key.elts) for found in alike)


def _simple(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        return _simple(node.func.value)  # text.lower() == "x" wants text == "x"
    return node.id if isinstance(node, ast.Name) else ""


def _members(node: ast.expr, named: Named) -> list[ast.expr]:
    """The members of a display or the keys of a dict, also where a name at module level is bound to it."""
    node = named.get(node.id, node) if isinstance(node, ast.Name) else node
    inner = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else node
    if isinstance(inner, ast.Tuple | ast.List | ast.Set):
        return inner.elts
    if isinstance(inner, ast.Dict):
        return [key for key in inner.keys if key is not None]
    return [inner] if isinstance(inner, ast.Constant) else []


def _literal(node: ast.expr) -> str | None:
    """The canonical source of a literal that is small enough, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | EllipsisType | None):
        return None
    try:
        value = ast.literal_eval(node)
        text = repr(value)
        is_same = ast.literal_eval(text) == value
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    size = len(value) if isinstance(value, str | bytes) else len(text) // 3
    return text if is_same and size <= _LONGEST else None


def _skipped(tree: ast.Module) -> set[int]:
    """The nodes (by identity) inside docstrings, annotations, exceptions' arguments, f-strings and `__all__`."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Raise():
                roots.append(node)
            case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                roots.append(annotation)
            case ast.FunctionDef(returns=ast.expr() as annotation):
                roots.append(annotation)
            case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("__") and name.endswith("__"):
                roots.append(node)
            case ast.Compare(left=ast.Name(id="__name__")):
                roots.append(node)
    return {id(child) for root in roots for child in ast.walk(root)}


def _is_regex_call(node: ast.Call) -> bool:
    owner, _, name = dotted(node.func).rpartition(".")
    return name in _REGEX_FUNCTIONS and owner in {"re", "regex"}


def _flags(node: ast.Call) -> int:
    arguments = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "flags")]
    parts = (part for argument in arguments for part in ast.walk(argument))
    names = (last_name(part) for part in parts if isinstance(part, ast.Attribute))
    flags = 0
    for name in names:
        flags |= int(re.RegexFlag.__members__.get(name, 0))
    return flags
