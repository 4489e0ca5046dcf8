"""Reads one file for the calls that it makes of a module's targets."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from aitestgen.analyse.existing import is_fixture
from aitestgen.analyse.shown.callers import Caller
from aitestgen.analyse.shown.plain import DEEPEST, Held, Known, Made, Names, Words, copied, is_path, untouched
from aitestgen.analyse.shown.tables import MOST_ROWS, rows
from aitestgen.analyse.source import Function, dotted, last_name
from aitestgen.values import Kind, ShownCall

MOST_STEPS = 6
MOST_STATEMENTS = 10_000
"""So many are read of one file, those of fixtures and of rows of tables once for each time that they are used."""
NAMES_FOR_ONE = 20
"""So many names cost as much as a statement, where they are copied."""
LONGEST = 1_000
_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_SET_UP = frozenset({"setUp", "setup_method", "setup", "asyncSetUp"})


class Reader:
    """The reader of one file."""

    def __init__(self, caller: Caller, known: Known, found: list[tuple[str, ShownCall]] | None = None) -> None:
        self._caller = caller
        self._known = known
        self._words = Words(caller, known, self._helped)
        self._fixtures = {node.name: node for node in _functions(caller.tree.body) if is_fixture(node)}
        own = [node for node in caller.tree.body if getattr(node, "name", "") not in caller.names]
        self._helpers = {node.name: node for node in _functions(own) if node.name not in self._fixtures}
        self._depth = 0
        self._found = [] if found is None else found
        self._above = Reader(caller.above, known, self._found) if caller.above is not None else None
        self._globals: Names = {}
        self._left = MOST_STATEMENTS
        self._expected: tuple[str, ...] = ()
        """The exceptions that the block expects which is being read."""

    def calls(self) -> list[tuple[str, ShownCall]]:
        """Each call with the target that it calls."""
        self._read_globals()
        for node in self._caller.tree.body:
            if isinstance(node, Function) and node.name not in self._fixtures:  # those are read where they are used
                self._read_function(node, self._globals)
            elif isinstance(node, ast.ClassDef):
                self._read_class(node)
        return self._found

    def _read_globals(self) -> None:
        if self._above is not None:
            self._above._read_globals()
        self._read(self._caller.tree.body, self._globals)
        for name in self._caller.names:  # what a module binds at its top has a name for all to use
            self._globals.pop(name, None)

    def _read_class(self, node: ast.ClassDef) -> None:
        methods = [item for item in node.body if isinstance(item, Function)]
        names = self._copied(self._globals)
        for method in methods:
            if method.name in _SET_UP:
                self._read(method.body, names)
        for method in methods:
            if method.name not in self._fixtures:
                self._read_function(method, names)

    def _read_function(self, node: Function, outer: Names) -> None:
        for row in rows(node) if self._left > 0 and not self._known.names_test(node.name) else ():
            names = self._copied(outer)
            for item in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                names[item.arg] = self.given(item.arg)
            names.update({name: self._words.held(value, names) for name, value in row.items()})
            self._read(node.body, names)

    def given(self, fixture: str, asking: "Reader | None" = None) -> Held:
        """What a fixture gives to a test of the `asking` file, which may have others of the names that it takes.

        None where neither this file nor one above it has such a fixture.
        """
        node, asking = self._fixtures.get(fixture), asking or self
        if node is None:
            return self._above.given(fixture, asking) if self._above is not None else None
        taken = [item.arg for item in node.args.args]

        def known(name: str) -> Held:
            if name != fixture:
                return asking.given(name)
            return self._above.given(name, asking) if self._above is not None else None

        return self._deeper(lambda: self._result(node, {name: known(name) for name in taken}))

    def _helped(self, call: ast.Call, names: Names) -> Held:
        """What a call of one of the file's own functions gives."""
        path = dotted(call.func)
        node = self._helpers.get(path.removeprefix("self."))
        if node is None:
            return None
        taken = [*node.args.posonlyargs, *node.args.args][path.startswith("self.") :]

        def known() -> Names:
            held, given = self._words.held, zip(taken, call.args, strict=False)
            return {
                **dict.fromkeys(item.arg for item in (*taken, *node.args.kwonlyargs)),
                **{item.arg: held(value, self._globals) for item, value in _defaults(node.args)},
                **{item.arg: held(value, names) for item, value in given},
                **{item.arg: held(item.value, names) for item in call.keywords if item.arg},
            }

        return self._deeper(lambda: self._result(node, known()))

    def _deeper(self, work: Callable[[], Held]) -> Held:
        """What the work comes to, if it is not within too much work of its kind."""
        if self._depth >= DEEPEST or self._left <= 0:
            return None
        self._left -= 1
        self._depth += 1
        try:
            return work()
        finally:
            self._depth -= 1

    def _copied(self, names: Names) -> Names:
        self._left -= len(names) // NAMES_FOR_ONE
        return copied(names)

    def _result(self, node: Function, given: Names) -> Held:
        """What a function gives that is given these, where its last statement says so."""
        names = {**self._copied(self._globals), **given}
        self._read(node.body, names)
        match next((one for one in reversed(node.body) if _gives(one)), None):
            case ast.Return(value=value) | ast.Expr(value=ast.Yield(value=value)) if value is not None:
                return self._words.held(value, names)
        return None

    # -- statements -------------------------------------------------------------------------------------------------
    def _read(self, body: Iterable[ast.stmt], names: Names) -> None:
        for node in body:
            self._left -= 1
            if self._left < 0 or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            match node:
                case ast.For(target=target, iter=ast.List(elts=items) | ast.Tuple(elts=items), body=inner):
                    for item in items[:MOST_ROWS]:
                        self._bind(names, target, item)
                        self._read(inner, names)
                case _:
                    self._read_one(node, names)

    def _read_one(self, node: ast.stmt, names: Names) -> None:
        for child in ast.iter_child_nodes(node):
            expression = child.context_expr if isinstance(child, ast.withitem) else child
            if isinstance(expression, ast.expr):
                self._look_at(expression, names)
        match node:
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(names, target, value)
            case ast.For(target=target) | ast.AugAssign(target=target):
                names.update(dict.fromkeys(_names_in(target)))
        outer, self._expected = self._expected, _expected(node) or self._expected
        for block in ("body", "orelse", "finalbody"):
            self._read(getattr(node, block, ()), names)
        self._expected = outer
        for handler in getattr(node, "handlers", ()):
            self._read(handler.body, names)

    def _assign(self, names: Names, target: ast.expr, value: ast.expr) -> None:
        owner = names.get(dotted(target.value)) if isinstance(target, ast.Attribute) else None
        if isinstance(target, ast.Attribute) and isinstance(owner, Made):
            written = self._words.written(value, names)
            if written is not None:
                owner.steps.append(ShownCall(verb=f"set:{target.attr}", arguments=(ast.unparse(written),)))
        else:
            self._bind(names, target, value)

    def _bind(self, names: Names, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, item in zip(target.elts, value.elts, strict=False):
                self._bind(names, one, item)
        elif is_path(target):
            names[dotted(target)] = self._words.held(value, names)
        else:
            names.update(dict.fromkeys(_names_in(target)))

    # -- expressions ------------------------------------------------------------------------------------------------
    def _look_at(self, node: ast.expr, names: Names) -> None:
        """Note the calls in an expression, those first that are made first."""
        if isinstance(node, ast.Lambda):
            return
        for child in ast.iter_child_nodes(node):
            inner = child.value if isinstance(child, ast.keyword) else child
            if isinstance(inner, ast.expr):
                self._look_at(inner, names)
        if isinstance(node, ast.Call):
            outer, self._expected = self._expected, _errors(node) or self._expected
            self._note_call(_as_called(node), names)
            self._expected = outer
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            self._note_on(self._words.held(node.value, names), node.attr, Kind.PROPERTY, ShownCall())

    def _note_call(self, node: ast.Call, names: Names) -> None:
        call = self._call(node, names)
        if call is None:
            return
        target = self._known.targets.get(self._words.meaning(node.func, names))
        if target is not None and target.kind not in (Kind.METHOD, Kind.PROPERTY):
            is_error = any(base.endswith(("Error", "Exception")) for base in target.bases)
            self._found += [] if is_error else [(target.id, call)]  # what is said of a failure is no example of a value
        elif isinstance(node.func, ast.Attribute):
            held = self._words.held(node.func.value, names)
            self._note_on(held, node.func.attr, Kind.METHOD, call)
            if isinstance(held, Made):
                held.steps.append(replace(call, verb=node.func.attr))

    def _note_on(self, held: Held, name: str, kind: Kind, call: ShownCall) -> None:
        member = self._known.member(held.owner, name) if isinstance(held, Made) else None
        if isinstance(held, Made) and member is not None and member.kind is kind and len(held.steps) <= MOST_STEPS:
            receiver, steps = ast.unparse(held.by), tuple(held.steps)
            self._found.append((member.id, replace(call, receiver=receiver, steps=steps)))

    def _call(self, node: ast.Call, names: Names) -> ShownCall | None:
        """The arguments as source text, if all of them are plain and no more than a reader would take in."""
        given = [self._words.held(item, names) for item in node.args]
        named = {item.arg or "": self._words.held(item.value, names) for item in node.keywords}
        texts = tuple(_text(item) for item in given)
        keywords = tuple((name, _text(item)) for name, item in named.items())
        if not all((*texts, *named, *(text for _, text in keywords))):
            return None
        size = sum(map(len, texts)) + sum(len(text) for _, text in keywords)
        return ShownCall(arguments=texts, keywords=keywords, raises=self._expected) if size <= LONGEST else None


def _text(held: Held) -> str:
    """The source text of a plain value, or of an object to which nothing has happened; else empty."""
    written = untouched(held)
    return "" if written is None else ast.unparse(written)


def _defaults(taken: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    yield from zip(reversed([*taken.posonlyargs, *taken.args]), reversed(taken.defaults), strict=False)
    yield from ((item, value) for item, value in zip(taken.kwonlyargs, taken.kw_defaults, strict=True) if value)


def _expected(node: ast.stmt) -> tuple[str, ...]:
    """The exceptions that a `with` block expects: `with pytest.raises(ValueError)`, `with self.assertRaises(…)`."""
    items = node.items if isinstance(node, ast.With | ast.AsyncWith) else []
    return next((found for item in items if (found := _errors(item.context_expr))), ())


def _errors(node: ast.expr) -> tuple[str, ...]:
    if not isinstance(node, ast.Call) or last_name(node) not in _EXPECTING or not node.args:
        return ()
    named = node.args[0].elts if isinstance(node.args[0], ast.Tuple) else [node.args[0]]
    return tuple(name for name in map(last_name, named) if name)


def _as_called(node: ast.Call) -> ast.Call:
    """What `assertRaises(ValueError, parse, "a")` calls; else the call itself."""
    if _errors(node) and len(node.args) > 1 and is_path(node.args[1]):
        return ast.Call(func=node.args[1], args=node.args[2:], keywords=node.keywords)
    return node


def _functions(body: Iterable[ast.stmt]) -> Iterator[Function]:
    for node in body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        yield from (item for item in inner if isinstance(item, Function))


def _gives(node: ast.stmt) -> bool:
    return isinstance(node, ast.Return) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield))


def _names_in(target: ast.expr) -> Iterator[str]:
    yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
