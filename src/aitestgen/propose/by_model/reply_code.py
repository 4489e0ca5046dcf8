"""From the code of an answer to proposals: single tests that stand by themselves.

What a test needs of its surroundings (fixtures, helpers, constants, `setUp`) is put into it; what is the module's own
is cut out, as it is to be imported; imports are found again by the names that are used.
"""

import ast
import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from aitestgen.propose.by_model import rules
from aitestgen.propose.by_model.proposals import Answer, Does, Known, Proposal, Row, Step
from aitestgen.propose.by_model.reply_text import parse, trees
from aitestgen.propose.by_model.steps import asserts, capturing, steps_of
from aitestgen.propose.by_search import names

Function = ast.FunctionDef | ast.AsyncFunctionDef
FIXTURES = ("tmp_path", "monkeypatch", "capsys")
MOST_PROPOSALS = 120
MOST_ROWS = 30
_SETUPS = ("setUp", "setup_method", "setup")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A parametrize mark: names, and for each row as many expressions."""

    names: tuple[str, ...]
    rows: tuple[tuple[ast.expr, ...], ...]


class _Unfit(Exception):
    """A test that cannot be taken out of its file; says why."""


def read_code(text: str, known: Known) -> Answer:
    """The tests in an answer, each once, in its order; at most MOST_PROPOSALS."""
    found: dict[object, Proposal] = {}
    dropped: list[str] = []
    for tree in trees(text):
        reading = _File(tree, known)
        for name, one in reading.tests():
            if len(found) >= MOST_PROPOSALS:
                return Answer(proposals=tuple(found.values()), dropped=(*dropped, "more tests than are read"))
            try:
                for proposal in one():
                    found.setdefault((proposal.steps, proposal.row and proposal.row.values), proposal)
            except _Unfit as unfit:
                dropped.append(f"{name}: {unfit}")
            except RecursionError:
                dropped.append(f"{name}: it is nested too deeply")
    return Answer(proposals=tuple(itertools.islice(found.values(), MOST_PROPOSALS)), dropped=tuple(dropped))


class _File:
    """One block of an answer: what its tests can refer to."""

    def __init__(self, tree: ast.Module, known: Known) -> None:
        self._known = known
        self._renamed = {name: f"pytest.{name}" for name in ("approx", "raises") if name not in known.names}
        self._modules = set(rules.names_of_module(known.module, known.names))
        self._lines: dict[str, str] = {}
        for node in ast.walk(tree):
            self._note_import(node)
        body = [_Without().visit(statement) for statement in tree.body if not _is_import(statement)]
        self._body = [self._spelt(statement) for statement in body]
        self._shared = {name: one for one in self._body for name in _defined(one) if name not in known.own}

    # -- names ----------------------------------------------------------------------------------------------------
    def _note_import(self, node: ast.AST) -> None:
        match node:
            case ast.ImportFrom(module, aliases, level):
                for alias in aliases:
                    self._note_from(module or "", alias, level or 0)
            case ast.Import(aliases):
                for alias in aliases:
                    self._note_whole(alias)

    def _note_from(self, module: str, alias: ast.alias, level: int) -> None:
        local = alias.asname or alias.name
        if module == "pytest":
            self._renamed[local] = f"pytest.{alias.name}"
        elif level or module == self._known.module or rules.is_foreign(module):
            if local != alias.name:
                self._renamed[local] = alias.name
        elif alias.name != "*":
            self._lines[local] = f"from {module} import {alias.name}" + (f" as {local}" if alias.asname else "")

    def _note_whole(self, alias: ast.alias) -> None:
        local = alias.asname or alias.name.partition(".")[0]
        if alias.name == "pytest":
            if local != "pytest":
                self._renamed[local] = "pytest"
        elif alias.name == self._known.module or rules.is_foreign(alias.name):
            self._modules.add(local)
        else:
            self._lines[local] = f"import {alias.name} as {local}" if alias.asname else f"import {local}"

    def _spelt(self, statement: ast.stmt) -> ast.stmt:
        renamed: ast.stmt = rules.Names(self._renamed, self._modules).visit(statement)
        spelt: ast.stmt = rules.Spelling().visit(renamed)
        return ast.fix_missing_locations(spelt)

    def imports(self, used: set[str]) -> tuple[str, ...]:
        """The import lines for these names, as far as they are not the module's."""
        lines = {**rules.USUAL, **self._lines}
        return tuple(sorted(lines[name] for name in used if name in lines and name not in self._known.names))

    # -- tests ----------------------------------------------------------------------------------------------------
    def tests(self) -> Iterator[tuple[str, "_Reader"]]:
        """Each test by its name, with what reads it."""
        for statement in self._body:
            if isinstance(statement, Function) and statement.name.startswith("test"):
                yield statement.name, _Reader(self, statement, None)
            elif isinstance(statement, ast.ClassDef) and statement.name not in self._known.own:
                for inner in statement.body:
                    if isinstance(inner, Function) and inner.name.startswith("test"):
                        yield inner.name, _Reader(self, inner, statement)

    def fixture(self, name: str) -> Function | None:
        found = self._shared.get(name)
        return found if isinstance(found, Function) and _is_fixture(found) else None

    def needed(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """What the statements use of the file, and what that uses, in the order of the file."""
        wanted: set[str] = set()
        open_names = _used(body)
        while open_names:
            name = open_names.pop()
            if name in self._shared and name not in wanted and self.fixture(name) is None:
                wanted.add(name)
                open_names |= _used([self._shared[name]])
        return [one for one in self._body if wanted & set(_defined(one))]

    def rows(self, given: ast.expr) -> Sequence[ast.expr]:
        """The rows of a table that is written out, here or as a constant of the module."""
        if isinstance(given, ast.Name):
            text = self._known.constants.get(given.id, "")
            tree = parse(text) if text else None
            shared = self._shared.get(given.id)
            if tree is not None and tree.body and isinstance(tree.body[0], ast.Expr):
                given = tree.body[0].value
            elif isinstance(shared, ast.Assign):
                given = shared.value
        if not isinstance(given, ast.List | ast.Tuple):
            raise _Unfit("the rows of its table are not written out")
        return given.elts[:MOST_ROWS]


class _Reader:
    """Reads one test function, of a class where it has one."""

    def __init__(self, file: _File, function: Function, owner: ast.ClassDef | None) -> None:
        self._file = file
        self._function = function
        self._owner = owner

    def __call__(self) -> Iterator[Proposal]:
        """The test's proposals: one, or one for each row of its table. Raises _Unfit."""
        tables, error = self._marks()
        body = copy.deepcopy(self._function.body)
        arguments = self._arguments()
        own = {name for table in tables for name in table.names}
        fixtures, before = self._given([name for name in arguments if name not in own])
        body = [_WithoutSelf().visit(one) for one in (*before, *_raising(body, error))]
        if isinstance(self._function, ast.AsyncFunctionDef):
            body = _on_a_loop(body)
        body = [*self._file.needed(body), *body]
        steps = steps_of(body)
        if not any(step.does is not Does.DO or asserts(step.text) for step in steps):
            steps = _asking(steps)
        yield from self._proposals(body, steps, tables, fixtures)

    def _proposals(
        self, body: list[ast.stmt], steps: tuple[Step, ...], tables: Sequence[_Table], fixtures: tuple[str, ...]
    ) -> Iterator[Proposal]:
        name = names.joined(names.snake(self._function.name.removeprefix("test")))
        imports = self._file.imports(_used(body))
        source = self._function.name
        plain = Proposal(name=name, steps=steps, imports=imports, fixtures=fixtures, source=source)
        if not tables:
            yield from _in_pieces(plain)
            return
        arguments = tuple(name for table in tables for name in table.names)
        combined = itertools.product(*(table.rows for table in tables))
        for rows in itertools.islice(combined, MOST_ROWS):
            values = [value for row in rows for value in row]
            used = _used([*body, *(ast.Expr(value) for value in values)])
            row = Row(
                table=f"{name}|{steps}", arguments=arguments, values=tuple(ast.unparse(value) for value in values)
            )
            yield replace(plain, row=row, imports=self._file.imports(used))

    # -- what stands around the function ---------------------------------------------------------------------------
    def _marks(self) -> tuple[list[_Table], ast.expr | None]:
        """Its tables, and the error that a decorator wants, which pytest has no such decorator for."""
        tables, error = [], None
        for one in [*(self._owner.decorator_list if self._owner else ()), *self._function.decorator_list]:
            match one:
                case ast.Call(ast.Attribute(_, "parametrize"), [given, rows, *_]):
                    tables.append(self._table(given, rows))
                case ast.Call(ast.Attribute(ast.Name("pytest"), "raises"), [first, *_]):
                    error = first
                case ast.Name("staticmethod" | "classmethod"):
                    continue
                case _ if "pytest.mark." in ast.unparse(one):
                    continue  # skip, xfail, asyncio and the like: the test has to pass by itself
                case _:
                    raise _Unfit(f"the decorator {ast.unparse(one)[:60]} is not understood")
        return tables, error

    def _table(self, given: ast.expr, rows: ast.expr) -> _Table:
        match given:
            case ast.Constant(str() as text):
                found = [name.strip() for name in text.split(",") if name.strip()]
            case ast.List(elements) | ast.Tuple(elements):
                found = [str(one.value) for one in elements if isinstance(one, ast.Constant)]
            case _:
                found = []
        if not found or not all(name.isidentifier() for name in found):
            raise _Unfit("its table has no names")
        cells = [_cells(row, len(found)) for row in self._file.rows(rows)]
        kept = {ast.dump(ast.Tuple(list(row))): row for row in cells if len(row) == len(found)}
        return _Table(names=tuple(found), rows=tuple(kept.values()))

    def _arguments(self) -> list[str]:
        arguments = self._function.args
        found = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        return found[1:] if found[:1] in (["self"], ["cls"]) else found

    def _given(self, wanted: Iterable[str]) -> tuple[tuple[str, ...], list[ast.stmt]]:
        """pytest's fixtures that the test takes, and the statements that stand for all others."""
        fixtures: dict[str, None] = {}
        before = self._prepared()
        for name in wanted:
            self._take(name, fixtures, before, depth=0)
        return tuple(fixtures), before

    def _take(self, name: str, fixtures: dict[str, None], before: list[ast.stmt], depth: int) -> None:
        if (found := self._fixture(name)) is not None and depth < 5:
            for inner in found.args.args:
                if inner.arg != "self":
                    self._take(inner.arg, fixtures, before, depth + 1)
            before += _inlined(name, found)
        elif name in FIXTURES:
            fixtures[name] = None
        else:
            raise _Unfit(f"there is no fixture {name}")

    def _fixture(self, name: str) -> Function | None:
        for inner in self._owner.body if self._owner else ():
            if isinstance(inner, Function) and inner.name == name and _is_fixture(inner):
                return inner
        return self._file.fixture(name)

    def _prepared(self) -> list[ast.stmt]:
        """What the class does and has before each of its tests."""
        found: list[ast.stmt] = []
        for statement in self._owner.body if self._owner else ():
            if isinstance(statement, ast.Assign):
                found.append(copy.deepcopy(statement))
            elif isinstance(statement, Function) and statement.name in _SETUPS:
                found += copy.deepcopy(statement.body)
        return found


def _raising(body: list[ast.stmt], error: ast.expr | None) -> list[ast.stmt]:
    """The body, its last statement in a block that is to raise where a decorator wanted that."""
    if error is None or not body:
        return body
    block = ast.With([ast.withitem(rules.raising(error))], [body[-1]])
    return [*body[:-1], ast.fix_missing_locations(block)]


def _asking(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps of a test that asserts nothing, as after a cut, and the wish to be told what its last call gives.

    Raises _Unfit where it ends in no call.
    """
    match ast.parse(steps[-1].text).body if steps else ():
        case [ast.Expr(ast.Call() as call)]:
            return (*steps[:-1], capturing(call))
        case [ast.Assign([ast.Name(name)], ast.Call())]:
            return (*steps, capturing(ast.Name(name, ast.Load())))
    raise _Unfit("it asserts nothing")


def _in_pieces(proposal: Proposal) -> Iterator[Proposal]:
    """Checks that share nothing as tests of their own: one that says something new is kept, whatever the others do."""
    if len(proposal.steps) == 1 or any(step.does is Does.DO for step in proposal.steps):
        yield proposal
        return
    for step in proposal.steps:
        yield replace(proposal, name=names.joined(), steps=(step,))


def _cells(row: ast.expr, count: int) -> tuple[ast.expr, ...]:
    match row:
        case ast.Call(ast.Attribute(ast.Name("pytest"), "param"), values):
            return tuple(values)
        case ast.Tuple(values) | ast.List(values) if count > 1:
            return tuple(values)
    return (row,)


def _inlined(name: str, fixture: Function) -> list[ast.stmt]:
    """The fixture's statements, its value under its name; what comes after a `yield` is left out."""
    found: list[ast.stmt] = []
    for statement in copy.deepcopy(fixture.body):
        match statement:
            case ast.Return(ast.expr() as value) | ast.Expr(ast.Yield(ast.expr() as value)):
                if not (isinstance(value, ast.Name) and value.id == name):
                    found.append(ast.Assign([ast.Name(name, ast.Store())], value))
                return [ast.fix_missing_locations(one) for one in found]
            case ast.Expr(ast.Constant()):
                continue
            case _:
                found.append(statement)
    return [ast.fix_missing_locations(one) for one in found]


def _on_a_loop(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body of a coroutine, run by a plain function."""
    empty = ast.arguments([], [], None, [], [], None, [])
    scenario = ast.AsyncFunctionDef("scenario", empty, body or [ast.Pass()], [])
    call = ast.parse("asyncio.run(scenario())").body[0]
    return [ast.fix_missing_locations(scenario), call]


class _WithoutSelf(rules.Names):
    """Attributes of `self` as variables; its assertions stay, and are read as such later."""

    def __init__(self) -> None:
        super().__init__({}, ())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "self" and not node.attr.startswith("assert"):
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return node


class _Without(ast.NodeTransformer):
    """Takes the imports out of functions: they are noted, and written anew where they are needed."""

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)


def _is_fixture(function: Function) -> bool:
    return any("fixture" in ast.unparse(one) for one in function.decorator_list)


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _defined(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [] if name.startswith("test") else [name]
        case ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [one.id for one in targets if isinstance(one, ast.Name)]
        case ast.AnnAssign(target=ast.Name(name), value=ast.expr()):
            return [name]
    return []


def _used(body: Iterable[ast.AST]) -> set[str]:
    return {node.id for one in body for node in ast.walk(one) if isinstance(node, ast.Name)}
