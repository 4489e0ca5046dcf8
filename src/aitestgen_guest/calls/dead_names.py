"""Names that the code reads and that exist nowhere: where one is missed, no argument is to blame.

They are leftovers of Python 2 (`unicode`, `d.iteritems()`), slips of the pen, and functions that somebody believed the
standard library to have.
"""

import ast
import builtins
import functools
import re
import sys

from aitestgen_guest.shapes import Observation

_UNBOUND = re.compile(r"name '(?P<name>\w+)' is not defined")
_NOT_IN_MODULE = re.compile(r"module '(?P<top>\w+)[\w.]*' has no attribute '(?P<name>\w+)'")
_NOT_IN_OBJECT = re.compile(r"'(?P<type>\w+)' object has no attribute '(?P<name>\w+)'")
_REMOVED = {
    **dict.fromkeys(
        ("dict", "OrderedDict", "defaultdict", "Counter"),
        ("has_key", "iteritems", "iterkeys", "itervalues", "viewitems", "viewkeys", "viewvalues"),
    ),
    "generator": ("next",),
    "function": ("func_name", "func_code", "func_defaults", "func_globals"),
    "method": ("im_func", "im_self", "im_class"),
}
"""What objects of Python 2 had and those of Python 3 do not have."""
_OF_THE_SYSTEM = frozenset(
    ("os", "sys", "signal", "subprocess", "socket", "ctypes", "asyncio", "select", "errno", "mmap", "multiprocessing")
)
"""Modules that have other names on another operating system."""
_BINDING = ("globals", "vars", "locals", "exec")
_GIVEN = (
    *("__file__", "__path__", "__annotations__", "__class__", "WindowsError"),
    *("_", "get_ipython", "display", "profile", "reveal_type"),  # which tools put there
)
"""Names that a module has, or may have, without binding them."""


def is_dead_name(source: str, observation: Observation) -> bool:
    """Whether the error says that a name is missing which the module reads in that line, and which is nowhere."""
    if observation["outcome"] != "raises" or observation["elsewhere"]:
        return False
    kind, message = observation["facts"]["error"], observation["facts"]["message"]
    text = ast.literal_eval(message)
    if kind == "NameError":
        found = _UNBOUND.fullmatch(text)
        return found is not None and (observation["line"], found["name"]) in _read_but_unbound(source)
    if kind != "AttributeError":
        return False
    name = _missing_attribute(text)
    return name is not None and (observation["line"], name) in _attributes(source)


def _missing_attribute(text: str) -> "str | None":
    """The attribute that the message misses, if no module and no object of the kind has it on any system."""
    if found := _NOT_IN_MODULE.fullmatch(text):
        top = found["top"]
        return found["name"] if top in sys.stdlib_module_names and top not in _OF_THE_SYSTEM else None
    found = _NOT_IN_OBJECT.fullmatch(text)
    return found["name"] if found and found["name"] in _REMOVED.get(found["type"], ()) else None


@functools.lru_cache(maxsize=4)
def _read_but_unbound(source: str) -> "frozenset[tuple[int, str]]":
    """(line, name) of each name that is read and that neither the module binds, in whatever scope, nor Python; none
    where the module can bind names that are not written in it.
    """
    nodes = list(ast.walk(ast.parse(source)))
    read = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    stars = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in nodes)
    if stars or any(node.id in _BINDING for node in read):
        return frozenset()
    bound = {name for node in nodes for name in _bound_by(node)}.union(dir(builtins), _GIVEN)
    return frozenset((node.lineno, node.id) for node in read if node.id not in bound)


def _bound_by(node: ast.AST) -> "list[str]":
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return node.names
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(item.asname or item.name).partition(".")[0] for item in node.names]
    names = (getattr(node, field, None) for field in ("name", "arg", "rest"))  # definitions, parameters, patterns
    return [name for name in names if isinstance(name, str)]


@functools.lru_cache(maxsize=4)
def _attributes(source: str) -> "frozenset[tuple[int, str]]":
    """(line, name) of each attribute, by the lines on which its expression begins and ends."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    return frozenset((line, node.attr) for node in found for line in (node.lineno, node.end_lineno or 0))
