"""Public attributes that an object starts with and only others change: settings, flags, lists that callers fill."""

import ast
import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from aitestgen_guest.arguments import specs
from aitestgen_guest.arguments.built import LEAF, Built, spec_of
from aitestgen_guest.arguments.module_data import Function
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.arguments.structures import attributes
from aitestgen_guest.shapes import Spec

_CHANGING = frozenset({
    "append", "appendleft", "add", "insert", "extend", "update", "setdefault", "pop", "popitem", "popleft", "remove",
    "discard", "clear", "sort", "reverse",
})  # fmt: skip
_HOLDERS: "dict[str, Spec]" = {
    "list": ("list", LEAF), "deque": ("list", LEAF), "set": ("set", LEAF), "dict": ("dict", ("str",), LEAF),
    "OrderedDict": ("dict", ("str",), LEAF), "defaultdict": ("dict", ("str",), LEAF),
}  # fmt: skip
"""What an empty container may be filled with, by the name of what makes it."""
_DISPLAYS: "dict[type[ast.AST], str]" = {ast.List: "list", ast.Dict: "dict"}


class _Start(NamedTuple):
    """What an attribute starts with, and the annotation that says what it may be."""

    value: ast.expr
    annotation: "ast.expr | None"


def parameters_of(cls: type, source: str, namer: Namer) -> "dict[str, Parameter]":
    """By name the attributes that objects of the class may be given other values for, and which these are."""
    found: dict[str, Parameter] = {}
    for base in cls.__mro__[:-1]:
        known = attributes(source).get(base.__qualname__, {})
        for name, start in started_attributes(source).get(base.__qualname__, {}).items():
            found.setdefault(name, _parameter(name, start, known.get(name), namer))
    return found


def _parameter(name: str, start: _Start, built: "Built | None", namer: Namer) -> Parameter:
    declared = _declared(start.annotation, namer)
    told = LEAF if built is None else _taken_apart(built) or spec_of(built)
    if not specs.leaves_open(declared):
        return Parameter(name, "normal", [(declared, 1.0)], declared, optional=False)
    return Parameter(name, "normal", [(_started_as(start.value, told), 1.0)], None, optional=False)


def _taken_apart(built: Built) -> "Spec | None":
    """The spec of a list of tuples, where loops take its items apart; None of any other data."""
    item = built.whole().item
    parts = item.whole().parts if item is not None else []
    return ("list", ("tuple", tuple(_of_part(part) for part in parts))) if parts else None


def _of_part(part: Built) -> Spec:
    told = spec_of(part)
    return ("str",) if told == LEAF else told


def _declared(annotation: "ast.expr | None", namer: Namer) -> Spec:
    if annotation is None:
        return specs.ANY
    try:
        hint = eval(ast.unparse(annotation), dict(namer.namespace))  # noqa: S307 - the module's own annotation, in its jail
    except Exception:  # noqa: BLE001 - annotations are code of the module under test: any failure means "unknown"
        return specs.ANY
    return specs.from_annotation(hint, namer)


def _started_as(value: ast.expr, told: Spec) -> Spec:
    """What may take the place of the value: something of its type, as the code makes use of it."""
    holder = _holder(value)
    if holder:
        return _of_one_kind(told if told[0] == _HOLDERS[holder][0] else _HOLDERS[holder])
    kind = type(getattr(value, "value", None))
    own: Spec = (kind.__name__,) if kind in (bool, int, float, str) else LEAF
    if told[0] != "choice":
        return own if own != LEAF else told
    return told if own == LEAF else ("union", (told, own))


def _of_one_kind(spec: Spec) -> Spec:
    """Of a container of which nothing more is known: texts, or numbers, and not both in one."""
    return ("union", tuple((*spec[:-1], one) for one in LEAF[1])) if spec[-1] == LEAF else spec


def _holder(value: ast.expr) -> str:
    """The kind of the empty container that the expression makes; empty where it makes none."""
    if isinstance(value, ast.Call):
        name = ast.unparse(value.func).rpartition(".")[2]
        return name if name in _HOLDERS and len(value.args) <= (name == "defaultdict") else ""
    is_empty = not getattr(value, "elts", None) and not getattr(value, "keys", None)
    return _DISPLAYS.get(type(value), "") if is_empty else ""


# -- reading the source ---------------------------------------------------------------------------------------------
@functools.lru_cache(maxsize=4)
def started_attributes(source: str) -> "dict[str, dict[str, _Start]]":
    """By class and name what each attribute of this kind starts with."""
    try:
        tree = ast.parse(source, type_comments=True)
    except SyntaxError:  # such a comment where none can be
        tree = ast.parse(source)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: found for node in classes if (found := dict(_open_in(node)))}


def _open_in(owner: ast.ClassDef) -> "Iterator[tuple[str, _Start]]":
    methods = [node for node in owner.body if isinstance(node, Function)]
    others = [node for node in methods if node.name != "__init__"]
    taken = {node.name for node in methods} | {name for node in others for name in _changed(node)}
    read = {name for node in others for name in _read(node)}
    for name, start in (*_class_level(owner), *(pair for node in methods if node not in others for pair in _set(node))):
        if name in read and name not in taken and not name.startswith("_"):
            yield name, start


def _class_level(owner: ast.ClassDef) -> "Iterator[tuple[str, _Start]]":
    """What a class that is no dataclass or the like gives a value in its body; constants are not to be changed."""
    for node in owner.body if not owner.decorator_list and all(map(_is_plain, owner.bases)) else ():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and not node.targets[0].id.isupper():
            yield from _started(node.targets[0].id, node)


def _is_plain(base: ast.expr) -> bool:
    return not ast.unparse(base).endswith(("Enum", "Flag", "Tuple", "TypedDict", "Protocol", "Model", "Structure"))


def _set(constructor: "Function") -> "Iterator[tuple[str, _Start]]":
    for node in constructor.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and (name := _of_self(target)):
            yield from _started(name, node)


def _started(name: str, node: "ast.Assign | ast.AnnAssign") -> "Iterator[tuple[str, _Start]]":
    value = node.value
    if value is not None and (isinstance(value, ast.Constant) or _holder(value)):
        yield name, _Start(value, node.annotation if isinstance(node, ast.AnnAssign) else _comment(node))


def _comment(node: ast.Assign) -> "ast.expr | None":
    """The annotation in a comment, `# type: List[str]`."""
    try:
        return ast.parse(node.type_comment, mode="eval").body if node.type_comment else None
    except SyntaxError:
        return None


def _changed(method: "Function") -> "Iterator[str]":
    """The attributes that the method assigns, deletes, or changes in place."""
    for node in ast.walk(method):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            yield _of_self(node.value if isinstance(node, ast.Subscript) else node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            yield _of_self(node.func.value)


def _read(method: "Function") -> "Iterator[str]":
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield _of_self(node)


def _of_self(node: Any) -> str:
    """`name` of `self.name`; empty for anything else."""
    is_own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    return node.attr if is_own else ""
