"""Which binding a name means, decided conservatively: where it might still mean the builtin, it does.

Python's own rules (language reference, 4.2): a function's name is local throughout, so it never falls back to a
builtin; a module's or a class's does until it is bound, and again after `del`.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One place that binds a name. `module` is what an import binds; `certain`: unconditional, at its scope's top."""

    node: ast.AST
    end: tuple[int, int]
    certain: bool = False
    removes: bool = False
    module: str | None = None
    value: ast.expr | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Scope:
    """A block of code with names of its own. `kind` is module, class, function or comprehension."""

    kind: str
    parent: "Scope | None" = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)

    @property
    def root(self) -> "Scope":
        scope = self
        while scope.parent:
            scope = scope.parent
        return scope

    def bind(self, name: str, binding: Binding) -> None:
        """Add a binding where `global` and `nonlocal` send it."""
        target = self.root if name in self.globals else self
        target.bindings.setdefault(name, []).append(binding)

    def hoisted(self) -> "Scope":
        """Return the scope in which a walrus binds: the nearest that is not a comprehension (PEP 572)."""
        scope = self
        while scope.kind == "comprehension" and scope.parent:
            scope = scope.parent
        return scope

    def look_up(self, name: str) -> tuple[list[Binding], bool]:
        """Return all bindings that the name may mean here, and whether one of them is sure to be found."""
        found: list[Binding] = []
        scope: Scope | None = self
        while scope:
            if name in scope.globals:
                return found + self.root.bindings.get(name, []), False
            if name not in scope.nonlocals and (scope is self or scope.kind != "class"):
                here = scope.bindings.get(name, [])
                found += here
                if here and scope.kind in {"function", "comprehension"}:
                    return found, True
            scope = scope.parent
        return found, False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Meaning:
    """All bindings that a name may mean in a scope. `sure`: one of them will be found, so it is no builtin.

    `bound_at` is where the first unconditional binding ends, None where there is none or the name is deleted somewhere.
    """

    bindings: tuple[Binding, ...]
    sure: bool
    bound_at: tuple[int, int] | None


@dataclass(slots=True, kw_only=True)
class Code:
    """A module's nodes, outermost first, each with its parent and the scope in which it is evaluated."""

    nodes: list[ast.AST] = field(default_factory=list)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    scopes: dict[ast.AST, Scope] = field(default_factory=dict)
    star_imports: list[str] = field(default_factory=list)
    meanings: dict[tuple[Scope, str], Meaning] = field(default_factory=dict)

    def meaning(self, node: ast.Name) -> Meaning:
        """Return what the name may mean where it stands."""
        scope = self.scopes[node]
        key = scope.root if node.id in scope.globals else scope, node.id
        if key not in self.meanings:
            bindings, sure = key[0].look_up(node.id)
            ends = [binding.end for binding in bindings if binding.certain]
            removed = any(binding.removes for binding in bindings)
            self.meanings[key] = Meaning(
                bindings=tuple(bindings), sure=sure, bound_at=min(ends) if ends and not removed else None
            )
        return self.meanings[key]

    def may_be_builtin(self, node: ast.Name) -> bool:
        """Whether this name may mean the builtin when it is read."""
        meaning = self.meaning(node)
        bound = meaning.bound_at is not None and meaning.bound_at <= (node.lineno, node.col_offset)
        return not meaning.sure and not bound

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the parent, its parent, and so on."""
        while node in self.parents:
            node = self.parents[node]
            yield node


def read(tree: ast.Module) -> Code:
    """Return the module with its scopes; the nodes in strings that serve as annotations included."""
    code = Code()
    stack: list[tuple[ast.AST, ast.AST | None, Scope]] = [(tree, None, Scope(kind="module"))]
    while stack:
        node, parent, scope = stack.pop()
        code.nodes.append(node)
        code.scopes[node] = scope
        if parent is not None:
            code.parents[node] = parent
        _bind(code, node, scope)
        stack += [(child, node, inner) for child, inner in reversed([*_children(node, scope)])]
    return code


def _children(node: ast.AST, scope: Scope) -> Iterable[tuple[ast.AST, Scope]]:
    special = _CHILDREN.get(type(node))
    return special(node, scope) if special else _plain_children(node, scope)


def _plain_children(node: ast.AST, scope: Scope) -> list[tuple[ast.AST, Scope]]:
    children: list[tuple[ast.AST, Scope]] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            children += [(item, scope) for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.expr | ast.pattern | ast.arguments | ast.stmt):  # operators and contexts say nothing
            children.append((value, scope))
    return children


def _alias_children(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """`type A[T] = value` (PEP 695): the name is bound outside, the parameters and the value are read inside."""
    inner = Scope(kind="function", parent=scope)
    for child in ast.iter_child_nodes(node):
        yield child, scope if child is getattr(node, "name", None) else inner


def _annotated_children(node: ast.AnnAssign, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    yield node.target, scope
    yield from _annotation(node.annotation, scope)
    if node.value:
        yield node.value, scope


def _no_children(_node: ast.arg, _scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """An argument's annotation was visited in the scope around the function."""
    return iter(())


