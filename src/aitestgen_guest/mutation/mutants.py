"""Mutants of a module: which there are, and how to run them.

All mutants are compiled into one module, "mutant schemata" (Untch, Offutt and Harrold, 1993): each statement or header
expression that holds some becomes a choice between its mutated copies and itself, made by the module's global SWITCH,
0 for the original. One that acts while the module is imported (module and class level, defaults of functions defined
there) is switched on before the code runs again; such code runs once, so there the choice is made at the smallest node.
"""

import ast
import copy
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType
from typing import Any, NamedTuple, TypeVar

from aitestgen_guest.mutation.mutation_operators import changes
from aitestgen_guest.mutation.mutation_sites import Path, Place, Unit, places, units

SWITCH = "__aitestgen_mutant__"
"""The global of a switchable module that says which mutant acts; whoever runs its code puts it there, before.

The trailing underscores keep it unmangled."""

PER_LINE = 6
PER_MODULE = 800
NODES_PER_UNIT = 20_000
"""How many nodes all copies of one unit may have together, so that huge literals do not fill the memory."""

STRINGS = 5
"""One in so many mutants may be of a string where a module has too many."""

T = TypeVar("T")
Replacements = dict[int, ast.AST]


class Site(NamedTuple):
    """One possible fault: at `path` inside the unit's node, `new` instead of what is there."""

    unit: Unit
    place: Place
    operator: str
    new: ast.AST

    def mutated(self) -> Any:
        return _grafted(self.unit.node, self.place.path, self.new)

    def choice(self) -> "tuple[ast.AST, ast.AST]":
        """What to choose between: the unit and its mutated copy; on import, where speed is nothing, the node alone."""
        here = isinstance(self.place.node, ast.expr) and isinstance(self.new, ast.expr)
        if self.unit.scope.runs_on_import and here and not self.place.is_text_part:
            return self.place.node, self.new
        return self.unit.node, self.mutated()


Numbered = tuple[int, Site]


def enumerate_mutants(
    source: str,
    *,
    skip_lines: "Iterable[int]" = frozenset(),
    per_line: int = PER_LINE,
    per_module: int = PER_MODULE,
) -> "list[dict[str, Any]]":
    """Return the module's mutants in the order of their text: the same for the same arguments.

    Each has `id` (from 1), `operator`, `line` and `end_line` (where its statement is reported to run), `before`,
    `after`, `import_time` (whether it acts only while the module is imported), `scope` (the qualified name of the
    function or class around it) and `site` (what the compile functions below know it by). Mutants that compile to
    the original's bytecode are left out; so are those over the limits, evenly.

    Raises SyntaxError for what does not parse (before Python 3.12 ValueError for null bytes).
    """
    skipped = frozenset(skip_lines)
    wanted: defaultdict[int, list[Numbered]] = defaultdict(list)
    for unit, numbered in _by_unit(ast.parse(source), source):
        if skipped.isdisjoint(range(unit.line, unit.end_line + 1)):
            for number, site in _distinct(unit, numbered):
                wanted[getattr(site.place.node, "lineno", unit.line)].append((number, site))
    kept = _within(per_module, [entry for line in wanted.values() for entry in evenly(line, per_line)])
    return [_described(id_, number, site) for id_, (number, site) in enumerate(kept, 1)]


def compile_switchable(source: str, filename: str, mutants: "Sequence[dict[str, Any]]") -> CodeType:
    """Compile the module with all these mutants in it, obeying SWITCH. Every line number is the original's."""
    tree = ast.parse(source)
    ids = {mutant["site"]: mutant["id"] for mutant in mutants}
    replacements: Replacements = {}
    for _, numbered in _by_unit(tree, source):
        copies: defaultdict[int, list[tuple[int, Any]]] = defaultdict(list)
        originals: dict[int, ast.AST] = {}
        for number, site in numbered:
            if number in ids:
                original, mutated = site.choice()
                originals[id(original)] = original
                copies[id(original)].append((ids[number], mutated))
        for key, original in originals.items():
            replacements[key] = _choice(original, copies[key])
    return _compiled(_Exchange(replacements).visit(tree), filename)


def compile_mutant(source: str, filename: str, mutant: "dict[str, Any]") -> CodeType:
    """Compile the module with this one mutant in it, for good, and no switch."""
    tree = ast.parse(source)
    for unit, numbered in _by_unit(tree, source):
        for number, site in numbered:
            if number == mutant["site"]:
                return _compiled(_Exchange({id(unit.node): site.mutated()}).visit(tree), filename)
    raise ValueError(f"mutant {mutant['id']} is not of this source")


