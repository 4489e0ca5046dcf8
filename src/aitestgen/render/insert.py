"""New tests put into a test file that exists: whole lines are added, and not a byte of what is there is touched."""

import ast
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aitestgen.errors import UsageError
from aitestgen.values import Style

BLANK_LINES = 2
DEFAULT = Style()
FUTURE = "__future__"
Import = ast.Import | ast.ImportFrom
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


Place = tuple[int, list[str]]
"""How many lines of the file come before new ones."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A name that a statement binds; for an import, where it comes from (`("from", "json", "loads")`) and its line."""

    name: str
    origin: tuple[str, str, str] = ("", "", "")
    line: str = ""


def inserted(base: str, fresh: str, style: Style = DEFAULT) -> str:
    """`base` with the tests of the file `fresh`, and those of its imports that are missing.

    Every line of `base` is kept, in order, with its line end; only a missing last one is added. New lines end as its
    first one does. Definitions that `base` has word for word are not repeated. Imports go beside those of their kind;
    tests go to the end, before what `base` does as a program. Raises UsageError where a name would mean two things, or
    `base` does not parse.
    """
    if wrong := clashes(base, fresh):
        raise UsageError(f"{', '.join(sorted(wrong))}: this name means something else in the file")
    tree = _parsed(base)
    lines = list(io.StringIO(base, newline=""))
    imports = _joined(_missing(tree, fresh), style)
    places = [*_import_places(tree, lines, imports), _tests_place(tree, lines, body_of(fresh, _defined(tree)))]
    return _with_lines(lines, places)


def clashes(base: str, fresh: str) -> frozenset[str]:
    """The names that `fresh` imports or defines, and that `base` binds to something else."""
    tree = _parsed(base)
    there: dict[str, list[Bound]] = {}
    for item in _bound(tree.body):
        there.setdefault(item.name, []).append(item)
    shared = _defined(tree)
    wanted = _bound(node for node in ast.parse(fresh).body if ast.dump(node) not in shared)
    return frozenset(
        item.name
        for item in wanted
        if item.name in there and not (item.line and all(_same(other, item) for other in there[item.name]))
    )


def bound_names(tree: ast.Module) -> frozenset[str]:
    """The names that the module binds outside of its functions and classes."""
    return frozenset(item.name for item in _bound(tree.body))


def names_bound_in(text: str) -> frozenset[str]:
    """As `bound_names`, of source text. Raises UsageError where it does not parse."""
    return bound_names(_parsed(text))


def body_of(text: str, known: frozenset[str]) -> str:
    """The file without the docstring and the imports that it begins with, and without the `known` definitions."""
    body = ast.parse(text).body
    head = next((n for n, node in enumerate(body) if not (isinstance(node, Import) or _is_docstring(node))), len(body))
    lines = list(io.StringIO(text))
    start = max((node.end_lineno or 0 for node in body[:head]), default=0)
    kept = []
    for node, following in zip(body[head:], [*body[head + 1 :], None], strict=True):
        end = _first_line(following) - 1 if following else len(lines)
        if ast.dump(node) not in known:
            kept += lines[start:end]
        start = end
    return "".join(kept).strip("\n")


def _defined(tree: ast.Module) -> frozenset[str]:
    return frozenset(ast.dump(node) for node in tree.body if isinstance(node, Definition))


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"the test file cannot be read: {error}") from None


def _bound(body: Iterable[ast.AST]) -> Iterator[Bound]:
    """What these statements bind, outside of functions and classes."""
    for node in body:
        if isinstance(node, Import):
            yield from _imported(node)
            continue
        name = _own_name(node)
        if name:
            yield Bound(name)
        if not isinstance(node, Definition | ast.Lambda):
            yield from _bound(ast.iter_child_nodes(node))


def _own_name(node: ast.AST) -> str | None:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return name
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
            return name
        case ast.MatchMapping(rest=name):
            return name
    return None


def _imported(node: Import) -> list[Bound]:
    if isinstance(node, ast.Import):
        return [_plain(alias) for alias in node.names]
    return [] if node.module == FUTURE else [_from(node, alias) for alias in node.names]


def _plain(alias: ast.alias) -> Bound:
    if alias.asname:
        line = f"import {alias.name} as {alias.asname}"
        return Bound(alias.asname, ("import", alias.name, alias.asname), line)
    return Bound(_name_of(alias), ("import", alias.name, ""), f"import {alias.name}")


def _from(node: ast.ImportFrom, alias: ast.alias) -> Bound:
    module = "." * node.level + (node.module or "")
    what = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
    return Bound(_name_of(alias), ("from", module, alias.name), f"from {module} import {what}")


