"""What an annotation says about a type."""

import ast
from collections.abc import Mapping

from aitestgen.analyse.source import last_name

_SCALARS = {
    **{name: name for name in ("int", "float", "bool", "str", "bytes", "dict", "set", "datetime", "date", "timedelta")},
    **dict.fromkeys(("bytearray", "memoryview", "ByteString", "Buffer"), "bytes"),
    **dict.fromkeys(("complex", "Number", "Real", "SupportsFloat", "Complex"), "float int"),
    **dict.fromkeys(("Integral", "SupportsInt", "SupportsIndex"), "int"),
    **dict.fromkeys(("AnyStr", "LiteralString", "Text", "Hashable"), "str"),
    **dict.fromkeys(("Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict", "Counter"), "dict"),
    **dict.fromkeys(("Set", "FrozenSet", "frozenset", "AbstractSet", "MutableSet"), "set"),
    **dict.fromkeys(("Path", "PurePath", "PathLike", "StrPath", "PosixPath"), "path"),
    **dict.fromkeys(("IO", "TextIO", "BinaryIO", "StringIO", "BytesIO", "TextIOWrapper"), "file"),
    **dict.fromkeys(("Callable", "FunctionType", "Awaitable", "Coroutine"), "callable"),
    **dict.fromkeys(("Iterator", "Generator"), "iterator"),
    **dict.fromkeys(("tuple", "Tuple"), "tuple"),
    "Pattern": "regex",
    "None": "none",
}
_SEQUENCES = frozenset(
    {
        "list",
        "List",
        "Sequence",
        "MutableSequence",
        "Iterable",
        "Collection",
        "Container",
        "deque",
        "Reversible",
        "Sized",
    }
)
_WRAPPERS = frozenset({"Annotated", "Final", "ClassVar", "InitVar", "Required", "NotRequired", "ReadOnly"})
_VAGUE = frozenset({"Any", "object", "Self", "T", "KT", "VT", "_T", "Type", "type"})


def types_of(annotation: str | None, names: Mapping[str, ast.expr | None]) -> tuple[str, ...]:
    """The type names of an annotation's source text, in its order; empty where it says nothing.

    `names` are those that the module defines or imports: with an expression where they stand for one, as an alias
    of a type does.
    """
    if annotation is None:
        return ()
    try:
        node = ast.parse(annotation, mode="eval").body
        return tuple(dict.fromkeys(_types(node, names, 0)))
    except (SyntaxError, RecursionError):
        return ()


def _types(node: ast.expr, names: Mapping[str, ast.expr | None], depth: int) -> list[str]:
    if depth > 8:
        return []
    match node:
        case ast.Constant(value=None):
            return ["none"]
        case ast.Constant(value=str() as text):
            return list(types_of(text, names))
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _types(left, names, depth + 1) + _types(right, names, depth + 1)
        case ast.Subscript(slice=inside):
            members = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            return _generic(last_name(node), node, members, names, depth + 1)
        case ast.Name() | ast.Attribute():
            return _named(node, names, depth)
    return []


def _generic(
    name: str, node: ast.Subscript, members: list[ast.expr], names: Mapping[str, ast.expr | None], depth: int
) -> list[str]:
    if name in {"Union", "Optional"}:
        inner = [one for member in members for one in _types(member, names, depth)]
        return [*inner, "none"] if name == "Optional" else inner
    if name == "Literal":
        return [f"literal:{ast.unparse(member)}" for member in members]
    if name in _WRAPPERS:
        return _types(members[0], names, depth)
    if name in _SEQUENCES:
        element = _types(members[0], names, depth)[:1]
        return [f"list[{element[0]}]" if element in (["int"], ["str"], ["float"]) else "list[Any]"]
    return _named(node.value, names, depth)


def _named(node: ast.expr, names: Mapping[str, ast.expr | None], depth: int) -> list[str]:
    name = last_name(node)
    if name in _SEQUENCES:
        return ["list[Any]"]
    if name in _VAGUE:
        return []
    alias = names.get(name)
    if alias is not None:
        return _alias(alias, names, depth + 1)
    if name in _SCALARS:
        return _SCALARS[name].split()
    return [f"class:{name}"] if name in names and isinstance(node, ast.Name) else []


def _alias(alias: ast.expr, names: Mapping[str, ast.expr | None], depth: int) -> list[str]:
    if isinstance(alias, ast.Call) and last_name(alias) == "NewType" and len(alias.args) == 2:
        return _types(alias.args[1], names, depth)
    if isinstance(alias, ast.Call) and last_name(alias) == "TypeVar":
        bounds = [*alias.args[1:], *(keyword.value for keyword in alias.keywords if keyword.arg == "bound")]
        return [one for bound in bounds for one in _types(bound, names, depth)]
    return _types(alias, names, depth)
