"""What is known of the data of one module: of the parameters, the results and the attributes of its functions."""

import ast
from typing import Any

from aitestgen_guest.arguments.built import Built

Where = tuple[str, str]
"""The path of a function, and the name of one of its parameters."""
INIT = ".__init__"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """What is known of the parameters, results and attributes of one module."""

    def __init__(
        self,
        functions: "dict[str, tuple[Function, str]]",
        members: "dict[str, list[Any]]",
        classes: "dict[str, frozenset[str]]",
        counters: "frozenset[str]" = frozenset(),
    ) -> None:
        self.functions = functions
        """By path each function, and the class that it is a method of."""
        self.members = members
        """What the module's own collections hold, by their names; of mappings the keys."""
        self.classes = classes
        """By the names of classes those of what their objects have."""
        self.fields: dict[str, list[str]] = {}
        """By the names of classes the fields that they declare, in order."""
        self.counters = counters
        """The names of variables and attributes that count."""
        self.parameters: dict[Where, Built] = {}
        self.handed_on: list[tuple[Where, Where]] = []
        """Which parameters are handed on as which others."""
        self.results: dict[str, Built] = {}
        self.instances: dict[str, Built] = {}

    def parameter(self, path: str, name: str) -> Built:
        return self.parameters.setdefault((path.removesuffix(INIT), name), Built())

    def inner_parameter(self, path: str, name: str) -> Built:
        """That of a function within the one of this path, or within those in it: what calling the outermost gives."""
        first, second, *_ = [*path.split("."), ""]
        outermost = first if first in self.functions else f"{first}.{second}"
        return self.parameter(f"{outermost}()", name)

    def hands_on(self, given: Where, taken: Where) -> None:
        """Take note that a variable is handed on as a parameter, if it is a parameter itself."""
        function, _ = self.functions.get(given[0], (None, ""))
        if function is not None and given[1] in names_of(function):
            (path, name), (other, taken_as) = given, taken
            self.handed_on.append(((path.removesuffix(INIT), name), (other.removesuffix(INIT), taken_as)))

    def result(self, path: str) -> Built:
        return self.results.setdefault(path, Built())

    def instance(self, owner: str) -> Built:
        """What all objects of the class are."""
        if owner not in self.instances:
            self.instances[owner] = Built()
            self.instances[owner].classes[owner] = None
        return self.instances[owner].whole()


def names_of(function: Function) -> "list[str]":
    return [item.arg for item in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def constants_of(node: ast.expr) -> "list[Any]":
    members = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    return [one.value for one in members if isinstance(one, ast.Constant)]


def counters_of(tree: ast.Module) -> "frozenset[str]":
    """The names of what is given a whole number or runs through some: as an index, it is one of a sequence."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)) and type(getattr(node.value, "value", None)) is int:
            found.update(map(last_name, node.targets if isinstance(node, ast.Assign) else [node.target]))
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Call):
            name = last_name(node.iter.func)
            first = node.target.elts[0] if isinstance(node.target, ast.Tuple) else node.target
            found.update({last_name(first)} if name in ("range", "enumerate") else ())
    return frozenset(found - {""})


def last_name(node: ast.expr) -> str:
    """`pos` of `pos` and of `self.pos`; empty for what is neither."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