def evenly(items: "Sequence[T]", maximum: int) -> "list[T]":
    """Return at most `maximum` of the items, evenly spaced, in their order."""
    if len(items) <= maximum:
        return list(items)
    return [items[index * len(items) // maximum] for index in range(maximum)]


def _within(maximum: int, entries: "list[Numbered]") -> "list[Numbered]":
    """At most `maximum` entries in the order of the text. Strings, the commonest and weakest, give way first."""
    if len(entries) > maximum:
        strings = evenly([entry for entry in entries if entry[1].operator == "string"], maximum // STRINGS)
        others = [entry for entry in entries if entry[1].operator != "string"]
        entries = strings + evenly(others, maximum - len(strings))
    return sorted(entries, key=lambda entry: entry[0])


def _by_unit(tree: ast.Module, source: str) -> "Iterator[tuple[Unit, list[Numbered]]]":
    """Yield each unit with its sites; they are numbered through the module in an order that never changes."""
    number = 0
    for unit in units(tree, source):
        sites = [Site(unit, place, change.operator, change.node) for place in places(unit) for change in changes(place)]
        yield unit, list(enumerate(sites, number))
        number += len(sites)


def _distinct(unit: Unit, numbered: "list[Numbered]") -> "list[Numbered]":
    """The sites of a unit that differ in bytecode from the original and from one another, within the unit's limit."""
    if not numbered:
        return []
    seen = {_bytecode(unit, unit.node)}
    kept = []
    size = sum(1 for _ in ast.walk(unit.node))
    for number, site in evenly(numbered, max(PER_LINE, NODES_PER_UNIT // size)):
        code = _bytecode(unit, site.mutated())
        if code not in seen:
            seen.add(code)
            kept.append((number, site))
    return kept


def _bytecode(unit: Unit, node: Any) -> "tuple[object, ...]":
    """What the unit compiles to with `node` in place, as something that compares: line and column tables left out."""
    statement = node
    if unit.role == "test":
        statement = ast.If(node, [ast.Break()], [])
    elif unit.role != "statement":
        statement = ast.Assign([ast.Name("_", ast.Store())], node)
    loop = ast.While(ast.Name("_", ast.Load()), [statement], [])
    function: Any = ast.parse("async def _(): pass" if unit.scope.is_async else "def _(): pass")
    function.body[0].body = [ast.copy_location(loop, unit.node)]
    return _shape(_compiled(function, ""))


def _shape(code: CodeType) -> "tuple[object, ...]":
    constants = tuple(
        _shape(constant) if isinstance(constant, CodeType) else repr(constant) for constant in code.co_consts
    )
    return (code.co_code, code.co_names, code.co_varnames, code.co_flags, constants)


def _described(id_: int, number: int, site: Site) -> "dict[str, Any]":
    return {
        "id": id_,
        "operator": site.operator,
        "line": site.unit.line,
        "end_line": site.unit.end_line,
        "before": ast.unparse(site.place.node),
        "after": ast.unparse(site.new),
        "import_time": site.unit.scope.runs_on_import,
        "scope": site.unit.scope.name,
        "site": number,
    }


def _grafted(node: Any, path: Path, new: ast.AST) -> Any:
    """A copy of `node` with `new` at `path`. Only the nodes on the way are copied, the others are shared."""
    if not path:
        return new
    (field, index), *rest = path
    copied = copy.copy(node)
    child = getattr(node, field)
    if index is None:
        setattr(copied, field, _grafted(child, tuple(rest), new))
    else:
        items = [*child[:index], _grafted(child[index], tuple(rest), new), *child[index + 1 :]]
        setattr(copied, field, items)
    return copied


def _choice(original: Any, copies: "list[tuple[int, Any]]") -> Any:
    """`original` with its mutated copies around it: one look at SWITCH while none of them is chosen."""
    branch: Any = ast.If if isinstance(original, ast.stmt) else ast.IfExp
    (_, chosen), *others = reversed(copies)
    for id_, copied in others:
        chosen = _branch(branch, _is_on([id_]), copied, chosen)
    choice = _branch(branch, _is_on([id_ for id_, _ in copies]), chosen, original)
    return ast.fix_missing_locations(ast.copy_location(choice, original))


def _branch(branch: Any, test: ast.expr, body: Any, orelse: Any) -> Any:
    if branch is ast.IfExp:
        return ast.IfExp(test, body, orelse)
    return ast.If(test, [body], [orelse])


def _is_on(ids: "list[int]") -> ast.Compare:
    several: Any = frozenset(ids)  # what the compiler makes of `in {3, 4}`
    operator, operand = (ast.Eq(), ids[0]) if len(ids) == 1 else (ast.In(), several)
    return ast.Compare(ast.Name(SWITCH, ast.Load()), [operator], [ast.Constant(operand)])


class _Exchange(ast.NodeTransformer):
    """Puts other nodes in the place of some, known by their identity."""

    def __init__(self, replacements: Replacements) -> None:
        self.replacements = replacements

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)  # first: a lambda's body is a unit inside another
        return self.replacements.get(id(node), node)


def _compiled(tree: Any, filename: str) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the original's SyntaxWarnings, again in every copy
        return compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True)
