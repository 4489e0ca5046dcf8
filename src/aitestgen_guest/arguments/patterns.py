"""What the patterns of `match` statements tell of the data that is matched."""

import ast
from typing import Any, Protocol

from aitestgen_guest.arguments.built import Built
from aitestgen_guest.arguments.module_data import Module


class Names(Protocol):
    """What a pattern is read with: the module, and the variables that it binds."""

    module: Module
    names: "dict[str, Built]"


def read_pattern(pattern: ast.pattern, found: "Built | None", scope: Names) -> None:
    """Note what a value that fits the pattern has, and what the names in it stand for."""
    reader = _READERS.get(type(pattern))
    if reader is not None:
        reader(pattern, Built() if found is None else found, scope)


def _of_class(pattern: ast.MatchClass, found: Built, scope: Names) -> None:
    name = pattern.cls.id if isinstance(pattern.cls, ast.Name) else ""
    if name not in scope.module.classes:
        for one in pattern.patterns:  # `str(text)` is the value itself
            read_pattern(one, found, scope)
        return
    found.whole().classes[name] = None
    fields = [*zip(scope.module.fields.get(name, ()), pattern.patterns, strict=False)]
    for field, one in [*fields, *zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)]:
        read_pattern(one, found.attribute(field), scope)


def _of_name(pattern: ast.MatchAs, found: Built, scope: Names) -> None:
    if pattern.pattern is not None:
        read_pattern(pattern.pattern, found, scope)
    if pattern.name is not None:
        scope.names[pattern.name] = found


def _of_value(pattern: ast.MatchValue, found: Built, _scope: Names) -> None:
    if isinstance(pattern.value, ast.Constant):
        found.is_compared_with([pattern.value.value])


def _of_mapping(pattern: ast.MatchMapping, found: Built, scope: Names) -> None:
    for key, one in zip(pattern.keys, pattern.patterns, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            read_pattern(one, found.key(key.value, optional=True), scope)


def _of_sequence(pattern: ast.MatchSequence, found: Built, scope: Names) -> None:
    found.whole().looked_at = True
    found.is_used_as("list")
    for one in pattern.patterns:
        read_pattern(one, found.member(), scope)


def _of_several(pattern: ast.MatchOr, found: Built, scope: Names) -> None:
    for one in pattern.patterns:
        read_pattern(one, found, scope)


_READERS: "dict[type[ast.pattern], Any]" = {
    ast.MatchClass: _of_class,
    ast.MatchAs: _of_name,
    ast.MatchValue: _of_value,
    ast.MatchMapping: _of_mapping,
    ast.MatchSequence: _of_sequence,
    ast.MatchOr: _of_several,
}
