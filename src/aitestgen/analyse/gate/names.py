"""What a name or an attribute chain may stand for, and whether an attribute may be read."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from aitestgen.analyse.gate.rules import Rule, Rules
from aitestgen.analyse.gate.scopes import Binding, Code, Meaning

_ALIASES = 8  # how many assignments an alias is followed through
_OWNERS = frozenset({"self", "cls"})


@dataclass(slots=True, kw_only=True)
class Names:
    """The names of one module. `own` are the modules that the caller vouches for: they were judged themselves."""

    code: Code
    rules: Rules
    own: frozenset[str]
    known: dict[ast.AST, tuple[str, ...]] = field(default_factory=dict)
    bound: dict[Meaning, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[ast.AST, str | None] = field(default_factory=dict)
    metaclasses: dict[ast.AST, bool] = field(default_factory=dict)
    dispatches: bool | None = None

    def meanings(self, node: ast.AST, depth: int = _ALIASES) -> tuple[str, ...]:
        """Return the dotted names that this expression may stand for: `random.Random`, `builtins.getattr`."""
        if node not in self.known:
            self.known[node] = ()  # `a = a.b` would come back here
            self.known[node] = tuple(dict.fromkeys(self._meanings(node, depth)))
        return self.known[node]

    def _meanings(self, node: ast.AST, depth: int) -> Iterator[str]:
        if isinstance(node, ast.Name):
            yield from self._name(node, depth)
        elif isinstance(node, ast.Attribute):
            for base in self.meanings(node.value, depth):
                dotted = f"{base}.{node.attr}"
                reexport = base in self.own and (node.attr in self.rules.public or self.rules.refused_module(node.attr))
                yield node.attr if reexport else dotted
        elif parts := _alternatives(node):
            for part in parts:
                yield from self.meanings(part, depth)

    def _name(self, node: ast.Name, depth: int) -> Iterator[str]:
        meaning = self.code.meaning(node)
        if meaning not in self.bound:
            self.bound[meaning] = ()
            self.bound[meaning] = tuple(dict.fromkeys(self._bound(meaning, depth)))
        yield from self.bound[meaning]
        if self.code.may_be_builtin(node):
            yield f"builtins.{node.id}"
            yield from (f"{star}.{node.id}" for star in self.code.star_imports if not meaning.bindings)

    def _bound(self, meaning: Meaning, depth: int) -> Iterator[str]:
        for binding in meaning.bindings:
            if binding.module:
                yield binding.module
            elif binding.value is not None and depth:
                yield from self.meanings(binding.value, depth - 1)

    def bindings(self, node: ast.AST) -> tuple[Binding, ...]:
        """Return what binds this name; nothing for other expressions."""
        return self.code.meaning(node).bindings if isinstance(node, ast.Name) else ()

    def modules(self, node: ast.AST) -> list[str]:
        """Return the allowed or own modules that this expression may be."""
        return [name for name in self.meanings(node) if self.rules.is_module(name) or name in self.own]

    def is_refused(self, dotted: str) -> bool:
        """Whether the name lies in a module that may not be imported."""
        top = dotted.partition(".")[0]
        if top == "builtins":  # also what an unbound name stands for
            return False
        return top not in self.own and not self.rules.is_module(top) and self.rules.refused_module(dotted) is not None

    def text(self, node: ast.AST) -> str | None:
        """Return the text of a constant, of constants joined by +, or of a name bound once to one; else None."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if node not in self.texts:
                left, right = self.text(node.left), self.text(node.right)
                self.texts[node] = None if left is None or right is None else left + right
            return self.texts[node]
        bindings = self.bindings(node)
        if len(bindings) == 1 and isinstance(bindings[0].value, ast.Constant):
            return self.text(bindings[0].value)
        return None

    def attribute_rule(self, name: str, receiver: ast.AST | None = None) -> Rule | None:
        """Return the rule that refuses an attribute of this name, or None."""
        if is_dunder(name):
            dunders = self.rules.dunders
            return None if name in dunders["attributes"] | dunders["methods"] else self.rules.by_id["reflection"]
        if isinstance(receiver, ast.Name) and receiver.id in _OWNERS:
            return self.rules.attributes.get(name)
        return self.rules.attributes.get(name) or self.rules.foreign.get(name)


def _alternatives(node: ast.AST) -> list[ast.expr]:
    """Return the expressions of which this one hands on a value: `(a := b)`, `a or b`, `a if c else b`, `[a, b][0]`."""
    if isinstance(node, ast.NamedExpr):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.Subscript):
        held = node.value
        return (
            held.elts if isinstance(held, ast.List | ast.Tuple) else held.values if isinstance(held, ast.Dict) else []
        )
    return []


def is_dunder(name: str) -> bool:
    """Whether Python reserves the name: two underscores on either side."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")