def _name_of(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _same(one: Bound, other: Bound) -> bool:
    """Whether both bind a name to one thing: `import a.b` and `import a.c` both bind `a` to the package."""
    plain = one.origin[0] == other.origin[0] == "import" and not (one.origin[2] or other.origin[2])
    return plain or one.origin == other.origin


def _missing(tree: ast.Module, fresh: str) -> list[Bound]:
    """The imports of `fresh` that `tree` has not, or not in every case (as in a `try`)."""
    there = {(item.name, item.origin) for node in tree.body if isinstance(node, Import) for item in _imported(node)}
    wanted = (item for node in ast.parse(fresh).body if isinstance(node, Import) for item in _imported(node))
    return [item for item in wanted if (item.name, item.origin) not in there]


def _import_places(tree: ast.Module, lines: list[str], missing: Mapping[str, list[str]]) -> list[Place]:
    """Where the lines of each missing import go; keys are modules."""
    at_top = _head_imports(tree)
    head = {_section(_module_of(node)): node for node in at_top}
    placed, lonely = [], []
    for module, new in missing.items():
        if node := head.get(_section(module)):
            placed.append((_after(tree, node), new))
        else:
            lonely += new
    if not lonely:
        return placed
    if at_top:
        return [*placed, (_after(tree, at_top[-1]), ["", *lonely])]
    return [(_start(tree, lines), _spaced(tree, lonely))]


def _joined(missing: Sequence[Bound], style: Style) -> dict[str, list[str]]:
    """Module → the lines that import from it."""
    names: dict[str, list[str]] = {}
    lines: dict[str, list[str]] = {}
    for item in missing:
        kind, module, name = item.origin
        if kind == "from" and item.name == name:
            names.setdefault(module, []).append(name)
        else:
            lines.setdefault(module, []).append(item.line)
    for module, wanted in names.items():
        lines.setdefault(module, []).extend(_from_import(module, wanted, style))
    return lines


def _from_import(module: str, names: Sequence[str], style: Style) -> list[str]:
    """One line, or one a name where that is too long."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= style.line_length:
        return [line]
    indent = "\t" if style.tabs else "    "
    return [f"from {module} import (", *(f"{indent}{name}," for name in names), ")"]


def _head_imports(tree: ast.Module) -> list[Import]:
    """The imports at the top, those from `__future__` too: a definition ends the top."""
    head = []
    for node in tree.body:
        if isinstance(node, Definition):
            break
        if isinstance(node, Import):
            head.append(node)
    return head


def _module_of(node: Import) -> str:
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name


def _section(module: str) -> str:
    top = module.partition(".")[0]
    if top == FUTURE:
        return FUTURE
    if top in {"pytest", "hypothesis"}:
        return "tools of tests"
    return "standard library" if top in sys.stdlib_module_names else "the rest"


def _after(tree: ast.Module, node: ast.stmt) -> int:
    """The line after a statement, and after those that begin on its last line."""
    end = node.end_lineno or node.lineno
    for other in tree.body:
        if _first_line(other) <= end < (other.end_lineno or other.lineno):
            end = other.end_lineno or other.lineno
    return end


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(item.lineno for item in decorators)])


def _start(tree: ast.Module, lines: list[str]) -> int:
    """Where imports begin in a file that has none: after its docstring, or after the comments at its top."""
    if tree.body and _is_docstring(tree.body[0]):
        return _after(tree, tree.body[0])
    return _first_line(tree.body[0]) - 1 if tree.body else len(lines)


def _spaced(tree: ast.Module, imports: list[str]) -> list[str]:
    if not tree.body:
        return imports
    return ["", *imports] if _is_docstring(tree.body[0]) else [*imports, *[""] * BLANK_LINES]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _tests_place(tree: ast.Module, lines: list[str], tests: str) -> Place:
    at = _end(tree, lines)
    blank = 0
    while blank < min(at, BLANK_LINES) and not lines[at - 1 - blank].strip():
        blank += 1
    before = [""] * (BLANK_LINES - blank if at > 0 else 0)
    after = [""] * (BLANK_LINES if at < len(lines) else 0)
    return at, [*before, *tests.split("\n"), *after]


def _end(tree: ast.Module, lines: list[str]) -> int:
    """After the last line, but before `if __name__ == …` at the end, and the comments right above it."""
    last = tree.body[-1] if tree.body else None
    alone = last and all((node.end_lineno or 0) < last.lineno for node in tree.body[:-1])
    if last is None or not alone or not _is_program(last):
        return len(lines)
    at = last.lineno - 1
    while at > 0 and lines[at - 1].lstrip().startswith("#") and _is_free(tree, at - 1):
        at -= 1
    return at


def _is_free(tree: ast.Module, number: int) -> bool:
    """Whether no statement takes the line with this index: a `#` in a long string begins no comment."""
    return all(not _first_line(node) - 1 <= number < (node.end_lineno or 0) for node in tree.body)


def _is_program(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case ast.If(test=ast.Compare(comparators=[ast.Name(id="__name__")])):
            return True
    return False


def _with_lines(lines: list[str], places: Iterable[Place]) -> str:
    """The lines with others put in, in the order given where two have one place."""
    end = _line_end(lines)
    added: dict[int, list[str]] = {}
    for at, new in places:
        added.setdefault(at, []).extend(new)
    if lines and added.get(len(lines)) and not lines[-1].endswith(("\n", "\r")):
        lines = [*lines[:-1], lines[-1] + end]
    result = []
    for number in range(len(lines) + 1):
        result += [f"{line}{end}" for line in added.get(number, ())]
        result += lines[number : number + 1]
    return "".join(result)


def _line_end(lines: Sequence[str]) -> str:
    first = lines[0] if lines else "\n"
    return "\r\n" if first.endswith("\r\n") else "\r" if first.endswith("\r") else "\n"