def _function_children(node: FunctionNode | ast.Lambda, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    type_params: list[ast.AST] = getattr(node, "type_params", [])
    holder = Scope(kind="function", parent=scope) if type_params else scope
    inner = Scope(kind="function", parent=holder)
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [arg for arg in (arguments.vararg, arguments.kwarg) if arg]
    yield from ((decorator, scope) for decorator in getattr(node, "decorator_list", []))
    yield from ((default, scope) for default in [*arguments.defaults, *arguments.kw_defaults] if default)
    yield from ((param, holder) for param in type_params)
    for arg in every:
        yield arg, inner
        if arg.annotation:
            yield from _annotation(arg.annotation, holder)
    if not isinstance(node, ast.Lambda) and node.returns:
        yield from _annotation(node.returns, holder)
    body = node.body if isinstance(node.body, list) else [node.body]
    yield from ((child, inner) for child in body)


def _class_children(node: ast.ClassDef, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    type_params: list[ast.AST] = getattr(node, "type_params", [])
    holder = Scope(kind="function", parent=scope) if type_params else scope
    inner = Scope(kind="class", parent=holder)
    yield from ((decorator, scope) for decorator in node.decorator_list)
    yield from ((child, holder) for child in [*type_params, *node.bases, *node.keywords])
    yield from ((child, inner) for child in node.body)


def _comprehension_children(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    inner = Scope(kind="comprehension", parent=scope)
    generators: list[ast.comprehension] = getattr(node, "generators", [])
    for position, generator in enumerate(generators):
        yield generator.iter, scope if position == 0 else inner
        yield generator.target, inner
        yield from ((condition, inner) for condition in generator.ifs)
    yield from ((value, inner) for name in ("elt", "key", "value") if (value := getattr(node, name, None)))


def _annotation(node: ast.expr, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield the annotation, and what its strings would be when typing.get_type_hints evaluates them."""
    yield node, scope
    for text in ast.walk(node):
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and not text.value.isidentifier():
            try:
                inner = ast.parse(text.value.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                continue
            for part in ast.walk(inner):
                ast.copy_location(part, text)
            yield from _annotation(inner, scope)  # quotes within quotes are evaluated too


def _bind(code: Code, node: ast.AST, scope: Scope) -> None:
    binder = _BINDERS.get(type(node))
    if binder:
        binder(code, node, scope)


def _bind_name(code: Code, node: ast.Name, scope: Scope) -> None:
    if not isinstance(node.ctx, ast.Load):
        walrus = isinstance(code.parents[node], ast.NamedExpr)
        (scope.hoisted() if walrus else scope).bind(node.id, _name_binding(code, node))


def _bind_global(_code: Code, node: ast.Global, scope: Scope) -> None:
    scope.globals.update(node.names)


def _bind_nonlocal(_code: Code, node: ast.Nonlocal, scope: Scope) -> None:
    scope.nonlocals.update(node.names)


def _bind_own_name(code: Code, node: ast.AST, scope: Scope) -> None:
    name = next((value for key in ("name", "arg", "rest") if (value := getattr(node, key, None))), None)
    if name:
        at_top = isinstance(node, FunctionNode | ast.ClassDef) and _at_top(code.parents.get(node))
        removes = isinstance(node, ast.ExceptHandler)  # Python deletes the name when the handler ends
        scope.bind(name, Binding(node=node, end=_end(node), certain=at_top, removes=removes))


def _name_binding(code: Code, node: ast.Name) -> Binding:
    statement = code.parents[node]
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign | ast.NamedExpr) else None
    direct = value is not None and not isinstance(statement, ast.NamedExpr)
    return Binding(
        node=node,
        end=_end(statement),
        certain=direct and _at_top(code.parents.get(statement)),
        removes=isinstance(node.ctx, ast.Del),
        value=value,
    )


def _bind_import(code: Code, alias: ast.alias, scope: Scope) -> None:
    statement = code.parents[alias]
    name = alias.asname or alias.name.partition(".")[0]
    if isinstance(statement, ast.ImportFrom):
        if alias.name == "*":
            code.star_imports.append(statement.module or "")
            return
        name, module = alias.asname or alias.name, f"{statement.module or ''}.{alias.name}"
    else:
        module = alias.name if alias.asname else name
    scope.bind(
        name, Binding(node=alias, end=_end(statement), module=module, certain=_at_top(code.parents.get(statement)))
    )


def _at_top(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Module | ast.ClassDef)


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


_CHILDREN: dict[type[ast.AST], Callable[[Any, Scope], Iterable[tuple[ast.AST, Scope]]]] = {
    ast.FunctionDef: _function_children,
    ast.AsyncFunctionDef: _function_children,
    ast.Lambda: _function_children,
    ast.ClassDef: _class_children,
    ast.AnnAssign: _annotated_children,
    ast.arg: _no_children,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _comprehension_children),
}
_BINDERS: dict[type[ast.AST], Callable[[Code, Any, Scope], None]] = {
    ast.Name: _bind_name,
    ast.Global: _bind_global,
    ast.Nonlocal: _bind_nonlocal,
    ast.alias: _bind_import,
}
_BINDERS |= dict.fromkeys(
    (ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler), _bind_own_name
)
_BINDERS |= dict.fromkeys((ast.MatchAs, ast.MatchStar, ast.MatchMapping), _bind_own_name)
for _name in ("TypeVar", "ParamSpec", "TypeVarTuple"):  # CPython 3.12 and later
    if hasattr(ast, _name):
        _BINDERS[getattr(ast, _name)] = _bind_own_name
if hasattr(ast, "TypeAlias"):
    _CHILDREN[ast.TypeAlias] = _alias_children
