"""What the names at module level stand for."""

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from aitestgen.analyse.constants import named_values
from aitestgen.analyse.examples import looks_like_class
from aitestgen.analyse.signatures import field_names
from aitestgen.analyse.source import Function, dotted
from aitestgen.analyse.targets import Everything, is_enum, lineage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A module's names: imports by their full dotted name, values by expression, classes by what they offer."""

    imports: Mapping[str, str]
    values: Mapping[str, ast.expr]
    classes: Mapping[str, frozenset[str]]
    enums: frozenset[str]
    functions: frozenset[str]

    def full_name(self, node: ast.expr) -> str:
        """The dotted name of an expression with what its first part was imported as spelled out."""
        first, dot, rest = dotted(node).partition(".")
        return self.imports.get(first, first) + dot + rest

    def class_names(self) -> tuple[str, ...]:
        """The module's classes, and what it imports from outside the standard library and is written as a class."""
        imported = (
            name
            for name, source in self.imports.items()
            if looks_like_class(name) and source.partition(".")[0] not in sys.stdlib_module_names
        )
        return (*self.classes, *imported)

    def annotation_names(self) -> dict[str, ast.expr | None]:
        """The names an annotation may use: aliases by their expression."""
        aliases = {name: value for name, value in self.values.items() if not isinstance(value, ast.Constant)}
        return {**dict.fromkeys(self.imports), **aliases, **dict.fromkeys(self.classes)}


def scope_of(tree: ast.Module, found: Everything) -> Scope:
    """The scope of a module."""
    classes = [name for name, one in found.items() if isinstance(one.node, ast.ClassDef)]
    return Scope(
        imports=_imports(tree),
        values=named_values(tree),
        classes={name: _attributes(name, found) for name in classes},
        enums=frozenset(name for name in classes if is_enum(name, found)),
        functions=frozenset(name for name, one in found.items() if isinstance(one.node, Function)),
    )


def _imports(tree: ast.Module) -> dict[str, str]:
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            names.update({alias.asname or alias.name: f"{node.module or ''}.{alias.name}" for alias in node.names})
    return names


def _attributes(name: str, found: Everything) -> frozenset[str]:
    names: set[str] = set()
    for member in lineage(name, found):
        names.update(child.name for child in member.body if isinstance(child, Function))
        names.update(field_names(member))
        names.update(
            node.attr
            for method in member.body
            if isinstance(method, Function)
            for node in ast.walk(method)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and dotted(node.value) == "self"
        )
    return frozenset(names)
